package safety

import (
	"cmp"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var (
	update = flag.Bool("update", false, "train on examples/ and write weights.bin")
	folds  = flag.Int("folds", 0, "judge the training on examples it did not see, in so many parts")
)

// training turns examples into weights.
type training struct {
	words []byte // the packed lexicon
	s     *signs
	all   []example
	names []uint64 // features by number
}

func newTraining(s *signs, all []example, words []byte) *training {
	tr := &training{s: s, all: all, words: words}
	w := &weights{words: string(words), wordsMask: uint64(len(words)/wordSize - 1)}
	seen := map[uint64]int32{}
	lists := make([][]uint64, len(all))
	sc := &scan{reader: reader{v: s.v}}
	for i := range all {
		sc.split(all[i].text)
		s.hashTokens(sc, w)
		var feats []uint64
		for pos := range sc.tokens {
			feats = s.wordFeatures(sc, pos, feats)
		}
		for u := range sc.units {
			feats = s.unitFeatures(sc, u, feats)
		}
		lists[i] = feats
		each := slices.Compact(slices.Sorted(slices.Values(feats)))
		for _, f := range each {
			seen[f]++
		}
	}
	number := map[uint64]int32{}
	for _, f := range slices.Sorted(maps.Keys(seen)) {
		if seen[f] >= least {
			number[f] = int32(len(tr.names))
			tr.names = append(tr.names, f)
		}
	}
	for i := range all {
		counts := map[int32]float32{}
		for _, f := range lists[i] {
			if n, ok := number[f]; ok {
				counts[n] = 1
			}
		}
		all[i].feats = slices.Sorted(maps.Keys(counts))
		all[i].count = make([]float32, len(all[i].feats))
		for k, n := range all[i].feats {
			all[i].count[k] = counts[n]
		}
	}
	return tr
}

// How the weights are learned; found by trying, on examples that were left out.
const (
	epochs = 12
	cost   = 0.3  // of a mistake, against the size of the weights
	begin  = 0.05 // the first step
	least  = 5    // examples in which a feature must stand
)

// counts is how much a mistake at an example counts: there are many more ways
// of asking for a topic than of anything else, and who is no alarm may still
// not be calm.
func (e *example) counts() float64 {
	switch {
	case e.what == "asks":
		return 0.3
	case e.what == "honest", e.what == "info", strings.HasPrefix(e.what, "not "): // few, and near the border
		return 2
	case !slices.Contains(calm, e.what):
		return 0.5
	}
	return 1
}

// learn gives the weights of the features for one kind: logistic regression
// with a penalty on the square of the weights, by stochastic gradient descent,
// averaged over the later half. Equal examples give equal weights on every
// machine: products are rounded before they are added.
func (tr *training) learn(kind int, use func(i int) bool) (w []float64, bias float64) {
	w = make([]float64, len(tr.names)+1) // the last one is the bias
	sum := make([]float64, len(w))
	order := tr.order(kind, use)
	if len(order) == 0 {
		return w[:len(tr.names)], -1
	}
	rng := rand.New(rand.NewPCG(1, uint64(kind)))
	lambda := 1 / (cost * float64(len(order)))
	scale, t := 1.0, 0.0 // the weights are w times scale
	for e := range epochs {
		rng.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		for _, i := range order {
			step := begin / (1 + float64(begin*float64(lambda*t)))
			t++
			tr.correct(w, &scale, &tr.all[i], kind, step, lambda)
		}
		if e >= epochs/2 {
			for f := range w {
				sum[f] += float64(w[f]*scale) / (epochs - epochs/2)
			}
		}
	}
	return sum[:len(tr.names)], sum[len(tr.names)]
}

// order lists the examples that say something of a kind; nil when none is of it.
func (tr *training) order(kind int, use func(i int) bool) (order []int) {
	found := false
	for i := range tr.all {
		if is := tr.all[i].is[kind]; is != 0 && use(i) {
			order = append(order, i)
			found = found || is > 0
		}
	}
	if !found {
		return nil
	}
	return order
}

// correct moves the weights a step towards what one example says.
func (tr *training) correct(w []float64, scale *float64, e *example, kind int, step, lambda float64) {
	bias := len(w) - 1
	score := w[bias]
	for _, f := range e.feats {
		score += w[f]
	}
	score *= *scale
	*scale *= 1 - float64(step*lambda)
	y, much := -1.0, e.counts()
	if e.is[kind] > 0 {
		y, much = 1, 1
	}
	wrong := much / (1 + math.Exp(float64(y*score)))
	if wrong < 1e-5 {
		return
	}
	d := float64(float64(step*wrong)*y) / *scale
	for _, f := range e.feats {
		w[f] += d
	}
	w[bias] += d
}

// file packs weights for all kinds.
func (tr *training) file(digest uint64, th []float32, use func(i int) bool) []byte {
	ws := make([][]float64, len(weighed))
	biases := make([]float64, len(weighed))
	var wg sync.WaitGroup
	for k := range weighed {
		wg.Go(func() { ws[k], biases[k] = tr.learn(k, use) })
	}
	wg.Wait()
	scales := make([]float64, len(weighed))
	for k := range ws {
		most := 1e-9
		for _, x := range ws[k] {
			most = max(most, math.Abs(x))
		}
		scales[k] = most / 127
	}
	type row struct {
		f uint64
		q [len(weighed)]int8
	}
	var rows []row
	for i, f := range tr.names {
		r, some := row{f: f}, false
		for k := range ws {
			r.q[k] = int8(math.RoundToEven(ws[k][i] / scales[k]))
			some = some || r.q[k] != 0
		}
		if some {
			rows = append(rows, r)
		}
	}
	bits := 8
	for 1<<bits < len(rows)*5/4 {
		bits++
	}
	wordBits := 0
	for wordSize<<wordBits < len(tr.words) {
		wordBits++
	}
	out := append([]byte(weightsMagic), byte(bits), byte(wordBits))
	out = binary.LittleEndian.AppendUint64(out, digest)
	for k := range weighed {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(biases[k])-th[k]))
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(scales[k])))
	}
	slots := make([]byte, slotSize<<bits)
	mask := uint64(1)<<bits - 1
	for _, r := range rows {
		i := r.f & mask
		for slots[i*uint64(slotSize)] != 0 || slots[i*uint64(slotSize)+1] != 0 {
			i = (i + 1) & mask
		}
		slot := slots[i*uint64(slotSize):]
		binary.LittleEndian.PutUint16(slot, print16(r.f))
		for k := range r.q {
			slot[2+k] = byte(r.q[k])
		}
	}
	return append(append(out, slots...), tr.words...)
}

