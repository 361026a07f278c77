package answer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/bot/conversation"
	"porchlight/knowledge"
)

// odd are texts that nobody means as a question.
func odd() map[string]string {
	return map[string]string{
		"empty":            "",
		"spaces":           " \t\n\u00a0\u2003\u200b ",
		"zero width":       "\u200b\u200c\u200d\u2060\ufeff",
		"emoji":            "😀😭🙏🏽👩‍👩‍👧‍👦🇲🇽",
		"a mention":        "<@U024BE7LH> <#C1|general> @everyone",
		"marks alone":      "?!?!…---¿¡",
		"a million as":     strings.Repeat("a", 1_000_000),
		"a million words":  strings.Repeat("a ", 500_000),
		"a million digits": strings.Repeat("7", 1_000_000),
		"100 kB":           strings.Repeat("my boss keeps my passport and I owe him money. ", 2_100),
		"100 kB español":   strings.Repeat("¿y si no tengo papeles qué hago? ", 3_000),
		"not UTF-8":        strings.Repeat("passport \xff\xfe\xc3\x28 ", 1_000),
		"half a letter":    "visa T \xe2\x82",
		"combining":        "e" + strings.Repeat("\u0301", 100_000),
		"zalgo":            strings.Repeat("v\u0300\u0301\u0302\u0303i\u0320\u0321s\u0334a\u0489 ", 5_000),
		"ligatures":        strings.Repeat("\ufdfa", 20_000), // each becomes 18 letters
		"Hangul jamo":      strings.Repeat("\u1100\u1161\u11a8", 20_000),
		"bidi":             "\u202evisa T\u202c \u2066what\u2069",
		"NUL":              "what is\x00a t visa\x00",
		"private use":      strings.Repeat("\U000f0000", 10_000),
		"beyond":           strings.Repeat("\U0010ffff", 10_000),
		"fullwidth":        "ｗｈａｔ ｉｓ ａ ｔ ｖｉｓａ ９１１",
		"mathematical":     "𝐰𝐡𝐚𝐭 𝐢𝐬 𝐝𝐞𝐛𝐭 𝐛𝐨𝐧𝐝𝐚𝐠𝐞",
		"one long line":    strings.Repeat("nopasswordnospace", 60_000),
		"newlines":         strings.Repeat("\n", 100_000),
		"question marks":   strings.Repeat("what is x? ", 20_000),
		"markup":           "<script>alert(1)</script> *_~`[x](y) {phone:nhth} {date} {list}",
		"a format":         "%s %d %v %!(EXTRA string=x)",
	}
}

// TestOddTexts holds what nobody means as a question against the laws: alone,
// and as the second turn of a conversation.
func TestOddTexts(t *testing.T) {
	b := content(t)
	for name, text := range odd() {
		t.Run(name, func(t *testing.T) {
			p := pipeline(t, b)
			ask(t, p, say("alone", text))
			ask(t, p, say("second", "what is a t visa"))
			ask(t, p, say("second", text))
			for _, c := range []bot.Command{bot.Forget, bot.ShowTopic, bot.ShowHelp, bot.SetLanguage, bot.SetCountry, "no such command"} {
				ask(t, p, do("commands", c, text))
			}
			ask(t, p, say("commands", "what is debt bondage"))
			m := say("locale", "what is debt bondage")
			m.Lang = text
			ask(t, p, m)
		})
	}
}

// TestWordsNeverComeBack shows that a reply repeats nothing a person wrote.
func TestWordsNeverComeBack(t *testing.T) {
	p := pipeline(t, content(t))
	for _, text := range []string{
		"my name is Zubeldia and I work at Quixotal Farms",
		"is the Quixotal hotel on Zubeldia street bad",
		"Zubeldia", "que es Quixotal", "call 555 0100 zubeldia@quixotal.example",
	} {
		r := ask(t, p, say("c", text))
		for _, s := range []string{"zubeldia", "quixotal", "555", "0100"} {
			if strings.Contains(strings.ToLower(r.Plain()), s) {
				t.Errorf("%q: the reply repeats %q", text, s)
			}
		}
	}
}

