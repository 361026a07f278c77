package language

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A message and the code of its language.
type message struct{ lang, text string }

// messages reads a file of two columns. lang, if any, is the language of all
// lines, and the first column is then an id.
func messages(t *testing.T, path, lang string) []message {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("messages: %v", err)
	}
	var ms []message
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		first, text, ok := strings.Cut(line, "\t")
		if !ok {
			t.Fatalf("%s:%d: no tab; write code, tab, message", path, n)
		}
		if lang != "" {
			first = lang
		}
		ms = append(ms, message{first, text})
	}
	return ms
}

// sharedSet reads one of the sets that do not ship, none if it is not there.
func sharedSet(t *testing.T, path, lang string) []message {
	t.Helper()
	path = filepath.Join("..", "..", "..", "shared", "data", path)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Logf("%s is not there", path)
		return nil
	}
	return messages(t, path, lang)
}

func firstWords(text string, n int) string {
	ws := strings.Fields(text)
	return strings.Join(ws[:min(n, len(ws))], " ")
}

// score is how Detect did on a set.
type score struct {
	all, right, sure, wrong map[string]int // wrong: sure and wrong
}

func grade(t *testing.T, ms []message) score {
	s := score{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
	add := func(m map[string]int, lang string) { m[lang]++; m[""]++ }
	for _, m := range ms {
		g := Detect(m.text)
		add(s.all, m.lang)
		if g.Lang == m.lang {
			add(s.right, m.lang)
		}
		if g.Sure {
			add(s.sure, m.lang)
		}
		if g.Sure && g.Lang != m.lang {
			add(s.wrong, m.lang)
			t.Logf("sure and wrong: %s as %+v: %q", m.lang, g, m.text)
		}
	}
	return s
}

func share(n, of int) float64 { return float64(n) / float64(max(1, of)) }

func (s score) log(t *testing.T, name string) {
	var b strings.Builder
	langs := make([]string, 0, len(s.all))
	for l := range s.all {
		langs = append(langs, l)
	}
	slices.Sort(langs)
	for _, l := range langs {
		fmt.Fprintf(&b, "\n%5s %6d %6.3f %6.3f %6.4f", l, s.all[l],
			share(s.right[l], s.all[l]), share(s.sure[l], s.all[l]), share(s.wrong[l], s.all[l]))
	}
	t.Logf("%s\n lang    all  right   sure  sure and wrong%s", name, b.String())
}

// atLeast fails if fewer messages than a floor are right; lang "" is all.
func (s score) atLeast(t *testing.T, lang string, floor float64) {
	t.Helper()
	if got := share(s.right[lang], s.all[lang]); s.all[lang] > 0 && got < floor {
		t.Errorf("%q: %.3f right, want at least %.3f", lang, got, floor)
	}
}

func (s score) seldomFooled(t *testing.T) {
	t.Helper()
	if got := share(s.wrong[""], s.all[""]); got > 0.01 {
		t.Errorf("%.4f sure and wrong, want at most 0.01", got)
	}
}

// chatMessages are the messages of both sets, those of no language apart.
func chatMessages(t *testing.T) (plain, open []message) {
	own := messages(t, "../testdata/langid.tsv", "")
	for _, m := range append(own, sharedSet(t, "langid/sentences.tsv", "")...) {
		if m.lang == "und" {
			open = append(open, m)
		} else {
			plain = append(plain, m)
		}
	}
	if len(open) == 0 || len(plain) < 100 {
		t.Fatalf("../testdata/langid.tsv: %d messages, %d of no language; want both", len(plain), len(open))
	}
	return plain, open
}

func TestMessages(t *testing.T) {
	ms, _ := chatMessages(t)
	s := grade(t, ms)
	s.log(t, "messages")
	s.atLeast(t, "en", 0.97)
	s.atLeast(t, "es", 0.97)
	s.atLeast(t, "", 0.95)
	s.seldomFooled(t)
}

func TestThreeWords(t *testing.T) {
	ms, _ := chatMessages(t)
	for i := range ms {
		ms[i].text = firstWords(ms[i].text, 3)
	}
	s := grade(t, ms)
	s.log(t, "messages cut to three words")
	s.atLeast(t, "en", 0.92)
	s.atLeast(t, "es", 0.92)
	s.atLeast(t, "", 0.95)
	s.seldomFooled(t)
}

func TestNoLanguage(t *testing.T) {
	_, open := chatMessages(t)
	for _, m := range open {
		if g := Detect(m.text); g.Sure {
			t.Errorf("Detect(%q) = %+v, want it unsure", m.text, g)
		}
	}
}

// XQuAD was written by nobody here.
func TestQuestions(t *testing.T) {
	for _, n := range []int{1 << 20, 3} {
		var ms []message
		for lang := range strings.FieldsSeq("ar de el en es hi ro ru th tr vi zh") {
			ms = append(ms, sharedSet(t, "retrieval/xquad-"+lang+"/queries.tsv", lang)...)
		}
		for i := range ms {
			ms[i].text = firstWords(ms[i].text, n)
		}
		s := grade(t, ms)
		s.log(t, fmt.Sprintf("XQuAD questions, up to %d words", n))
		s.seldomFooled(t)
		if n > 3 {
			s.atLeast(t, "en", 0.97)
			s.atLeast(t, "es", 0.97)
			s.atLeast(t, "", 0.95)
		} else {
			s.atLeast(t, "en", 0.92)
			s.atLeast(t, "es", 0.92)
		}
	}
}

// Languages we do not know look like those we do; being sure must stay rare.
func TestUnknownLanguages(t *testing.T) {
	ms := messages(t, "testdata/other.tsv", "")
	sure := 0
	for _, m := range ms {
		if g := Detect(m.text); g.Sure {
			sure++
			t.Logf("%s as %+v: %q", m.lang, g, m.text)
		}
	}
	if got := share(sure, len(ms)); got > 0.15 {
		t.Errorf("sure of %.2f of messages in unknown languages, want at most 0.15", got)
	}
}

func TestChat(t *testing.T) {
	for _, c := range []struct {
		text, lang string
		sure       bool
	}{
		{"q onda", "es", true},
		{"xq no me pagan", "es", true},
		{"pls help my boss", "en", true},
		{"help", "en", true},
		{"HELP!!", "en", true},
		{"hello", "en", true},
		{"thanks", "en", true},
		{"ayuda", "es", true},
		{"ayudaaaa", "es", true},
		{"hola", "es", true},
		{"gracias", "es", true},
		{"obrigada", "pt", true},
		{"mèsi anpil", "ht", true},
		{"mesi anpil", "ht", true},
		{"salamat po", "tl", true},
		{"boss ko hindi nagbabayad", "tl", true},
		{"toi can giup do", "vi", true},
		{"dziekuje bardzo", "pl", true},
		{"помогите", "ru", true},
		{"допоможіть", "uk", true},
		{"كيف حالك", "ar", true},
		{"کارفرما پاسپورتم رو گرفته", "fa", true},
		{"مالک نے میرا پاسپورٹ لے لیا ہے", "ur", true},
		{"你好", "zh", true},
		{"警察", "zh", false},
		{"ありがとう", "ja", true},
		{"안녕하세요", "ko", true},
		{"mi jefe me quitó mi T visa y mi I-94", "es", true},
		{"老板拿走了我的T visa", "zh", true},
		{"I live in Los Angeles, can you help", "en", true},
		{"vivo en New York y necesito ayuda", "es", true},
		{"l'argent", "fr", false},
		{"j'peux pas sortir", "fr", true},
		{"my boss’s cousin won’t pay", "en", true},
		{"mi jefe me quito\u0301 el pasaporte", "es", true}, // accent as a mark of its own
		{"no", "es", false},
		{"ok", "", false},
		{"link", "", false},
		{"visa", "", false},
		{"T visa", "", false},
		{"T-visa", "", false},
		{"y", "", false},
		{"", "", false},
		{"?!", "", false},
		{"😀😀", "", false},
		{"911", "", false},
		{"los angeles", "", false},
		{"https://example.com/ayuda-en-espanol", "", false},
		{"www.hola-gracias.com", "", false},
		{"trabajo.com/ayuda", "", false},
		{"ayuda@gracias.org", "", false},
		{"@hola @gracias", "", false},
		{"<@U024BE7LH> <:ayuda:1234> :gracias:", "", false},
		{"/ayuda", "", false},
		{"look: https://ejemplo.es/como-pedir-ayuda-en-el-trabajo", "en", false},
	} {
		g := Detect(c.text)
		if g.Lang != c.lang || g.Sure != c.sure {
			t.Errorf("Detect(%q) = %+v, want %q, sure %t", c.text, g, c.lang, c.sure)
		}
	}
}

func TestSpanglish(t *testing.T) {
	for _, text := range []string{
		"mi boss no me paga",
		"quiero reportar my boss porque he took my passport",
		"necesito help con mi paycheck",
	} {
		if g := Detect(text); g.Lang != "es" && g.Lang != "en" {
			t.Errorf("Detect(%q) = %+v, want en or es", text, g)
		}
	}
}

func TestPrior(t *testing.T) {
	for _, c := range []struct {
		text  string
		prior []string
		lang  string
		sure  bool
	}{
		{"no", []string{"en"}, "en", false},
		{"no", []string{"es"}, "es", false},
		{"no", []string{"pt"}, "pt", false},
		{"no", []string{"ru", "en"}, "ru", false},
		{"ok", []string{"fr"}, "fr", false},
		{"link", []string{"ko"}, "ko", false},
		{"", []string{"es-MX", "en-US"}, "es", false},
		{"visa", []string{"xx", "", "pt_BR"}, "pt", false},
		{"policia", []string{"pt-BR"}, "pt", false},
		{"警察", []string{"ja"}, "ja", false},
		{"警察", []string{"zh-TW", "ja"}, "zh", false},
		{"boss", []string{"fil"}, "tl", false},
		{"trabajo", []string{"en"}, "es", false}, // English does not know it
		{"no sé", []string{"en"}, "es", true},
		{"gracias", []string{"en", "fr"}, "es", true},
		{"help", []string{"es"}, "en", true},
		{"спасибо", []string{"uk"}, "ru", true},
		{"你好", []string{"ja"}, "zh", true},
	} {
		g := Detect(c.text, c.prior...)
		if g.Lang != c.lang || g.Sure != c.sure {
			t.Errorf("Detect(%q, %q) = %+v, want %q, sure %t", c.text, c.prior, g, c.lang, c.sure)
		}
	}
}

// No prior overrules what Detect is sure of without one.
func TestPriorOverrulesNothing(t *testing.T) {
	ms, _ := chatMessages(t)
	for _, m := range ms {
		alone := Detect(m.text)
		if !alone.Sure {
			continue
		}
		for _, p := range Codes() {
			if g := Detect(m.text, p, "en", "es"); g.Lang != alone.Lang || !g.Sure {
				t.Errorf("Detect(%q, %q) = %+v, alone %+v", m.text, p, g, alone)
			}
		}
	}
}

func TestMargin(t *testing.T) {
	short := Detect("hola amigo")
	long := Detect("hola amigo, mi jefe no me paga y no sé qué hacer con mis documentos")
	if !(0 < short.Margin && short.Margin < long.Margin && long.Margin <= maxMargin) {
		t.Errorf("margins %.1f and %.1f, want them to grow with the text, up to %d", short.Margin, long.Margin, maxMargin)
	}
	if long.Second == "" || long.Second == long.Lang {
		t.Errorf("second of %+v, want another language", long)
	}
	if g := Detect("ок 好"); g.Margin < 0 {
		t.Errorf("margin of %+v is negative", g)
	}
}

func TestLongAndStrange(t *testing.T) {
	for name, text := range map[string]string{
		"one word":        strings.Repeat("a", 1<<20),
		"one letter each": strings.Repeat("a ", 1<<19),
		"bad UTF-8":       strings.Repeat("\xff\xc3(\xe2\x82", 1<<18),
		"marks":           "a" + strings.Repeat("\u0301\u0323", 1<<18),
		"joints":          strings.Repeat("-'", 1<<19),
		"joined":          strings.Repeat("l'", 1<<19) + "argent",
		"direction marks": strings.Repeat("\u202e\u200d", 1<<18),
		"zeros":           string(make([]byte, 1<<20)),
	} {
		if g := Detect(text); g.Sure {
			t.Errorf("%s: %+v, want it unsure", name, g)
		}
	}
	if g := Detect(strings.Repeat("my boss took my passport and he does not pay me. ", 1<<15)); g.Lang != "en" || !g.Sure {
		t.Errorf("long English text: %+v", g)
	}
}
