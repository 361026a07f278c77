package slack

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/slack-go/slack"

	"porchlight/bot"
	"porchlight/knowledge"
)

// checkPost holds a post against all that is promised of every one.
func checkPost(t *testing.T, r bot.Reply, f face, p post) {
	t.Helper()
	c := check{T: t, opened: opened(r)}
	c.all(p.Blocks, messageBlocks)
	c.plain("the text", p.Text)
	c.plain("the notice", p.Notice)
	if n := length(p.Text); n > allText {
		t.Errorf("the text has %d characters", n)
	}
	if nothing := (bot.Reply{Lang: r.Lang}); !f.Open && p.Notice != render(nothing, f).Notice {
		t.Errorf("the notice of a private answer is %q", p.Notice)
	}
}

// opened are the addresses that a reply may open.
func opened(r bot.Reply) (out []string) {
	for _, c := range r.Resources {
		for _, k := range c.Contacts {
			out = append(out, k.Href)
		}
	}
	for _, s := range r.Sections {
		for _, c := range s.Cites {
			out = append(out, c.URL)
		}
	}
	return out
}

// A check knows Slack's rules by itself, from its documentation.
type check struct {
	*testing.T
	opened []string
}

func length(s string) int { return len(utf16.Encode([]rune(s))) }

func (c check) all(blocks []slack.Block, most int) {
	c.Helper()
	if len(blocks) > most {
		c.Errorf("%d blocks", len(blocks))
	}
	data, err := json.Marshal(blocks)
	if err != nil {
		c.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(data, &list); err != nil {
		c.Fatal(err)
	}
	if n := length(strings.TrimSpace(compact(c.T, list))); n > allBlocks {
		c.Errorf("the blocks have %d characters", n)
	}
	for _, b := range list {
		c.block(b)
	}
}

func compact(t *testing.T, v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (c check) block(b map[string]any) {
	elements, _ := b["elements"].([]any)
	switch b["type"] {
	case "header":
		c.object(b["text"], "plain_text", headerText)
	case "section":
		c.object(b["text"], "mrkdwn", sectionText)
	case "context":
		c.count(len(elements), contextParts)
		for _, e := range elements {
			c.object(e, "mrkdwn", sectionText)
		}
	case "actions":
		c.count(len(elements), actionParts)
		ids := map[any]bool{}
		for _, e := range elements {
			c.button(e.(map[string]any), ids) //nolint:errcheck // a panic fails as well
		}
	default:
		c.Errorf("a block of the type %v", b["type"])
	}
}

func (c check) count(n, most int) {
	if n == 0 || n > most {
		c.Errorf("a block of %d elements", n)
	}
}

func (c check) button(e map[string]any, ids map[any]bool) {
	c.object(e["text"], "plain_text", buttonText)
	id, _ := e["action_id"].(string)
	value, _ := e["value"].(string)
	if id == "" || length(id) > idLength || ids[id] || length(value) > valueLength {
		c.Errorf("a button of the id %q and the value %q", id, value)
	}
	ids[id] = true
	if ask, ok := e["confirm"].(map[string]any); ok {
		for part, most := range map[string]int{"title": 100, "text": 300, "confirm": 30, "deny": 30} {
			c.object(ask[part], "plain_text", most)
		}
	}
}

func (c check) object(v any, kind string, most int) {
	m, _ := v.(map[string]any)
	s, _ := m["text"].(string)
	if m["type"] != kind || strings.TrimSpace(s) == "" || length(s) > most {
		c.Errorf("not a %s of 1 to %d: %v", kind, most, v)
	}
	if kind == "plain_text" {
		if m["emoji"] != false || strings.ContainsAny(s, "<>\n") {
			c.Errorf("%v is not as plain as it should be", v)
		}
		c.seen(s)
		return
	}
	if m["verbatim"] != true {
		c.Errorf("Slack would make links of %q", s)
	}
	c.plain("a text without its marks", c.unmarked(s))
}

var (
	link  = regexp.MustCompile(`<([^<>|]*)\|([^<>|]*)>`)
	strap = regexp.MustCompile(`(?m)^\*([^*\n]+)\*`)
)

// unmarked is a text without the marks that the renderer may make: links to what
// a reply holds, and bold at the start of a line.
func (c check) unmarked(s string) string {
	s = strap.ReplaceAllString(s, "$1 ")
	return link.ReplaceAllStringFunc(s, func(l string) string {
		p := link.FindStringSubmatch(l)
		href := html.UnescapeString(p[1])
		scheme, rest, _ := strings.Cut(href, ":")
		if !slices.Contains(c.opened, href) || p[2] == "" {
			c.Errorf("%q opens what is not in the reply", l)
		}
		label := html.UnescapeString(p[2])
		switch scheme {
		case "tel", "sms":
			if got := digits(label); got == "" || !strings.HasSuffix(digits(rest), strings.TrimLeft(got, "0")) {
				c.Errorf("%q dials another number than it shows", l)
			}
		case "mailto", "https", "http":
		default:
			c.Errorf("%q opens something strange", l)
		}
		return " " + p[2] + " "
	})
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

var (
	entity = regexp.MustCompile(`&(amp|lt|gt);`)
	quote  = regexp.MustCompile(`(?m)^\s*(>|&gt;)`)
	marker = regexp.MustCompile("[*~`]|(^|[^A-Za-z0-9])_|_([^A-Za-z0-9]|$)")
	smile  = regexp.MustCompile(`:([\pL\pN_+'-]*[\pL_+'-][\pL\pN_+'-]*|100|1234):`)
)

// plain reports what Slack would obey in a text that has no marks.
func (c check) plain(what, s string) {
	c.Helper()
	c.seen(s)
	if strings.ContainsAny(s, "<>") || strings.Contains(entity.ReplaceAllString(s, ""), "&") {
		c.Errorf("%s could command: %q", what, s)
	}
	for _, x := range []*regexp.Regexp{quote, marker, smile} {
		if m := x.FindString(s); m != "" {
			c.Errorf("%s is formatted by %q: %q", what, m, s)
		}
	}
}

func (c check) seen(s string) {
	c.Helper()
	for _, r := range s {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			c.Errorf("%q holds %U, which nobody sees", s, r)
		}
	}
}

var nasty = []string{
	"", " ", "\n\n", "\u200b", "a b", "<!channel>", "<@U123> <#C1|x>", "<https://evil.example|https://bank.example>", "&lt;!here&gt;",
	"*bold* _x_ ~y~ `z` ```a```", "> quote\n>>> more", ":sos: :+1:", "\u202eabc\u2066", "\xff\xfe", "a_b*c", "1-888-373-7888", "911",
	"https://example.org/a_b?c=d&e=|>", "tel:911", "t*\n*x", strings.Repeat("<&>", 2000), strings.Repeat("word ", 900),
	strings.Repeat("x", 5000), strings.Repeat("护照，", 1500), strings.Repeat("🏠", 2000), "\"\\\n", "*\u200d*", "_\u00ad_",
}

// filled is a reply with s and u in every field.
func filled(s, u string, n int, urgent bool) bot.Reply {
	card := bot.Card{
		ID: s, Name: s, For: u, NotFor: s, RunBy: u, Since: s, Hours: s, Languages: u, Reach: s, Privacy: s, Authority: s,
		Notes: []string{s, u}, Checked: s, Brief: s + ": " + u + " " + s,
		Contacts: []knowledge.Contact{
			{Kind: s, Label: s + u, Display: u, Href: u}, {Label: s + " 911 " + u, Display: "911", Href: "tel:911"},
			{Label: u + s, Display: s, Href: "tel:" + u}, {Label: "Web: " + u + s, Display: u + s, Href: "https://" + s},
			{Label: "Web: https://a.example/" + u, Display: "https://a.example/" + u, Href: "https://a.example/" + u},
		},
	}
	cite := bot.Citation{ID: s, Publisher: u, Title: s, URL: "https://a.example/" + u, Published: knowledge.Date(u), Archived: true}
	section := bot.Section{
		Heading: s, Text: u + s, Bullets: []string{s, u, s}, Source: u, Cites: []bot.Citation{cite, {URL: s, Title: u}}, Archived: true, Mark: s,
	}
	r := bot.Reply{
		Kind: bot.Answer, Lang: s, Urgent: urgent, Lead: u + s, Also: s, Closing: u, Brief: n%2 == 0, Words: bot.Words{Help: s, Next: u},
		Final: n%3 != 0,
	}
	times := 1 + n%60
	if len(s)+len(u) > 1000 {
		times = 1 + n%5
	}
	for range times {
		r.Sections = append(r.Sections, section)
		r.Resources = append(r.Resources, card)
		r.Suggestions = append(r.Suggestions, bot.Suggestion{Label: s, Text: u, Topic: s}, bot.Suggestion{Label: u, Text: s})
		section.Cites = []bot.Citation{{URL: cite.URL + u, Title: s + u}}
	}
	return r
}

func FuzzRender(f *testing.F) {
	for i, s := range nasty {
		f.Add(s, nasty[(i*7+3)%len(nasty)], i*5, i%2 == 0)
		f.Add(s, s, 59, i%3 == 0)
	}
	f.Fuzz(func(t *testing.T, s, u string, n int, urgent bool) {
		r := filled(s, u, max(n, -n, 0), urgent)
		look := face{
			Open: n%5 == 0, Say: func(_, key string) string { return key + s },
			Actions: []action{{ID: s, Value: u, Key: s, Style: slack.Style(s), Confirm: u}, {ID: "up", Value: s, Key: u}, {ID: "up", Key: s}},
		}
		p := render(r, look)
		checkPost(t, r, look, p)
		if again := render(r, look); again.Text != p.Text {
			t.Error("the same reply was rendered in two ways")
		}
		check{T: t, opened: opened(r)}.all(home(r, look).Blocks.BlockSet, homeBlocks)
		if urgent && len(p.Blocks) > 0 && tidy(r.Lead) != "" && !strings.HasPrefix(p.Text, inert(firstWord(r.Lead))) {
			t.Errorf("the lead does not stand first in %q", p.Text)
		}
	})
}

func firstWord(s string) string {
	w := strings.Fields(clean(s))
	if len(w) == 0 || len(w[0]) > headerText {
		return ""
	}
	return w[0]
}

// FuzzKeepsContacts sees that however much is said, whoever is in danger reads
// how to reach help.
func FuzzKeepsContacts(f *testing.F) {
	for _, s := range nasty {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		r := filled(s, s, max(n, -n, 0), true)
		r.Brief = true
		r.Resources = []bot.Card{{
			Name: "Police", Brief: "Police: 911. It is the police.",
			Contacts: []knowledge.Contact{{Kind: "phone", Label: "Call: 911", Display: "911", Href: "tel:911"}},
		}}
		p := render(r, face{Say: say})
		if got := compact(t, p.Blocks); !strings.Contains(got, "*Police*: <tel:911|911>. It is the police.") {
			t.Errorf("no help in %q", got)
		}
	})
}
