package index

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// zipfText makes passages whose words are spread as in real text.
func zipfText(rng *rand.Rand, n int) []Passage {
	z := rand.NewZipf(rng, 1.1, 2, 3000)
	word := func() string {
		return "w" + strings.Repeat("x", int(z.Uint64()%7)) + string(rune('a'+z.Uint64()%26)) + string(rune('a'+z.Uint64()%26))
	}
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(word())
			b.WriteByte(' ')
		}
		return b.String()
	}
	out := make([]Passage, n)
	for i := range out {
		out[i] = Passage{Title: text(2), Body: text(5 + rng.IntN(40))}
		if i%3 == 0 {
			out[i].Asks = []string{text(4), text(6)}
		}
	}
	return out
}

// Pruned search must give what exhaustive search gives, ties included.
func TestPruningIsExact(t *testing.T) {
	for _, n := range []int{3, 300, 40_000} {
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		all := zipfText(rng, n)
		x := Build(Options{}, slices.Values(all))
		pruned, exact := x.pool.take(x), x.pool.take(x)
		exact.exact = true
		for range 700 {
			p := all[rng.IntN(n)]
			words := strings.Fields(p.Title + " " + p.Body)
			q := Query{Text: strings.Join(words[:1+rng.IntN(min(12, len(words)))], " ")}
			if rng.IntN(3) == 0 {
				q.Context = all[rng.IntN(n)].Title
			}
			for _, s := range []*searcher{pruned, exact} {
				x.parse(s, q)
				x.collect(s, q)
				x.best(s)
			}
			want := slices.Clone(exact.heap)
			if !slices.Equal(pruned.heap, want) {
				t.Fatalf("%d passages, %+v: pruned %v, exhaustive %v", n, q, pruned.heap, want)
			}
		}
	}
}

// Exhaustive search itself must give what adding up by hand gives.
func TestExhaustiveIsTheSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	all := zipfText(rng, 500)
	x := Build(Options{}, slices.Values(all))
	s := x.pool.take(x)
	for range 300 {
		p := all[rng.IntN(len(all))]
		words := strings.Fields(p.Body)
		x.parse(s, Query{Text: strings.Join(words[:min(6, len(words))], " ")})
		x.collect(s, Query{})
		sum := map[uint32]int32{}
		for _, l := range s.lists {
			for p := x.start[l.blk]; p < x.start[l.end]; p++ {
				sum[uint32(x.off[p])] += int32(x.imp[p]) * l.weight
			}
		}
		var want []uint64
		for d, v := range sum {
			want = append(want, uint64(v)<<32|uint64(^d))
		}
		slices.SortFunc(want, func(a, b uint64) int { return cmp.Compare(b, a) })
		want = want[:min(depth, len(want))]
		slices.Reverse(want)
		if got := x.best(s); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestSmoke(t *testing.T) {
	x := Build(Options{Lang: "en"}, slices.Values([]Passage{{Title: "Passport", Asks: []string{"boss holds my passport"}, Body: "Nobody may keep your papers."}, {Title: "Wages", Body: "You must be paid. H-2A workers too."}}))
	r := x.Search(Query{Text: "my pasport is with the boss, h2a", Explain: true})
	t.Logf("%+v", r)
	if r.Hits[0].Passage != 0 {
		t.Fatal(r)
	}
}
