package answer_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/conversation"
	"porchlight/knowledge"
)

// everything said in the test files, question by question.
func everythingSaid(t testing.TB) (all []string) {
	all = append(questions(t, "en"), questions(t, "es")...)
	for _, line := range lines(t, "../../knowledge/testdata/follow.tsv") {
		all = append(all, strings.Split(line, "\t")[1:]...)
	}
	files, err := filepath.Glob("testdata/dialogues/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, d := range dialogues(t, file) {
			for i := range d.turns {
				all = append(all, d.message(t, i).Text)
			}
		}
	}
	return all
}

// TestLogsHoldNoWords asks everything while nothing, the memory, and the
// content fail, and looks for three words in a row of any question in all that
// was logged.
func TestLogsHoldNoWords(t *testing.T) {
	b := content(t)
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true}))
	said := everythingSaid(t)
	calls := 0
	for _, p := range []*answer.Pipeline{
		pipeline(t, b),
		remembering(t, b, broken{}),
		remembering(t, b, broken{panics: true}),
		remembering(t, b, tellsAll{}),
		func() *answer.Pipeline {
			p := pipeline(t, b)
			p.Base = func() *knowledge.Base {
				calls++
				if calls%2 == 0 {
					panic(said[calls%len(said)])
				}
				return b
			}
			return p
		}(),
	} {
		p.Log = logger
		for i, q := range said {
			m := say(fmt.Sprint(i%50), q)
			m.Person = "a-person"
			m.Lang = []string{"", "en", "es-MX"}[i%3]
			m.Explain = i%5 == 0
			if i%17 == 0 {
				m.Command = bot.ShowTopic
			}
			for r, err := range p.Answer(t.Context(), m) {
				logger.Debug("answered", "reply", r, "message", m, "err", err)
			}
		}
	}
	if !strings.Contains(log.String(), "panic while answering") || !strings.Contains(log.String(), "memory") {
		t.Error("nothing was logged of what failed")
	}
	logged := runs(log.String())
	for _, q := range said {
		for run := range runs(q) {
			if logged[run] {
				t.Errorf("%q was logged of %q", run, q)
			}
		}
	}
	for _, s := range []string{"a-person", "zubeldia"} {
		if strings.Contains(log.String(), s) {
			t.Errorf("%q was logged", s)
		}
	}
}

// tellsAll is a memory whose panic is an error that quotes a person.
type tellsAll struct{ conversation.Memory }

func (tellsAll) Load(context.Context, bot.ConversationID) (conversation.State, error) {
	panic(fmt.Errorf("zubeldia asked for a free lawyer"))
}

// runs are all runs of three words; a shorter text has none.
func runs(s string) map[string]bool {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	out := map[string]bool{}
	for i := 0; i+3 <= len(words); i++ {
		out[strings.Join(words[i:i+3], " ")] = true
	}
	return out
}
