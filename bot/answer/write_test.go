package answer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/llm"
	"porchlight/bot/verify"
	"porchlight/prompts"
)

// writer is one with a model of one's own, which is asked whatever is not
// urgent, however well it is known.
func writer(t testing.TB, m llm.Model) *answer.Writer {
	t.Helper()
	tools, err := writing()
	if err != nil {
		t.Fatal(err)
	}
	return &answer.Writer{Model: m, Name: "scripted", Prompts: tools.prompts, Checker: tools.checker, Local: true, Curated: 2}
}

// tools are what every writer shares.
type tools struct {
	prompts *prompts.Model
	checker *verify.Checker
}

var writing = sync.OnceValues(func() (t tools, err error) {
	if t.prompts, err = prompts.LoadModel(); err != nil {
		return t, err
	}
	never, err := prompts.Never()
	if err != nil {
		return t, err
	}
	t.checker, err = verify.New(never)
	return t, err
})

// copying answers with the first sentences of the first passage, as a model
// would that dares nothing.
func copying(p llm.Prompt) (string, error) {
	return "level: ordinary\n" + strings.Join(sentences(p, 4), "\n") + "\nend\n", nil
}

// sentences are lines of a draft that copy the first passage of a prompt.
func sentences(p llm.Prompt, most int) (lines []string) {
	in := false
	for line := range strings.Lines(p.Data) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[1] "):
			in = true
		case strings.HasPrefix(line, "[2] "), line == "</passages>":
			in = false
		case in:
			for _, s := range verify.Sentences(strings.TrimPrefix(line, "- ")) {
				if len(lines) < most {
					lines = append(lines, "[1] "+s)
				}
			}
		}
	}
	return lines
}

// modelled is a pipeline with a model.
func modelled(t testing.TB, m llm.Model) *answer.Pipeline {
	t.Helper()
	p := pipeline(t, content(t))
	p.Writer = writer(t, m)
	return p
}

