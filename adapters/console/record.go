package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"porchlight/bot"
)

// A request is one line of input.
type request struct {
	id      any // string or json.Number, as it came
	text    string
	thread  string
	own     bool // no thread: a conversation of its own
	public  bool
	locale  string
	country string
	command bot.Command
	explain bool
}

// decode reads a line. When it returns an error, id is the line's own as far as
// it has one that can be read, else nil.
func decode(line []byte) (r request, err error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || raw == nil {
		return r, errors.New("not a JSON object")
	}
	r.own = true
	if r.id, err = decodeID(raw["id"]); err != nil {
		return r, err
	}
	var text *string
	var command string
	for _, f := range []struct {
		name string
		to   any
		want string
	}{
		{"text", &text, "a string"},
		{"locale", &r.locale, "a string"},
		{"country", &r.country, "a string"},
		{"command", &command, "a string"},
		{"public", &r.public, "true or false"},
		{"explain", &r.explain, "true or false"},
	} {
		if v, ok := raw[f.name]; ok && json.Unmarshal(v, f.to) != nil {
			return r, fmt.Errorf("%s: want %s", f.name, f.want)
		}
	}
	thread, err := decodeID(raw["thread"])
	if err != nil {
		return r, errors.New("thread: want a string or a number")
	}
	if thread != nil && thread != "" {
		r.thread, r.own = fmt.Sprint(thread), false
	}
	switch r.command = bot.Command(command); r.command {
	case bot.NoCommand, bot.Forget, bot.ShowTopic, bot.ShowHelp, bot.SetLanguage, bot.SetCountry:
	default:
		return r, errors.New("command: want forget, topic, help, lang or country")
	}
	if text == nil && r.command == bot.NoCommand {
		return r, errors.New("text is missing")
	}
	if text != nil {
		r.text = *text
	}
	return r, nil
}

// decodeID reads a string or a number; nil when there is none.
func decodeID(raw json.RawMessage) (any, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n, nil
	}
	return nil, errors.New("id: want a string or a number")
}

// The fields of a record, in this order, are the interface of the machine form.
// New ones go at the end.
type record struct {
	ID          any        `json:"id"`
	Kind        bot.Kind   `json:"kind"`
	Flags       []string   `json:"flags"`
	Lang        string     `json:"lang"`
	Text        string     `json:"text"`
	Private     bool       `json:"private"`
	Passages    []passage  `json:"passages"`
	Resources   []resource `json:"resources"`
	Suggestions []string   `json:"suggestions"`
	Mode        bot.Mode   `json:"mode"`
	TookUS      int64      `json:"took_us"`
	Why         *reasons   `json:"why,omitempty"`
}

type passage struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Score   float64     `json:"score"`
	Sources []sourceRef `json:"sources"`
}

type sourceRef struct {
	Title     string `json:"title"`
	Publisher string `json:"publisher"`
	URL       string `json:"url"`
	Published string `json:"published"`
	Archived  bool   `json:"archived"`
}

type resource struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// failure stands in the place of a record.
type failure struct {
	ID    any    `json:"id"`
	Error string `json:"error"`
}

// reasons is bot.Explanation as JSON.
type reasons struct {
	Signs      []string    `json:"signs"`
	Lang       string      `json:"lang"`
	Follow     string      `json:"follow"`
	Query      string      `json:"query"`
	Words      []string    `json:"words"`
	Candidates []candidate `json:"candidates"`
	Band       string      `json:"band"`
	Chosen     string      `json:"chosen"`
	Steps      []step      `json:"steps"`
	Model      *modelled   `json:"model,omitempty"`
}

// modelled is what a model was asked and wrote.
type modelled struct {
	Name      string  `json:"name"`
	Prompt    string  `json:"prompt"`
	TokensIn  int     `json:"tokens_in"`
	TokensOut int     `json:"tokens_out"`
	Drafts    []draft `json:"drafts"`
}

