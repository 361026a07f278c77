package discord

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"porchlight/bot"
	"porchlight/knowledge"
)

func length(s string) int { return len(utf16.Encode([]rune(s))) }

// checkPost holds a post against all that is promised of every one. It knows
// Discord's rules by itself, from its documentation and its client.
func checkPost(t *testing.T, p post, opened []string) {
	t.Helper()
	checkBody(t, p.send("n", "1"), opened)
	checkBody(t, p.edit(), opened)
}

func checkBody(t *testing.T, v any, opened []string) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Content    *string
		Embeds     []map[string]string
		Components []struct {
			Type       int
			Components []map[string]any
		}
		Mentions map[string]any `json:"allowed_mentions"`
		Flags    int
	}
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	if b.Content == nil || length(*b.Content) > 2000 || b.Embeds == nil || b.Components == nil {
		t.Fatalf("not a body, or too long: %s", data)
	}
	checkText(t, *b.Content, opened)
	all := 0
	for _, e := range b.Embeds {
		s := e["description"]
		all += length(s)
		if n := length(s); len(e) != 1 || strings.TrimSpace(s) == "" || n > 4096 {
			t.Errorf("an embed of %d: %v", n, e)
		}
		checkText(t, s, opened)
	}
	if all > 6000 || len(b.Embeds) > 10 || *b.Content == "" && len(b.Embeds) > 0 {
		t.Errorf("%d embeds have %d characters, or have all", len(b.Embeds), all)
	}
	if b.Flags&flagNoEmbeds != 0 && len(b.Embeds) > 0 {
		t.Error("our embeds are hidden")
	}
	if want := map[string]any{"parse": []any{}, "replied_user": false}; !reflect.DeepEqual(b.Mentions, want) {
		t.Errorf("somebody may be mentioned: %v", b.Mentions)
	}
	if len(b.Components) > 5 {
		t.Errorf("%d rows", len(b.Components))
	}
	ids := map[any]bool{}
	for _, r := range b.Components {
		if r.Type != 1 || len(r.Components) == 0 || len(r.Components) > 5 {
			t.Errorf("a row of %d", len(r.Components))
		}
		for _, e := range r.Components {
			checkButton(t, e, ids)
		}
	}
}

func checkButton(t *testing.T, e map[string]any, ids map[any]bool) {
	t.Helper()
	id, _ := e["custom_id"].(string)
	label, _ := e["label"].(string)
	if len(e) != 4 || e["type"] != 2.0 || e["style"] != 1.0 && e["style"] != 2.0 || id == "" || length(id) > 100 || ids[id] {
		t.Errorf("a button like %v", e)
	}
	if strings.TrimSpace(label) == "" || length(label) > 80 || strings.Contains(label, "\n") {
		t.Errorf("a button called %q", label)
	}
	checkSeen(t, label)
	ids[id] = true
}

var (
	ping   = regexp.MustCompile(`(?i)@(everyone|here)|<@[!&]?\d`)
	before = regexp.MustCompile(`(?i)[0-9a-z]\\$`)
	behind = regexp.MustCompile(`(?i)^@(everyone|here)[0-9a-z-]*\.[0-9a-z]`)
	invite = regexp.MustCompile(`(?i)discord(app)?\.(gg|gift|new|com)`)
	sign   = regexp.MustCompile("[\\\\*_~`|<\\[]|://|(?i)@(everyone|here)")
	smile  = regexp.MustCompile(`:([\pL\pN_+'-]*[\pL_+'-][\pL\pN_+'-]*|100|1234):`)
	block  = regexp.MustCompile(`(?m)^[ \x{a0}]*(>|#{1,3}(\s|$)|-#|[-*]( |$)|\d+\.( |$))`)
)

// checkText reports what Discord would obey in a text besides our own marks.
func checkText(t *testing.T, s string, opened []string) {
	t.Helper()
	s = opening.ReplaceAllString(s, "")
	s = bold.ReplaceAllString(s, "x$1 ")
	s = angled.ReplaceAllStringFunc(s, func(a string) string {
		if address := a[1 : len(a)-1]; !slices.Contains(opened, address) {
			t.Errorf("%q opens what is not in the reply", a)
		}
		return " "
	})
	checkInert(t, s)
}

// checkInert reports what Discord would obey in a text.
func checkInert(t *testing.T, s string) {
	t.Helper()
	checkSeen(t, s)
	for _, at := range ping.FindAllStringIndex(s, -1) { // servers look at the text as it is
		if !before.MatchString(s[:at[0]]) || !behind.MatchString(s[at[0]:]) { // not an address of e-mail
			t.Errorf("%q is obeyed in %q", s[at[0]:at[1]], s)
		}
	}
	if m := invite.FindString(s); m != "" {
		t.Errorf("%q is obeyed in %q", m, s)
	}
	rest := escaped.ReplaceAllString(s, "¤")
	for _, m := range smile.FindAllString(rest, -1) {
		if length(m) <= 100 { // longer ones are no names
			t.Errorf("%q is obeyed in %q", m, s)
		}
	}
	for _, x := range []*regexp.Regexp{sign, block} {
		if m := x.FindString(rest); m != "" {
			t.Errorf("%q is obeyed in %q", m, s)
		}
	}
}