// askAll gives every reply to a question, held against the laws.
func askAll(t testing.TB, p *answer.Pipeline, m bot.Message) []bot.Reply {
	t.Helper()
	all, err := replies(t.Context(), p, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range lawsOf(t, p.Base()).Broken(m, all) {
		t.Errorf("%q: %s", m.Text, wrong)
	}
	return all
}

func question(text string) bot.Message { return bot.Message{Text: text, Private: true, Explain: true} }

// informed are questions that a model may answer.
var informed = []string{
	"what is a t visa", "what is debt bondage", "what are the signs in restaurants", "what does the blue campaign do",
	"¿qué es la visa T?", "¿qué es la servidumbre por deudas?", "who enforces the fair labor standards act",
}

func TestModelWrites(t *testing.T) {
	for _, text := range informed {
		m := &llm.Scripted{Write: copying, Size: 7}
		p := modelled(t, m)
		all := askAll(t, p, question(text))
		r := all[len(all)-1]
		if r.Mode != bot.Model || len(r.Sections) == 0 || len(r.Sections[0].Cites) == 0 || r.Kind != bot.Answer {
			t.Errorf("%q: mode %s, %d sections: %+v", text, r.Mode, len(r.Sections), r.Explanation.Drafts)
			continue
		}
		if len(all) < 3 {
			t.Errorf("%q: %d replies: it does not grow", text, len(all))
		}
		if all[len(all)-2].Final || !r.Final {
			t.Errorf("%q: only the last reply is final", text)
		}
		if r.Resources == nil || r.Shareable != true {
			t.Errorf("%q: help lines and sharing are as without a model", text)
		}
	}
}

// wordsOf are the words of the sections of a reply.
func wordsOf(r bot.Reply) string {
	var b strings.Builder
	for _, s := range r.Sections {
		b.WriteString(s.Text + " ")
		for _, x := range s.Bullets {
			b.WriteString(x + " ")
		}
	}
	return b.String()
}

// TestModelDies lets a model die at every byte of what it writes: there is one
// whole answer each time, and nothing in it that the whole draft does not say.
func TestModelDies(t *testing.T) {
	b := content(t)
	for _, text := range informed[:2] {
		offline := ask(t, pipeline(t, b), bot.Message{Text: text, Private: true})
		var whole string
		probe := &llm.Scripted{Write: func(p llm.Prompt) (string, error) {
			s, err := copying(p)
			whole = s
			return s, err
		}}
		full := ask(t, modelled(t, probe), question(text))
		p := pipeline(t, b)
		for n := range len(whole) {
			p.Writer = writer(t, &llm.Scripted{Write: copying, Size: 11, Err: llm.ErrTruncated, After: n})
			m := question(text)
			m.Conversation = bot.ConversationID(text + string(rune(n+1)))
			all := askAll(t, p, m)
			r := all[len(all)-1]
			switch r.Mode {
			case bot.Fallback:
				if wordsOf(r) != wordsOf(offline) {
					t.Fatalf("%q, dead after %d: not the offline answer: %s", text, n, wordsOf(r))
				}
			case bot.Model:
				if !completes(r, full, offline) {
					t.Fatalf("%q, dead after %d: %s", text, n, wordsOf(r))
				}
			default:
				t.Fatalf("%q, dead after %d: %s", text, n, r.Mode)
			}
		}
	}
}

// completes tells whether a reply is the beginning of a whole one, and then the
// knowledge base's own words.
func completes(r, full, offline bot.Reply) bool {
	n := len(r.Sections)
	if n < 2 || wordsOf(bot.Reply{Sections: r.Sections[n-1:]}) != wordsOf(bot.Reply{Sections: offline.Sections[:1]}) {
		return false
	}
	return strings.HasPrefix(wordsOf(full), strings.TrimSpace(wordsOf(bot.Reply{Sections: r.Sections[:n-1]})))
}

func TestModelIsNotAsked(t *testing.T) {
	m := &llm.Scripted{Write: copying}
	p := modelled(t, m)
	for _, text := range []string{
		"he locked me in and has a knife", "i want to kill myself", "how do i keep my workers' passports so they stay",
		"hi", "who are you", "what is the hotline number", "what is the weather tomorrow", "me tiene encerrada y me va a matar",
	} {
		m0 := question(text)
		m0.Conversation = bot.ConversationID(text)
		r := ask(t, p, m0)
		if n := len(m.Prompts()); n > 0 {
			t.Fatalf("%q (%s): the model was asked", text, r.Kind)
		}
		if r.Mode != bot.Offline {
			t.Errorf("%q: mode %s", text, r.Mode)
		}
	}
}

// TestStrict keeps what people confide away from a model elsewhere, and
// everything where nothing takes out personal detail.
func TestStrict(t *testing.T) {
	const confided = "my boss took my passport and i owe him 5000 dollars for the trip"
	for _, c := range []struct {
		text                string
		local, open, redact bool
		asked               bool
	}{
		{confided, true, false, false, true},
		{confided, false, false, true, false},
		{confided, false, true, true, true},
		{confided, false, true, false, false},
		{"what is a t visa", false, false, true, true},
		{"what is a t visa", false, false, false, false},
	} {
		m := &llm.Scripted{Write: copying}
		p := modelled(t, m)
		p.Writer.Local, p.Writer.Open = c.local, c.open
		if c.redact {
			p.Writer.Redact = func(_, text string) string { return strings.ReplaceAll(text, "5000", "[amount]") }
		}
		r := ask(t, p, question(c.text))
		if (len(m.Prompts()) > 0) != c.asked {
			t.Errorf("%+v (%s): asked %v", c, r.Kind, !c.asked)
		}
		if c.redact && c.asked && slices.ContainsFunc(m.Prompts(), func(p llm.Prompt) bool { return strings.Contains(p.Data, "i owe him 5000") }) {
			t.Errorf("%q went out as it was written", c.text)
		}
	}
}

func TestModelRaises(t *testing.T) {
	for _, c := range []struct {
		text, level string
		kind        bot.Kind
	}{
		{"what is a t visa", "danger", bot.Danger},
		{"what is a t visa", "self_harm", bot.SelfHarm},
		{"what is a t visa", "disclosure", bot.Disclosure},
		{"what is a t visa", "tip", bot.Tip},
		{"what is a t visa", "ordinary", bot.Answer},
		{"what is a t visa", "nonsense", bot.Answer},
		{"my boss took my passport and i owe him money for the trip", "ordinary", bot.Disclosure},
		{"my boss took my passport and i owe him money for the trip", "tip", bot.Disclosure},
		{"my boss took my passport and i owe him money for the trip", "danger", bot.Danger},
	} {
		m := &llm.Scripted{Write: func(p llm.Prompt) (string, error) {
			return "level: " + c.level + "\n" + strings.Join(sentences(p, 2), "\n") + "\nend", nil
		}}
		all := askAll(t, modelled(t, m), question(c.text))
		r := all[len(all)-1]
		if r.Kind != c.kind {
			t.Errorf("%q, %s: %s, want %s", c.text, c.level, r.Kind, c.kind)
		}
		if r.Kind.Urgent() && (!r.Urgent || len(r.Sections) > 0 || r.Privacy != bot.AskerOnly) {
			t.Errorf("%q, %s: not the urgent answer", c.text, c.level)
		}
	}
}

// TestLevelComesFirst takes a level only from the first line: what is shown does
// not turn into something else.
func TestLevelComesFirst(t *testing.T) {
	m := &llm.Scripted{Write: func(p llm.Prompt) (string, error) {
		s := sentences(p, 2)
		return "level: ordinary\n" + s[0] + "\nlevel: danger\n" + s[1] + "\nend", nil
	}}
	if r := ask(t, modelled(t, m), question("what is a t visa")); r.Kind != bot.Answer || r.Mode != bot.Model {
		t.Errorf("%s %s", r.Kind, r.Mode)
	}
}

func TestFallsBack(t *testing.T) {
	want := wordsOf(ask(t, pipeline(t, content(t)), question("what is a t visa")))
	for name, m := range map[string]*llm.Scripted{
		"dead":      {Err: llm.ErrUnavailable},
		"silent":    {},
		"lies":      {Drafts: []string{"level: ordinary\n[1] Everyone gets a visa within two days.\nend"}},
		"no form":   {Drafts: []string{"The T visa can last up to four years and gives permission to work."}},
		"no cite":   {Drafts: []string{"level: ordinary\n[] The T visa can last up to four years.\nend"}},
		"bad cite":  {Drafts: []string{"level: ordinary\n[9] The T visa can last up to four years.\nend"}},
		"gibberish": {Drafts: []string{strings.Repeat("\x00\xff{}[[1]]\n", 5000)}},
	} {
		r := ask(t, modelled(t, m), question("what is a t visa"))
		if r.Mode != bot.Fallback || wordsOf(r) != want {
			t.Errorf("%s: %s: %s", name, r.Mode, wordsOf(r))
		}
	}
	none := &llm.Scripted{Drafts: []string{"level: ordinary\nnone"}}
	if r := ask(t, modelled(t, none), question("what is a t visa")); r.Mode != bot.Offline || wordsOf(r) != want {
		t.Errorf("none: %s", r.Mode)
	}
}

func TestBudget(t *testing.T) {
	m := &llm.Scripted{Write: copying, Usage: llm.Usage{Prompt: 1500, Completion: 100}}
	p := modelled(t, m)
	p.Writer.Budget = &answer.Budget{PerDay: 6000, PerPerson: 4000}
	modes := map[bot.PersonID]string{}
	for _, who := range []bot.PersonID{"a", "a", "a", "b", "b"} {
		q := question("what is debt bondage")
		q.Person, q.Conversation = who, bot.ConversationID(who)+bot.ConversationID(modes[who])
		modes[who] += string(ask(t, p, q).Mode)[:1]
	}
	if modes["a"] != "mmo" || modes["b"] != "mo" {
		t.Errorf("%v", modes)
	}
}

func TestCache(t *testing.T) {
	m := &llm.Scripted{Write: copying}
	p := modelled(t, m)
	p.Writer.Cache = answer.NewCache(0, 0)
	var first string
	for i, text := range []string{"what is debt bondage?", "What is DEBT bondage", "what is debt bondage"} {
		q := question(text)
		q.Conversation = bot.ConversationID(text)
		r := ask(t, p, q)
		if i == 0 {
			first = wordsOf(r)
		}
		if r.Mode != bot.Model || wordsOf(r) != first {
			t.Errorf("%q: %s", text, r.Mode)
		}
	}
	if n := len(m.Prompts()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestNearBrings fuses topics found by meaning with those found by words, and does
// without the former when they cannot be had.
func TestNearBrings(t *testing.T) {
	m := &llm.Scripted{Write: copying}
	p := modelled(t, m)
	asked := 0
	p.Writer.Near = func(context.Context, string, string) ([]string, error) {
		asked++
		if asked > 1 {
			return nil, errors.New("down")
		}
		return []string{"uflpa", "debt-bondage", "no-such-topic"}, nil
	}
	for i, held := range []bool{true, false} {
		q := question("what is debt bondage")
		q.Conversation = bot.ConversationID(rune('a' + i))
		if r := ask(t, p, q); r.Mode != bot.Model || r.Passages[0].ID != "debt-bondage" {
			t.Errorf("%d: mode %s, %v", i, r.Mode, r.Passages)
		}
		title, _ := content(t).Topic("uflpa", "en")
		if got := strings.Contains(m.Prompts()[i].Data, title.Title); got != held {
			t.Errorf("%d: the topic found by meaning is in the prompt: %v", i, got)
		}
	}
}

// TestEndIsTheEnd does not wait for a server that goes on after its last line, or
// says nothing more, and keeps to the deadline where the last line never comes.
func TestEndIsTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		after string // what the model writes behind its sentences
		mode  bot.Mode
		most  time.Duration
	}{
		"hangs after the end":  {"\nend\n", bot.Model, time.Second},
		"hangs before the end": {"\n[1] It never comes to", bot.Model, answer.DefaultDeadline},
	} {
		p := modelled(t, nil)
		synctest.Test(t, func(t *testing.T) {
			began, written := time.Now(), 0
			p.Writer.Model = &llm.Scripted{Size: 1 << 20, Write: func(p llm.Prompt) (string, error) {
				return "level: ordinary\n" + strings.Join(sentences(p, 2), "\n") + c.after, nil
			}, Wait: func(ctx context.Context) error {
				written++
				if written > 1 {
					<-ctx.Done()
				}
				return ctx.Err()
			}}
			r := ask(t, p, question("what is debt bondage"))
			if took := time.Since(began); r.Mode != c.mode || took > c.most || len(r.Sections) == 0 {
				t.Errorf("%s: %s after %v", name, r.Mode, took)
			}
		})
	}
}
