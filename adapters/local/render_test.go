package local

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/knowledge"
)

var helpLine = bot.Card{
	ID: "line", Name: "Example Help Line", For: "People who were made to work.", NotFor: "Debt advice.",
	RunBy: "Run by Example House.", Since: "Since 2003.", Hours: "Open at any hour.", Languages: "English and Spanish.",
	Reach: "From the US.", Privacy: "What you say stays there, unless a child is in danger.",
	Authority: "It is not the police.", Law: knowledge.NoAuthority,
	Contacts: []knowledge.Contact{
		{Kind: "phone", Label: "Call: 1-555-010-0100", Display: "1-555-010-0100", Href: "tel:+15550100100"},
		{Kind: "web", Label: "Web: example.org", Display: "example.org", Href: "https://example.org/?a=1&b=2"},
	},
	Notes: []string{"Texts may cost money."}, Checked: "Checked on 2026-11-23.",
	Brief: "Example Help Line: 1-555-010-0100. It is not the police.",
}

var news = bot.Citation{
	ID: "news", Title: "An evening about work", Publisher: "Example News",
	URL: "https://example.org/news", Copy: true, Published: "2014-11-18", Archived: true,
}

// samples are replies of every shape.
func samples() map[string]bot.Reply {
	return map[string]bot.Reply{
		"zero": {},
		"growing": {
			Kind: bot.Danger, Flags: []string{"danger"}, Lang: "en", Urgent: true, Mode: bot.Model,
			Lead: "If you are in danger now, call 911.", Also: "Si estás en peligro ahora, llama al 911.",
			Resources: []bot.Card{helpLine}, Words: bot.Words{Help: "Who can help", Next: "You can also ask:"},
		},
		"final": {
			Kind: bot.Answer, Lang: "en", Mode: bot.Fallback, Closing: "You need not give your name.", Brief: true,
			Sections: []bot.Section{
				{
					Heading: "May <an employer> keep my passport?", Text: "No. It is yours.",
					Bullets: []string{"You may ask for it back.", "A help line can tell you more."}, Source: "Source: Example News, 2014",
					Cites: []bot.Citation{news}, Archived: true, Mark: "From November 18, 2014, archived, may be outdated",
				},
				{Text: "A second part.\nIn two lines."},
			},
			Resources: []bot.Card{helpLine, {ID: "police", Name: "Emergency"}},
			Suggestions: []bot.Suggestion{
				{Label: "Who can I call?", Text: "who can I call", Topic: "call"}, {Label: "Is it anonymous?", Text: "is it anonymous"},
			},
			Passages: []bot.Passage{{ID: "papers", Title: "Papers", Score: 0.912345, Sources: []bot.Citation{news}}, {ID: "odd", Score: math.Inf(1)}},
			Privacy:  bot.Everyone, Shareable: true, Recall: "answer|en|||||papers", Words: bot.Words{Help: "Who can help", Next: "You can also ask:"}, Final: true,
		},
		"explained": {
			Kind: bot.NoAnswer, Lang: "es", Mode: bot.Offline, Lead: "No lo sé.", Final: true,
			Explanation: &bot.Explanation{
				Signs: []string{"s1"}, Lang: "es 0.93", Follow: "the one before", Query: "pasaporte jefe", Words: []string{"jfe → jefe"},
				Candidates: []bot.Candidate{{ID: "papers", Score: 12.25, Confidence: 0.51, Match: 0.8, Coverage: 0.75, Like: 0.5, Pair: 0.25, Margin: math.NaN()}},
				Band:       "offer", Chosen: "papers", Steps: []bot.Step{{Name: "triage", Took: 12345 * time.Nanosecond}},
			},
		},
	}
}

func TestRender(t *testing.T) {
	for name, r := range samples() {
		t.Run(name, func(t *testing.T) {
			line := render("m5x2", r)
			if bytes.ContainsAny(line, "\r\n") {
				t.Error("more than one line")
			}
			var out bytes.Buffer
			if err := json.Indent(&out, line, "", "  "); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), "null") {
				t.Error("something is null")
			}
			golden(t, name, out.String()+"\n")
		})
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{"", "a", "\n\ndata: x", "\u2028\r", "\xff", `"}`, "</script>"} {
		f.Add(s, 0.5)
	}
	f.Fuzz(func(t *testing.T, s string, score float64) {
		line := render(bot.MessageID(s), bot.Reply{
			Lead: s, Flags: []string{s}, Words: bot.Words{Help: s},
			Sections:    []bot.Section{{Text: s, Bullets: []string{s}, Cites: []bot.Citation{{URL: s}}}},
			Passages:    []bot.Passage{{ID: s, Score: score}},
			Explanation: &bot.Explanation{Candidates: []bot.Candidate{{ID: s, Score: score, Margin: -score}}},
		})
		if !json.Valid(line) || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("%q is no line of JSON", line)
		}
	})
}
