package prompts_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"porchlight/knowledge"
	"porchlight/prompts"
)

var langs = []string{"en", "es"}

func load(t *testing.T) *prompts.Phrases {
	t.Helper()
	p, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// each calls check with every phrase of every language, in a fixed order.
func each(t *testing.T, check func(t *testing.T, lang, key, phrase string)) {
	t.Helper()
	p := load(t)
	for _, lang := range p.Langs() {
		for _, key := range slices.Sorted(maps.Keys(p.All(lang))) {
			t.Run(lang+"/"+key, func(t *testing.T) { check(t, lang, key, p.All(lang)[key]) })
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func TestLanguagesAreComplete(t *testing.T) {
	p := load(t)
	if got := p.Langs(); !slices.Equal(got, langs) {
		t.Fatalf("languages %v, want %v; give the tests never-words of the new one", got, langs)
	}
	want := slices.Sorted(maps.Keys(p.All("en")))
	for _, lang := range langs {
		if got := slices.Sorted(maps.Keys(p.All(lang))); !slices.Equal(got, want) {
			t.Errorf("%s has other keys than en: %v and %v", lang, got, want)
		}
		if !p.Has(lang) {
			t.Errorf("Has(%q) is false", lang)
		}
	}
	if p.Has("xx") {
		t.Error(`Has("xx") is true`)
	}
}

func TestSay(t *testing.T) {
	p := load(t)
	for _, test := range []struct{ lang, key, want string }{
		{"en", "language_set", p.All("en")["language_set"]},
		{"es", "language_set", p.All("es")["language_set"]},
		{"xx", "language_set", p.All("en")["language_set"]},
		{"", "language_set", p.All("en")["language_set"]},
		{"en", "no such key", ""},
	} {
		if got := p.Say(test.lang, test.key); got != test.want {
			t.Errorf("Say(%q, %q) is %q, want %q", test.lang, test.key, got, test.want)
		}
	}
}

// TestSamePlaceholders expects every language to name the same help lines, so
// that no translation drops a number.
func TestSamePlaceholders(t *testing.T) {
	p := load(t)
	for key, en := range p.All("en") {
		want := placeholder.FindAllString(en, -1)
		slices.Sort(want)
		for _, lang := range langs {
			got := placeholder.FindAllString(p.All(lang)[key], -1)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s has %v, en has %v", lang, key, got, want)
			}
		}
	}
}

// TestPlaceholdersAreFilled expects every {…} to be one that code fills: a
// contact of the registry, a date or a list.
func TestPlaceholdersAreFilled(t *testing.T) {
	b, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, lang, key, phrase string) {
		filled, ok := b.Fill(phrase, lang, "US")
		if !ok {
			t.Errorf("a contact is not in the registry: %s", phrase)
		}
		for _, s := range placeholder.FindAllString(filled, -1) {
			if s != "{date}" && s != "{list}" {
				t.Errorf("nothing fills %s", s)
			}
		}
		if strings.ContainsAny(placeholder.ReplaceAllString(filled, ""), "{}") {
			t.Errorf("a brace is left: %s", filled)
		}
	})
}

// numbersOfPhrases are the figures that a phrase may hold: none is a contact.
var numbersOfPhrases = map[string][]string{
	"language_unknown": {"200"},  // interpreters for more than 200 languages
	"section_archive":  {"2014"}, // the year of the article
}

var number = regexp.MustCompile(`\d+`)

func TestNoContacts(t *testing.T) {
	address := regexp.MustCompile(`(?i)@|https?:|www\.|\b[a-z0-9-]+\.(gov|org|com|net|info|us|mx|uk|ca|au)\b`)
	each(t, func(t *testing.T, _, key, phrase string) {
		s := placeholder.ReplaceAllString(phrase, "…")
		for _, n := range number.FindAllString(s, -1) {
			if !slices.Contains(numbersOfPhrases[key], n) {
				t.Errorf("holds the number %s: %s", n, phrase)
			}
		}
		if m := address.FindString(s); m != "" {
			t.Errorf("holds the address %s: %s", m, phrase)
		}
	})
}

// TestWrittenWell refuses what a screen reader stumbles over or what looks
// unfinished: emoji, double spaces, a sentence without its end.
func TestWrittenWell(t *testing.T) {
	each(t, func(t *testing.T, _, _, phrase string) {
		if phrase != strings.TrimSpace(phrase) || strings.Contains(phrase, "  ") {
			t.Errorf("spaces: %q", phrase)
		}
		for _, r := range phrase {
			if unicode.Is(unicode.So, r) || unicode.Is(unicode.Cc, r) || r > 0xffff {
				t.Errorf("holds %q: %s", r, phrase)
			}
		}
		if len(strings.Fields(phrase)) > 8 && !strings.ContainsAny(phrase[len(phrase)-1:], ".?!:") {
			t.Errorf("a sentence without its end: %s", phrase)
		}
		if strings.Count(phrase, "?") != strings.Count(phrase, "¿") && strings.Contains(phrase, "¿") {
			t.Errorf("a question without both of its marks: %s", phrase)
		}
	})
}

// TestUrgentIsShort counts the words of what is said first when a life may be at
// stake, with the way without speaking, contacts filled in.
func TestUrgentIsShort(t *testing.T) {
	const most = 60
	b, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	p := load(t)
	for _, lang := range langs {
		for _, keys := range [][]string{
			{"danger", "danger_quiet"}, {"self_harm", "self_harm_quiet"}, {"danger_abroad"}, {"self_harm_abroad"},
		} {
			var said []string
			for _, k := range keys {
				s, ok := b.Fill(p.Say(lang, k), lang, "US")
				if !ok || s == "" {
					t.Errorf("%s %s cannot be said", lang, k)
				}
				said = append(said, s)
			}
			all := strings.Join(said, " ")
			if n := len(strings.Fields(all)); n > most {
				t.Errorf("%s %v has %d words, more than %d: %s", lang, keys, n, most, all)
			}
		}
		for key, want := range map[string]string{"danger": "911", "self_harm": "988"} {
			s, _ := b.Fill(p.Say(lang, key), lang, "US")
			words := strings.Fields(s)
			if at := strings.Join(words[:min(14, len(words))], " "); !strings.Contains(at, want) {
				t.Errorf("%s %s does not give %s at once: %s", lang, key, want, s)
			}
		}
	}
}

// never reads the words that are never said in a language.
func never(t *testing.T, lang string) *regexp.Regexp {
	t.Helper()
	all, err := prompts.Never()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, w := range all[lang] {
		words = append(words, regexp.QuoteMeta(w))
	}
	if len(words) < 20 {
		t.Fatalf("%d never-words of %s", len(words), lang)
	}
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(?:` + strings.Join(words, "|") + `)(?:$|[^\pL])`)
}

func TestNeverWords(t *testing.T) {
	all := map[string]*regexp.Regexp{}
	for _, lang := range langs {
		all[lang] = never(t, lang)
	}
	each(t, func(t *testing.T, lang, _, phrase string) {
		if s := all[lang].FindString(phrase); s != "" {
			t.Errorf("says %q: %s", s, phrase)
		}
	})
	for lang, s := range map[string]string{"en": "Why didn't you call?", "es": "¿Por qué no se fue?"} {
		if !all[lang].MatchString(s) {
			t.Errorf("%q would go unnoticed", s)
		}
	}
}

// personal are questions for what Porchlight never asks: a name, a place, a
// status, an age, proof or the story.
var personal = map[string]*regexp.Regexp{
	"en": regexp.MustCompile(`(?i)\b(what('s| is) your|who (are|is) (you|he|she|they|your)|where (are|do|is) |how old|your (name|age|address|status|phone|story)|tell (me|us) (what happened|more about (you|what))|what happened|are you (a |an )?(citizen|legal|undocumented)|do you have (papers|documents|proof)|which (city|state|town))`),
	"es": regexp.MustCompile(`(?i)(^|[^\pL])(cómo se llama|quién es|dónde (está|vive|trabaja)|cuántos años|su (nombre|edad|dirección|estatus|historia)|cuénteme (qué|lo)|qué (le )?pasó|tiene (papeles|documentos|pruebas)|en qué (ciudad|estado|pueblo))`),
}

func TestAsksForNothingPersonal(t *testing.T) {
	question := regexp.MustCompile(`[^.?!¿:;]*\?`)
	each(t, func(t *testing.T, lang, key, phrase string) {
		asked := question.FindAllString(phrase, -1)
		for _, q := range asked {
			if m := personal[lang].FindString(q); m != "" {
				t.Errorf("asks %q", strings.TrimSpace(q))
			}
		}
		if len(asked) > 1 {
			t.Errorf("asks %d questions: %s", len(asked), phrase)
		}
		urgent := strings.HasPrefix(key, "danger") || strings.HasPrefix(key, "self_harm") || strings.HasPrefix(key, "disclosure")
		if urgent && len(asked) > 0 && key != "danger_quiet" { // "Can't talk?" asks for no answer
			t.Errorf("asks before help: %s", phrase)
		}
	})
}
