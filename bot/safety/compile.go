package safety

import (
	"encoding/binary"
	"errors"
	"math"
	mathbits "math/bits"
	"slices"
)

// A machine holds compiled patterns and finds them by their anchors.
type machine struct {
	code  []inst
	sets  []set
	deny  []set // by language: words that deny
	progs []prog
	posts []post   // programs, those anchored at one word after the other
	at    []uint32 // word -> where in posts; one more at the end
}

// anchored are the programs that a word is the anchor of.
func (m *machine) anchored(w word) []post {
	if int(w)+1 >= len(m.at) {
		return nil
	}
	return m.posts[m.at[w]:m.at[w+1]]
}

type post int32 // an index into progs

// A prog is one pattern, cut at its anchor: the word that is least common.
type prog struct {
	owner int32 // the sign or guard group it belongs to
	left  int32 // code from the anchor to the left, -1: nothing
	right int32
	lang  uint8
}

// An inst is one step. Steps to the left and to the right use the same code.
type inst struct {
	op   instOp
	set  uint16 // doWord: sets; doAny: deny
	next int32
	alt  int32 // doSplit: tried when next fails
}

type instOp uint8

const (
	doMatch instOp = iota
	doWord
	doAny
	doSplit
	doStart
	doEnd
	doMsgStart
	doMsgEnd
)

// A set of words: few are listed, many are bits.
type set struct {
	few  []word
	bits []uint64
}

func (s *set) has(w word) bool {
	if s.bits != nil {
		return int(w>>6) < len(s.bits) && s.bits[w>>6]&(1<<(w&63)) != 0
	}
	if len(s.few) <= 8 {
		return slices.Contains(s.few, w)
	}
	_, ok := slices.BinarySearch(s.few, w) // widen has sorted them
	return ok
}

func (s *set) holds(t *token) bool {
	return t.id != 0 && s.has(t.id) || t.stem != 0 && s.has(t.stem)
}

// words lists the words of a set, sorted.
func (s *set) words() []word {
	if s.bits == nil {
		return s.few
	}
	var out []word
	for i, b := range s.bits {
		for ; b != 0; b &= b - 1 {
			out = append(out, word(i<<6+mathbits.TrailingZeros64(b))) //nolint:gosec // words have 16 bits
		}
	}
	return out
}

// listed is the most words that a set lists.
const listed = 32

func newSet(words []word, size int) set {
	if len(words) <= listed {
		return set{few: words}
	}
	s := set{bits: make([]uint64, size/64+1)}
	for _, w := range words {
		s.bits[w>>6] |= 1 << (w & 63)
	}
	return s
}

// compiler turns patterns into a machine once all words are known.
type compiler struct {
	*machine
	v      *vocabulary
	common map[word]bool
	lang   uint8
	wider  map[word][]word  // a stem -> what it covers
	known  map[*node]uint16 // a word node -> its set
	seen   map[string]uint16
	lists  [][]post // by word: programs anchored there
	steps  map[inst]int32
	done   map[spot]int32
}

// spot is a node with what follows it.
type spot struct {
	node *node
	next int32
	left bool
}

// newCompiler makes room for some thousand patterns: growing is most of the cost.
func newCompiler(v *vocabulary, common map[word]bool, patterns int) *compiler {
	return &compiler{
		machine: &machine{code: make([]inst, 0, 4*patterns)}, seen: make(map[string]uint16, patterns),
		v: v, common: common, wider: map[word][]word{}, known: make(map[*node]uint16, patterns),
		steps: make(map[inst]int32, 4*patterns), done: make(map[spot]int32, 4*patterns),
	}
}

// finish lays the posts out, and moves what grew piece by piece into arrays of
// the right size: the pieces would keep the pages that they share with garbage.
func (c *compiler) finish() *machine {
	m := c.machine
	m.code, m.sets, m.progs = slices.Clone(m.code), slices.Clone(m.sets), slices.Clone(m.progs)
	m.posts = slices.Concat(c.lists...)
	m.at = make([]uint32, len(c.lists)+1)
	for w, l := range c.lists {
		m.at[w+1] = m.at[w] + uint32(len(l)) //nolint:gosec // some hundred thousand
	}
	return m
}