type draft struct {
	Text   string  `json:"text"`
	Cites  []int   `json:"cites"` // passages of the prompt, from 1
	Shown  bool    `json:"shown"`
	Reason string  `json:"reason,omitempty"`
	Doubt  float64 `json:"doubt"`
}

type candidate struct {
	ID         string  `json:"id"`
	Score      float64 `json:"score"`
	Confidence float64 `json:"confidence"`
	Match      float64 `json:"match"`
	Coverage   float64 `json:"coverage"`
	Like       float64 `json:"like"`
	Pair       float64 `json:"pair"`
	Margin     float64 `json:"margin"`
}

type step struct {
	Name   string `json:"name"`
	TookUS int64  `json:"took_us"`
}

// newRecord is the final reply as a record; lists are never null.
func newRecord(id any, r bot.Reply, tookUS int64) record {
	rec := record{
		ID: id, Kind: r.Kind, Flags: append([]string{}, r.Flags...), Lang: r.Lang,
		Text: r.Plain(), Private: r.Privacy != bot.Everyone,
		Passages: []passage{}, Resources: []resource{}, Suggestions: []string{},
		Mode: r.Mode, TookUS: tookUS,
	}
	if rec.Mode == "" {
		rec.Mode = bot.Offline
	}
	for _, p := range r.Passages {
		out := passage{ID: p.ID, Title: p.Title, Score: tidy(p.Score), Sources: []sourceRef{}}
		for _, s := range p.Sources {
			out.Sources = append(out.Sources, sourceRef{s.Title, s.Publisher, s.URL, string(s.Published), s.Archived})
		}
		rec.Passages = append(rec.Passages, out)
	}
	for _, c := range r.Resources {
		rec.Resources = append(rec.Resources, resource{c.ID, c.Name})
	}
	for _, s := range r.Suggestions {
		rec.Suggestions = append(rec.Suggestions, s.Label)
	}
	if r.Explanation != nil {
		rec.Why = newReasons(r.Explanation)
	}
	return rec
}

func newReasons(e *bot.Explanation) *reasons {
	why := &reasons{
		Signs: append([]string{}, e.Signs...), Lang: e.Lang, Follow: e.Follow, Query: e.Query,
		Words: append([]string{}, e.Words...), Candidates: []candidate{},
		Band: e.Band, Chosen: e.Chosen, Steps: []step{},
	}
	for _, c := range e.Candidates {
		why.Candidates = append(why.Candidates, candidate{
			c.ID, tidy(c.Score), tidy(c.Confidence), tidy(c.Match),
			tidy(c.Coverage), tidy(c.Like), tidy(c.Pair), tidy(c.Margin),
		})
	}
	for _, s := range e.Steps {
		why.Steps = append(why.Steps, step{s.Name, s.Took.Microseconds()})
	}
	if e.Model != "" {
		why.Model = newModelled(e)
	}
	return why
}

func newModelled(e *bot.Explanation) *modelled {
	m := &modelled{Name: e.Model, Prompt: e.Prompt, TokensIn: e.Prompted, TokensOut: e.Completed, Drafts: []draft{}}
	for _, d := range e.Drafts {
		out := draft{Text: d.Text, Cites: []int{}, Shown: d.Reason == "", Reason: d.Reason, Doubt: tidy(d.Doubt)}
		for _, n := range d.Cites {
			out.Cites = append(out.Cites, n+1)
		}
		m.Drafts = append(m.Drafts, out)
	}
	return m
}

// tidy rounds to what a reader can use; JSON has no word for infinity.
func tidy(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return math.Round(f*1e4) / 1e4
}

// encode is v as a line with its newline. Characters that could steer a terminal
// which shows the line are escaped; for a JSON parser they are the same.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the types here hold nothing that JSON cannot say
	}
	line := b.Bytes()
	if utf8.Valid(line) && bytes.IndexFunc(line[:len(line)-1], steers) < 0 {
		return line
	}
	var out strings.Builder
	for _, r := range string(line[:len(line)-1]) {
		if steers(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	out.WriteByte('\n')
	return []byte(out.String())
}
