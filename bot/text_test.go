package bot_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/knowledge"
)

// base has the lines of a country that is on no map, too: cards are only made
// by knowledge, and these do not change when a real line does.
func base(t *testing.T) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load(knowledge.Embedded(), os.DirFS("testdata/nowhere"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPlain(t *testing.T) {
	b := base(t)
	words := bot.Words{Help: "People who can help:", Next: "You can also ask:"}
	const mark = "From 2014, archived, may be outdated"
	two := []bot.Section{
		{
			Heading: "Your passport is yours", Text: "Nobody else may keep it.\nNot even an employer.",
			Bullets: []string{"Ask for it back only if that is safe.", "A lost one can be replaced."},
			Source:  "Department of Nowhere, 2024",
		},
		{Heading: "What you can do", Text: "Write down what happened.", Source: "Ministry of Nowhere"},
	}
	next := []bot.Suggestion{{Label: "What are my rights?", Text: "rights"}, {Label: "Who answers the phone?", Topic: "hotline"}}

	for _, test := range []struct {
		name  string
		reply bot.Reply
	}{
		{"urgent", bot.Reply{
			Kind: bot.Danger, Urgent: true, Lead: "Call 999000 now if you can.", Also: "Llame ahora al 999000 si puede.",
			Sections: two[:1], Resources: b.Cards("en", "ZZ", "zz-emergency", "zz-help"), Brief: true,
			Closing: "You can write to me again.", Words: words, Final: true,
		}},
		{"urgent-opening", bot.Reply{
			Kind: bot.SelfHarm, Urgent: true, Lead: "You are not alone.",
			Resources: b.Cards("en", "ZZ", "zz-help"), Words: words,
		}},
		{"two-sections", bot.Reply{
			Kind: bot.Answer, Lead: "That sounds hard.", Sections: two, Suggestions: next, Words: words, Final: true,
		}},
		{"archived", bot.Reply{
			Kind: bot.Answer, Words: words, Final: true,
			Sections: []bot.Section{
				{Text: "This one has no heading.", Archived: true, Mark: mark},
				{Heading: "Blue days", Text: "It was in January.", Source: "Page of Nowhere", Archived: true, Mark: mark},
				{Text: "This one has neither."},
			},
		}},
		{"suggestions", bot.Reply{Kind: bot.NoAnswer, Lead: "I do not know that.", Suggestions: next, Words: words, Final: true}},
		{"brief", bot.Reply{
			Kind: bot.Tip, Sections: two[1:], Closing: "Do not confront anyone.", Suggestions: next,
			Resources: b.Cards("en", "ZZ", "zz-help", "zz-emergency"), Brief: true, Words: words, Final: true,
		}},
		{"full", bot.Reply{
			Kind: bot.Disclosure, Sections: two[1:], Closing: "It is your choice.",
			Resources: b.Cards("en", "ZZ", "zz-help", "zz-emergency"), Words: words, Final: true,
		}},
		{"full-es", bot.Reply{
			Kind: bot.Disclosure, Lang: "es", Lead: "Eso suena muy duro.",
			Resources: b.Cards("es", "ZZ", "zz-help"), Words: bot.Words{Help: "Personas que pueden ayudar:"}, Final: true,
		}},
		{"section-alone", bot.Reply{Kind: bot.Answer, Sections: []bot.Section{{Text: "Yes."}}, Words: words, Final: true}},
		{"nothing", bot.Reply{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			golden(t, "plain-"+test.name, test.reply.Plain()+"\n")
		})
	}
}

// No number is shown without the one who answers it: neither in full nor in brief.
func TestCardsSayWhoAnswers(t *testing.T) {
	b := base(t)
	for _, lang := range b.Langs() {
		for _, r := range b.Resources() {
			c, ok := b.Card(r.ID, lang, "")
			if !ok {
				continue
			}
			full := bot.Reply{Resources: []bot.Card{c}}.Plain()
			want := []string{c.Name, c.RunBy, c.Authority}
			for _, k := range c.Contacts {
				want = append(want, k.Label)
			}
			for _, s := range append(want, c.Notes...) {
				if s == "" || !strings.Contains(full, strings.TrimRight(s, ".")) {
					t.Errorf("%s (%s) in full lacks %q:\n%s", c.ID, lang, s, full)
				}
			}
			if lines := bot.CardLines(c); lines[0] != c.Name || slices.Contains(lines, "  ") {
				t.Errorf("%s (%s): lines %q", c.ID, lang, lines)
			}
			for _, brief := range []string{
				bot.Reply{Resources: []bot.Card{c}, Brief: true}.Plain(),
				strings.TrimPrefix(bot.Reply{Resources: []bot.Card{c, c}}.Plain(), full+"\n"), // after one in full
			} {
				if brief != c.Brief || strings.Contains(brief, "\n") ||
					!strings.Contains(brief, c.Name) || !strings.Contains(brief, c.Authority) {
					t.Errorf("%s (%s) in brief: %q", c.ID, lang, brief)
				}
			}
		}
	}
}