func checkSeen(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("%q holds %U, which nobody sees", s, r)
		}
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

func contactOf(display, href string) []knowledge.Contact {
	return []knowledge.Contact{{Kind: "web", Label: display, Display: display, Href: href}}
}

var nasty = []string{
	"", " ", "\n\n", "\u200b", "a b", "@everyone @here", "@\u200beveryone", "<@123> <@&4> <#5> <@!6>", "</ask:12> <id:home> <sound:1>", "<t:1:R>",
	"[bank](https://evil.example)", "<https://evil.example>", "https://evil.example/a_b", "discord.gg/abc https://discord.com/invite/x",
	"*bold* _x_ ~~y~~ `z` ```a```", "||hidden||", "# head\n## head\n-# small", "- list\n* list\n911. list\n1.", "> quote\n>>> more", ":sos: :+1: <:a:1>",
	"\u202eabc\u2066", "\xff\xfe", "a_b*c\\", "1-888-373-7888", "911", "https://example.org/a_b?c=d&e=|>", "tel:911", "t*\n*x", "**", "\\",
	strings.Repeat("<*>", 3000), strings.Repeat("word ", 900), strings.Repeat("x", 9000), strings.Repeat("护照，", 3000), strings.Repeat("🏠", 3000),
	"\"\\\n", "*\u200d*", "_\u00ad_", "\u00a0# x", " - x", "a\n\n - b", "¯\\_(ツ)_/¯", "@", ":", "discord", ".gg/x", "everyone", "://x", "here", "a@here.example", "a@everyone", "@hea@here.ere", "a@here.",
	":" + strings.Repeat("y", 700) + ":",
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
			{Label: s + "https://b.example/" + s, Display: "https://b.example/", Href: "https://b.example/"},
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
			Actions: []action{{ID: s, Key: s}, {ID: u, Key: s}, {ID: "u:", Key: u}, {ID: "u:", Key: s}},
		}
		p := render(r, look)
		checkPost(t, p, opened(r))
		if !reflect.DeepEqual(render(r, look), p) {
			t.Error("the same reply was rendered in two ways")
		}
		if !r.Final && len(p.Rows) > 0 {
			t.Error("buttons before it is final")
		}
		if w := firstWord(r.Lead); urgent && w != "" && !strings.HasPrefix(strings.TrimPrefix(p.Content, "## "), inert(w)) {
			t.Errorf("the lead does not stand first in %q", p.Content)
		}
		for _, p := range []post{
			pointer(look.Say, u), sentDirect(look.Say, u), thanks(look.Say, u, []string{s, u, s}, u), thanks(look.Say, u, nil, s),
		} {
			checkPost(t, p, nil)
		}
	})
}

// firstWord is a first word that is not too long to stand in one piece, and has no
// sign that depends on what follows.
func firstWord(s string) string {
	w := strings.Fields(clean(s))
	if len(w) == 0 || len(w[0]) > 60 || strings.ContainsAny(w[0], ".-:") {
		return ""
	}
	return w[0]
}

// FuzzInert sees that a text does nothing and still reads as it did, at the start
// of a line and behind our marks.
func FuzzInert(f *testing.F) {
	for i, s := range nasty {
		f.Add(s + nasty[(i*11+5)%len(nasty)])
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = clean(s)
		got := inert(s)
		checkInert(t, got)
		back := strings.ReplaceAll(escaped.ReplaceAllString(got, "$1"), "＠", "@")
		if back != strings.ReplaceAll(s, "＠", "@") {
			t.Errorf("%q is shown as %q", s, back)
		}
		if units(got) > widths(s) || units(got) != length(got) {
			t.Errorf("%q takes %d, not %d at most", got, units(got), widths(s))
		}
		all := strings.Join(splitText(s, 50), "")
		if all != s {
			t.Errorf("%q was divided into %q", s, all)
		}
	})
}

// FuzzKeepsContacts sees that however much is said, whoever is in danger reads
// how to reach help, and needs no embed for it.
func FuzzKeepsContacts(f *testing.F) {
	for _, s := range nasty {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		r := filled(s, s, max(n, -n, 0), true)
		r.Brief = true
		r.Resources = append([]bot.Card{{
			Name: "Police", Brief: "Police: 911. It is the police.",
			Contacts: []knowledge.Contact{{Kind: "phone", Label: "Call: 911", Display: "911", Href: "tel:911"}},
		}}, r.Resources...)
		p := render(r, face{Say: say})
		if !strings.Contains(p.Content, "**Police**: 911. It is the police.") {
			t.Errorf("no help in %q", p.Content)
		}
	})
}
