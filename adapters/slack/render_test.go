package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/slack-go/slack"

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
		"notice": "I have an answer for you.", "cut": "This answer was shortened. Ask again about one part to read more of it.",
		"archived_word": "archived", "yes": "Yes", "no": "No",
		"share": "Show to everyone here", "share_confirm": "Everyone here will see this answer, and that you asked for it.",
		"remove": "Remove this answer", "up": "Helpful", "down": "Not helpful",
	},
	"es": {
		"notice": "Tengo una respuesta para usted.", "cut": "Esta respuesta se acortó. Pregunte otra vez por una parte para leer más.",
		"archived_word": "archivado", "yes": "Sí", "no": "No",
		"share": "Mostrar a todos aquí", "share_confirm": "Todos aquí verán esta respuesta, y que usted la pidió.",
		"remove": "Quitar esta respuesta", "up": "Me sirve", "down": "No me sirve",
	},
}

func say(lang, key string) string {
	if s := said[lang][key]; s != "" {
		return s
	}
	return said["en"][key]
}

var private = face{Say: say, Actions: []action{
	{ID: "share", Value: "answer|en|||", Key: "share", Confirm: "share_confirm"},
	{ID: "up", Value: "m1", Key: "up"}, {ID: "down", Value: "m1", Key: "down"},
	{ID: "remove", Value: "m1", Key: "remove", Style: slack.StyleDanger},
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
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(b.String())
}

func TestRender(t *testing.T) {
	for name, r := range samples(t) {
		t.Run(name, func(t *testing.T) {
			p := render(r, private)
			golden(t, name, indented(t, map[string]any{"notice": p.Notice, "text": strings.Split(p.Text, "\n"), "blocks": p.Blocks}))
			checkPost(t, r, private, p)
			valid(t, "Blocks", p.Blocks)
			valid(t, "A_chat_postMessage", map[string]any{"channel": "D1", "text": p.Text, "blocks": p.Blocks})
			valid(t, "A_chat_postEphemeral", map[string]any{"channel": "C1", "user": "U1", "text": p.Text, "blocks": p.Blocks})
		})
	}
}

func TestHome(t *testing.T) {
	v := home(samples(t)["about"], private)
	golden(t, "home", indented(t, v))
	valid(t, "A_views_publish", map[string]any{"user_id": "U1", "view": v})
	if v := home(bot.Reply{}, face{Say: say}); v.Blocks.BlockSet == nil || len(v.Blocks.BlockSet) != 0 {
		t.Errorf("the blocks of nothing are %v", v.Blocks.BlockSet)
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

// words are what a reader sees, without marks and numbering.
func words(s string) []string {
	s = regexp.MustCompile(`<[^|>]*\|([^>]*)>`).ReplaceAllString(s, "$1")
	s = html.UnescapeString(strings.NewReplacer("*", "", "•", "", "…", "").Replace(s))
	return slices.DeleteFunc(strings.Fields(s), func(w string) bool { return strings.Trim(w, "-[]") == "" })
}

// shownIn are the texts of all objects below v, in order.
func shownIn(t testing.TB, v any) (out []string) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var x any
	if err := json.Unmarshal(data, &x); err != nil {
		t.Fatal(err)
	}
	walk(x, func(m map[string]any) {
		if s, ok := m["text"].(string); ok {
			out = append(out, s)
		}
	})
	return out
}

// walk calls do with all objects below x but what is asked before an action.
func walk(x any, do func(map[string]any)) {
	switch x := x.(type) {
	case map[string]any:
		do(x)
		for _, k := range []string{"text", "elements", "blocks", "fields", "accessory"} {
			walk(x[k], do)
		}
	case []any:
		for _, e := range x {
			walk(e, do)
		}
	}
}

func TestTextHoldsAllWords(t *testing.T) {
	for name, r := range samples(t) {
		p := render(r, private)
		got := words(p.Text)
		if missing := lacks(got, words(strings.Join(shownIn(t, p.Blocks), "\n"))); missing != "" {
			t.Errorf("%s: the text lacks %q of the blocks", name, missing)
		}
		if name != "long" && r.Final {
			if missing := lacks(got, words(r.Plain())); missing != "" {
				t.Errorf("%s: the text lacks %q of the plain reply", name, missing)
			}
		}
	}
}

// lacks is the first word of want that does not come in got after the ones
// before it. Buttons may be cut, so that a word of theirs is a beginning.
func lacks(got, want []string) string {
	i := 0
	bare := func(s string) string { return strings.Trim(s, "[].,:") }
	for _, w := range want {
		for i < len(got) && bare(got[i]) != bare(w) {
			i++
		}
		if i == len(got) {
			return w
		}
		i++
	}
	return ""
}

func TestCutSaysSo(t *testing.T) {
	all := samples(t)
	for name, r := range all {
		p := render(r, private)
		if cut := strings.Contains(p.Text, say(r.Lang, "cut")); cut != (name == "long") {
			t.Errorf("%s: that something was left out is said: %v", name, cut)
		}
	}
	p := render(all["long"], private)
	for _, must := range []string{"1-888-373-7888", "[Helpful]", all["long"].Suggestions[0].Label} {
		if !strings.Contains(p.Text, must) {
			t.Errorf("%q was left out", must)
		}
	}
}

func TestUrgentFirst(t *testing.T) {
	all := samples(t)
	for _, name := range []string{"danger", "deaf", "self_harm", "chinese"} {
		p := render(all[name], private)
		if _, ok := p.Blocks[0].(*slack.HeaderBlock); !ok {
			t.Errorf("%s opens with %s", name, p.Blocks[0].BlockType())
		}
		if !strings.Contains(strings.Join(shownIn(t, p.Blocks[:4]), ""), "<tel:911|911>") {
			t.Errorf("%s: no number to tap at the top", name)
		}
	}
}

func TestNotFinalHasNoButtons(t *testing.T) {
	for name, r := range samples(t) {
		r.Final = false
		for _, b := range render(r, private).Blocks {
			if b.BlockType() == slack.MBTAction {
				t.Errorf("%s has buttons before it is final", name)
			}
		}
	}
}

func TestNotice(t *testing.T) {
	for name, r := range samples(t) {
		if got := render(r, private).Notice; got != say(r.Lang, "notice") {
			t.Errorf("%s: a private answer is announced as %q", name, got)
		}
		open := render(r, face{Open: true, Say: say}).Notice
		if silent := r.Kind.Personal() || name == "directory"; silent != (open == say(r.Lang, "notice")) {
			t.Errorf("%s: an open answer is announced as %q", name, open)
		}
	}
}

// TestContactsOpen sees that each contact of the registry that can be opened is
// a link, in the card and in the line.
func TestContactsOpen(t *testing.T) {
	b := content(t)
	for _, country := range append(b.Countries(), "US") {
		for _, lang := range b.Langs() {
			for _, c := range b.Directory(country, lang) {
				full := texts(card(c)) + texts(brief(c))
				for i, k := range c.Contacts {
					if k.Href != "" && !strings.Contains(full, anchor(k.Href, k.Display)) {
						t.Errorf("%s in %s: %s cannot be opened: %s", c.ID, lang, k.Label, k.Href)
					}
					if i == 0 && k.Kind == "phone" && !strings.Contains(texts(brief(c)), anchor(k.Href, k.Display)) {
						t.Errorf("%s in %s: the line cannot be called: %s", c.ID, lang, texts(brief(c)))
					}
				}
			}
		}
	}
}

func texts(pieces []piece) (all string) {
	for _, p := range pieces {
		all += p.mark + "\n"
	}
	return all
}

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"plain, at 10:30:00":            "plain, at 10:30:00",
		"<!channel> <@U1> <#C1>":        "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;",
		"<https://a.example|bank>":      "&lt;https://a.example|bank&gt;",
		"&lt;!here&gt;":                 "&amp;lt;!here&amp;gt;",
		"*bold* _slant_ ~gone~ `code`":  "∗bold∗ ˍslantˍ ∼gone∼ 'code'",
		"https://a.example/a_b?c=d&e=f": "https://a.example/a_b?c=d&amp;e=f",
		"> said\n >>> said\n1 > 0":      "› said\n ›&gt;&gt; said\n1 &gt; 0",
		":sos: :+1: :100: a:b:c":        "∶sos: ∶+1: ∶100: a∶b:c",
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

func TestOpens(t *testing.T) {
	for _, c := range []struct {
		href, display string
		ok            bool
	}{
		{"tel:+18883737888", "1-888-373-7888", true},
		{"tel:+448000121700", "08000 121 700", true},
		{"tel:911", "911", true},
		{"tel:000", "000", true},
		{"tel:+19005550100", "1-888-373-7888", false},
		{"tel:+1900911", "911", false}, // short numbers are dialled as they stand
		{"tel:911;ext=5", "911", false},
		{"sms:233733", "233733", true},
		{"https://a.example/x?y&z", "https://a.example/x?y&z", true},
		{"https://a.example", "https://b.example", false},
		{"https://a.example", "a bank", false},
		{"https://a.example|b", "https://a.example|b", false},
		{"mailto:a@b.example", "a@b.example", true},
		{"javascript:alert(1)", "javascript:alert(1)", false},
		{"http://a.example", "http://a.example", false},
		{"", "", false},
	} {
		if _, ok := opens(c.href, c.display); ok != c.ok {
			t.Errorf("%q as %q: %v", c.href, c.display, ok)
		}
	}
}

const contracts = "../../../shared/contracts"

// valid holds v against a schema of Slack's, where the schemas are at hand.
func valid(t *testing.T, schema string, v any) {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join(contracts, "slack-"+schema+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("not held against Slack's schemas: they are not here")
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

func BenchmarkRender(b *testing.B) {
	all := samples(b)
	for _, name := range []string{"answer", "danger", "chinese", "long"} {
		r := all[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				render(r, private)
			}
		})
	}
}
