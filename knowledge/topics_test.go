package knowledge

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTopicIDs: every topic of the fact sheet is written, in both languages.
func TestTopicIDs(t *testing.T) {
	b := embeddedBase(t)
	data, err := os.ReadFile("testdata/topic-ids.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for id := range strings.Lines(string(data)) {
		if id = strings.TrimSpace(id); id != "" && !strings.HasPrefix(id, "#") {
			want[id] = true
		}
	}
	if len(want) != 140 {
		t.Errorf("%d ids in the list, want 140", len(want))
	}
	for id := range want {
		for _, lang := range []string{"en", "es"} {
			if _, ok := b.Topic(id, lang); !ok {
				t.Errorf("%s is missing in %s", id, lang)
			}
		}
	}
	for _, lang := range b.Langs() {
		for _, topic := range b.Topics(lang) {
			if !want[topic.ID] {
				t.Errorf("%s is not in the list", topic.ID)
			}
		}
	}
}

// TestTwins: the two languages say the same things of the same topic.
func TestTwins(t *testing.T) {
	b := embeddedBase(t)
	for _, en := range b.Topics("en") {
		es, ok := b.Topic(en.ID, "es")
		if !ok {
			t.Errorf("%s has no Spanish twin", en.ID)
			continue
		}
		if en.Title == es.Title || en.Answer == es.Answer {
			t.Errorf("%s is not translated", en.ID)
		}
		for _, c := range []struct {
			field  string
			en, es []string
		}{
			{"kind", []string{en.Kind}, []string{es.Kind}},
			{"section", []string{en.Section}, []string{es.Section}},
			{"help_level", []string{en.HelpLevel}, []string{es.HelpLevel}},
			{"as_of", []string{string(en.AsOf)}, []string{string(es.AsOf)}},
			{"review_by", []string{string(en.ReviewBy)}, []string{string(es.ReviewBy)}},
			{"help", en.Help, es.Help}, // best first
			{"sources", sorted(en.Sources), sorted(es.Sources)},
			{"audience", sorted(en.Audience), sorted(es.Audience)},
			{"related", sorted(en.Related), sorted(es.Related)},
		} {
			if !slices.Equal(c.en, c.es) {
				t.Errorf("%s: %s is %v in English and %v in Spanish", en.ID, c.field, c.en, c.es)
			}
		}
		if en.Archived != es.Archived {
			t.Errorf("%s: archived %t in English, %t in Spanish", en.ID, en.Archived, es.Archived)
		}
	}
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// TestArchive: what the archived article says stands apart, with its date.
func TestArchive(t *testing.T) {
	b := embeddedBase(t)
	n := 0
	for _, lang := range b.Langs() {
		for _, topic := range b.Topics(lang) {
			if topic.Archived != (topic.Section == "archive") {
				t.Errorf("%s: archived %t in section %s", topic.File(), topic.Archived, topic.Section)
			}
			if !topic.Archived {
				continue
			}
			n++
			if topic.AsOf != "2014-11-18" {
				t.Errorf("%s: as of %s", topic.File(), topic.AsOf)
			}
			if !strings.Contains(topic.Answer+strings.Join(topic.Details, " "), "2014") {
				t.Errorf("%s does not say when", topic.File())
			}
			for _, c := range b.Cite(topic) {
				if c.Archived && c.Published != "" && c.Published < "2014" {
					t.Errorf("%s: %+v", topic.File(), c)
				}
			}
			if !slices.ContainsFunc(b.Cite(topic), func(c Citation) bool { return c.Archived && c.Published == "2014-11-18" }) {
				t.Errorf("%s does not cite the article", topic.File())
			}
		}
	}
	if n == 0 {
		t.Error("nothing is archived")
	}
}

var sentenceEnd = regexp.MustCompile(`[.!?]["”»)]?(\s|$)`)

// TestShape: each topic has the parts that its readers need.
func TestShape(t *testing.T) {
	b := embeddedBase(t)
	special := map[string]string{
		"in-danger-now": "danger", "mental-health-crisis": "self_harm",
		"i-think-it-is-me": "disclosure", "worried-about-someone": "tip",
	}
	for _, lang := range b.Langs() {
		for _, topic := range b.Topics(lang) {
			bad := func(what string, args ...any) { t.Errorf(topic.File()+": "+what, args...) }
			want := "answer"
			if k, ok := special[topic.ID]; ok {
				want = k
			} else if topic.Section == "about" {
				want = "about"
			}
			if topic.Kind != want {
				bad("kind %s, want %s", topic.Kind, want)
			}
			if n := len(sentenceEnd.FindAllString(topic.Answer, -1)); n < 1 || n > 4 {
				bad("%d sentences in the answer", n)
			}
			if len(topic.Details) < 2 {
				bad("%d bullets", len(topic.Details))
			}
			for _, s := range append([]string{topic.Title, topic.Answer}, topic.Details...) {
				if s == "" || strings.ContainsAny(s, "{}*#`<>[]") || strings.Contains(s, "  ") {
					bad("not plain text: %q", s)
				}
			}
			for _, a := range topic.Asks {
				if strings.TrimSpace(a) == "" {
					bad("an empty ask")
				}
			}
			if len(topic.Related) == 0 || slices.Contains(topic.Related, topic.ID) {
				bad("related %v", topic.Related)
			}
			if len(topic.Help) == 0 && topic.Needs() {
				bad("needs help lines and has none")
			}
			if c := b.Cite(topic); len(c) != len(topic.Sources) {
				bad("%d citations of %d sources", len(c), len(topic.Sources))
			}
			for _, c := range b.Cite(topic) {
				if c.Publisher == "" || c.Title == "" {
					bad("citation %+v", c)
				}
			}
		}
	}
}

// TestTopicsOrder: by section as people read them, then by id, in each language alike.
func TestTopicsOrder(t *testing.T) {
	b := embeddedBase(t)
	var first []string
	for i, lang := range b.Langs() {
		var ids []string
		at := 0
		for _, topic := range b.Topics(lang) {
			s := slices.Index(Sections, topic.Section)
			if s < at {
				t.Errorf("%s comes after section %s", topic.File(), Sections[at])
			}
			at = s
			ids = append(ids, topic.ID)
		}
		if i == 0 {
			first = ids
		} else if !slices.Equal(ids, first) {
			t.Errorf("%s has another order", lang)
		}
	}
}
