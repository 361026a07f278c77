package console

import (
	"time"

	"porchlight/bot"
	"porchlight/knowledge"
)

var line988 = bot.Card{
	ID: "line", Name: "Example Help Line", For: "People who were made to work, and those who worry about them.",
	RunBy: "Run by Example House.", Hours: "Open at any hour.", Languages: "English, Spanish and 200 more through an interpreter.",
	Privacy: "What you say stays there, unless a child is in danger.", Authority: "It is not the police and not immigration.",
	Contacts: []knowledge.Contact{
		{Kind: "phone", Label: "Call: 1-555-010-0100"},
		{Kind: "text", Label: "Text: HELP to 55501"},
		{Kind: "web", Label: "Web: https://example.org/a/rather/long/address/that/fits/no/narrow/window/and/must/stay/whole"},
	},
	Notes: []string{"Texts may cost money."}, Checked: "Checked on 2026-11-23.",
	Brief: "Example Help Line: 1-555-010-0100; HELP to 55501; at any hour. It is not the police and not immigration.",
}

var police = bot.Card{
	ID: "police", Name: "Emergency", Authority: "It is the police.",
	Contacts: []knowledge.Contact{{Kind: "phone", Label: "Call: 911"}}, Brief: "Emergency: 911. It is the police.",
}

var handbook = bot.Citation{ID: "handbook", Title: "A handbook", Publisher: "Example House", URL: "https://example.org/handbook", Published: "2024-05"}

var news = bot.Citation{ID: "news", Title: "An evening about work", Publisher: "Example News", URL: "https://example.org/news", Published: "2014-11-18", Archived: true}

// samples are replies of every shape.
func samples() map[string]bot.Reply {
	words := bot.Words{Help: "Who can help", Next: "You can also ask:"}
	return map[string]bot.Reply{
		"answer": {
			Kind: bot.Answer, Lang: "en", Mode: bot.Offline, Words: words, Final: true, Brief: true, Resources: []bot.Card{line988},
			Sections: []bot.Section{{
				Heading: "May an employer keep my passport?",
				Text:    "No. Your passport is yours, and nobody who gives you work may hold it against your will. This is so in every kind of work.",
				Bullets: []string{"You may ask for it back at any time.", "If it is not given back, a help line can tell you what to do next, and you need not give your name."},
				Source:  "Source: A handbook, Example House, 2024", Cites: []bot.Citation{handbook},
			}},
			Suggestions: []bot.Suggestion{{Label: "Who can I call?", Text: "who can I call", Topic: "call"}, {Label: "Is it anonymous?", Text: "is it anonymous"}},
			Passages:    []bot.Passage{{ID: "document-confiscation", Title: "Papers that are kept from you", Score: 0.912345, Sources: []bot.Citation{handbook}}},
		},
		"urgent": {
			Kind: bot.Danger, Flags: []string{"danger"}, Lang: "en", Urgent: true, Words: words, Final: true, Mode: bot.Offline,
			Lead: "If you are in danger now, call 911.", Also: "Si estás en peligro ahora, llama al 911.",
			Resources: []bot.Card{police, line988}, Closing: "Delete this talk if somebody may look at your phone.",
			Sections: []bot.Section{{Text: "You do not have to say who you are."}},
		},
		"archived": {
			Kind: bot.Answer, Lang: "en", Words: words, Final: true, Mode: bot.Offline,
			Sections: []bot.Section{
				{Heading: "The evening", Mark: "From November 18, 2014, archived, may be outdated", Archived: true, Text: "In 2014 several agencies spoke.\nThere were talks.", Source: "Source: Example News, 2014", Cites: []bot.Citation{news}},
				{Mark: "archived", Archived: true, Text: "A second part without a heading."},
				{Text: "A third part."},
			},
			Passages: []bot.Passage{{ID: "evening", Title: "The evening", Score: 0.5, Sources: []bot.Citation{news, handbook}}},
		},
		"foreign": {
			Kind: bot.Answer, Lang: "zh", Words: bot.Words{Help: "谁能帮助", Next: "还可以问"}, Final: true, Mode: bot.Offline,
			Sections: []bot.Section{{
				Heading: "护照", Text: "你的护照是你自己的，任何给你工作的人都不可以违背你的意愿扣留它。无论做哪一种工作都是这样，你随时可以要回。",
				Bullets: []string{"هذا جواز سفرك ولا يجوز لأحد أن يحتفظ به دون رضاك", "Ünïcödé 👩‍👩‍👧 " + "wordwithoutanyspace" + "wordwithoutanyspace" + "wordwithoutanyspace"},
			}},
			Suggestions: []bot.Suggestion{{Label: "我可以给谁打电话？", Text: "x"}},
		},
		"explained": {
			Kind: bot.NoAnswer, Flags: []string{"short"}, Lang: "es", Words: words, Final: true, Mode: bot.Fallback, Shareable: true,
			Lead: "No lo sé.", Resources: []bot.Card{line988}, Suggestions: []bot.Suggestion{{Label: "¿Quién puede ayudar?", Text: "x"}},
			Explanation: &bot.Explanation{
				Lang: "es 0.93", Follow: "a question about the one before", Query: "pasaporte jefe",
				Words: []string{"pasaporte", "jfe → jefe"}, Band: "offer", Chosen: "document-confiscation",
				Candidates: []bot.Candidate{
					{ID: "document-confiscation", Score: 12.25, Confidence: 0.51, Match: 0.8, Coverage: 0.75, Like: 0.5, Pair: 0.25, Margin: 0.125},
					{ID: "wages", Score: 9.5, Confidence: 0.2},
				},
				Steps: []bot.Step{{Name: "triage", Took: 12345 * time.Nanosecond}, {Name: "find", Took: 3 * time.Millisecond}},
			},
		},
		"modelled": {
			Kind: bot.Answer, Lang: "en", Words: words, Final: true, Mode: bot.Model, Resources: []bot.Card{line988},
			Sections: []bot.Section{{Heading: "The evening", Text: "It lasted two hours.", Source: "Source: the news (2014)"}},
			Explanation: &bot.Explanation{
				Lang: "en 0.99", Query: "evening", Band: "certain", Chosen: "evening",
				Model: "small-model", Prompt: "<passages>\n[1] The evening\nIt lasted two hours.\n</passages>\nAnswer:", Prompted: 1400, Completed: 40,
				Drafts: []bot.Draft{
					{Text: "It lasted two hours.", Cites: []int{0}, Doubt: 0.125},
					{Text: "Call \x1b[31m 555 0100.", Cites: []int{0, 1}, Reason: "contact", Doubt: 1},
				},
			},
		},
		"empty": {Final: true},
	}
}
