package verify

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var (
	learn = flag.Bool("learn", false, "learn the trees and limits from dev and train and write forest.tsv")
	list  = flag.String("list", "", "file to list each pair of dev and train in, with its doubt and signs")
	blind = flag.Bool("blind", false, "measure on the test set, totals only")
)

// wanted is the share of unfaithful claims, of 100, that the limits must refuse
// when the trees have not seen their topics.
const wanted = 97

// judged is a pair with what the checks say of it.
type judged struct {
	pair
	v     values
	rule  string
	copy  bool
	doubt float64 // over 1 where a rule refuses
	n     float64 // unfaithful ones count so that the mix of faults is that of dev
}

func judge(c *Checker, ps []pair) (out []*judged) {
	mix, have := map[string]float64{}, map[string]float64{}
	for _, p := range ps {
		have[p.lang+p.fault]++
		if !strings.HasPrefix(p.id, "train") {
			mix[p.lang+p.fault]++
		}
	}
	for _, p := range ps {
		e, _ := c.Prepare(p.lang, p.given)
		j := &judged{pair: p, n: mix[p.lang+p.fault] / have[p.lang+p.fault]}
		if p.good() {
			j.n = 1
		}
		j.v, j.rule, j.copy = e.judge(p.claim)
		j.settle(c.forest)
		out = append(out, j)
	}
	return out
}

// settle gives a pair the doubt of a forest.
func (j *judged) settle(f *forest) {
	switch {
	case j.rule != "":
		j.doubt = 2
	case j.copy:
		j.doubt = 0
	case j.v.astray() || j.v.plain():
		j.doubt = 1
	default:
		j.doubt = f.doubt(&j.v)
	}
}

const folds = 5

// fold parts the pairs by topic: no topic is learned from and measured on.
func (j *judged) fold() int {
	h := fnv.New32a()
	h.Write([]byte(j.topic))
	return int(h.Sum32() % folds)
}

// loose is how much a faithful claim counts that somebody worded as freely as they could,
// beside one of those that a model wrote when asked as it is asked here: it keeps closer
// to its passages, and what it writes is what is to be shown.
const loose = 0.3

// lessons are the pairs that no rule settles. Half of the weight of unfaithful
// ones follows the mix of faults of dev, half is even.
func lessons(js []*judged, in func(j *judged) bool) (ls []*lesson) {
	n := map[bool]float64{}
	for _, j := range js {
		if j.rule != "" || j.copy || !in(j) {
			continue
		}
		l := &lesson{v: j.v, bad: !j.good(), n: 1}
		if !strings.HasPrefix(j.id, "said") {
			l.n = loose
		}
		if l.bad {
			l.n = 0.5 + 1.25*j.n
		}
		n[l.bad] += l.n
		ls = append(ls, l)
	}
	for _, l := range ls {
		l.n *= 0.5 * float64(len(ls)) / n[l.bad]
	}
	return ls
}

// cross gives each pair the doubt of a forest that has not seen its topic.
func cross(js []*judged) {
	for f := range folds {
		forest := grow(lessons(js, func(j *judged) bool { return j.fold() != f }), usual)
		for _, j := range js {
			if j.fold() == f {
				j.settle(forest)
			}
		}
	}
}

// rates are the shares, of 100, of unfaithful and of faithful claims refused.
func rates(js []*judged, lang string, limit float64) (bad, good float64) {
	var nb, ng float64
	for _, j := range js {
		refused := b2f(j.doubt > limit)
		switch {
		case j.lang != lang:
		case j.good():
			ng, good = ng+1, good+refused
		default:
			nb, bad = nb+j.n, bad+j.n*refused
		}
	}
	return 100 * bad / nb, 100 * good / ng
}

