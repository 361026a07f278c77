package llm_test

import (
	"context"
	"errors"
	"testing"

	"porchlight/bot/llm"
)

func TestScripted(t *testing.T) {
	m := &llm.Scripted{Drafts: []string{"one", "añ two"}, Size: 2}
	var pieces []string
	for range 3 {
		text, usage, err := gather(m.Generate(t.Context(), prompt()))
		if err != nil || usage.Completion == 0 || !usage.Estimated {
			t.Errorf("%+v, %v", usage, err)
		}
		pieces = append(pieces, text)
	}
	if pieces[0] != "one" || pieces[1] != "añ two" || pieces[2] != "añ two" {
		t.Errorf("%q", pieces)
	}
	if p := m.Prompts(); len(p) != 3 || p[0] != prompt() {
		t.Errorf("%+v", p)
	}
	n := 0
	for _, err := range m.Generate(t.Context(), prompt()) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if n != 5 { // "a", "ñ", " t", "wo", the usage
		t.Errorf("%d pieces", n)
	}
}

// It may fail after any byte, and gives whole characters all the same.
func TestScriptedFails(t *testing.T) {
	for after, want := range []string{"", "a", "a", "añ", "año", "año"} {
		m := &llm.Scripted{Drafts: []string{"año"}, Err: llm.ErrTruncated, After: after}
		text, usage, err := gather(m.Generate(t.Context(), prompt()))
		if text != want || usage != (llm.Usage{}) || !errors.Is(err, llm.ErrTruncated) || llm.Reason(err) != "truncated" {
			t.Errorf("%d: %q, %v", after, text, err)
		}
	}
	m := &llm.Scripted{Write: func(p llm.Prompt) (string, error) { return p.Data, llm.ErrRefused }}
	if text, _, err := gather(m.Generate(t.Context(), prompt())); text != secretPrompt || !errors.Is(err, llm.ErrRefused) {
		t.Errorf("%q, %v", text, err)
	}
	if text, _, err := gather((&llm.Scripted{}).Generate(t.Context(), prompt())); text != "" || err != nil {
		t.Errorf("the zero value says %q, %v", text, err)
	}
}

func TestScriptedWaits(t *testing.T) {
	steps := make(chan struct{})
	m := &llm.Scripted{Drafts: []string{"abc"}, Size: 1, Wait: llm.Steps(steps)}
	ctx, stop := context.WithCancel(t.Context())
	got := make(chan string)
	go func() {
		defer close(got)
		for p, err := range m.Generate(ctx, prompt()) {
			if err != nil {
				got <- llm.Reason(err)
				return
			}
			got <- p.Text
		}
	}()
	steps <- struct{}{}
	if s := <-got; s != "a" {
		t.Error(s)
	}
	select {
	case s := <-got:
		t.Errorf("%q came without a step", s)
	default:
	}
	stop()
	if s := <-got; s != "canceled" {
		t.Error(s)
	}
	<-got
}
