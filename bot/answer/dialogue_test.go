package answer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/knowledge"
)

// A dialogue is one conversation of a file in testdata/dialogues; README.md
// there says how one is written.
type dialogue struct {
	name     string
	settings []string
	turns    []turn
}

type turn struct {
	at     int // line
	said   string
	expect []string
}

// dialogues reads a file: a blank line ends a conversation.
func dialogues(t testing.TB, file string) (all []dialogue) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d *dialogue
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" {
			d = nil
			continue
		}
		if line[0] == '#' {
			continue
		}
		if d == nil {
			all = append(all, dialogue{name: fmt.Sprintf("%s:%d", filepath.Base(file), n)})
			d = &all[len(all)-1]
		}
		rest := strings.TrimSpace(line[1:])
		switch {
		case line[0] == '@':
			d.settings = append(d.settings, strings.Fields(rest)...)
		case line[0] == '>':
			d.turns = append(d.turns, turn{at: n, said: rest})
		case line[0] == '<' && len(d.turns) > 0:
			last := &d.turns[len(d.turns)-1]
			last.expect = append(last.expect, expectations(t, rest)...)
		default:
			t.Fatalf("%s:%d: a line begins with # @ > or <, and < follows >", file, n)
		}
	}
	return all
}

// expectations splits at spaces outside quotes.
func expectations(t testing.TB, s string) (out []string) {
	t.Helper()
	quoted, start := false, 0
	for i := 0; i <= len(s); i++ {
		switch {
		case i < len(s) && s[i] == '"':
			quoted = !quoted
		case i == len(s) || s[i] == ' ' && !quoted:
			if i > start {
				out = append(out, s[start:i])
			}
			start = i + 1
		}
	}
	if quoted {
		t.Fatalf("a quote is left open: %s", s)
	}
	return out
}

// message is the n-th turn as it would arrive.
func (d dialogue) message(t testing.TB, n int) bot.Message {
	t.Helper()
	m := say(d.name, d.turns[n].said)
	if s := m.Text; strings.HasPrefix(s, "/") {
		name, arg, _ := strings.Cut(s[1:], " ")
		m.Command, m.Text = bot.Command(name), arg
	} else if strings.HasPrefix(s, `"`) {
		text, err := strconv.Unquote(s)
		if err != nil {
			t.Fatalf("line %d: %v", d.turns[n].at, err)
		}
		m.Text = text
	}
	for _, s := range d.settings {
		key, value, _ := strings.Cut(s, "=")
		switch key {
		case "public":
			m.Private = false
		case "share":
			m.Share = true
		case "locale":
			m.Lang = value
		case "watched":
			m.From.Adapter = "watched"
		default:
			t.Fatalf("no setting %q", s)
		}
	}
	return m
}

// TestDialogues holds conversations to what they expect, and every reply in
// them to the laws.
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/dialogues/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogues", err)
	}
	b := content(t)
	for _, file := range files {
		all := dialogues(t, file)
		t.Logf("%s: %d dialogues", filepath.Base(file), len(all))
		for _, d := range all {
			t.Run(d.name, func(t *testing.T) {
				p := pipeline(t, b)
				p.Watched = func(adapter string) bool { return adapter == "watched" }
				for i, turn := range d.turns {
					r := ask(t, p, d.message(t, i))
					failed := false
					for _, e := range turn.expect {
						if !meets(t, r, e) {
							t.Errorf("line %d: %q: not %s", turn.at, turn.said, e)
							failed = true
						}
					}
					if failed {
						t.Logf("%s lang=%s flags=%v topics=%v resources=%v\n%.300s", r.Kind, r.Lang, r.Flags, topicsOf(r), resourcesOf(r), r.Plain())
					}
				}
			})
		}
	}
}

func topicsOf(r bot.Reply) (ids []string) {
	for _, p := range r.Passages {
		ids = append(ids, p.ID)
	}
	return ids
}

func resourcesOf(r bot.Reply) (ids []string) {
	for _, c := range r.Resources {
		ids = append(ids, c.ID)
	}
	return ids
}

// meets tells whether a reply is as expected.
func meets(t testing.TB, r bot.Reply, expect string) bool {
	t.Helper()
	if n, ok := strings.CutPrefix(expect, "suggestions>="); ok {
		least, err := strconv.Atoi(n)
		return err == nil && len(r.Suggestions) >= least
	}
	key, value, _ := strings.Cut(expect, "=")
	value = strings.Trim(value, `"`)
	these := strings.Split(value, ",")
	ids := topicsOf(r)
	switch key {
	case "kind":
		return slices.Contains(these, string(r.Kind))
	case "topic": // the first one is one of these
		return len(ids) > 0 && slices.Contains(these, ids[0])
	case "topics": // all of these, in whatever order, and no other
		slices.Sort(ids)
		slices.Sort(these)
		return slices.Equal(ids, these)
	case "nottopic":
		return !slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(these, id) })
	case "lang":
		return r.Lang == value
	case "has":
		return strings.Contains(strings.ToLower(r.Plain()), strings.ToLower(value))
	case "hasnot":
		return !strings.Contains(strings.ToLower(r.Plain()), strings.ToLower(value))
	case "lead":
		return strings.HasPrefix(strings.ToLower(r.Lead), strings.ToLower(value))
	case "also":
		return strings.Contains(strings.ToLower(r.Also), strings.ToLower(value)) && r.Also != ""
	case "notalso":
		return r.Also == ""
	case "resources": // exactly these, in this order
		return slices.Equal(resourcesOf(r), these)
	case "resource": // the first one is one of these
		return len(r.Resources) > 0 && slices.Contains(these, r.Resources[0].ID)
	case "brief": // help lines as one line each
		return r.Brief && len(r.Resources) > 0
	case "line": // one brief help line
		return r.Brief && len(r.Resources) == 1
	case "full": // the block of help lines
		return !r.Brief && len(r.Resources) > 0
	case "private":
		return r.Privacy == bot.AskerOnly
	case "shown":
		return r.Privacy == bot.Everyone
	case "shareable":
		return r.Shareable
	case "unshareable":
		return !r.Shareable
	case "urgent":
		return r.Urgent
	case "calm":
		return !r.Urgent
	case "archived":
		return slices.ContainsFunc(r.Sections, func(s bot.Section) bool { return s.Archived })
	case "current":
		return !slices.ContainsFunc(r.Sections, func(s bot.Section) bool { return s.Archived })
	case "flag":
		return slices.Contains(r.Flags, value)
	case "sections":
		return strconv.Itoa(len(r.Sections)) == value
	}
	t.Fatalf("no expectation %q", expect)
	return false
}

