package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/sashabaranov/go-openai"
)

// A dialect is what of a request a server takes. The zero dialect is that of most.
type dialect struct {
	maxNew        bool // max_completion_tokens, not max_tokens
	noTemperature bool
	noUsage       bool
	noSystem      bool
}

// without is the dialect without a field that the server does not take; false if that
// changes nothing.
func (d dialect) without(field string) (dialect, bool) {
	old := d
	switch field {
	case fieldMax:
		d.maxNew = true
	case fieldMaxNew:
		d.maxNew = false
	case fieldTemperature:
		d.noTemperature = true
	case fieldUsage:
		d.noUsage = true
	case fieldSystem:
		d.noSystem = true
	}
	return d, d != old
}

// An ask is what a request for text needs beyond what the library can say. It travels
// in the request's ctx, from Generate to the wire.
type ask struct {
	dialect
	maxTokens int
}

type askKey struct{}

func withAsk(ctx context.Context, a ask) context.Context { return context.WithValue(ctx, askKey{}, a) }

func askFrom(ctx context.Context) (ask, bool) {
	a, ok := ctx.Value(askKey{}).(ask)
	return a, ok
}

// patch adds to the body of a request. Keys come out sorted, so the bytes in front of
// what differs are the same each time.
func (a ask) patch(raw []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var body map[string]any
	if err := d.Decode(&body); err != nil {
		return nil, fmt.Errorf("the library's own request: %w", err)
	}
	if a.maxNew {
		body[fieldMaxNew] = a.maxTokens
	} else {
		body[fieldMax] = a.maxTokens
	}
	if !a.noTemperature {
		body[fieldTemperature] = 0
	}
	if !a.noUsage {
		body[fieldUsage] = map[string]bool{"include_usage": true}
	}
	return json.Marshal(body)
}

// messages are what the model reads: what is always the same, then what differs.
func (d dialect) messages(p Prompt) []openai.ChatCompletionMessage {
	switch {
	case p.Static == "":
		return []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: p.Data}}
	case d.noSystem:
		return []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: p.Static + "\n\n" + p.Data}}
	default:
		return []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: p.Static},
			{Role: openai.ChatMessageRoleUser, Content: p.Data},
		}
	}
}
