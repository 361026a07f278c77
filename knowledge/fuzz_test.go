package knowledge

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

// FuzzTopic: whatever stands in a topic file, it is taken whole or refused
// with a line to mend; it never panics.
func FuzzTopic(f *testing.F) {
	for _, s := range []string{
		"", "---", "---\n---\n", "---\n\n---\n", smallPay, strings.ReplaceAll(smallPay, "\n", "\r\n"), "\ufeff" + smallPay,
		strings.Replace(smallPay, "[worker]", "[worker", 1), strings.Replace(smallPay, "- You", "You", 1),
		strings.Replace(smallPay, "  - no wages", "  - {a: b}", 1), strings.Replace(smallPay, "  - no wages", "  - &a [*a]", 1),
		"---\nid: &a\nlang: *a\n---\n- x\n  y\n{", "---\nasks: !!binary a\n---\n", "---\n- a\n---\nb", "---\n\xff\n---\n\xfe",
	} {
		f.Add([]byte(s))
	}
	for _, name := range []string{"topics/document-confiscation.en.md", "topics/what-are-you.es.md"} {
		data, err := fs.ReadFile(Embedded(), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var ps Problems
		topic := parseTopic(pay, data, &ps)
		if topic == nil && len(ps) == 0 {
			t.Fatal("refused without a reason")
		}
		n := strings.Count(string(data), "\n") + 1
		for _, p := range ps {
			if p.File != pay || p.What == "" || p.Mend == "" || p.Line < 0 || p.Line > n+1 {
				t.Errorf("of %d lines: %+v", n, p)
			}
		}
		if len(ps) > 0 {
			return
		}
		if topic.ID == "" || topic.Lang == "" || topic.Title == "" || topic.Answer == "" || len(topic.Asks) < 8 || len(topic.Audience) == 0 {
			t.Errorf("taken with a gap: %+v", topic)
		}
		var again Problems
		if same := parseTopic(pay, []byte(topic.raw), &again); same == nil || len(again) > 0 || same.Answer != topic.Answer {
			t.Errorf("read again: %+v %v", same, again)
		}
	})
}

// FuzzOverlay: whatever an organisation puts into its folder, it is refused
// with reasons or gives content that keeps the lines for people in danger.
func FuzzOverlay(f *testing.F) {
	names := []string{srcs, words, "resources/local.yaml", "synonyms/en.yaml", "hide.yaml", "topics/pay.fr.md"}
	for i, s := range []string{smallSources, string(shippedFile(words).Data), smallLines, "- say: [a]\n  means: [b]\n", "topics: [pay]\n", smallPay} {
		f.Add(uint8(i), []byte(s))
		f.Add(uint8(i), []byte("- ~\n- null\n-\n"))
		f.Add(uint8(i), []byte("~"))
		f.Add(uint8(i), []byte("a: b\n---\nc: d\n"))
		f.Add(uint8(i), []byte("labels: {en: ~, xx: {authority: ~}}\nresources: [~, {id: ~}]\n"))
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		name := names[int(which)%len(names)]
		b, err := Load(small(), fstest.MapFS{name: &fstest.MapFile{Data: data}})
		if err != nil {
			for p := range strings.Lines(err.Error()) {
				if strings.TrimSpace(p) == "" {
					t.Errorf("an empty problem in %q", err)
				}
			}
			return
		}
		for _, id := range protected {
			if c, ok := b.Card(id, "en", "US"); !ok || c.Brief == "" {
				t.Errorf("%s is gone", id)
			}
		}
		if s, ok := b.Fill("{phone:emergency}", "en", "US"); !ok || s == "" {
			t.Errorf("no emergency number: %q", s)
		}
		b.Lint(time.Now(), nil)
	})
}

// FuzzContacts: no text around a number hides it, and what is found stands there.
func FuzzContacts(f *testing.F) {
	for _, s := range []string{"", "call", "18 USC 1592, ", "2012-2016 ", "{", "}{", "52.222-50", "10 000 ", "+", "(", "é\xff", "a@", "https", "1-", "5,", "5 "} {
		f.Add(s, s)
	}
	b, err := Load(small())
	if err != nil {
		f.Fatal(err)
	}
	c := b.contactPattern()
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, s := range []string{before, after, before + after} {
			m := c.find(s)
			if m != "" && !strings.Contains(strings.ToUpper(placeholder.ReplaceAllString(s, "…")), strings.ToUpper(m)) && utf8.ValidString(s) {
				t.Errorf("%q is not in %q", m, s)
			}
		}
		if strings.Contains(before, "{") && strings.Contains(after, "}") {
			return // it might stand in braces
		}
		for _, number := range []string{" 1-888-373-7888 ", "\n+18883737888\n", " help@example.org ", " https://example.org "} {
			if s := before + number + after; c.find(s) == "" {
				t.Errorf("nothing found in %q", s)
			}
		}
	})
}

// FuzzGrade: any text has a grade or none; it never panics.
func FuzzGrade(f *testing.F) {
	f.Add("You must be paid. Now!\n- Yes")
	f.Add("\xff. é")
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{"en", "es", "fr"} {
			if g, ok := Grade(s, lang); !ok && g != 0 || g != g {
				t.Errorf("%q in %s: %v %t", s, lang, g, ok)
			}
		}
	})
}
