package classify

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
)

// A Model knows some classes. It is never changed and may be used by any number
// of goroutines. The zero Model and nil know none.
type Model struct {
	classes []string
	bias    []float32
	scale   float32
	slots   string // 4 bytes: where in lists, plus 1; 2 bytes: to know the feature by
	mask    uint64
	lists   string // 4 bytes: idf; 1: n; then n times class and weight
	digest  uint64
}

const (
	magic    = "plghtc1\n"
	slotSize = 6
)

var errFile = errors.New("classify: the weights are damaged or of another version")

// Read reads what Train made; it keeps the string.
func Read(file string) (*Model, error) {
	if !strings.HasPrefix(file, magic) {
		return nil, errFile
	}
	r := reader{s: file[len(magic):]}
	m := &Model{digest: uint64(r.num())<<32 | uint64(r.num()), scale: r.float()}
	n := int(r.num())
	for range min(n, 256) {
		m.bias = append(m.bias, r.float())
		m.classes = append(m.classes, r.text(int(r.num())))
	}
	slots, lists := int(r.num()), int(r.num())
	m.slots, m.lists = r.text(slots*slotSize), r.text(lists)
	m.mask = uint64(slots - 1) //nolint:gosec // checked below
	if r.bad || n > 256 || slots < 1 || slots&(slots-1) != 0 || r.s != "" {
		return nil, errFile
	}
	return m, nil
}

// Digest is what Train was told of the examples.
func (m *Model) Digest() uint64 {
	if m == nil {
		return 0
	}
	return m.digest
}

type reader struct {
	s   string
	bad bool
}

func (r *reader) text(n int) string {
	if n < 0 || n > len(r.s) {
		r.bad = true
		return ""
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}

func (r *reader) num() uint32 {
	s := r.text(4)
	if r.bad {
		return 0
	}
	return binary.LittleEndian.Uint32([]byte(s))
}

func (r *reader) float() float32 { return math.Float32frombits(r.num()) }

func print16(h uint64) uint16 { return uint16(h >> 48) }

// find gives the place of a feature's list, 0 when it is not known.
func (m *Model) find(h uint64) uint32 {
	for i := h & m.mask; ; i = (i + 1) & m.mask {
		slot := m.slots[i*slotSize : (i+1)*slotSize]
		at := uint32(slot[0]) | uint32(slot[1])<<8 | uint32(slot[2])<<16 | uint32(slot[3])<<24
		if at == 0 || uint16(slot[4])|uint16(slot[5])<<8 == print16(h) {
			return at
		}
	}
}

// scratch is what looking at one text needs; it is reused.
type scratch struct {
	word  []rune
	feats []uint64
	known []entry
	sum   [256]float32
}

// entry is a feature that is known.
type entry struct {
	at  uint32 // of its weights
	n   uint32 // how many
	idf float32
}

var pool = sync.Pool{New: func() any { return &scratch{feats: make([]uint64, 0, 512)} }}

// lookUp finds the features that are known. Each step goes through all of them before the
// next begins, so that the waits for memory fall together.
func (m *Model) lookUp(s *scratch) {
	s.known = s.known[:0]
	for _, h := range s.feats {
		if at := m.find(h); at != 0 {
			s.known = append(s.known, entry{at: at - 1})
		}
	}
	for i := range s.known {
		e := &s.known[i]
		l := m.lists[e.at : e.at+5]
		e.idf = math.Float32frombits(uint32(l[0]) | uint32(l[1])<<8 | uint32(l[2])<<16 | uint32(l[3])<<24)
		e.at, e.n = e.at+5, uint32(l[4])
	}
}

// Scores says how much a text belongs to each class, in the order of Classes:
// above zero it looks like it, below like the others. It is nil where no class
// is known.
func (m *Model) Scores(text string) []float32 {
	if m == nil || len(m.classes) == 0 {
		return nil
	}
	s, _ := pool.Get().(*scratch) // New makes nothing else
	s.features(text)
	m.lookUp(s)
	sum := &s.sum
	clear(sum[:])
	var norm float64
	for _, e := range s.known {
		norm += float64(e.idf) * float64(e.idf)
		for l := m.lists[e.at : e.at+2*e.n]; len(l) >= 2; l = l[2:] {
			sum[l[0]] += e.idf * float32(int8(l[1])) //nolint:gosec // two's complement
		}
	}
	scale := m.scale
	if norm > 0 {
		scale /= float32(math.Sqrt(norm))
	}
	out := make([]float32, len(m.classes))
	for i := range out {
		out[i] = sum[i]*scale + m.bias[i]
	}
	clear(s.word[:cap(s.word)]) // nothing of a text is kept
	clear(s.feats)
	pool.Put(s)
	return out
}

// Classes lists the classes that are known, sorted.
func (m *Model) Classes() []string {
	if m == nil {
		return nil
	}
	return slices.Clone(m.classes)
}
