package answer_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/llm"
)

// BenchmarkModelAnswer is a whole answer by a model that takes no time: what
// gathering, prompting, checking and composing add.
func BenchmarkModelAnswer(b *testing.B) {
	p := modelled(b, &llm.Scripted{Write: copying})
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range p.Answer(b.Context(), bot.Message{Text: "what is a t visa", Private: true}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkFirstSentence is the time from the moment in which the first sentence
// of a model is complete until it is shown.
func BenchmarkFirstSentence(b *testing.B) {
	var written time.Time
	m := &llm.Scripted{Write: func(p llm.Prompt) (string, error) {
		s := "level: ordinary\n" + strings.Join(sentences(p, 3), "\n") + "\n"
		written = time.Now()
		return s, nil
	}}
	p := modelled(b, m)
	var took time.Duration
	for b.Loop() {
		for r, err := range p.Answer(b.Context(), bot.Message{Text: "what is a t visa", Private: true}) {
			if err != nil {
				b.Fatal(err)
			}
			if r.Mode == bot.Model {
				took += time.Since(written)
				break
			}
		}
	}
	b.ReportMetric(float64(took.Microseconds())/float64(b.N), "us/first")
}
