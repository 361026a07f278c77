package classify

import (
	"encoding/binary"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// An Example is a text of a class.
type Example struct{ Class, Text string }

// How the weights are learned; found by trying.
const (
	epochs  = 12
	cost    = 1.0 // of a mistake, against the size of the weights
	least   = 2   // texts in which a feature must stand
	smooth  = 1.0 // for idf
	dropped = 2   // weights smaller than this, of 127, are left out
)

// Train learns weights from examples, 256 classes at most; digest is kept with
// them. It takes seconds. Equal examples give equal weights on every machine:
// products are rounded before they are added.
func Train(examples []Example, digest uint64) []byte {
	tr := newTraining(examples)
	ws := make([][]float64, len(tr.classes))
	var wg sync.WaitGroup
	busy := make(chan struct{}, runtime.GOMAXPROCS(0))
	for c := range tr.classes {
		busy <- struct{}{}
		wg.Go(func() {
			ws[c] = tr.learn(c)
			<-busy
		})
	}
	wg.Wait()
	return tr.file(ws, digest)
}

type training struct {
	classes []string
	class   []int       // of each example
	feats   [][]int32   // of each example
	value   [][]float64 // idf of each, divided by the length of all
	names   []uint64    // features by number
	idf     []float64
}

func newTraining(examples []Example) *training {
	tr := &training{}
	seen := map[uint64]int{}
	lists := make([][]uint64, len(examples))
	classes := map[string]bool{}
	for i, e := range examples {
		lists[i] = features(e.Text)
		for _, f := range lists[i] {
			seen[f]++
		}
		classes[e.Class] = true
	}
	tr.classes = slices.Sorted(maps.Keys(classes))
	number := map[uint64]int32{}
	for _, f := range slices.Sorted(maps.Keys(seen)) {
		if seen[f] < least {
			continue
		}
		number[f] = int32(len(tr.names)) //nolint:gosec // some hundred thousand
		tr.names = append(tr.names, f)
		tr.idf = append(tr.idf, 1+math.Log(float64(len(examples))/(float64(seen[f])+smooth)))
	}
	for i, e := range examples {
		var feats []int32
		var value []float64
		var norm float64
		for _, f := range lists[i] {
			if n, ok := number[f]; ok {
				feats = append(feats, n)
				value = append(value, tr.idf[n])
				norm += float64(tr.idf[n] * tr.idf[n])
			}
		}
		for k := range value {
			value[k] /= math.Sqrt(norm)
		}
		at, _ := slices.BinarySearch(tr.classes, e.Class)
		tr.class, tr.feats, tr.value = append(tr.class, at), append(tr.feats, feats), append(tr.value, value)
	}
	return tr
}

// learn separates a class from the others: a linear support vector machine with
// squared hinge loss, by dual coordinate descent (Hsieh and others, 2008). The
// last weight is the bias.
func (tr *training) learn(class int) []float64 {
	w := make([]float64, len(tr.names)+1)
	bias := len(tr.names)
	alpha := make([]float64, len(tr.class))
	order := make([]int, len(tr.class))
	for i := range order {
		order[i] = i
	}
	rng := rand.New(rand.NewPCG(1, uint64(class))) //nolint:gosec // not for secrets
	const diag = 1 / (2 * cost)
	for range epochs {
		rng.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		for _, i := range order {
			y := -1.0
			if tr.class[i] == class {
				y = 1
			}
			score := w[bias]
			for k, f := range tr.feats[i] {
				score += float64(w[f] * tr.value[i][k])
			}
			g := float64(y*score) - 1 + float64(diag*alpha[i])
			if alpha[i] == 0 && g >= 0 {
				continue
			}
			next := max(alpha[i]-float64(g/(2+diag)), 0) // a text has length 1, the bias too
			step := float64((next - alpha[i]) * y)
			if alpha[i] = next; step == 0 {
				continue
			}
			for k, f := range tr.feats[i] {
				w[f] += float64(step * tr.value[i][k])
			}
			w[bias] += step
		}
	}
	return w
}

func (tr *training) file(ws [][]float64, digest uint64) []byte {
	most := 1e-9
	for _, w := range ws {
		for _, x := range w[:len(tr.names)] {
			most = max(most, math.Abs(x))
		}
	}
	scale := most / 127
	le := binary.LittleEndian
	out := []byte(magic)
	num := func(n int) { out = le.AppendUint32(out, uint32(n)) } //nolint:gosec // small
	out = le.AppendUint32(out, uint32(digest>>32))
	out = le.AppendUint32(out, uint32(digest)) //nolint:gosec // the lower half
	out = le.AppendUint32(out, math.Float32bits(float32(scale)))
	num(len(tr.classes))
	for c, name := range tr.classes {
		out = le.AppendUint32(out, math.Float32bits(float32(ws[c][len(tr.names)])))
		num(len(name))
		out = append(out, name...)
	}
	slots := 16
	for slots < len(tr.names)*4/3 {
		slots *= 2
	}
	table := make([]byte, slots*slotSize)
	mask := uint64(slots) - 1
	var lists []byte
	for n, f := range tr.names {
		list := le.AppendUint32(nil, math.Float32bits(float32(tr.idf[n])))
		list = append(list, 0)
		for c := range ws {
			if q := int(math.RoundToEven(ws[c][n] / scale)); q >= dropped || q <= -dropped {
				list = append(list, byte(c), byte(int8(q))) //nolint:gosec // within -127 to 127
				list[4]++
			}
		}
		i := f & mask
		for le.Uint32(table[i*slotSize:]) != 0 {
			i = (i + 1) & mask
		}
		le.PutUint32(table[i*slotSize:], uint32(len(lists)+1)) //nolint:gosec // some megabytes
		le.PutUint16(table[i*slotSize+4:], print16(f))
		lists = append(lists, list...)
	}
	num(slots)
	num(len(lists))
	return append(append(out, table...), lists...)
}