// TestContextEnds expects an answer that was cut short to say so.
func TestContextEnds(t *testing.T) {
	p := pipeline(t, content(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, text := range []string{"what is a t visa", "he has a gun help", "", "hello"} {
		all, err := replies(ctx, p, say("c", text))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%q: err is %v", text, err)
		}
		if len(all) == 0 || !all[len(all)-1].Final {
			t.Errorf("%q: no final reply", text)
		}
	}
}

// TestConsumerStops breaks off after the urgent opening.
func TestConsumerStops(t *testing.T) {
	p := pipeline(t, content(t))
	n := 0
	for r, err := range p.Answer(t.Context(), say("c", "he has a gun and wont let us leave")) {
		n++
		if err != nil || r.Final || !r.Urgent {
			t.Errorf("the opening is %s, final %t", r.Kind, r.Final)
		}
		break
	}
	if n != 1 {
		t.Errorf("%d replies after a stop", n)
	}
}

// broken is a memory that fails, or panics with what it was given.
type broken struct {
	panics bool
	state  conversation.State
}

var errBroken = errors.New("the disk is full")

func (b broken) fail() error {
	if b.panics {
		panic("zubeldia wrote: what is a t visa")
	}
	return errBroken
}

func (b broken) Load(context.Context, bot.ConversationID) (conversation.State, error) {
	return b.state, b.fail()
}

func (b broken) Save(context.Context, bot.PersonID, bot.ConversationID, conversation.State) error {
	return b.fail()
}

func (b broken) Forget(context.Context, bot.PersonID, bot.ConversationID) (e conversation.Erased, _ error) {
	return e, b.fail()
}

func TestMemoryFails(t *testing.T) {
	b := content(t)
	p := remembering(t, b, broken{})
	r := ask(t, p, say("c", "what is a t visa"))
	if ids := topicsOf(r); r.Kind != bot.Answer || !slices.Contains(ids, "t-visa") {
		t.Errorf("%s %v", r.Kind, ids)
	}
	if r = ask(t, p, say("c", "he has a gun and wont let us leave")); r.Kind != bot.Danger {
		t.Errorf("danger is %s", r.Kind)
	}
	for _, m := range []bot.Message{do("c", bot.Forget, ""), say("c", "forget everything")} {
		if r = ask(t, p, m); !isLost(r) {
			t.Errorf("forgetting failed and the person reads %q", r.Plain())
		}
	}
	if r = ask(t, p, do("c", bot.SetLanguage, "es")); r.Lang != "es" {
		t.Errorf("the language is %s", r.Lang)
	}
	if r = ask(t, p, do("c", bot.ShowTopic, "t-visa")); r.Kind != bot.Answer {
		t.Errorf("a topic is %s", r.Kind)
	}
}

// isLost tells whether a reply is the fixed help text with help lines.
func isLost(r bot.Reply) bool {
	return strings.Contains(r.Lead, "Something went wrong on my side") && slices.Contains(resourcesOf(r), "nhth") ||
		strings.Contains(r.Lead, "Algo falló de mi lado") && slices.Contains(resourcesOf(r), "nhth")
}

func TestPanicsInside(t *testing.T) {
	b := content(t)
	for name, spoil := range map[string]func(calls int) *knowledge.Base{
		"the content panics":   func(int) *knowledge.Base { panic("boom: what is a t visa") },
		"no content":           func(int) *knowledge.Base { return nil },
		"panics with an error": func(int) *knowledge.Base { panic(errBroken) },
		"out of range":         func(calls int) *knowledge.Base { return make([]*knowledge.Base, 1)[calls] },
	} {
		t.Run(name, func(t *testing.T) {
			p := pipeline(t, b)
			calls := 0
			p.Base = func() *knowledge.Base {
				calls++
				if calls == 2 {
					return spoil(calls)
				}
				return b
			}
			if r := last(t, p, say("c", "what is a t visa")); r.Kind != bot.Answer {
				t.Fatalf("%s before", r.Kind)
			}
			m := say("c", "what is debt bondage")
			m.Share = true
			r := last(t, p, m)
			if !isLost(r) {
				t.Errorf("%s: %q", r.Kind, r.Plain())
			}
			if r.Kind != bot.NoAnswer || r.Shareable {
				t.Errorf("%s, shareable %t", r.Kind, r.Shareable)
			}
			if r := last(t, p, say("c", "how long does it last?")); r.Kind != bot.Answer {
				t.Errorf("%s after", r.Kind)
			}
		})
	}
}

// last is the last reply, checked for no more than being one.
func last(t testing.TB, p interface {
	Answer(context.Context, bot.Message) bot.Replies
}, m bot.Message,
) (r bot.Reply) {
	t.Helper()
	n := 0
	for x, err := range p.Answer(t.Context(), m) {
		if err != nil {
			t.Fatal(err)
		}
		r = x
		n++
	}
	if n == 0 || !r.Final {
		t.Fatalf("%d replies, final %t", n, r.Final)
	}
	return r
}

// TestPanicInMemory expects the fixed text, in the language of the platform,
// and that danger keeps its number.
func TestPanicInMemory(t *testing.T) {
	p := remembering(t, content(t), broken{panics: true})
	m := say("c", "qué es la visa T")
	m.Lang = "es-MX"
	if r := ask(t, p, m); !isLost(r) || r.Lang != "es" {
		t.Errorf("%s: %q", r.Lang, r.Plain())
	}
	late := remembering(t, content(t), &panicsLate{})
	r := ask(t, late, say("c", "he has a gun and wont let us leave"))
	if r.Kind != bot.Danger || !strings.HasPrefix(r.Lead, "Call 911") {
		t.Errorf("danger became %s: %q", r.Kind, r.Lead)
	}
}

// panicsLate fails only when all is said.
type panicsLate struct{ conversation.Memory }

func (*panicsLate) Load(context.Context, bot.ConversationID) (conversation.State, error) {
	return conversation.State{}, nil
}

func (*panicsLate) Save(context.Context, bot.PersonID, bot.ConversationID, conversation.State) error {
	panic("boom")
}

// TestMemoryHoldsNoWords looks at what is kept of every odd text, said or given
// to a command.
func TestMemoryHoldsNoWords(t *testing.T) {
	for name, text := range odd() {
		p := pipeline(t, content(t))
		for _, c := range []bot.Command{bot.NoCommand, bot.ShowTopic, bot.ShowHelp, bot.SetLanguage, bot.SetCountry} {
			last(t, p, do("c", c, text))
			s, err := p.Memory.Load(t.Context(), "c")
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Country) > 2 || len(s.Pinned) > 2 {
				t.Errorf("%s, command %q: kept country %.40q, language %.40q", name, c, s.Country, s.Pinned)
			}
			for _, turn := range s.Turns {
				for _, id := range turn.Topics {
					if _, ok := p.Base().Topic(id, "en"); !ok {
						t.Errorf("%s, command %q: kept topic %.40q", name, c, id)
					}
				}
			}
		}
	}
}

