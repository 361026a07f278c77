package discord

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"porchlight/bot"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/<name>.golden; -update rewrites it, and the
// diff is the review.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; -update rewrites it. Got:\n%s", file, got)
	}
}

// said are fixed words for tests.
var said = map[string]map[string]string{
	"en": {
		"notice": "There is an answer for you here.", "cut": "Shortened to fit. Ask about one part to read more of it.",
		"archived_word": "archived", "to_dm": "Send to my messages", "share": "Share in this channel", "remove": "Remove this",
		"helpful": "Helpful", "not_helpful": "Not helpful", "pointer": "I can answer that privately. Press the button; only you will see it.",
		"pointer_button": "Answer me privately", "sent_dm": "I sent it to your direct messages.",
		"feedback_thanks": "Thank you. Only a count is kept, not who pressed.", "feedback_why": "Thank you. If you like, say why.",
		"feedback_wrong": "Not what I asked", "feedback_unclear": "Hard to understand",
		"feedback_missing": "Something is missing", "feedback_language": "Wrong language",
	},
	"es": {
		"notice": "Aquí hay una respuesta para usted.", "cut": "Se acortó para que quepa. Pregunte por una parte para leer más.",
		"archived_word": "archivado", "to_dm": "Enviar a mis mensajes", "share": "Compartir en el canal", "remove": "Quitar esto",
		"helpful": "Me sirvió", "not_helpful": "No me sirvió",
	},
}

func say(lang, key string) string {
	if s := said[lang][key]; s != "" {
		return s
	}
	return said["en"][key]
}

var private = face{Say: say, Actions: []action{
	{ID: "d:answer|en||||topic", Key: "to_dm"}, {ID: "o:answer|en||||topic", Key: "share"},
	{ID: "u:answer|en||||topic", Key: "helpful"}, {ID: "n:answer|en||||topic", Key: "not_helpful"},
}}

// indented is v as JSON that people can read.
func indented(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// texts are the texts of a post, in order.
func texts(p post) []string {
	out := []string{p.Content}
	for _, e := range p.Embeds {
		out = append(out, e.Description)
	}
	return out
}

func labels(p post) (out []string) {
	for _, r := range p.Rows {
		for _, b := range r.Buttons {
			out = append(out, b.Label)
		}
	}
	return out
}

func TestRender(t *testing.T) {
	for name, r := range samples(t) {
		t.Run(name, func(t *testing.T) {
			p := render(r, private)
			all := map[string]any{"components": p.Rows, "send": map[string]bool{"quiet": p.Quiet, "whole": p.Whole}}
			for i, s := range texts(p) {
				all[[]string{"content", "embed 1", "embed 2"}[i]] = strings.Split(s, "\n")
			}
			golden(t, name, indented(t, all))
			checkPost(t, p, opened(r))
			validPost(t, p)
		})
	}
}

// TestSamples holds the samples against what they are to be samples of.
func TestSamples(t *testing.T) {
	all := samples(t)
	for name, kind := range map[string]bot.Kind{
		"danger": bot.Danger, "deaf": bot.Danger, "chinese": bot.Danger, "self_harm": bot.SelfHarm, "disclosure": bot.Disclosure,
		"tip": bot.Tip, "refusal": bot.Refusal, "answer": bot.Answer, "spanish": bot.Answer, "archived": bot.Answer,
		"no_answer": bot.NoAnswer, "off_topic": bot.OffTopic, "about": bot.About, "directory": bot.About, "topics": bot.About,
	} {
		if all[name].Kind != kind {
			t.Errorf("%s is of the kind %s", name, all[name].Kind)
		}
	}
	if r := all["archived"]; len(r.Sections) == 0 || !r.Sections[0].Archived {
		t.Error("nothing is archived")
	}
	if all["deaf"].Brief || all["chinese"].Also == "" {
		t.Error("no card in full, or nothing in a second language")
	}
}

var (
	opening = regexp.MustCompile(`(?m)^(#{1,3} |-# |- )`)
	bold    = regexp.MustCompile(`(?m)^\*\*((?:\\[^0-9A-Za-z\s]|[^\\*\n])+)\*\*`)
	angled  = regexp.MustCompile(`<(https?://[^<>\s]+)>`)
	escaped = regexp.MustCompile(`\\([^0-9A-Za-z\s])`)
)

// seen is what a reader sees of a text.
func seen(s string) string {
	s = opening.ReplaceAllString(s, "")
	s = bold.ReplaceAllString(s, "$1")
	s = angled.ReplaceAllString(s, "$1")
	return escaped.ReplaceAllString(s, "$1")
}

func words(s string) []string {
	return slices.DeleteFunc(strings.Fields(s), func(w string) bool { return w == "-" })
}

// TestSameWords sees that a post says what the plain reply says, word for word and
// in its order, the questions of the suggestions being buttons.
func TestSameWords(t *testing.T) {
	for name, r := range samples(t) {
		if name == "long" {
			continue
		}
		suggested := r.Suggestions
		r.Suggestions = nil
		want := words(r.Plain())
		if len(suggested) > 0 && r.Final {
			want = append(want, words(r.Words.Next)...)
		}
		r.Suggestions = suggested
		for i := range r.Sections { // their addresses are not in the plain reply
			r.Sections[i].Cites = nil
		}
		p := render(r, private)
		got := words(seen(strings.Join(texts(p), "\n")))
		if !slices.Equal(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("%s: got %q, want %q", name, got[i:min(i+8, len(got))], want[i:min(i+8, len(want))])
					break
				}
			}
			t.Errorf("%s: %d words, want %d", name, len(got), len(want))
		}
		for i, s := range suggested {
			if got := labels(p); r.Final && (i >= len(got) || got[i] != s.Label) {
				t.Errorf("%s: %q is no button", name, s.Label)
			}
		}
	}
}

