package main

import (
	"encoding/json"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/conversation"
	"porchlight/bot/eval"
	"porchlight/bot/llm"
)

// A lie is a draft of a hostile model, and what nobody may see of it.
type lie struct {
	ID, Lang, Question, Draft string
	Never                     []string
}

func lies(t *testing.T) (all []lie) {
	data, err := os.ReadFile("../../bot/answer/testdata/hostile.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		var l lie
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// TestLiesOnEveryPlatform has a hostile model write for the console, Slack and Discord:
// what nobody may see is on none of their screens.
func TestLiesOnEveryPlatform(t *testing.T) {
	var draft atomic.Pointer[string]
	model := &llm.Scripted{Size: 17, Write: func(llm.Prompt) (string, error) { return *draft.Load(), nil }}
	var offline *answer.Pipeline
	h := newHall(t, func(p *answer.Pipeline) {
		offline = answer.New(p.Base, conversation.NewInMemory(consoleConversations, 0, nil), p.Phrases)
		w, err := newWriter(model, "hostile", true, p.Base)
		if err != nil {
			t.Fatal(err)
		}
		w.Curated = 2 // nothing is so well known that the model is not asked
		p.Writer = w
	})
	all := lies(t)
	for i, l := range all {
		if testing.Short() && i%5 != 0 {
			continue
		}
		draft.Store(&l.Draft)
		without := plainOf(t, offline, l)
		c := eval.Case{ID: "lie-" + l.ID, Lang: l.Lang, Turns: []string{l.Question}}
		for _, platform := range []string{"console", "slack", "discord"} {
			for _, got := range h.talk(platform, c) {
				for _, never := range l.Never {
					never = strings.ToLower(never)
					if strings.Contains(strings.ToLower(got.shown), never) && !strings.Contains(without, never) {
						t.Errorf("%s: %s shows %q", l.ID, got.face, never)
					}
				}
			}
		}
	}
	if n := len(model.Prompts()); n < len(all)/5*2 {
		t.Errorf("the model was asked %d times", n)
	}
}

// plainOf is what is said without a model, in lower case.
func plainOf(t *testing.T, p *answer.Pipeline, l lie) (s string) {
	for r, err := range p.Answer(t.Context(), bot.Message{Text: l.Question, Lang: l.Lang, Private: true}) {
		if err != nil {
			t.Fatal(err)
		}
		s = strings.ToLower(r.Plain())
	}
	return s
}