// TestDialoguesCanFail shows that an expectation that is not met is noticed.
func TestDialoguesCanFail(t *testing.T) {
	r := ask(t, pipeline(t, content(t)), say("x", "what is a t visa"))
	for expect, want := range map[string]bool{
		"kind=answer": true, "kind=danger,answer": true, "kind=danger": false,
		"topic=t-visa,u-visa": true, "topic=u-visa": false, "topics=t-visa": true, "topics=t-visa,u-visa": false,
		"lang=en": true, "lang=es": false, `has="the t visa"`: true, `has="no such words"`: false,
		`hasnot="no such words"`: true, `hasnot="T visa"`: false, "urgent": false, "calm": true,
		"suggestions>=1": true, "suggestions>=4": false, "private": true, "shown": false,
		"shareable": true, "unshareable": false, "archived": false, "current": true, "flag=minor": false,
		"full": true, "brief": false, "resource=nhth,legal-finders": true, "resources=nhth": false,
		"sections=1": true, "sections=2": false, "notalso": true, `also="x"`: false, "nottopic=t-visa": false,
	} {
		if got := meets(t, r, expect); got != want {
			t.Errorf("%s is %t", expect, got)
		}
	}
}

// TestLawsCanFail shows that a reply that breaks a law is noticed.
func TestLawsCanFail(t *testing.T) {
	b := content(t)
	l := lawsOf(t, b)
	m := say("x", "what is a t visa")
	good := ask(t, pipeline(t, b), m)
	for name, spoil := range map[string]func(*bot.Reply){
		"a changed digit":    func(r *bot.Reply) { r.Lead = "Ring 1-888-373-7889." },
		"a short code":       func(r *bot.Reply) { r.Lead = "Text 233734." },
		"an address":         func(r *bot.Reply) { r.Lead = "See www.example.org." },
		"an e-mail":          func(r *bot.Reply) { r.Lead = "Write to help@example.org." },
		"in a section":       func(r *bot.Reply) { r.Sections[0].Text = "Ring 1-888-373-7888." },
		"a short one":        func(r *bot.Reply) { r.Sections[0].Text = "Text 233733." },
		"blame":              func(r *bot.Reply) { r.Lead = "Why didn't you leave?" },
		"promesa":            func(r *bot.Reply) { r.Lead = "La policía va a venir." },
		"shared":             func(r *bot.Reply) { r.Privacy = bot.Everyone },
		"not final":          func(r *bot.Reply) { r.Final = false },
		"personal, shared":   func(r *bot.Reply) { r.Kind = bot.Disclosure },
		"urgent, no number":  func(r *bot.Reply) { r.Kind, r.Urgent, r.Shareable = bot.Danger, true, false },
		"unmarked":           func(r *bot.Reply) { r.Sections[0].Archived = true },
		"a placeholder":      func(r *bot.Reply) { r.Lead = "From {date}" },
		"no words around":    func(r *bot.Reply) { r.Words = bot.Words{} },
		"too long":           func(r *bot.Reply) { r.Lead = strings.Repeat("so ", 20_000) },
		"not UTF-8":          func(r *bot.Reply) { r.Lead = "a\xffb" },
		"a line twice":       func(r *bot.Reply) { r.Resources = append(r.Resources, r.Resources[0]) },
		"a line that is out": func(r *bot.Reply) { r.Resources = append(r.Resources, hiddenCard(t, b)) },
	} {
		r := good
		r.Sections = slices.Clone(good.Sections)
		r.Resources = slices.Clone(good.Resources)
		spoil(&r)
		if len(l.Broken(m, []bot.Reply{r})) == 0 {
			t.Errorf("%s goes unnoticed", name)
		}
	}
	if wrong := l.Broken(m, []bot.Reply{good}); len(wrong) > 0 {
		t.Errorf("a good reply is called wrong: %q", wrong)
	}
}

// hiddenCard is what a help line that must not be shown would look like.
func hiddenCard(t testing.TB, b *knowledge.Base) bot.Card {
	for _, r := range b.Resources() {
		if !r.Shown() {
			var c bot.Card
			c.ID = r.ID
			return c
		}
	}
	t.Fatal("no line is hidden")
	return bot.Card{}
}