func TestCutSaysSo(t *testing.T) {
	all := samples(t)
	for name, r := range all {
		got := strings.Join(texts(render(r, private)), "\n")
		if cut := strings.Contains(got, say(r.Lang, "cut")); cut != (name == "long") {
			t.Errorf("%s: that something was left out is said: %v", name, cut)
		}
	}
	p := render(all["long"], private)
	got := strings.Join(append(texts(p), labels(p)...), "\n")
	for _, must := range []string{"1-888-373-7888", "Helpful", all["long"].Suggestions[0].Label} {
		if !strings.Contains(got, must) {
			t.Errorf("%q was left out", must)
		}
	}
	if strings.Contains(got, "### What labor trafficking is\n\n") {
		t.Error("a heading stands alone")
	}
}

func TestUrgentFirst(t *testing.T) {
	all := samples(t)
	for _, name := range []string{"danger", "deaf", "self_harm", "chinese"} {
		p := render(all[name], private)
		if !strings.HasPrefix(p.Content, "## ") || len(p.Embeds) > 0 {
			t.Errorf("%s opens without a heading, or has not all in its text", name)
		}
		first, _, _ := strings.Cut(p.Content, "\n")
		if !strings.Contains(first, "911") && !strings.Contains(first, "988") {
			t.Errorf("%s: no number at the top: %s", name, first)
		}
	}
}

// TestHelpIsText sees that nobody needs embeds to read how to reach help.
func TestHelpIsText(t *testing.T) {
	for name, r := range samples(t) {
		if len(r.Resources) == 0 || name == "long" {
			continue
		}
		if p := render(r, private); !strings.Contains(p.Content, r.Resources[0].Contacts[0].Display) {
			t.Errorf("%s: the first number is not in the content", name)
		}
	}
}

func TestNotFinalHasNoButtons(t *testing.T) {
	for name, r := range samples(t) {
		r.Final = false
		if p := render(r, private); len(p.Rows) > 0 || p.Whole {
			t.Errorf("%s has buttons before it is final", name)
		}
	}
}

// TestContacts sees that all contacts of the registry stand there exactly as they
// are printed, addresses in angle brackets.
func TestContacts(t *testing.T) {
	b := content(t)
	for _, country := range append(b.Countries(), "US") {
		for _, lang := range b.Langs() {
			for _, c := range b.Directory(country, lang) {
				full, short := marks(card(c)), marks(brief(c, ""))
				for i, k := range c.Contacts {
					want := k.Display
					if strings.HasPrefix(k.Href, "https:") {
						want = "<" + k.Display + ">"
					}
					if strings.HasPrefix(k.Href, "mailto:") {
						full = seen(full)
					}
					if !strings.Contains(full, want) {
						t.Errorf("%s in %s: %q is not in %q", c.ID, lang, want, full)
					}
					if i == 0 && k.Kind == "phone" && !strings.Contains(short, want) {
						t.Errorf("%s in %s: %q is not in %q", c.ID, lang, want, short)
					}
				}
			}
		}
	}
}