// far is how often each kind may count where it must not.
var far = [len(weighed)]float64{
	kindEither: 0.022, kindDanger: 0.003, kindSelfHarm: 0.003, kindDisclosure: 0.03, kindTip: 0.03, kindRefusal: 0.014, kindOffTopic: 0.015, kindAbout: 0.01,
}

// calm are the examples in which an alarm would be false.
var calm = []string{"benign", "honest", "off_topic", "about", "asks", "info"}

// judged is an example and what weights that have not seen it make of it.
type judged struct {
	*example
	m scores
	f Finding
}

// judge weighs every example with weights that were learned from the others,
// in n parts.
func (tr *training) judge(t *testing.T, n int, thresholds []float32) (out []judged) {
	t.Helper()
	sc := &scan{reader: reader{v: tr.s.v}}
	for f := range n {
		file := tr.file(0, thresholds, func(i int) bool {
			return part(tr.all[i].text, n) != f && part(tr.all[i].text+"x", 100) < int(100)
		})
		w, err := readWeights(string(file))
		if err != nil {
			t.Fatal(err)
		}
		for i := range tr.all {
			e := &tr.all[i]
			if part(e.text, n) != f {
				continue
			}
			sc.split(e.text)
			tr.s.scan(sc, Context{Lang: e.lang})
			m := tr.s.weigh(sc, w)
			out = append(out, judged{e, m, tr.s.decide(sc, Context{Lang: e.lang}, m)})
		}
	}
	return out
}