// widen adds to a set what its stems cover.
func (c *compiler) widen(words []word) []word {
	out := slices.Clone(words)
	for _, w := range words {
		name := c.v.names[w]
		if name[len(name)-1] != '*' {
			continue
		}
		if _, ok := c.wider[w]; !ok {
			c.wider[w] = c.v.covered(name[:len(name)-1])
		}
		out = append(out, c.wider[w]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// nodeSet is the set of a word node; classes are the same node in many patterns.
func (c *compiler) nodeSet(n *node) uint16 {
	if i, ok := c.known[n]; ok {
		return i
	}
	i := c.set(n.words)
	c.known[n] = i
	return i
}

func (c *compiler) set(words []word) uint16 {
	words = c.widen(words)
	key := make([]byte, 0, 2*len(words))
	for _, w := range words {
		key = binary.LittleEndian.AppendUint16(key, uint16(w))
	}
	if i, ok := c.seen[string(key)]; ok {
		return i
	}
	c.sets = append(c.sets, newSet(words, len(c.v.names)))
	if len(c.sets) > math.MaxUint16 {
		panic("safety: more than 65,535 sets of words in the data files")
	}
	i := uint16(len(c.sets) - 1) //nolint:gosec // bounded above
	c.seen[string(key)] = i
	return i
}

var errNoAnchor = errors.New("needs a word that is neither optional nor very common alone")

// add compiles one pattern for its owner.
func (c *compiler) add(owner int, pattern *node) error {
	seq := []*node{pattern}
	if pattern.op == opSeq {
		seq = pattern.kids
	}
	return c.addSeq(owner, seq)
}

// addSeq cuts the sequence at its anchor; where the best anchors are inside an
// alternative, each of its branches becomes a sequence of its own.
func (c *compiler) addSeq(owner int, seq []*node) error {
	best, cost := -1, noAnchor
	for i, n := range seq {
		if s := c.cost(n); s < cost {
			best, cost = i, s
		}
	}
	if best < 0 {
		return errNoAnchor
	}
	n := seq[best]
	if n.op == opAlt {
		for _, k := range n.kids {
			branch := slices.Clone(seq[:best])
			if k.op == opSeq {
				branch = append(branch, k.kids...)
			} else {
				branch = append(branch, k)
			}
			if err := c.addSeq(owner, append(branch, seq[best+1:]...)); err != nil {
				return err
			}
		}
		return nil
	}
	p := prog{owner: int32(owner), left: -1, right: -1, lang: c.lang} //nolint:gosec // some thousands
	if best > 0 {
		p.left = c.seq(seq[:best], c.emit(inst{op: doMatch}), true)
	}
	if best+1 < len(seq) {
		p.right = c.seq(seq[best+1:], c.emit(inst{op: doMatch}), false)
	}
	c.progs = append(c.progs, p)
	if c.lists == nil {
		c.lists = make([][]post, len(c.v.names))
	}
	for _, w := range c.widen(n.words) {
		c.lists[w] = append(c.lists[w], post(len(c.progs)-1)) //nolint:gosec // some thousands
	}
	return nil
}

const noAnchor = 1 << 30

// cost says how bad an anchor would be: common words are met in every text. A
// node belongs to one language, so its price stands once it is found.
func (c *compiler) cost(n *node) int {
	if n.price == 0 {
		n.price = c.price(n)
	}
	return n.price
}

func (c *compiler) price(n *node) int {
	switch n.op {
	case opWord:
		sum := 0
		for _, w := range n.words {
			if c.common[w] {
				sum += 400
			}
			sum++
		}
		return sum
	case opAlt:
		sum := 0
		for _, k := range n.kids {
			s := c.cost(k)
			if s == noAnchor {
				return noAnchor
			}
			sum += s
		}
		return sum + 10
	case opSeq:
		best := noAnchor
		for _, k := range n.kids {
			best = min(best, c.cost(k))
		}
		return best
	default:
		return noAnchor
	}
}

// emit gives the place of a step; equal steps share one.
func (c *compiler) emit(i inst) int32 {
	if at, ok := c.steps[i]; ok {
		return at
	}
	c.code = append(c.code, i)
	at := int32(len(c.code) - 1) //nolint:gosec // some thousands
	c.steps[i] = at
	return at
}

func (c *compiler) seq(kids []*node, next int32, left bool) int32 {
	for i := range kids {
		k := kids[i]
		if !left {
			k = kids[len(kids)-1-i]
		}
		next = c.node(k, next, left)
	}
	return next
}

// node compiles n so that it goes on to next, once.
func (c *compiler) node(n *node, next int32, left bool) int32 {
	key := spot{n, next, left}
	if at, ok := c.done[key]; ok {
		return at
	}
	at := c.compile(n, next, left)
	c.done[key] = at
	return at
}

// compile makes the steps of n. Shorter matches are tried first.
func (c *compiler) compile(n *node, next int32, left bool) int32 {
	switch n.op {
	case opWord:
		return c.emit(inst{op: doWord, set: c.nodeSet(n), next: next})
	case opSeq:
		return c.seq(n.kids, next, left)
	case opAlt:
		entry := c.node(n.kids[len(n.kids)-1], next, left)
		for i := len(n.kids) - 2; i >= 0; i-- {
			entry = c.emit(inst{op: doSplit, next: c.node(n.kids[i], next, left), alt: entry})
		}
		return entry
	case opOpt:
		return c.emit(inst{op: doSplit, next: next, alt: c.node(n.kids[0], next, left)})
	case opGap:
		entry := next
		for range n.n {
			skip := c.emit(inst{op: doAny, set: uint16(c.lang), next: entry})
			entry = c.emit(inst{op: doSplit, next: next, alt: skip})
		}
		return entry
	case opStart:
		return c.emit(inst{op: doStart, next: next})
	case opEnd:
		return c.emit(inst{op: doEnd, next: next})
	case opMsgStart:
		return c.emit(inst{op: doMsgStart, next: next})
	default:
		return c.emit(inst{op: doMsgEnd, next: next})
	}
}