func marks(pieces []piece) (all string) {
	for i := range pieces {
		all += pieces[i].mark + "\n"
	}
	return all
}

func TestBodies(t *testing.T) {
	r := samples(t)["answer"]
	for _, c := range []struct {
		name  string
		p     post
		flags int
	}{
		{"private, with an embed", render(r, private), flagQuiet},
		{"open, with an embed", render(r, face{Open: true, Say: say}), 0},
		{"open and short", render(bot.Reply{Lead: "Hello.", Final: true}, face{Open: true}), flagNoEmbeds},
		{"open and growing", render(bot.Reply{Lead: "Hello."}, face{Open: true}), 0},
		{"pointer", pointer(say, "en"), flagNoEmbeds},
	} {
		b := c.p.send("n", "12").(body)  //nolint:errcheck // a panic fails as well
		edited := c.p.edit().(body)      //nolint:errcheck // likewise
		alone := c.p.send("", "").(body) //nolint:errcheck // likewise
		again := indented(t, c.p.send("n", "12"))
		if b.Flags != c.flags || b.Nonce != "n" || !b.Enforce || b.Reference.MessageID != "12" || b.Reference.FailIfNotExists {
			t.Errorf("%s is sent as %+v", c.name, b)
		}
		if alone.Nonce != "" || alone.Enforce || alone.Reference != nil {
			t.Errorf("%s alone is sent as %+v", c.name, alone)
		}
		if edited.Flags != 0 || edited.Nonce != "" || edited.Reference != nil {
			t.Errorf("%s is edited as %+v", c.name, edited)
		}
		for _, must := range []string{`"parse": []`, `"replied_user": false`, `"fail_if_not_exists": false`, `"embeds": [`, `"components": [`} {
			if !strings.Contains(again, must) {
				t.Errorf("%s lacks %s: %s", c.name, must, again)
			}
		}
		for _, must := range []string{`"parse": []`, `"embeds": [`, `"components": [`} {
			if got := indented(t, c.p.edit()); !strings.Contains(got, must) {
				t.Errorf("%s, edited, lacks %s: %s", c.name, must, got)
			}
		}
	}
}

func TestLines(t *testing.T) {
	p := pointer(say, "en")
	if p.Content != "I can answer that privately. Press the button; only you will see it." || labels(p)[0] != "Answer me privately" ||
		p.Rows[0].Buttons[0].ID != "p:" {
		t.Errorf("the pointer is %+v", p)
	}
	if p := sentDirect(say, "en"); p.Content != "I sent it to your direct messages." || p.Rows != nil {
		t.Errorf("sent is %+v", p)
	}
	recall := "answer|en|US|||document-confiscation"
	if p := thanks(say, "en", nil, recall); p.Content != "Thank you. Only a count is kept, not who pressed." || p.Rows != nil {
		t.Errorf("thanks are %+v", p)
	}
	p = thanks(say, "en", reasons, recall)
	if p.Content != "Thank you. If you like, say why." || len(labels(p)) != 4 || p.Rows[0].Buttons[0].ID != "w:wrong "+recall {
		t.Errorf("thanks with reasons are %+v", p)
	}
	long := strings.Repeat("x", 98)
	if p := thanks(say, "en", reasons, long); len(labels(p)) != 4 || p.Rows[0].Buttons[0].ID != "w:wrong " {
		t.Errorf("thanks for a long recall are %+v", p)
	}
	for _, p := range []post{pointer(say, "en"), sentDirect(say, "en"), thanks(say, "en", reasons, recall), thanks(say, "en", nil, "")} {
		checkPost(t, p, nil)
		validPost(t, p)
	}
	for _, p := range []post{pointer(nil, "en"), sentDirect(nil, "en"), thanks(nil, "en", reasons, recall), render(bot.Reply{Final: true}, face{})} {
		if p.Content != "" || len(p.Rows) > 0 {
			t.Errorf("nothing is %+v", p)
		}
	}
}

