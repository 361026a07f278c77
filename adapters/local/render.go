package local

import (
	"bytes"
	"encoding/json"
	"math"

	"porchlight/bot"
)

// The fields of an answer are the interface of this adapter. Those that the
// console's machine form has, too, have its names, and stand first in its order.
// Lists are never null; "why" is there only when it was asked for.
type answer struct {
	ID          bot.MessageID `json:"id"`
	Kind        bot.Kind      `json:"kind"`
	Flags       []string      `json:"flags"`
	Lang        string        `json:"lang"`
	Text        string        `json:"text"` // all of it, plain
	Private     bool          `json:"private"`
	Passages    []passage     `json:"passages"`
	Resources   []resource    `json:"resources"`
	Suggestions []suggestion  `json:"suggestions"`
	Mode        bot.Mode      `json:"mode"`
	Why         *reasons      `json:"why,omitempty"`
	Urgent      bool          `json:"urgent"`
	Lead        string        `json:"lead"`
	Also        string        `json:"also"`
	Closing     string        `json:"closing"`
	Sections    []section     `json:"sections"`
	Brief       bool          `json:"brief"`
	Words       words         `json:"words"`
	Shareable   bool          `json:"shareable"`
	Recall      string        `json:"recall"` // the text of an "again"
	Final       bool          `json:"final"`
}

type passage struct {
	ID      string         `json:"id"`
	Title   string         `json:"title"`
	Score   float64        `json:"score"`
	Sources []bot.Citation `json:"sources"`
}

type section struct {
	Heading  string         `json:"heading"`
	Text     string         `json:"text"`
	Bullets  []string       `json:"bullets"`
	Source   string         `json:"source"`
	Cites    []bot.Citation `json:"cites"`
	Archived bool           `json:"archived"`
	Mark     string         `json:"mark"`
}

type resource struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	For       string    `json:"for"`
	NotFor    string    `json:"not_for"`
	RunBy     string    `json:"run_by"`
	Since     string    `json:"since"`
	Hours     string    `json:"hours"`
	Languages string    `json:"languages"`
	Reach     string    `json:"reach"`
	Privacy   string    `json:"privacy"`
	Authority string    `json:"authority"`
	Law       string    `json:"law"`
	Contacts  []contact `json:"contacts"`
	Notes     []string  `json:"notes"`
	Checked   string    `json:"checked"`
	Brief     string    `json:"brief"`
}

type contact struct {
	Kind    string `json:"kind"`
	Label   string `json:"label"`
	Display string `json:"display"`
	Href    string `json:"href"`
}

type suggestion struct {
	Label string `json:"label"`
	Text  string `json:"text"`
	Topic string `json:"topic"`
}

type words struct {
	Help string `json:"help"`
	Next string `json:"next"`
}

// render is a reply as JSON, in one line without its end.
func render(id bot.MessageID, r bot.Reply) []byte {
	a := answer{
		ID: id, Kind: r.Kind, Flags: items(r.Flags), Lang: r.Lang, Text: r.Plain(),
		Private: r.Privacy != bot.Everyone, Mode: r.Mode, Why: newReasons(r.Explanation),
		Urgent: r.Urgent, Lead: r.Lead, Also: r.Also, Closing: r.Closing, Brief: r.Brief,
		Words: words(r.Words), Shareable: r.Shareable, Recall: r.Recall, Final: r.Final,
		Passages: each(r.Passages, func(p bot.Passage) passage {
			return passage{p.ID, p.Title, tidy(p.Score), items(p.Sources)}
		}),
		Resources:   each(r.Resources, newResource),
		Suggestions: each(r.Suggestions, func(s bot.Suggestion) suggestion { return suggestion(s) }),
		Sections: each(r.Sections, func(s bot.Section) section {
			s.Bullets, s.Cites = items(s.Bullets), items(s.Cites)
			return section(s)
		}),
	}
	if a.Mode == "" {
		a.Mode = bot.Offline
	}
	return encode(a)
}

func newResource(c bot.Card) resource {
	r := resource{
		ID: c.ID, Name: c.Name, For: c.For, NotFor: c.NotFor, RunBy: c.RunBy, Since: c.Since,
		Hours: c.Hours, Languages: c.Languages, Reach: c.Reach, Privacy: c.Privacy,
		Authority: c.Authority, Law: string(c.Law), Contacts: []contact{},
		Notes: items(c.Notes), Checked: c.Checked, Brief: c.Brief,
	}
	for _, k := range c.Contacts {
		r.Contacts = append(r.Contacts, contact(k))
	}
	return r
}

// each is what do makes of each, never null.
func each[A, B any](all []A, do func(A) B) []B {
	out := make([]B, 0, len(all))
	for _, a := range all {
		out = append(out, do(a))
	}
	return out
}

// items is the same, never null.
func items[A any](all []A) []A { return append([]A{}, all...) }

// tidy rounds to what a reader can use; JSON has no word for infinity.
func tidy(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return math.Round(f*1e4) / 1e4
}

// encode is v as JSON, in one line without its end.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the types here hold nothing that JSON cannot say
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
