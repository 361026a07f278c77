package redact

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSections expects the rules and the word lists to speak of the same
// sections: a misspelt one would be empty, and nobody would see it.
func TestSections(t *testing.T) {
	call := regexp.MustCompile(`\b(?:in|is)\(([^()]*"[^()]*)\)|(?m)^\t\{("\w+", \w+, \d.*)`)
	word := regexp.MustCompile(`"([a-z]+)"`)
	used := map[string]bool{}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range names {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range call.FindAllString(string(data), -1) {
			for _, w := range word.FindAllStringSubmatch(c, -1) {
				used[w[1]] = true
				if in(w[1]) == nil {
					t.Errorf("%s asks for the section %s, which is in no list", file, w[1])
				}
			}
		}
	}
	for section := range lists() {
		if !used[section] {
			t.Errorf("no rule asks for the section %s", section)
		}
	}
}

// TestEntriesCanBeFound expects every entry to be made of words as a text is cut
// into them.
func TestEntriesCanBeFound(t *testing.T) {
	for title, s := range lists() {
		for first, phrases := range s {
			for _, p := range phrases {
				for _, w := range append([]string{first}, p.rest...) {
					if text := read(w, Keep{}); len(text.words) != 1 || text.words[0].s != w {
						t.Errorf("%s: %q is not one word", title, w)
					}
				}
			}
		}
	}
}

// TestFold expects letters and digits of other scripts to be read as plain ones.
func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Ñandú ÉXITO": "nandu exito", "٢١٢": "212", "２１２＠Ａ．ｃ": "212@a.c", "𝟓𝟱𝟻": "555", "①⓪⑨": "109",
		"५५५": "555", "a\u200bb\u00adc": "abc", "e\u0301": "e", "𝐀𝐳": "az", "‑–—−": "----", "[name]!": "\x1f!", "\x1f": " ",
	} {
		text := read(in, Keep{})
		if text.fold != want {
			t.Errorf("%q is read as %q, want %q", in, text.fold, want)
		}
		if !slices.IsSorted(text.at) || text.at[len(text.at)-1] != len(in) {
			t.Errorf("%q: places %d", in, text.at)
		}
	}
}