// TestMadeUpState gives the pipeline states that no version of it would write.
func TestMadeUpState(t *testing.T) {
	for name, s := range map[string]conversation.State{
		"unknown topics":   {Turns: []conversation.Turn{{Topics: []string{"no-such-topic"}, Offered: []bot.Suggestion{{Topic: "nor-this"}}, Shown: []int{99, -1}, Lang: "xx"}}},
		"negative":         {Turns: []conversation.Turn{{Topics: []string{"t-visa"}, Shown: []int{99, -1}, Lang: "en"}}},
		"unknown language": {Pinned: "xx", Country: "zz"},
		"other kinds":      {Turns: []conversation.Turn{{Kind: "strange", Lang: "es"}}},
		"free offers":      {Turns: []conversation.Turn{{Topics: []string{"t-visa"}, Offered: []bot.Suggestion{{Text: "x"}, {}, {}}, Lang: "en"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{"tell me more", "yes", "2", "3", "y en español?", "how long does it last?", "what is a t visa"} {
				p := remembering(t, content(t), given{s})
				ask(t, p, say("c", text))
			}
		})
	}
}

type given struct{ conversation.State }

func (g given) Load(context.Context, bot.ConversationID) (conversation.State, error) {
	return g.State, nil
}
func (given) Save(context.Context, bot.PersonID, bot.ConversationID, conversation.State) error {
	return nil
}
func (given) Forget(context.Context, bot.PersonID, bot.ConversationID) (e conversation.Erased, _ error) {
	return e, nil
}
