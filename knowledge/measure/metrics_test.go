package measure

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > 5e-4 {
		t.Errorf("%s: got %.4f, want %.4f", what, got, want)
	}
}

// The wanted values are worked out by hand: 1/log2 of 2, 3, 4, 5 is 1, 0.6309,
// 0.5, 0.4307.
func TestRankingMetrics(t *testing.T) {
	for _, c := range []struct {
		name                      string
		found, best               []int
		k                         int
		ndcg, rr, recall, isFirst float64
	}{
		{"first", []int{1, 0, 0}, []int{1}, 10, 1, 1, 1, 1},
		{"third", []int{0, 0, 1}, []int{1}, 10, 0.5, 1. / 3, 1, 0},
		{"beyond the cut", []int{0, 0, 1}, []int{1}, 2, 0, 0, 0, 0},
		{"not found", []int{0, 0}, []int{1}, 10, 0, 0, 0, 0},
		{"nothing found", nil, []int{1}, 10, 0, 0, 0, 0},
		{"nothing answers", []int{0, 0}, nil, 10, 0, 0, 0, 0},
		{"one of two", []int{0, 1}, []int{1, 1}, 10, 0.6309 / 1.6309, 0.5, 0.5, 0},
		// found 1·1 + 3·0.6309 = 2.8928; ideal 3·1 + 1·0.6309 = 3.6309
		{"graded, wrong way round", []int{1, 2}, []int{2, 1}, 10, 0.7967, 1, 1, 1},
		// found 7·0.6309 + 1·0.4307 = 4.8472; ideal 7 + 3·0.6309 + 1·0.5 = 9.3928
		{"graded with gaps", []int{0, 3, 0, 1}, []int{3, 2, 1}, 10, 0.5161, 0.5, 2. / 3, 0},
		{"more answers than places", []int{1, 1}, []int{1, 1, 1}, 2, 1, 1, 2. / 3, 1},
	} {
		near(t, c.name+", nDCG", NDCG(c.found, c.best, c.k), c.ndcg)
		near(t, c.name+", reciprocal rank", ReciprocalRank(c.found, c.k), c.rr)
		near(t, c.name+", recall", Recall(c.found, len(c.best), c.k), c.recall)
		near(t, c.name+", first", ReciprocalRank(c.found, 1), c.isFirst)
	}
}

func TestAUROC(t *testing.T) {
	for _, c := range []struct {
		name    string
		yes, no []float64
		want    float64
	}{
		{"apart", []float64{3, 4}, []float64{1, 2}, 1},
		{"wrong way round", []float64{1, 2}, []float64{3, 4}, 0},
		{"all tied", []float64{1, 1, 1}, []float64{1, 1}, 0.5},
		{"five of six pairs", []float64{2, 5, 3}, []float64{1, 2.5}, 5. / 6},
		{"one tie among four", []float64{1, 2}, []float64{0, 1}, 3.5 / 4},
		{"no yes", nil, []float64{1}, math.NaN()},
		{"no no", []float64{1}, nil, math.NaN()},
	} {
		near(t, c.name, AUROC(c.yes, c.no), c.want)
	}
}

func TestKeptAt(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, c := range []struct {
		name            string
		yes, no         []float64
		share           float64
		kept, threshold float64
	}{
		{"nine of ten refused", []float64{8, 9, 10, 11}, ten, 0.9, 0.5, 9},
		{"all refused", []float64{8, 9, 10, 11}, ten, 1, 0.25, 10},
		{"0.95 of ten is all ten", []float64{10, 11}, ten, 0.95, 0.5, 10},
		{"a tie refuses more than asked", []float64{1, 2}, []float64{1, 1, 1, 0}, 0.5, 0.5, 1},
		{"zero for all", []float64{0, 0, 1, 1}, []float64{0, 0}, 0.95, 0.5, 0},
		{"nobody to refuse", []float64{1}, nil, 0.95, math.NaN(), math.NaN()},
	} {
		kept, threshold := KeptAt(c.yes, c.no, c.share)
		near(t, c.name+", kept", kept, c.kept)
		near(t, c.name+", threshold", threshold, c.threshold)
	}
}

func TestPercentile(t *testing.T) {
	for _, c := range []struct {
		sorted      []float64
		share, want float64
	}{
		{nil, 0.5, 0},
		{[]float64{7}, 0.99, 7},
		{[]float64{1, 2, 3, 4}, 0.5, 2},
		{[]float64{1, 2, 3, 4}, 0.51, 3},
		{[]float64{1, 2, 3, 4}, 0, 1},
		{[]float64{1, 2, 3, 4}, 1, 4},
	} {
		near(t, "percentile", Percentile(c.sorted, c.share), c.want)
	}
}

func TestBootstrap(t *testing.T) {
	var mixed []float64
	for i := range 400 {
		mixed = append(mixed, float64(i%2))
	}
	// The mean of 400 coins is 0.5 with deviation 0.025: 95 % within ±0.049.
	got := Bootstrap(mixed, 1000, 1)
	if math.Abs(got.Low-0.451) > 0.01 || math.Abs(got.High-0.549) > 0.01 {
		t.Errorf("400 coins: %+v, want about 0.451 to 0.549", got)
	}
	if again := Bootstrap(mixed, 1000, 1); again != got {
		t.Errorf("equal seeds: %+v and %+v", got, again)
	}
	if same := Bootstrap([]float64{0.7, 0.7}, 100, 1); math.Abs(same.Low-0.7) > 1e-9 || math.Abs(same.High-0.7) > 1e-9 {
		t.Errorf("equal values: %+v", same)
	}
	if none := Bootstrap(nil, 100, 1); none != (Interval{}) {
		t.Errorf("nothing: %+v", none)
	}
}