// limitFor is the highest limit at which a share of the unfaithful is refused.
func limitFor(js []*judged, lang string, share float64) float64 {
	var all []float64
	for _, j := range js {
		if j.lang == lang {
			all = append(all, j.doubt)
		}
	}
	slices.Sort(all)
	for _, d := range slices.Backward(all) {
		if bad, _ := rates(js, lang, d-1e-4); bad >= share {
			return d - 1e-4
		}
	}
	return 0
}

// TestLearned measures by folds what the trees make of claims whose topics they
// have not seen, and with -learn writes those learned from all.
func TestLearned(t *testing.T) {
	if testing.Short() {
		t.Skip("grows trees")
	}
	c := checker(t)
	js := judge(c, pairs(t, "dev", "train", "more", "said"))
	cross(js)
	curve(t, js)
	if *list != "" {
		listed(t, js)
	}
	if *learn {
		limits := map[string]float64{}
		for _, lang := range Langs {
			limits[lang] = limitFor(js, lang, wanted)
		}
		write(t, grow(lessons(js, func(*judged) bool { return true }), usual), limits, len(js), digest(js))
		return
	}
	for _, lang := range Langs {
		bad, good := rates(js, lang, c.limits[lang])
		t.Logf("%s: as shipped, by folds: refused %.1f %% of the unfaithful, %.1f %% of the faithful", lang, bad, good)
		if bad < wanted-0.1 {
			t.Errorf("%s: %.1f %% of the unfaithful refused, want %d: learn anew with -learn", lang, bad, wanted)
		}
	}
	if d := digest(js); !strings.Contains(forestFile, "\nlearned "+d+"\n") {
		t.Errorf("forest.tsv was learned with other signs or words (now %s): learn anew with -learn", d)
	}
}

// digest stands for the signs of all pairs: it changes when the words, the code
// or the pairs do.
func digest(js []*judged) string {
	h := sha256.New()
	for _, j := range js {
		fmt.Fprintf(h, "%s%s %s %t %.2f\n", j.id, j.lang, j.rule, j.copy, j.v)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// curve logs how many faithful claims it costs to refuse a share of the others.
func curve(t *testing.T, js []*judged) {
	for _, lang := range Langs {
		bad, good := rates(js, lang, 1.5)
		t.Logf("%s: rules alone refuse %.1f %% of the unfaithful, %.1f %% of the faithful", lang, bad, good)
		for _, share := range []float64{70, 80, 85, 90, 93, 95, 97, 98, 99} {
			limit := limitFor(js, lang, share)
			_, good := rates(js, lang, limit)
			t.Logf("   %2.0f %% of the unfaithful: %.1f %% of the faithful (limit %.3f)%s", share, good, limit, bySet(js, lang, limit))
		}
	}
}

// bySet are the rates of each set.
func bySet(js []*judged, lang string, limit float64) (out string) {
	sets := map[string][]*judged{}
	for _, j := range js {
		set, _, _ := strings.Cut(j.id, " ")
		sets[set] = append(sets[set], j)
	}
	for _, set := range slices.Sorted(maps.Keys(sets)) {
		bad, good := rates(sets[set], lang, limit)
		out += fmt.Sprintf("; %s %.1f, %.1f", set, bad, good)
	}
	return out
}

// listed writes each pair with what weighs against it.
func listed(t *testing.T, js []*judged) {
	t.Helper()
	f, err := os.Create(*list)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for _, j := range js {
		fmt.Fprintf(w, "%.3f\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", j.doubt, j.lang, j.fault, j.rule, j.id, j.topic, j.claim.Text, j.v)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestBlind measures what is shipped on pairs that nobody has looked at.
func TestBlind(t *testing.T) {
	if !*blind {
		t.Skip("with -blind only: it is to be run when nothing will change any more")
	}
	c := checker(t)
	js := judge(c, pairs(t, "test"))
	for _, lang := range Langs {
		bad, good := rates(js, lang, c.limits[lang])
		t.Logf("%s: refused %.1f %% of the unfaithful, %.1f %% of the faithful", lang, bad, good)
	}
}
