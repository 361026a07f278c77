package safety

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A node is a piece of a pattern.
type node struct {
	op    nodeOp
	words []word  // opWord: any of these
	kids  []*node // opSeq, opAlt, and the one kid of opOpt
	n     int     // opGap: up to n words
	price int     // what cost found, or 0
}

type nodeOp uint8

const (
	opWord     nodeOp = iota
	opSeq             // one after the other
	opAlt             // any of
	opOpt             // perhaps
	opGap             // up to n words, none of which denies
	opStart           // ^: a segment begins
	opEnd             // $: a segment ends
	opMsgStart        // ^^: the message begins
	opMsgEnd          // $$: the message ends
)

// maxGap is the widest gap a pattern may have.
const maxGap = 8

// parser reads patterns of one language.
type parser struct {
	v       *vocabulary
	classes map[string]*node
	correct bool             // misspellings of these words are recognised
	read    map[string]*node // words read before: nodes do not change once made
	groups  map[string]*node // the same for what stands in brackets
}

// parse reads one pattern:
//
//	word          that word, in any of its spellings
//	stem*         any word that begins so
//	(a b|c)       either
//	word? (a b)?  perhaps
//	.. ..5        up to 3 (5) words between
//	@class        any word or phrase of the class
//	^ $ ^^ $$     the segment or the whole message begins or ends here
func (p *parser) parse(s string) (*node, error) {
	n, err := p.alternatives(s)
	if err != nil {
		return nil, err
	}
	if len(n.kids) == 0 && n.op == opSeq {
		return nil, errors.New("is empty")
	}
	return n, nil
}

// alternatives reads what stands between bars that are in no brackets.
func (p *parser) alternatives(s string) (*node, error) {
	alt := &node{op: opAlt}
	for rest := s; ; {
		part, more, found := cutBar(rest)
		seq, err := p.sequence(part)
		if err != nil {
			return nil, err
		}
		if seq.op == opOpt && strings.HasPrefix(strings.TrimSpace(part), "(") {
			return nil, errors.New("an alternative must not be optional: write (a|b)?")
		}
		alt.kids = append(alt.kids, seq)
		if !found {
			return alt.merged(), nil
		}
		rest = more
	}
}

// cutBar splits at the first bar that is in no brackets.
func cutBar(s string) (part, rest string, found bool) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return s[:i], s[i+1:], true
			}
		}
	}
	return s, "", false
}

// group reads what stands in brackets, once: many patterns have the same.
func (p *parser) group(s string) (*node, error) {
	if n, ok := p.groups[s]; ok {
		return n, nil
	}
	n, err := p.alternatives(s)
	if err != nil {
		return nil, err
	}
	if p.groups == nil {
		p.groups = map[string]*node{}
	}
	p.groups[s] = n
	return n, nil
}

func (p *parser) sequence(s string) (*node, error) {
	seq := &node{op: opSeq}
	for {
		s = strings.TrimLeft(s, " \t")
		switch {
		case s == "":
			return seq.flat(), nil
		case s[0] == ')':
			return nil, errors.New("a ) closes nothing")
		case s[0] == '(':
			end := closing(s)
			if end < 0 {
				return nil, errors.New("a ( is not closed")
			}
			n, err := p.group(s[1:end])
			if err != nil {
				return nil, err
			}
			s = s[end+1:]
			if after := strings.TrimLeft(s, " \t"); strings.HasPrefix(after, "?") {
				n, s = &node{op: opOpt, kids: []*node{n}}, after[1:]
			}
			seq.kids = append(seq.kids, n)
		default:
			end := strings.IndexAny(s, " \t()")
			if end < 0 {
				end = len(s)
			}
			n, err := p.atom(s[:end])
			if err != nil {
				return nil, err
			}
			seq.kids = append(seq.kids, n)
			s = s[end:]
		}
	}
}

// closing is where the bracket that s begins with is closed, -1 for nowhere.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

func (p *parser) atom(t string) (*node, error) {
	if strings.HasPrefix(t, "..") {
		n := 3
		if t != ".." {
			var err error
			if n, err = strconv.Atoi(t[2:]); err != nil || n < 1 || n > maxGap {
				return nil, fmt.Errorf("gap %q: write .. or ..1 to ..%d", t, maxGap)
			}
		}
		return &node{op: opGap, n: n}, nil
	}
	switch t {
	case "^":
		return &node{op: opStart}, nil
	case "$":
		return &node{op: opEnd}, nil
	case "^^":
		return &node{op: opMsgStart}, nil
	case "$$":
		return &node{op: opMsgEnd}, nil
	}
	bare, optional := strings.CutSuffix(t, "?")
	n, err := p.read[bare], error(nil)
	if n == nil {
		if n, err = p.word(bare); err == nil {
			if p.read == nil {
				p.read = map[string]*node{}
			}
			p.read[bare] = n
		}
	}
	if err == nil && optional {
		n = &node{op: opOpt, kids: []*node{n}}
	}
	return n, err
}

func (p *parser) word(t string) (*node, error) {
	if name, ok := strings.CutPrefix(t, "@"); ok {
		c := p.classes[name]
		if c == nil {
			return nil, fmt.Errorf("there is no class @%s", name)
		}
		return c, nil
	}
	if stem, ok := strings.CutSuffix(t, "*"); ok {
		parts := p.v.plain(stem)
		if len(parts) != 1 || len(parts[0]) < 3 {
			return nil, fmt.Errorf("%q: three letters or more before *", t)
		}
		return &node{op: opWord, words: []word{p.v.stem(parts[0])}}, nil
	}
	seq := &node{op: opSeq}
	for _, part := range p.v.plain(t) {
		_, known := p.v.form([]byte(part))
		for _, id := range p.v.intern(part) {
			if p.correct && !known {
				p.v.teach(id)
			}
			seq.kids = append(seq.kids, &node{op: opWord, words: []word{id}})
		}
	}
	if len(seq.kids) == 0 {
		return nil, fmt.Errorf("%q has no letters", t)
	}
	return seq.flat(), nil
}

// flat lifts the kids of sequences within a sequence.
func (n *node) flat() *node {
	var kids []*node
	for _, k := range n.kids {
		if k.op == opSeq {
			kids = append(kids, k.kids...)
		} else {
			kids = append(kids, k)
		}
	}
	n.kids = kids
	if len(kids) == 1 {
		return kids[0]
	}
	return n
}

// merged makes one word node of all single words among the alternatives.
func (n *node) merged() *node {
	out := &node{op: opAlt}
	words := &node{op: opWord}
	var add func(k *node)
	add = func(k *node) {
		switch k.op {
		case opAlt:
			for _, kk := range k.kids {
				add(kk)
			}
		case opWord:
			words.words = append(words.words, k.words...)
		default:
			out.kids = append(out.kids, k)
		}
	}
	add(n)
	if len(words.words) > 0 {
		slices.Sort(words.words)
		words.words = slices.Compact(words.words)
		out.kids = append([]*node{words}, out.kids...)
	}
	if len(out.kids) == 1 {
		return out.kids[0]
	}
	return out
}