// calibrate finds the weights at which each kind counts.
func (tr *training) calibrate(t *testing.T, out []judged) []float32 {
	t.Helper()
	th := make([]float32, len(weighed))
	for k, kind := range weighed {
		var no []float32
		yes, n := 0, 0
		for _, j := range out {
			if j.is[k] < 0 && (!kind.Urgent() && kind != either || slices.Contains(calm, j.what)) {
				no = append(no, j.m[k])
			}
		}
		slices.Sort(no)
		th[k] = no[int(float64(len(no))*(1-far[k]))]
		for _, j := range out {
			if j.is[k] > 0 {
				n++
				yes += one(j.m[k] > th[k])
			}
		}
		t.Logf("%s: %.1f %% of %d found by weight alone where %.1f %% of others are taken for it", kind, 100*float64(yes)/float64(n), n, 100*far[k])
	}
	return th
}

func part(text string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(text))
	return int(h.Sum32()>>8) % n
}

// TestWeights refuses weights that were not made of the examples that are
// there. With -update it makes them anew; with -folds N it prints how well
// weights do on examples that they were not made of.
func TestWeights(t *testing.T) {
	want := digest(t)
	if !*update && *folds == 0 {
		if have := binary.LittleEndian.Uint64([]byte(weightsFile[len(weightsMagic)+2:])); have != want {
			t.Error("weights.bin was not made of examples/ and lexicon/ as they are; run: go test ./bot/safety -run Weights -update")
		}
		return
	}
	all := examples(t)
	signs, err := load(data)
	if err != nil {
		t.Fatal(err)
	}
	tr := newTraining(signs, all, lexicon(t, signs))
	n := max(*folds, 4)
	th := tr.calibrate(t, tr.judge(t, n, make([]float32, len(weighed))))
	t.Logf("%d examples, %d features, thresholds %.2f", len(all), len(tr.names), th)
	if *folds > 0 {
		confusion(t, tr.judge(t, n, th))
	}
	if *update {
		file := tr.file(want, th, func(int) bool { return true })
		t.Logf("%d bytes", len(file))
		if err := os.WriteFile("weights.bin", file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// confusion prints what became of the examples that no sign was written by.
func confusion(t *testing.T, out []judged) {
	t.Helper()
	old := map[string]bool{}
	names, _ := filepath.Glob("testdata/*.tsv")
	for _, n := range names {
		data, _ := os.ReadFile(n)
		for l := range strings.Lines(string(data)) {
			if c := strings.Split(strings.TrimSpace(l), "\t"); len(c) > 1 {
				old[strings.TrimSpace(c[1])] = true
			}
		}
	}
	type key struct{ what, lang string }
	n := map[key]map[Kind]int{}
	for _, j := range out {
		if old[j.text] {
			continue
		}
		k := key{j.what, j.lang}
		if n[k] == nil {
			n[k] = map[Kind]int{}
		}
		n[k][j.f.Kind]++
		n[k]["all"]++
	}
	keys := slices.SortedFunc(maps.Keys(n), func(a, b key) int { return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.lang, b.lang)) })
	for _, k := range keys {
		line := ""
		for _, kind := range append(weighed[:], "") {
			if c := n[k][kind]; c > 0 {
				line += fmt.Sprintf(" %s %.1f", cmp.Or(kind, "-"), 100*float64(c)/float64(n[k]["all"]))
			}
		}
		t.Logf("%-11s %s %4d:%s", k.what, k.lang, n[k]["all"], line)
	}
}
