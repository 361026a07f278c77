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
	seen  int      // how many of all are whole
	names []uint64 // features by number
	often []int32  // in how many examples each stands
}

func newTraining(s *signs, all []example, words []byte) *training {
	tr := &training{s: s, all: all, words: words}
	w := &weights{words: string(words), wordsMask: uint64(len(words)/wordSize - 1)}
	seen := map[uint64]int32{}
	lists := make([][]uint64, len(all))
	var sentences []sentence
	sc := &scan{reader: reader{v: s.v}}
	for i := range all {
		sc.split(all[i].text)
		s.hashTokens(sc, w)
		parts := make([][]uint64, len(sc.segs))
		for pos := range sc.tokens {
			seg := sc.tokens[pos].seg
			parts[seg] = s.wordFeatures(sc, pos, parts[seg])
		}
		for u := range sc.units {
			seg := sc.tokens[sc.units[u].last].seg
			parts[seg] = s.unitFeatures(sc, u, parts[seg])
		}
		feats := slices.Concat(parts...)
		lists[i] = feats
		sentences = append(sentences, all[i].sentences(i, parts)...)
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
			tr.often = append(tr.often, seen[f])
		}
	}
	numbers := func(feats []uint64) []int32 {
		in := map[int32]bool{}
		for _, f := range feats {
			if n, ok := number[f]; ok {
				in[n] = true
			}
		}
		return slices.Sorted(maps.Keys(in))
	}
	for i := range all {
		all[i].feats = numbers(lists[i])
	}
	tr.seen = len(all)
	for _, p := range sentences {
		e := all[p.of]
		e.part, e.is, e.feats = true, p.is, numbers(p.feats)
		tr.all = append(tr.all, e)
	}
	return tr
}

// A sentence is one segment of an example.
type sentence struct {
	of    int
	is    [len(weighed)]int8
	feats []uint64
}

// sentences are those of an example that has several. Each is weighed by
// itself too, so none may weigh like what the whole is not; which of them makes
// the whole what it is nobody says.
func (e *example) sentences(of int, parts [][]uint64) (out []sentence) {
	is := e.is
	for k := range is {
		is[k] = min(is[k], 0)
	}
	for _, feats := range parts {
		if len(feats) > 0 {
			out = append(out, sentence{of, is, feats})
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// How the weights are learned; found by trying, on examples that were left out.
const (
	epochs = 12
	cost   = 0.3     // of a mistake, against the size of the weights
	begin  = 0.05    // the first step
	least  = 3       // examples in which a feature must stand
	room   = 280_000 // features that are kept
)

// counts is how much it counts when an example is taken for what it is not:
// there are many more ways of asking for a topic than of anything else.
func (e *example) counts() float64 {
	switch {
	case e.part:
		return 0.5
	case e.what == "asks":
		return 0.3
	case e.what == "honest", e.what == "info", strings.HasPrefix(e.what, "not "): // few, and near the border
		return 2
	case e.what == "benign" && e.lang != "en": // fewer than in English
		return 1.5
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
		f     uint64
		q     [len(weighed)]int8
		tells float64
	}
	var rows []row
	for i, f := range tr.names {
		r, some := row{f: f}, false
		for k := range ws {
			r.q[k] = int8(math.RoundToEven(ws[k][i] / scales[k]))
			r.tells = max(r.tells, math.Abs(float64(r.q[k]))*math.Sqrt(float64(tr.often[i])))
			some = some || r.q[k] != 0
		}
		if some {
			rows = append(rows, r)
		}
	}
	if len(rows) > room { // what tells least goes
		slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(b.tells, a.tells), cmp.Compare(a.f, b.f)) })
		rows = rows[:room]
		slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.f, b.f) })
	}
	places := uint64(len(rows))*5/4 + 1
	out := binary.LittleEndian.AppendUint32([]byte(weightsMagic), uint32(places))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(tr.words)/wordSize))
	out = binary.LittleEndian.AppendUint64(out, digest)
	for k := range weighed {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(biases[k])-th[k]))
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(scales[k])))
	}
	slots := make([]byte, places*uint64(slotSize))
	for _, r := range rows {
		i := slotOf(r.f, places)
		for slots[i*uint64(slotSize)] != 0 || slots[i*uint64(slotSize)+1] != 0 {
			i = (i + 1) % places
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
	kindEither: 0.02, kindDanger: 0.003, kindSelfHarm: 0.003, kindDisclosure: 0.03, kindTip: 0.03, kindRefusal: 0.014, kindOffTopic: 0.015, kindAbout: 0.01,
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
		for i := range tr.all[:tr.seen] {
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
		if have := binary.LittleEndian.Uint64([]byte(weightsFile[weightsOf:])); have != want {
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
