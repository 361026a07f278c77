package redact_test

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"porchlight/bot/redact"
	"porchlight/knowledge"
	"porchlight/knowledge/language"
)

// plainer takes accents away, as Keep.Known expects its words.
var plainer = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n", "’", "'")

// keep is what a caller would pass: the registry's numbers and hosts, and the
// words of the topics and of both languages.
var keep = sync.OnceValue(func() redact.Keep {
	base, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		panic(err)
	}
	words, numbers, hosts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	learn := func(s string) {
		for w := range strings.FieldsFuncSeq(plainer.Replace(strings.ToLower(s)), func(r rune) bool {
			return !unicode.IsLetter(r) && r != '\''
		}) {
			words[w] = true
		}
	}
	for _, lang := range []string{"en", "es"} {
		learn(strings.Join(language.Common(lang), " "))
		for _, t := range base.Topics(lang) {
			answer, details := t.Written()
			learn(t.Title + " " + answer + " " + strings.Join(details, " "))
		}
		for _, c := range base.Directory("US", lang) {
			learn(c.Name)
		}
	}
	for _, r := range base.Resources() {
		for _, p := range r.Phones {
			numbers[strings.TrimPrefix(p.E164, "+")] = true
		}
		for _, w := range r.Web {
			_, host, _ := strings.Cut(w.URL, "://")
			host, _, _ = strings.Cut(host, "/")
			hosts[strings.TrimPrefix(host, "www.")] = true
		}
	}
	return redact.Keep{
		Digits: func(d string) bool { return numbers[d] },
		Host:   func(h string) bool { return hosts[h] },
		Known:  func(w string) bool { return words[w] },
	}
})

// A row is a message, what must be gone from it, and what must stay.
type row struct {
	at, lang, text string
	gone, stay     []string
}

func rows(t testing.TB, name string) (all []row) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	signs := strings.NewReplacer(`\n`, "\n", `\u200b`, "\u200b")
	for line := range bytes.Lines(data) {
		s := strings.TrimRight(string(line), "\r\n")
		f := strings.Split(s, "\t")
		if s == "" || s[0] == '#' {
			continue
		}
		if len(f) != 4 {
			t.Fatalf("%s: %q has %d fields, want 4", name, s, len(f))
		}
		split := func(s string) []string {
			return strings.FieldsFunc(s, func(r rune) bool { return r == ';' })
		}
		all = append(all, row{name, f[0], signs.Replace(f[1]), split(f[2]), split(f[3])})
	}
	return all
}

// wrong is what of a row is not as it must be.
func (r row) wrong(out string) (wrong []string) {
	out = strings.ToLower(out)
	for _, s := range r.gone {
		if strings.Contains(out, s) {
			wrong = append(wrong, "still there: "+s)
		}
	}
	for _, s := range r.stay {
		if !strings.Contains(out, s) {
			wrong = append(wrong, "not there any more: "+s)
		}
	}
	return wrong
}

func TestMessages(t *testing.T) {
	for _, name := range []string{"before.tsv", "after.tsv", "later.tsv", "last.tsv"} {
		all, bad := rows(t, name), 0
		for _, r := range all {
			out := redact.Text(r.text, keep())
			if wrong := r.wrong(out); wrong != nil {
				bad++
				t.Errorf("%s: %q\n\tbecame %q\n\t%s", r.at, r.text, out, strings.Join(wrong, "; "))
			}
			if again := redact.Text(out, keep()); again != out {
				t.Errorf("%q became %q when read again", out, again)
			}
		}
		t.Logf("%s: %d of %d right", name, len(all)-bad, len(all))
	}
}

// TestQuestionsStay expects questions for information to come through as they
// were: what is taken from them is missed by whoever answers.
func TestQuestionsStay(t *testing.T) {
	for _, set := range []string{"info", "about", "benign", "honest", "off_topic", "disclosure", "tip", "danger", "self_harm"} {
		n, changed := 0, 0
		for _, half := range []string{"dev", "test"} {
			for _, lang := range []string{"en", "es"} {
				for _, s := range asked(t, "../eval/sets/"+half+"/"+set+"."+lang+".tsv") {
					n++
					if out := redact.Text(s, keep()); out != s {
						changed++
						if half == "dev" { // the other half is only measured
							t.Logf("%q became %q", s, out)
						}
					}
				}
			}
		}
		t.Logf("%s: %d of %d changed", set, changed, n)
		if set == "info" && (n < 100 || changed*100 >= 3*n) {
			t.Errorf("%d of %d information questions were changed, want fewer than 3%%", changed, n)
		}
	}
}

// asked are the messages of a set: what stands before the first tab of a line.
func asked(t *testing.T, name string) (all []string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		s, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if s != "" && s[0] != '#' {
			all = append(all, s)
		}
	}
	return all
}

// TestZeroKeep expects the zero Keep to take the registry's numbers too, and not
// to panic.
func TestZeroKeep(t *testing.T) {
	const in = "call 1-888-373-7888 or humantraffickinghotline.org"
	if out := redact.Text(in, redact.Keep{}); out != "call [phone] or [link]" {
		t.Errorf("got %q", out)
	}
	if out := redact.Text(in, keep()); out != in {
		t.Errorf("got %q", out)
	}
}

// TestLong expects long texts in which every word joins the next to come to rest.
func TestLong(t *testing.T) {
	for _, part := range []string{
		"Farm ", "y 1 ", "((", "a.a", "a@", "my name is ", "Juan and ", "1 ", "1-", "12 Oak ", "calle de la ", "one ",
		"[name] and bob ", "Co. ", "a.com ", "\n", "x_", "Ana y ", "dot com ", "plate A ", "Thanks, ", "www.", "1,000 ", "born ",
	} {
		out := redact.Text(strings.Repeat(part, 20000/len(part)), keep())
		if again := redact.Text(out, keep()); again != out || out == "[text]" {
			t.Errorf("%q over and over again does not come to rest", part)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, name := range []string{"before.tsv", "after.tsv", "later.tsv", "last.tsv"} {
		for _, r := range rows(f, name) {
			f.Add(r.text)
		}
	}
	f.Add("[name] [phone] [na\xff\x1f 1 2 3 [text]")
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range []redact.Keep{{}, keep()} {
			out := redact.Text(s, k)
			if !utf8.ValidString(out) {
				t.Errorf("%q became %q, which is no UTF-8", s, out)
			}
			if again := redact.Text(out, k); again != out {
				t.Errorf("%q became %q and then %q", s, out, again)
			}
		}
	})
}

func BenchmarkText(b *testing.B) {
	s := strings.Repeat("my boss Kevin Ortiz at 12 Oak Avenue, 212 555 0188, took my pay. ", 60)
	k := keep()
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		redact.Text(s, k)
	}
}
