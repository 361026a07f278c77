package index

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The benchmarks search made-up collections with the term statistics of real
// text. A passage has a topic; a word of it comes with chance 0.45 from the topic,
// 0.45 from all the text there is (so function words keep their share) and 0.10
// from a long tail of rare words whose number grows as in nature (Heaps). Lengths
// are log-normal around 80 words. Topics are real passages where the test
// collections lie beside the repository, and made up to the same number otherwise.
const (
	topics    = 2600
	meanWords = 80
	testData  = "../../../shared/data/retrieval"
)

type source struct {
	topics [][]string
	words  []string // of all topics, as often as they occur there
	asked  map[int][]string
}

// newSource reads what is there and makes up the rest; equal on every call.
func newSource() *source {
	s := &source{asked: map[int][]string{}}
	rng := rand.New(rand.NewPCG(7, 7))
	for _, set := range []string{"xquad-en", "banking77", "clinc150"} {
		s.read(filepath.Join(filepath.FromSlash(testData), set))
	}
	if len(s.words) == 0 {
		s.glue(rng)
	}
	common := slices.Clip(s.words)
	for len(s.topics) < topics {
		s.topics = append(s.topics, inventTopic(rng, common))
		s.words = append(s.words, s.topics[len(s.topics)-1]...)
	}
	for _, n := range []int{3, 8, 20} {
		for len(s.asked[n]) < 30 {
			s.asked[n] = append(s.asked[n], s.invent(rng, n))
		}
	}
	return s
}

func (s *source) read(dir string) {
	corpus, _ := os.ReadFile(filepath.Join(dir, "corpus.tsv"))
	for line := range strings.Lines(string(corpus)) {
		if col := strings.Split(line, "\t"); len(col) == 3 {
			words := strings.Fields(col[1] + " " + col[2])
			s.topics = append(s.topics, words)
			s.words = append(s.words, words...)
		}
	}
	queries, _ := os.ReadFile(filepath.Join(dir, "queries.tsv"))
	for line := range strings.Lines(string(queries)) {
		if _, q, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			if n := len(strings.Fields(q)); len(s.asked[n]) < 200 {
				s.asked[n] = append(s.asked[n], q)
			}
		}
	}
}

// glue is function words, the commonest far more often than the rest.
func (s *source) glue(rng *rand.Rand) {
	list := strings.Fields("the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which you one we all her she there would their will when who him been has more if no out do so can what up said about into than them only some could time these two may then other its our like my me how any where why your am pay work boss need help money before after even")
	for range 50_000 {
		s.words = append(s.words, list[zipf(rng, len(list))])
	}
}

// zipf is a rank below n, the first the likeliest, falling as 1/rank.
func zipf(rng *rand.Rand, n int) int {
	return min(n-1, int(math.Pow(float64(n+1), rng.Float64()))-1)
}

func inventTopic(rng *rand.Rand, common []string) []string {
	own := make([]string, 15+rng.IntN(30))
	for i := range own {
		own[i] = inventWord(zipf(rng, 12_000))
	}
	out := make([]string, 40+rng.IntN(160))
	for i := range out {
		if rng.Float64() < 0.6 {
			out[i] = common[rng.IntN(len(common))]
		} else {
			out[i] = own[zipf(rng, len(own))]
		}
	}
	return out
}

// inventWord is the n-th of a row of words that can be spoken; rarer ones are longer.
func inventWord(n int) string {
	const c, v = "bdfgklmnprstvz", "aeiou"
	var out []byte
	for n += 70; n > 0; n /= 70 {
		out = append(out, c[n%70/5], v[n%5])
	}
	return string(out)
}

func (s *source) invent(rng *rand.Rand, n int) string {
	topic := s.topics[rng.IntN(len(s.topics))]
	out := make([]string, n)
	for i := range out {
		from := topic
		if rng.IntN(2) == 0 {
			from = s.words
		}
		out[i] = from[rng.IntN(len(from))]
	}
	return strings.Join(out, " ")
}

// passages makes n passages, the same on every call.
func (s *source) passages(n int) iter.Seq[Passage] {
	return func(yield func(Passage) bool) {
		rng := rand.New(rand.NewPCG(11, uint64(n)))
		tail := int(30 * math.Pow(float64(n)*meanWords, 0.6))
		var b strings.Builder
		text := func(n int, word func() string) string {
			b.Reset()
			for range n {
				b.WriteString(word())
				b.WriteByte(' ')
			}
			return b.String()
		}
		for range n {
			topic := s.topics[rng.IntN(len(s.topics))]
			title := text(3+rng.IntN(7), func() string { return topic[rng.IntN(len(topic))] })
			length := int(meanWords * math.Exp(0.5*rng.NormFloat64()-0.125))
			body := text(min(max(length, 5), 1000), func() string {
				switch p := rng.Float64(); {
				case p < 0.45:
					return topic[rng.IntN(len(topic))]
				case p < 0.90:
					return s.words[rng.IntN(len(s.words))]
				}
				return inventWord(zipf(rng, tail))
			})
			if !yield(Passage{Title: title, Body: body}) {
				return
			}
		}
	}
}

func benchSizes() []int {
	sizes := []int{300, 10_000, 100_000}
	if os.Getenv("PORCHLIGHT_BENCH_LARGE") == "1" {
		sizes = append(sizes, 1_000_000)
	}
	return sizes
}

// benchOptions are those of the program, as far as they lie in the repository.
func benchOptions() Options {
	o := Options{Lang: "en"}
	list, _ := os.ReadFile("../language/words/en.txt")
	for line := range strings.Lines(string(list)) {
		if w := strings.TrimSpace(line); w != "" && !strings.HasPrefix(w, "#") {
			o.Common = append(o.Common, w)
		}
	}
	return o
}

func liveHeap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// BenchmarkBuild says what it takes to build an index, and to keep one.
func BenchmarkBuild(b *testing.B) {
	src := newSource()
	for _, n := range benchSizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := slices.Collect(src.passages(n))
			before := liveHeap()
			var x *Index
			for b.Loop() {
				x = Build(benchOptions(), slices.Values(all))
			}
			x.Search(Query{Text: "passprt unknwon"}) // whatever waits for a misspelling is there too
			kept := liveHeap() - before
			b.ReportMetric(float64(kept)/1e6, "heap-MB")
			b.ReportMetric(float64(kept)/float64(len(x.off)), "B/posting")
			runtime.KeepAlive(all)
			runtime.KeepAlive(x)
		})
	}
}

// BenchmarkSearch asks real questions of three lengths: parsing, search,
// rescoring and signals, ten hits. An index lives only as long as its size is
// measured.
func BenchmarkSearch(b *testing.B) {
	src := newSource()
	for _, n := range benchSizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := Build(benchOptions(), src.passages(n))
			for _, words := range []int{3, 8, 20} {
				b.Run(fmt.Sprintf("words=%d", words), func(b *testing.B) {
					benchSearch(b, x, src.asked[words], words)
				})
			}
		})
	}
}

func benchSearch(b *testing.B, x *Index, questions []string, words int) {
	for _, q := range questions {
		x.Search(Query{Text: q}) // warm
	}
	took := make([]int64, 0, 1<<18)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	i := 0
	for b.Loop() {
		start := time.Now()
		x.Search(Query{Text: questions[i%len(questions)]})
		if d := time.Since(start).Nanoseconds(); len(took) < cap(took) {
			took = append(took, d)
		} else {
			took[i%cap(took)] = d
		}
		i++
	}
	runtime.ReadMemStats(&after)
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1000, "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100])/1000, "p99-us")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(i*words), "allocs/word")
}
