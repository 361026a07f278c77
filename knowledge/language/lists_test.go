package language

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLists(t *testing.T) {
	files, err := words.ReadDir("words")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := words.ReadFile("words/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if data[0] != '#' || !utf8.Valid(data) {
			t.Errorf("words/%s: want UTF-8 that starts with a comment", f.Name())
		}
		seen := map[string]int{}
		n := 0
		for line := range strings.Lines(string(data)) {
			n++
			w := strings.TrimRight(line, "\n")
			if strings.HasPrefix(w, "#") {
				continue
			}
			if w == "" || strings.TrimSpace(w) != w || strings.ToLower(w) != w || strings.ContainsAny(w, " \t\r") {
				t.Errorf("words/%s:%d: %q: want one lower-case word", f.Name(), n, w)
			}
			if first, ok := seen[w]; ok {
				t.Errorf("words/%s:%d: %q is on line %d already; delete one", f.Name(), n, w, first)
			}
			seen[w] = n
		}
	}
}

func TestCommon(t *testing.T) {
	if Common("xx") != nil || Common("") != nil {
		t.Error("Common of no language, want nil")
	}
	for _, c := range []struct {
		lang string
		want []string
	}{
		{"en", []string{"the", "dont", "help", "boss"}},
		{"es", []string{"que", "ayuda", "ayúdame", "jefe"}},
		{"fr", []string{"cest", "jai"}},
		{"tl", []string{"boss", "tulong"}},
		{"th", []string{}},
	} {
		list := Common(c.lang)
		if len(list) < 100 {
			t.Errorf("Common(%q): %d words", c.lang, len(list))
		}
		for _, w := range c.want {
			if !slices.Contains(list, w) {
				t.Errorf("Common(%q) lacks %q", c.lang, w)
			}
		}
		for _, w := range list {
			if strings.ContainsFunc(w, apostrophe) {
				t.Errorf("Common(%q) has %q, want no apostrophe", c.lang, w)
			}
		}
		sorted := slices.Sorted(slices.Values(list))
		if len(slices.Compact(sorted)) != len(list) {
			t.Errorf("Common(%q) has a word twice", c.lang)
		}
	}
}

func TestCodes(t *testing.T) {
	cs := Codes()
	if !slices.IsSorted(cs) || len(slices.Compact(slices.Clone(cs))) != len(cs) {
		t.Errorf("Codes() = %q, want each once, sorted", cs)
	}
	for l := range scored {
		if len(Common(codes[l])) == 0 {
			t.Errorf("no list for %s; add words/%s.txt", codes[l], codes[l])
		}
	}
	for c := range strings.FieldsSeq("ar bn de el en es fa fr he hi ht it ja ko pl pt ro ru th tl tr uk ur vi zh") {
		if !slices.Contains(cs, c) {
			t.Errorf("Codes() lacks %s", c)
		}
	}
	cs[0] = "changed"
	if Codes()[0] == "changed" {
		t.Error("Codes() is shared, want a copy")
	}
}

// Every letter of an alphabet must have a place in the letter table, or it
// would not count.
func TestAlphabets(t *testing.T) {
	tab := loaded()
	for l, letters := range alphabets {
		for _, r := range letters {
			i, ok := letterIndex(r)
			if !ok || !tab.letters[i].langs.has(id(l)) || tab.letters[i].bare == 0 {
				t.Errorf("%s: %q is not in the table", codes[l], r)
			}
			if letterOf(r) != scriptOf(id(l)) {
				t.Errorf("%s: %q is of another script", codes[l], r)
			}
		}
	}
}

func scriptOf(l id) script {
	for s, g := range groups {
		if g.from <= l && l < g.to {
			return s
		}
	}
	return none
}

func TestSize(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tab := load()
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("heap %d kB, %d postings in %d slots", heap>>10, len(tab.postings), len(tab.slots))
	if heap > 1<<20 {
		t.Errorf("heap %d bytes, want at most 1 MB", heap)
	}
	runtime.KeepAlive(tab)
}
