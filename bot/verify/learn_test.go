package verify

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
)

// A lesson is a claim that no rule refuses, with its signs.
type lesson struct {
	v    values
	bad  bool
	n    float64 // how much it counts
	z    float64 // doubt so far, as log odds
	g, h float64
	bins [signs]uint8
}

// Signs that may speak for a claim as well as against it; all others must not
// come to speak for it, so that nothing pays to be odd.
var either = map[sign]bool{long: true, short: true, sentenceLost: true, weaker: true, spread: true, loosely: true, scattered: true}

type growth struct {
	groves, trees, depth int
	rate, ridge          float64
	least                float64 // weight in a leaf
	share                float64 // of signs tried for a tree
}

var usual = growth{groves: 2, trees: 300, depth: 3, rate: 0.07, ridge: 2, least: 5, share: 0.15}

// grow learns some groves by gradient boosting on the logistic loss, each from
// other signs by lot, and adds up their mean.
func grow(ls []*lesson, by growth) *forest {
	f := &forest{}
	cuts := bin(ls)
	lot := rand.New(rand.NewPCG(1, 2))
	for range by.groves {
		for _, l := range ls {
			l.z = 0
		}
		for range by.trees {
			f.trees = append(f.trees, growTree(ls, by, &cuts, lot))
		}
	}
	for _, t := range f.trees {
		for i := range t {
			t[i].adds /= float64(by.groves)
		}
	}
	return f
}

// growTree learns what the trees of its grove before it got wrong.
func growTree(ls []*lesson, by growth, cuts *[signs][]float64, lot *rand.Rand) []node {
	b := &builder{growth: by, cuts: cuts}
	for _, l := range ls {
		p := 1 / (1 + math.Exp(-l.z))
		l.g, l.h = l.n*(b2f(l.bad)-p), l.n*p*(1-p)
	}
	for k := range signs {
		if lot.Float64() < by.share {
			b.try = append(b.try, k)
		}
	}
	b.build(ls, by.depth, math.Inf(-1), math.Inf(1))
	for _, l := range ls {
		l.z += drop(b.t, &l.v)
	}
	return b.t
}

type builder struct {
	growth
	try  []sign
	cuts *[signs][]float64
	t    []node
}

// value is what a leaf adds, within bounds.
func (b *builder) value(g, h, lo, hi float64) float64 {
	return min(max(b.rate*g/(h+b.ridge), lo), hi)
}

// build adds the node of some lessons, whose leaves must lie within bounds.
func (b *builder) build(ls []*lesson, depth int, lo, hi float64) int {
	g, h := sums(ls)
	at := len(b.t)
	b.t = append(b.t, node{by: leaf, adds: b.value(g, h, lo, hi)})
	if depth == 0 {
		return at
	}
	k, over, ok := b.split(ls, g, h, lo, hi)
	if !ok {
		return at
	}
	var left, right []*lesson
	for _, l := range ls {
		if l.v[k] > over {
			right = append(right, l)
		} else {
			left = append(left, l)
		}
	}
	lhi, rlo := hi, lo
	if !either[k] {
		lg, lh := sums(left)
		rg, rh := sums(right)
		mid := (b.value(lg, lh, lo, hi) + b.value(rg, rh, lo, hi)) / 2
		lhi, rlo = mid, mid
	}
	x := b.build(left, depth-1, lo, lhi)
	y := b.build(right, depth-1, rlo, hi)
	b.t[at] = node{by: k, over: over, left: x, right: y}
	return at
}

func sums(ls []*lesson) (g, h float64) {
	for _, l := range ls {
		g, h = g+l.g, h+l.h
	}
	return g, h
}

// split finds the sign and bound that part the lessons best.
func (b *builder) split(ls []*lesson, g, h, lo, hi float64) (by sign, over float64, ok bool) {
	best := 1e-3
	gain := func(g, h float64) float64 { return g * g / (h + b.ridge) }
	for _, k := range b.try {
		var sg, sh, sn [maxCuts + 1]float64
		for _, l := range ls {
			at := l.bins[k]
			sg[at], sh[at], sn[at] = sg[at]+l.g, sh[at]+l.h, sn[at]+1
		}
		lg, lh, ln := 0.0, 0.0, 0.0
		for i, cut := range b.cuts[k] {
			lg, lh, ln = lg+sg[i], lh+sh[i], ln+sn[i]
			if ln < b.least || float64(len(ls))-ln < b.least {
				continue
			}
			if !either[k] && b.value(lg, lh, lo, hi) > b.value(g-lg, h-lh, lo, hi) {
				continue
			}
			if s := gain(lg, lh) + gain(g-lg, h-lh) - gain(g, h); s > best {
				best, by, over, ok = s, k, cut, true
			}
		}
	}
	return by, over, ok
}

// maxCuts is at how many bounds a sign may be parted.
const maxCuts = 24

// bin sorts the lessons by each sign into bins of about one size, and gives the
// bounds between them.
func bin(ls []*lesson) (cuts [signs][]float64) {
	for k := range signs {
		all := make([]float64, 0, len(ls))
		for _, l := range ls {
			all = append(all, l.v[k])
		}
		slices.Sort(all)
		for i := 1; i <= maxCuts; i++ {
			at := i * len(all) / (maxCuts + 1)
			next := slices.IndexFunc(all[at:], func(x float64) bool { return x > all[at] })
			if next < 0 {
				break
			}
			cut := (all[at] + all[at+next]) / 2
			if len(cuts[k]) == 0 || cut > cuts[k][len(cuts[k])-1] {
				cuts[k] = append(cuts[k], cut)
			}
		}
		for _, l := range ls {
			l.bins[k] = uint8(sort.SearchFloat64s(cuts[k], l.v[k]))
		}
	}
	return cuts
}

func write(t *testing.T, f *forest, limits map[string]float64, pairs int, digest string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# What the signs of a claim add up to, learned from %d pairs:\n# go test ./bot/verify -run Learned -learn\nlearned %s\n", pairs, digest)
	for _, code := range Langs {
		fmt.Fprintf(&b, "limit %s %.4f\n", code, math.Floor(limits[code]*1e4)/1e4)
	}
	for _, tree := range f.trees {
		b.WriteString("tree")
		for _, n := range tree {
			if n.by == leaf {
				fmt.Fprintf(&b, "\t%.4f", n.adds)
			} else {
				fmt.Fprintf(&b, "\t%s %.4f %d %d", n.by, n.over, n.left, n.right)
			}
		}
		b.WriteByte('\n')
	}
	if err := os.WriteFile("forest.tsv", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
