package safety

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
)

// weights are what features weigh, as training left them (see TestWeights).
//
//	bytes 0-7    magic
//	8-15         the number of slots for features, and of those for words (uint32)
//	16-23        digest of what it was trained on
//	then         for each kind: bias, scale (float32)
//	then         slots: 2 bytes to know the feature by, 1 byte for each kind
//	then         slots of words: 2 bytes to know the word by, its class, and
//	             how many words the longest phrase has that begins with it
//
// A slot whose first two bytes are zero is empty; what is looked for stands in
// the first slots at or after its place.
type weights struct {
	slots     string
	places    uint64 // how many slots
	words     string
	wordsMask uint64
	bias      scores
	scale     scores
}

const (
	weightsMagic = "plghtw2\n"
	slotSize     = 2 + len(weighed)
	wordSize     = 4
	weightsOf    = len(weightsMagic) + 4 + 4 // where the digest begins
	weightsScale = weightsOf + 8             // where the scales begin
	weightsHead  = weightsScale + 8*len(weighed)
)

//go:embed weights.bin
var weightsFile string

var errWeights = errors.New("safety: weights.bin is damaged or of another version; make it anew: go test ./bot/safety -run Weights -update")

func readWeights(s string) (*weights, error) {
	head := weightsHead
	if len(s) < head || s[:len(weightsMagic)] != weightsMagic {
		return nil, errWeights
	}
	sizes := []byte(s[len(weightsMagic):weightsOf])
	n, m := uint64(binary.LittleEndian.Uint32(sizes)), uint64(binary.LittleEndian.Uint32(sizes[4:]))
	words := uint64(head) + n*uint64(slotSize)
	if n == 0 || m == 0 || m&(m-1) != 0 || uint64(len(s)) != words+m*uint64(wordSize) {
		return nil, errWeights
	}
	w := &weights{slots: s[head:words], places: n, words: s[words:], wordsMask: m - 1}
	for i := range weighed {
		at := weightsScale + 8*i
		w.bias[i] = math.Float32frombits(binary.LittleEndian.Uint32([]byte(s[at : at+4])))
		w.scale[i] = math.Float32frombits(binary.LittleEndian.Uint32([]byte(s[at+4 : at+8])))
	}
	return w, nil
}

// print16 is what a slot knows its feature by; never zero.
func print16(h uint64) uint16 { return uint16(h>>48) | 1 }

// slotOf is the slot at which a feature is looked for first, of so many.
func slotOf(h, places uint64) uint64 { return h & 0xffffffff * places >> 32 }

// add adds what features weigh. It looks at the first slot of each before it
// adds any, so that the waits for memory fall together.
func (w *weights) add(features []uint64, m *tally) {
	var first [128]uint16
	for len(features) > len(first) {
		w.add(features[:len(first)], m)
		features = features[len(first):]
	}
	for i, h := range features {
		first[i] = w.print(slotOf(h, w.places))
	}
	for i, h := range features {
		fp, have := print16(h), first[i]
		at := slotOf(h, w.places)
		for have != 0 && have != fp {
			at++
			if at == w.places {
				at = 0
			}
			have = w.print(at)
		}
		if have == 0 {
			continue
		}
		slot := w.slots[at*uint64(slotSize)+2 : (at+1)*uint64(slotSize)]
		for k := range m {
			m[k] += int32(int8(slot[k])) //nolint:gosec // two's complement
		}
	}
}

// print is what a slot knows its feature by, 0 when it is empty.
func (w *weights) print(at uint64) uint16 {
	slot := w.slots[at*uint64(slotSize) : at*uint64(slotSize)+2]
	return uint16(slot[0]) | uint16(slot[1])<<8
}

// class is that of a word or phrase, 0 for none, and the length of the longest
// phrase that begins so.
func (w *weights) class(h uint64) (class, longest uint8) {
	fp := print16(h)
	for i := h & w.wordsMask; ; i = (i + 1) & w.wordsMask {
		slot := w.words[i*wordSize : (i+1)*wordSize]
		switch have := uint16(slot[0]) | uint16(slot[1])<<8; have {
		case 0:
			return 0, 1
		case fp:
			return slot[2], slot[3]
		}
	}
}

// nothing is less than any text weighs.
func (*weights) nothing() (out scores) {
	for k := range out {
		out[k] = float32(math.Inf(-1))
	}
	return out
}

// raise notes what a stretch weighs, where that is more than was found so far.
func (w *weights) raise(most *scores, t *tally) {
	for k := range most {
		most[k] = max(most[k], float32(t[k])*w.scale[k]+w.bias[k])
	}
}
