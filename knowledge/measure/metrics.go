package measure

import (
	"math"
	"math/rand/v2"
	"slices"
)

// maxGrade keeps 2^grade within reason.
const maxGrade = 30

func gain(grade int) float64 { return math.Exp2(float64(grade)) - 1 }

// NDCG is the discounted gain of the first k passages found, by the best that
// could be had. found holds their grades in the order found, 0 for a passage
// that does not answer; best the grades of all passages that do, largest first.
// The gain of a grade g is 2^g - 1. Where nothing answers it is 0.
func NDCG(found, best []int, k int) float64 {
	ideal := discounted(best, k)
	if ideal == 0 {
		return 0
	}
	return discounted(found, k) / ideal
}

func discounted(grades []int, k int) (sum float64) {
	for i, g := range grades[:min(k, len(grades))] {
		sum += gain(g) / math.Log2(float64(i)+2)
	}
	return sum
}

// ReciprocalRank is 1 by the place of the first passage that answers, 0 when it
// is not among the first k.
func ReciprocalRank(found []int, k int) float64 {
	for i, g := range found[:min(k, len(found))] {
		if g > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// Recall is the share of the answering passages that are among the first k.
func Recall(found []int, answering, k int) float64 {
	if answering == 0 {
		return 0
	}
	n := 0
	for _, g := range found[:min(k, len(found))] {
		if g > 0 {
			n++
		}
	}
	return float64(n) / float64(answering)
}

// AUROC is the chance that a signal is larger for a question out of yes than
// for one out of no, a tie counting half. NaN when either is empty.
func AUROC(yes, no []float64) float64 {
	if len(yes) == 0 || len(no) == 0 {
		return math.NaN()
	}
	low := slices.Sorted(slices.Values(no))
	wins := 0.0
	for _, v := range yes {
		below, _ := slices.BinarySearch(low, v)
		upTo := below
		for upTo < len(low) && low[upTo] == v {
			upTo++
		}
		wins += float64(below) + float64(upTo-below)/2
	}
	return wins / float64(len(yes)) / float64(len(no))
}

// KeptAt finds the smallest threshold at which at least share of no are refused
// (their signal does not exceed it), and says which part of yes exceeds it.
// NaN when either is empty.
func KeptAt(yes, no []float64, share float64) (kept, threshold float64) {
	if len(yes) == 0 || len(no) == 0 {
		return math.NaN(), math.NaN()
	}
	low := slices.Sorted(slices.Values(no))
	threshold = low[max(0, int(math.Ceil(share*float64(len(low))))-1)]
	n := 0
	for _, v := range yes {
		if v > threshold {
			n++
		}
	}
	return float64(n) / float64(len(yes)), threshold
}

// Mean is the average; 0 of nothing.
func Mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(1, len(values)))
}

// An Interval is where a figure lies in 95 of 100 draws.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Bootstrap draws the values anew, with replacement, so many times, and gives
// the interval that holds 95 % of the means. Equal seeds give equal intervals.
func Bootstrap(values []float64, draws int, seed uint64) Interval {
	if len(values) == 0 || draws <= 0 {
		return Interval{}
	}
	rng := rand.New(rand.NewPCG(seed, uint64(len(values))))
	means := make([]float64, draws)
	for d := range means {
		sum := 0.0
		for range values {
			sum += values[rng.IntN(len(values))]
		}
		means[d] = sum / float64(len(values))
	}
	slices.Sort(means)
	return Interval{Low: Percentile(means, 0.025), High: Percentile(means, 0.975)}
}

// Percentile is the value of sorted that a share of them does not exceed
// (nearest rank); 0 of nothing.
func Percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, max(0, int(math.Ceil(share*float64(len(sorted))))-1))]
}
