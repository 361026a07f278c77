package safety

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// typical messages, about twelve words each.
var typical = []string{
	"my boss keeps my passport and says i owe him money for food",
	"what are the signs of labor trafficking in a restaurant or hotel",
	"they locked us in the trailer and he has a gun please help",
	"can employers charge h2a workers fees for the visa and the bus",
	"mi patron no me deja salir de la casa y no me paga nada",
	"which amendment abolished slavery and what does it say about servitude",
}

func BenchmarkTriage(b *testing.B) {
	long := strings.Repeat("we pick fruit all day and the boss drives us home in his van ", 1700)
	for _, c := range []struct {
		name  string
		texts []string
	}{
		{"12words", typical},
		{"150words", []string{strings.Join(append(typical, typical...), " and then ")}},
		{"100kB", []string{long[:100_000]}},
		{"1MBletter", []string{strings.Repeat("a", 1<<20)}},
	} {
		b.Run(c.name, func(b *testing.B) { benchTriage(b, c.texts) })
	}
}

func benchTriage(b *testing.B, texts []string) {
	b.Helper()
	shipped()
	took := make([]time.Duration, 0, 1<<16)
	b.SetBytes(int64(len(texts[0])))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		Triage(texts[i%len(texts)], Context{Lang: "en"})
		if len(took) < cap(took) {
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-us")
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := load(data); err != nil {
			b.Fatal(err)
		}
	}
}
