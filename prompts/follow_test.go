package prompts_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"porchlight/prompts"
)

// fold is a phrase in lower case, without accents and punctuation, as they are
// compared.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(s)))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// whole are the phrases that stand for a whole message, by what they mean.
func whole(f prompts.Follow) map[string][]string {
	all := map[string][]string{"yes": f.Yes, "more": f.More, "forget": f.Forget}
	for to, phrases := range f.Language {
		all["language "+to] = phrases
	}
	for n, phrases := range f.Pick {
		all[fmt.Sprint("pick ", n)] = phrases
	}
	return all
}

// TestFollowUpsMeanOneThing expects no phrase to mean two things in a language:
// which one is meant would be an accident. A phrase that is listed with and
// without its accents is one phrase.
func TestFollowUpsMeanOneThing(t *testing.T) {
	p := load(t)
	for _, lang := range langs {
		meaning := map[string]string{}
		for what, phrases := range whole(p.Follow(lang)) {
			for _, s := range phrases {
				key := fold(s)
				if key == "" {
					t.Errorf("%s %s: %q has no words", lang, what, s)
				}
				if other, ok := meaning[key]; ok && other != what {
					t.Errorf("%s: %q means %s and %s", lang, s, what, other)
				}
				meaning[key] = what
			}
		}
	}
}

func TestFollowUpsAreComplete(t *testing.T) {
	p := load(t)
	for _, lang := range langs {
		f := p.Follow(lang)
		for what, n := range map[string]int{
			"yes": len(f.Yes), "more": len(f.More), "forget": len(f.Forget), "about": len(f.About),
			"refers": len(f.Refers), "turns": len(f.Turns), "then": len(f.Then), "cues": len(f.Cues), "language en": len(f.Language["en"]),
			"language es": len(f.Language["es"]), "pick 1": len(f.Pick[1]), "pick 2": len(f.Pick[2]), "pick 3": len(f.Pick[3]),
		} {
			if n == 0 {
				t.Errorf("%s has no %s", lang, what)
			}
		}
		for i, c := range f.Cues {
			if len(c.Ask) == 0 || len(c.Words) == 0 {
				t.Errorf("%s: cue %d is empty", lang, i+1)
			}
			for _, w := range c.Words {
				if strings.Contains(fold(w), " ") {
					t.Errorf("%s: cue %d: %q is two words, and words are compared one by one", lang, i+1, w)
				}
				if fold(w) == "" && w != "#" {
					t.Errorf("%s: cue %d: %q can never be found in a sentence", lang, i+1, w)
				}
			}
		}
		for _, r := range f.Refers {
			if strings.Contains(fold(r), " ") {
				t.Errorf("%s: %q is two words, and words are compared one by one", lang, r)
			}
		}
	}
	if f := p.Follow("xx"); f.Yes != nil || f.Cues != nil {
		t.Error("an unknown language has follow-ups")
	}
}
