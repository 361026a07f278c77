package answer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

// long is a message of 150 words, as somebody writes who tells a story.
var long = strings.Join(strings.Fields(`
	hello i hope somebody can explain this to me because i do not know who to ask. last
	spring a man from an agency came to our town and said there was work in a hotel in
	florida with good pay and a room, and that the papers would be taken care of. i paid
	him a fee and my aunt lent me the rest of it. when i got here the manager took the
	passport for safekeeping and said that the room and the food and the bus would come
	out of my check every week, so now after all these months i owe more than when i
	came. the other girls are afraid to speak about it. my cousin says that there is
	some kind of law about this and some kind of visa, but the lady at the desk says
	that people who complain get sent home. what are my rights here and is it legal
	to take that much out of the pay`), " ")

// BenchmarkAnswer is the whole way from message to final reply, with allocations
// and the times that half and 99 of 100 answers take.
func BenchmarkAnswer(b *testing.B) {
	short := slices.Concat(questions(b, "en")[:60], questions(b, "es")[:60])
	for _, bench := range []struct {
		name  string
		texts []string
	}{
		{"short", short},
		{"long", []string{long}},
		{"100kB", []string{strings.Repeat("my boss keeps my passport and I owe him money. ", 2_100)}},
		{"millionLetters", []string{strings.Repeat("a", 1_000_000)}},
		{"unicode", []string{strings.Repeat("v\u0300\u0301i\u0320s\u0334\u0489a\u0316 \ufdfa \u1100\u1161\u11a8 ｖｉｓａ 𝐝𝐞𝐛𝐭 👩‍👩‍👧 ", 500)}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			p := remembering(b, content(b), given{}) // each question is the first one
			var messages []bot.Message
			for i, text := range bench.texts {
				messages = append(messages, say(fmt.Sprint(i), text))
			}
			timed(b, func(i int) {
				m := messages[i%len(messages)]
				answered(b, p.Answer(b.Context(), m))
			})
		})
	}
	b.Run("followup", func(b *testing.B) {
		p := pipeline(b, content(b))
		answered(b, p.Answer(b.Context(), say("c", "what is a t visa")))
		s, err := p.Memory.Load(b.Context(), "c")
		if err != nil {
			b.Fatal(err)
		}
		p.Memory = given{s}
		timed(b, func(int) { answered(b, p.Answer(b.Context(), say("c", "how long does it last?"))) })
	})
}

// answered takes the replies.
func answered(b *testing.B, all bot.Replies) {
	n := 0
	for _, err := range all {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n == 0 {
		b.Fatal("no reply")
	}
}

// timed runs work and reports p50 and p99.
func timed(b *testing.B, work func(i int)) {
	b.ReportAllocs()
	work(0) // what is made once is made before
	took := make([]time.Duration, 0, 1<<20)
	i := 0
	for b.Loop() {
		start := time.Now()
		work(i)
		if len(took) < cap(took) {
			took = append(took, time.Since(start))
		}
		i++
	}
	slices.Sort(took)
	at := func(share float64) float64 { return float64(took[int(share*float64(len(took)-1))]) / 1e3 }
	b.ReportMetric(at(0.50), "p50-us")
	b.ReportMetric(at(0.99), "p99-us")
}