func TestButtons(t *testing.T) {
	long := strings.Repeat("long ", 30)
	r := bot.Reply{Final: true, Lead: "Hello.", Words: bot.Words{Next: "Next"}, Suggestions: []bot.Suggestion{
		{Label: "topic", Topic: "a", Text: "b"}, {Label: "the same", Topic: "a"}, {Label: "words", Text: "what: now?"},
		{Label: "fits not", Text: long}, {Label: "words instead", Topic: long, Text: "other"}, {Text: "its own label"}, {Label: "nothing"},
		{Label: long + "label", Topic: "l"},
	}}
	p := render(r, face{Say: say, Actions: []action{
		{ID: "u:" + strings.Repeat("x", 98), Key: "helpful"}, {ID: "n:" + strings.Repeat("x", 99), Key: "not_helpful"}, {ID: "x:", Key: "remove"},
		{ID: "x:", Key: "remove"}, {ID: "y", Key: "no such word"}, {ID: "", Key: "remove"}, {ID: "\xff", Key: "remove"},
	}})
	var ids []string
	for _, row := range p.Rows {
		for _, b := range row.Buttons {
			ids = append(ids, b.ID)
		}
	}
	want := []string{"s:t:a", "s:q:what: now?", "s:q:other", "s:q:its own label", "s:t:l", "u:" + strings.Repeat("x", 98), "x:"}
	if !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
	if want := "Hello.\n\nNext\n- fits not\n- nothing"; p.Content != want {
		t.Errorf("got %q, want %q", p.Content, want)
	}
	checkPost(t, p, nil)

	for i := range 40 {
		r.Suggestions = append(r.Suggestions, bot.Suggestion{Label: string(rune('A' + i)), Topic: "topic" + string(rune('A'+i))})
	}
	p = render(r, private)
	if n := len(labels(p)); n != 24 || len(p.Rows) != 5 || labels(p)[20] != "Send to my messages" {
		t.Errorf("%d buttons: %q", n, labels(p))
	}
	checkPost(t, p, nil)
	if p := render(bot.Reply{Final: true, Suggestions: r.Suggestions[:1]}, face{Say: say}); p.Content != say("en", "notice") {
		t.Errorf("buttons alone stand under %q", p.Content)
	}
}

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"plain, at 10:30:00 - 1.5%":  "plain, at 10:30:00 - 1.5%",
		"1-888-373-7888 (a) +1 911.": "1-888-373-7888 (a) +1 911.",
		"<@1> <@&2> <#3> <@!4>":      `\<\@1> \<\@&2> \<#3> \<\@!4>`,
		"</ask:1> <t:1:R> <id:home>": `\</ask:1> \<t:1:R> \<id:home>`,
		"<:a:1> <a:b:2> :sos: :+1:":  `\<\:a:1> \<a\:b:2> \:sos: \:+1:`,
		"@everyone @HERE hey@here.x": `＠everyone ＠HERE hey\@here.x`,
		"a@b.example a@everyone":     "a@b.example a＠everyone",
		"[bank](https://a.example)":  `\[bank](https\://a.example)`,
		"*b* _i_ __u__ ~s~ ||x||":    `\*b\* \_i\_ \_\_u\_\_ \~s\~ \|\|x\|\|`,
		"`c` ```x``` \\*":            "\\`c\\` \\`\\`\\`x\\`\\`\\` \\\\\\*",
		"# h\n ## h\na # b":          "\\# h\n \\## h\na # b",
		"> q\n>>> q\na > b":          "\\> q\n\\>>> q\na > b",
		"- l\n -# s\n-\n--x\na - b":  "\\- l\n \\-# s\n\\-\n--x\na - b",
		"911. a\n 988. b\n1.5 c\n2.": "911\\. a\n 988\\. b\n1.5 c\n2\\.",
		"discord.gg/a Discord.com/x": `discord\.gg/a Discord\.com/x`,
		"\u00a0# h":                  "\u00a0\\# h",
	} {
		if got := inert(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\u202eb\u2066c\u200fd\u200b\ufeffe\u00ad": "abcde",
		"a\r\nb\rc\u2028d\te\x00\x1b[2J":            "a\nb\nc\nd e[2J",
		"\xff":                                      "\ufffd",
		"护照 ü جواز 🏠":                               "护照 ü جواز 🏠",
		"\U000e0041\u3164\u034f":                    "",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"one two three", 13, "one two three"},
		{"one two three", 12, "one two…"},
		{"one two three", 8, "one two…"},
		{"one two three", 7, "one…"},
		{"onetwothree", 5, "onet…"},
		{"🏠🏠🏠", 5, "🏠🏠…"},
		{"护照护照", 3, "护照…"},
	} {
		if got := shorten(c.in, c.most); got != c.want {
			t.Errorf("%q to %d: got %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

func TestAddressed(t *testing.T) {
	for _, c := range []struct{ text, display, href, want string }{
		{"Web: https://a.example/x_y?a=b&c (new)", "https://a.example/x_y?a=b&c", "", "Web: <https://a.example/x_y?a=b&c> (new)"},
		{"Web: https://a.example.", "https://a.example", "", "Web: <https://a.example>."},
		{"Web: https://a.example/more", "https://a.example", "", `Web: https\://a.example/more`},
		{"Web: https://a.example.evil.example", "https://a.example", "", `Web: https\://a.example.evil.example`},
		{"Web: https://a.example", "https://a.example", "https://b.example", `Web: https\://a.example`},
		{"Web: http://a.example", "http://a.example", "", `Web: http\://a.example`},
		{"Web: https://discord.gg/abc", "https://discord.gg/abc", "", `Web: https\://discord\.gg/abc`},
		{"Web: https://a@b.example", "https://a@b.example", "", `Web: https\://a@b.example`},
		{"Web: javascript://a", "javascript://a", "", `Web: javascript\://a`},
		{"Call: 1-888-373-7888", "1-888-373-7888", "tel:+18883737888", "Call: 1-888-373-7888"},
	} {
		href := c.href
		if href == "" {
			href = c.display
		}
		got := addressed(c.text, bot.Card{Contacts: contactOf(c.display, href)})
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestSource(t *testing.T) {
	for _, c := range []struct {
		c    bot.Citation
		want string
	}{
		{bot.Citation{Title: "A *page*", URL: "https://a.example/x_y"}, `A \*page\*: <https://a.example/x_y>`},
		{bot.Citation{Title: "Call :sos", URL: "http://a.example", Published: "2014", Archived: true}, `Call :sos (2014, archived): <http://a.example>`},
		{bot.Citation{Title: "Call :sos", URL: "http://a.example"}, `Call \:sos: <http://a.example>`},
		{bot.Citation{URL: "https://a.example"}, `<https://a.example>`},
		{bot.Citation{Title: "none"}, ""},
		{bot.Citation{Title: "trap", URL: "https://a.example>x"}, ""},
		{bot.Citation{Title: "trap", URL: "ftp://a.example"}, ""},
	} {
		if got := source(c.c, "archived"); got != c.want {
			t.Errorf("%v: got %q, want %q", c.c, got, c.want)
		}
	}
}

func TestLongTextGoesOn(t *testing.T) {
	s := strings.TrimSpace(strings.Repeat("word ", 300))
	p := render(bot.Reply{Lead: s, Final: true}, face{})
	if p.Content != s || len(p.Embeds) > 0 {
		t.Errorf("a long line became %q", p.Content)
	}
	p = render(bot.Reply{Lead: s + " " + s, Final: true}, face{})
	if got := p.Content + " " + p.Embeds[0].Description; got != s+" "+s {
		t.Errorf("a longer one became %q", got)
	}
}

// contract is Discord's own description of its interface.
const contract = "../../../shared/contracts/discord_openapi.json"

// validPost holds what is sent of a post against Discord's schemas.
func validPost(t *testing.T, p post) {
	t.Helper()
	valid(t, "MessageCreateRequest", p.send("abcdefghijklmnopqrstuvwxy", "1234567890"))
	valid(t, "MessageEditRequestPartial", p.edit())
	valid(t, "IncomingWebhookUpdateForInteractionCallbackRequestPartial", p.edit())
	valid(t, "IncomingWebhookUpdateRequestPartial", p.edit())
}

// valid holds v against a schema of Discord's, where the schemas are at hand.
func valid(t *testing.T, schema string, v any) {
	t.Helper()
	s, err := compiled(schema)
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("not held against Discord's schemas: they are not here")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	x, err := jsonschema.UnmarshalJSON(strings.NewReader(indented(t, v)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(x); err != nil {
		t.Errorf("%s: %v", schema, err)
	}
}

var schemas = map[string]*jsonschema.Schema{}

func compiled(name string) (*jsonschema.Schema, error) {
	if s := schemas[name]; s != nil {
		return s, nil
	}
	s, err := jsonschema.NewCompiler().Compile(contract + "#/components/schemas/" + name)
	if err == nil {
		schemas[name] = s
	}
	return s, err
}

func BenchmarkRender(b *testing.B) {
	all := samples(b)
	for _, name := range []string{"answer", "danger", "chinese", "disclosure", "long"} {
		r := all[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				render(r, private)
			}
		})
	}
}
