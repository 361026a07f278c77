package measure

import (
	"runtime"
	"slices"
	"time"

	"porchlight/knowledge/index"
)

const (
	cut   = 10   // places that count
	draws = 1000 // of the bootstrap
	// refuse is the share of unanswerable questions that the threshold in
	// Signal.Kept turns away.
	refuse = 0.95
)

// Options say how to ask. The zero value asks every question as it stands.
type Options struct {
	Index index.Options
	// Typos is the seed of typing errors; 0 means none. They go into every
	// question, the unanswerable ones too.
	Typos      uint64
	Unaccented bool // leave accents and tones out, before any typing error
	// Foreign collections ask questions that this one cannot answer.
	Foreign []*Collection
	// Limit is the most questions asked of a collection, spread evenly over it;
	// 0 means all.
	Limit int
}

// Metrics are the figures of one collection. All but the times are equal each
// time the same collection is measured with the same options.
type Metrics struct {
	Collection string   `json:"collection"`
	Lang       string   `json:"lang"`
	Passages   int      `json:"passages"`
	Questions  int      `json:"questions"` // those with an answer
	NDCG       float64  `json:"ndcg10"`
	MRR        float64  `json:"mrr10"`
	MRR95      Interval `json:"mrr10_95"`
	Recall     float64  `json:"recall10"`
	First      float64  `json:"p1"` // share whose first passage answers
	Refusal    *Refusal `json:"refusal,omitempty"`
	P50        float64  `json:"p50_us"` // of one search, after a warm pass
	P99        float64  `json:"p99_us"`
	Build      float64  `json:"build_ms"`
	IndexBytes int      `json:"index_bytes"` // heap that the index holds
}

// Refusal says how well questions without an answer are told apart. It is
// missing where there were none.
type Refusal struct {
	Unanswerable int      `json:"unanswerable"`
	Signals      []Signal `json:"signals"` // the one the program uses first
}

// A Signal is one number of the first hit, 0 where nothing was found.
type Signal struct {
	Name      string  `json:"name"`
	AUROC     float64 `json:"auroc"`
	Kept      float64 `json:"kept95"`      // share of answerable kept where 95 % of the others are refused
	Threshold float64 `json:"threshold95"` // that is where it does not exceed this
}

// Run builds an index of the collection and asks its questions and the foreign
// ones. It works on one goroutine and holds the index until it returns.
func Run(c *Collection, o Options) Metrics {
	m := Metrics{Collection: c.Name, Lang: o.Index.Lang, Passages: len(c.Passages)}
	x := m.build(c, o.Index)
	ask := o.spoil()
	own := c.sample(o.Limit)
	var ndcg, mrr, recall, first []float64
	var yes, no []index.Hit
	for _, q := range own {
		hits := x.Search(index.Query{Text: ask(q.Text), Limit: cut}).Hits
		if !q.Answerable() {
			no = append(no, top(hits))
			continue
		}
		yes = append(yes, top(hits))
		found := grades(q, hits)
		ndcg = append(ndcg, NDCG(found, q.best(), cut))
		mrr = append(mrr, ReciprocalRank(found, cut))
		recall = append(recall, Recall(found, len(q.Grades), cut))
		first = append(first, ReciprocalRank(found, 1))
	}
	m.Questions = len(mrr)
	m.NDCG, m.MRR, m.Recall, m.First = Mean(ndcg), Mean(mrr), Mean(recall), Mean(first)
	m.MRR95 = Bootstrap(mrr, draws, 1)
	for _, f := range o.Foreign {
		for _, q := range f.sample(o.Limit) {
			no = append(no, top(x.Search(index.Query{Text: ask(q.Text), Limit: cut}).Hits))
		}
	}
	m.Refusal = refusal(yes, no)
	m.clock(x, own, ask)
	return m
}

// build times Build and weighs what it leaves on the heap.
func (m *Metrics) build(c *Collection, o index.Options) *index.Index {
	before := heap()
	start := time.Now()
	x := index.Build(o, slices.Values(c.Passages))
	m.Build = float64(time.Since(start).Microseconds()) / 1000
	m.IndexBytes = max(0, heap()-before)
	return x
}

func heap() int {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int(s.HeapAlloc)
}

// spoil is what happens to a question before it is asked.
func (o Options) spoil() func(string) string {
	typos := Typos(o.Typos)
	return func(q string) string {
		if o.Unaccented {
			q = Unaccented(q)
		}
		if o.Typos != 0 {
			q = typos(q)
		}
		return q
	}
}

// grades are those of the hits, in their order.
func grades(q Question, hits []index.Hit) []int {
	out := make([]int, len(hits))
	for i, h := range hits {
		out[i] = q.Grades[h.Passage]
	}
	return out
}

// top is the first hit, or one that says nothing.
func top(hits []index.Hit) index.Hit {
	if len(hits) == 0 {
		return index.Hit{}
	}
	return hits[0]
}

// signals are what could tell answerable questions from others. The first is
// the one that the program goes by.
var signals = []struct {
	name string
	of   func(index.Hit) float64
}{
	{"confidence", func(h index.Hit) float64 { return h.Confidence }},
	{"match*coverage", func(h index.Hit) float64 { return h.Match * h.Coverage }},
	{"match", func(h index.Hit) float64 { return h.Match }},
	{"coverage", func(h index.Hit) float64 { return h.Coverage }},
	{"like", func(h index.Hit) float64 { return h.Like }},
	{"pair", func(h index.Hit) float64 { return h.Pair }},
}

func refusal(yes, no []index.Hit) *Refusal {
	if len(yes) == 0 || len(no) == 0 {
		return nil
	}
	r := &Refusal{Unanswerable: len(no)}
	for _, s := range signals {
		y, n := each(yes, s.of), each(no, s.of)
		v := Signal{Name: s.name, AUROC: AUROC(y, n)}
		v.Kept, v.Threshold = KeptAt(y, n, refuse)
		r.Signals = append(r.Signals, v)
	}
	return r
}

func each(hits []index.Hit, f func(index.Hit) float64) []float64 {
	out := make([]float64, len(hits))
	for i, h := range hits {
		out[i] = f(h)
	}
	return out
}

// clock asks the questions once more, now that everything is warm.
func (m *Metrics) clock(x *index.Index, questions []Question, ask func(string) string) {
	asked := make([]string, len(questions))
	for i, q := range questions {
		asked[i] = ask(q.Text)
	}
	took := make([]float64, len(asked))
	for i, q := range asked {
		start := time.Now()
		x.Search(index.Query{Text: q, Limit: cut})
		took[i] = float64(time.Since(start).Nanoseconds()) / 1000
	}
	slices.Sort(took)
	m.P50, m.P99 = Percentile(took, 0.5), Percentile(took, 0.99)
}
