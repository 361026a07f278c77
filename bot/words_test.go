package bot_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

// What a person said or read cannot be printed or logged by accident.
func TestWordsStayIn(t *testing.T) {
	const words = "marigold" // stands in every field that holds words
	m := bot.Message{
		ID: "m5x2", Conversation: "c9k1", Person: "p3r8",
		From: bot.Address{Adapter: "twin", Place: "place " + words},
		Text: "my boss keeps my " + words, Lang: "es", At: time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC),
	}
	r := bot.Reply{
		Kind: bot.Disclosure, Lang: "en", Mode: bot.Offline, Lead: words, Also: words, Closing: words,
		Sections:    []bot.Section{{Heading: words, Text: words, Bullets: []string{words}, Source: words}},
		Suggestions: []bot.Suggestion{{Label: words, Text: words}},
		Passages:    []bot.Passage{{ID: words, Title: words}},
		Words:       bot.Words{Help: words}, Final: true,
		Explanation: &bot.Explanation{Query: words, Words: []string{words}},
	}

	var out strings.Builder
	for _, v := range []any{m, &m, []bot.Message{m}, r, &r, []bot.Reply{r}} {
		fmt.Fprintf(&out, "%T:\n", v)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, "\t%s\t"+verb+"\n", verb, v)
		}
	}
	noTime := func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	var logged bytes.Buffer
	for _, h := range []slog.Handler{
		slog.NewTextHandler(&logged, &slog.HandlerOptions{ReplaceAttr: noTime}),
		slog.NewJSONHandler(&logged, &slog.HandlerOptions{ReplaceAttr: noTime}),
	} {
		log := slog.New(h)
		log.Info("value", "message", m, "reply", r)
		log.Info("pointer", "message", &m, "reply", &r)
		log.Info("in an error", "err", fmt.Errorf("deliver %v: %w", m, errAgain))
		log.With("message", m).WithGroup("of").Info("carried along", "reply", r)
	}
	got := out.String() + logged.String()
	if strings.Contains(strings.ToLower(got), words) || strings.Contains(got, fmt.Sprintf("%x", words)) {
		t.Errorf("words came out:\n%s", got)
	}
	golden(t, "words", got)
}

func TestKind(t *testing.T) {
	for _, test := range []struct {
		kind             bot.Kind
		urgent, personal bool
	}{
		{bot.Danger, true, true},
		{bot.SelfHarm, true, true},
		{bot.Disclosure, false, true},
		{bot.Tip, false, false},
		{bot.Refusal, false, false},
		{bot.OffTopic, false, false},
		{bot.About, false, false},
		{bot.NoAnswer, false, false},
		{bot.Answer, false, false},
		{"", false, false},
	} {
		if got := test.kind.Urgent(); got != test.urgent {
			t.Errorf("%q.Urgent() = %v", test.kind, got)
		}
		if got := test.kind.Personal(); got != test.personal {
			t.Errorf("%q.Personal() = %v", test.kind, got)
		}
	}
}

func TestTheZeroValuesAreTheSafeOnes(t *testing.T) {
	if (bot.Reply{}).Privacy != bot.AskerOnly || (bot.Message{}).Share {
		t.Error("a reply or a message that says nothing about it is shown to others")
	}
	if (bot.Reply{}).Shareable || (bot.Message{}).Explain {
		t.Error("what nobody asked for is on")
	}
}
