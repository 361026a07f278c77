package safety

import (
	"strings"
	"testing"
)

// FuzzTriage: any bytes may come, in any context.
func FuzzTriage(f *testing.F) {
	for _, s := range []string{
		"", "help", "he has a gun", "no tengo papeles", "\xff\xfe", "h e l p", "???!!!...", "🆘🆘", "u.s.a.", "l'a'b'c", "救命",
		"ال ال ال", "\u1112\u1161\u11ab", "don't 'don't' don''t", strings.Repeat("he ", 500), strings.Repeat("a", 5000),
	} {
		f.Add(s, "en", "danger")
	}
	f.Fuzz(func(t *testing.T, text, lang, kind string) {
		got := Triage(text, Context{Lang: lang, Kind: Kind(kind)})
		if (got.Kind == About) != (got.About != "") {
			t.Errorf("kind %q with about %q", got.Kind, got.About)
		}
		if got.Kind == Ordinary && got.Also != Ordinary || got.Kind == got.Also && got.Kind != Ordinary {
			t.Errorf("kind %q, also %q", got.Kind, got.Also)
		}
		for _, m := range got.Signs {
			if m.ID == "" || m.Lang == "" {
				t.Errorf("a sign without a name: %+v", m)
			}
		}
	})
}

// FuzzMonotone: what stands in other sentences never lowers the level.
func FuzzMonotone(f *testing.F) {
	var cries []string
	for _, e := range compiled(f).entries {
		if !e.kind.Urgent() || e.after != nil {
			continue
		}
		for _, l := range e.examples {
			if Triage(l.text, Context{}).Kind.Urgent() {
				cries = append(cries, l.text)
			}
		}
	}
	beside := [][2]string{
		{"i am writing a novel", "what are the signs?"}, {"no", "no"}, {"if", "lol in minecraft"},
		{"do traffickers", "never happened, thank you"}, {"is it a sign if", "in the news last year"},
	}
	for i := range cries {
		f.Add(i, beside[i%len(beside)][0], beside[i%len(beside)][1])
	}
	f.Fuzz(func(t *testing.T, i int, before, after string) {
		cry := cries[uint(i)%uint(len(cries))]
		was := Triage(cry, Context{}).Kind
		for _, sep := range []string{". ", "\n", "! ", ".\n"} {
			text := before + sep + cry + sep + after
			got := Triage(text, Context{})
			if !got.Kind.Urgent() || was == Danger && got.Kind != Danger && got.Also != Danger {
				t.Errorf("%q is %s, but %q is %+v", cry, was, text, got)
			}
		}
	})
}

// TestEndOf100kB: a sign after a very long text is found.
func TestEndOf100kB(t *testing.T) {
	filler := []string{"we pick fruit all day and the boss drives us home ", "na ", "no. ", "a\n", "ж ", "字", "he "}
	for _, fill := range filler {
		text := strings.Repeat(fill, 100_000/len(fill)+1)
		for _, cry := range []string{"he has a gun", "i want to kill myself"} {
			for _, sep := range []string{". ", "\n"} {
				if k := Triage(text+sep+cry, Context{}).Kind; !k.Urgent() {
					t.Errorf("100 kB of %q and then %q: %q", fill, cry, k)
				}
				if k := Triage(cry+sep+text, Context{}).Kind; !k.Urgent() {
					t.Errorf("%q and then 100 kB of %q: %q", cry, fill, k)
				}
			}
		}
	}
}
