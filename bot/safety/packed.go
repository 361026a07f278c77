package safety

import (
	_ "embed"
	"encoding/binary"
	"errors"
)

// signsFile is what the data files compile to, as TestCompiled left it: reading
// them takes a sixth of a second, and leaves a start several times what is kept.
// It is numbers of variable length, in the order of pack; what mostly rises is
// written as steps.
//
//go:embed signs.bin
var signsFile string

const signsMagic = "plghts1\n"

var errSigns = errors.New("safety: signs.bin is damaged or of another version; make it anew: go test ./bot/safety -run Compiled -update")

// pack writes what unpack reads.
func (s *signs) pack() []byte {
	p := packer{out: []byte(signsMagic)}
	p.vocabulary(s.v)
	p.num(len(s.langs))
	for _, l := range s.langs {
		p.text(l)
	}
	p.num(len(s.all))
	for i := range s.all {
		p.sign(&s.all[i])
	}
	p.num(len(s.groups))
	for _, g := range s.groups {
		p.flag(g.before)
	}
	p.machine(&s.found)
	p.machine(&s.guards)
	p.sets(s.between)
	p.sets(s.subjects)
	return p.out
}

type packer struct{ out []byte }

func (p *packer) num(n int)     { p.out = binary.AppendVarint(p.out, int64(n)) }
func (p *packer) text(s string) { p.num(len(s)); p.out = append(p.out, s...) }

func (p *packer) flag(b bool) {
	if b {
		p.num(1)
		return
	}
	p.num(0)
}

// rising writes numbers as steps from one to the next.
func rising[T ~int32 | ~uint16 | ~uint32](p *packer, list []T) {
	p.num(len(list))
	last := 0
	for _, n := range list {
		p.num(int(n) - last)
		last = int(n)
	}
}

func (p *packer) vocabulary(v *vocabulary) {
	p.num(len(v.names))
	for _, n := range v.names {
		p.text(n)
	}
	p.num(v.forms.len())
	for i := range v.forms.len() {
		ids, text := v.ids[v.idsAt[i]:v.idsAt[i+1]], string(v.forms.text(i))
		rising(p, ids)
		if len(ids) != 1 || v.names[ids[0]] != text {
			p.text(text)
		} else {
			p.num(-1)
		}
	}
	rising(p, v.stemID)
	rising(p, v.taught)
}

func (p *packer) sign(s *sign) {
	for _, t := range []string{s.ID, string(s.Kind), s.Lang, s.country, s.about} {
		p.text(t)
	}
	p.num(int(s.flags))
	p.num(len(s.after))
	for _, k := range s.after {
		p.text(string(k))
	}
	p.flag(s.after != nil)
	rising(p, s.unless)
	p.flag(s.yields)
	p.flag(s.quiet)
	p.flag(s.question)
}

func (p *packer) sets(list []set) {
	p.num(len(list))
	for i := range list {
		rising(p, list[i].words())
	}
}

func (p *packer) machine(m *machine) {
	p.sets(m.sets)
	p.sets(m.deny)
	p.num(len(m.code))
	for i, in := range m.code {
		p.num(int(in.op))
		p.num(int(in.set))
		p.num(int(in.next) - i)
		p.num(int(in.alt) - i)
	}
	p.num(len(m.progs))
	owner := int32(0)
	for _, x := range m.progs {
		p.num(int(x.owner - owner))
		p.num(int(x.left))
		p.num(int(x.right))
		p.num(int(x.lang))
		owner = x.owner
	}
	rising(p, m.at)
	rising(p, m.posts)
}

// unpack reads what pack wrote; it keeps parts of the string.
func unpack(s string) (*signs, error) {
	if len(s) < len(signsMagic) || s[:len(signsMagic)] != signsMagic {
		return nil, errSigns
	}
	u := &unpacker{s: s[len(signsMagic):]}
	out := &signs{v: u.vocabulary()}
	for range u.len() {
		out.langs = append(out.langs, u.text())
	}
	out.all = make([]sign, u.len())
	for i := range out.all {
		out.all[i] = u.sign()
	}
	out.groups = make([]group, u.len())
	for i := range out.groups {
		out.groups[i].before = u.flag()
	}
	names := len(out.v.names)
	out.found, out.guards = u.machine(names), u.machine(names)
	out.between, out.subjects = u.sets(names), u.sets(names)
	if u.bad || u.s != "" {
		return nil, errSigns
	}
	out.ready()
	return out, nil
}

type unpacker struct {
	s   string
	bad bool
}

func (u *unpacker) num() int {
	x, shift := uint64(0), 0
	for i := range len(u.s) {
		c := u.s[i]
		x |= uint64(c&0x7f) << shift
		if shift += 7; c < 0x80 {
			u.s = u.s[i+1:]
			return int(x>>1) ^ -int(x&1)
		}
		if shift > 56 {
			break
		}
	}
	u.s, u.bad = "", true
	return 0
}

// len is how many of something follow; each takes a byte at least.
func (u *unpacker) len() int {
	n := u.num()
	if n < 0 || n > len(u.s) {
		u.s, u.bad = "", true
		return 0
	}
	return n
}

func (u *unpacker) text() string {
	n := u.len()
	s := u.s[:n]
	u.s = u.s[n:]
	return s
}

func (u *unpacker) flag() bool { return u.num() == 1 }

// steps appends numbers that rising wrote.
func steps[T ~int32 | ~uint16 | ~uint32](u *unpacker, list []T) []T {
	last := 0
	for range u.len() {
		last += u.num()
		list = append(list, T(last))
	}
	return list
}

func (u *unpacker) vocabulary() *vocabulary {
	v := newVocabulary()
	v.names = make([]string, u.len())
	for i := range v.names {
		v.names[i] = u.text()
	}
	n := u.len()
	v.forms.grow(n)
	for range n {
		var few [8]word
		ids := steps(u, few[:0])
		text := ""
		if n := u.num(); n >= 0 && n <= len(u.s) {
			text, u.s = u.s[:n], u.s[n:]
		} else if len(ids) == 1 && int(ids[0]) < len(v.names) {
			text = v.names[ids[0]]
		}
		v.addForm(text, ids)
	}
	for _, id := range steps(u, []word(nil)) {
		if int(id) >= len(v.names) || v.names[id] == "" {
			u.bad = true
			break
		}
		v.addStem(v.names[id][:len(v.names[id])-1], id)
	}
	for _, id := range steps(u, []word(nil)) {
		if int(id) >= len(v.names) {
			u.bad = true
			break
		}
		v.teach(id)
	}
	return v
}

func (u *unpacker) sign() (s sign) {
	s.ID, s.Kind, s.Lang, s.country, s.about = u.text(), Kind(u.text()), u.text(), u.text(), u.text()
	s.flags = uint8(u.num()) //nolint:gosec // bits
	for range u.len() {
		s.after = append(s.after, Kind(u.text()))
	}
	if u.flag() && s.after == nil {
		s.after = []Kind{}
	}
	s.unless = steps(u, s.unless)
	s.yields, s.quiet, s.question = u.flag(), u.flag(), u.flag()
	return s
}

// sets reads sets of so many words. Small ones share one piece of memory.
func (u *unpacker) sets(names int) []set {
	out := make([]set, u.len())
	var all, one []word
	for i := range out {
		one = steps(u, one[:0])
		if len(one) > 0 && int(one[len(one)-1]) >= names {
			u.bad = true
			return nil
		}
		if len(one) > listed {
			out[i] = newSet(one, names)
			continue
		}
		if cap(all)-len(all) < len(one) {
			all = make([]word, 0, 1<<12)
		}
		at := len(all)
		all = append(all, one...)
		out[i].few = all[at:len(all):len(all)]
	}
	return out
}

func (u *unpacker) machine(names int) (m machine) {
	m.sets, m.deny = u.sets(names), u.sets(names)
	m.code = make([]inst, u.len())
	for i := range m.code {
		m.code[i] = inst{op: instOp(u.num()), set: uint16(u.num()), next: int32(i + u.num()), alt: int32(i + u.num())} //nolint:gosec // as packed
	}
	m.progs = make([]prog, u.len())
	owner := int32(0)
	for i := range m.progs {
		owner += int32(u.num())                                                                            //nolint:gosec // as packed
		m.progs[i] = prog{owner: owner, left: int32(u.num()), right: int32(u.num()), lang: uint8(u.num())} //nolint:gosec // as packed
	}
	m.at = steps(u, make([]uint32, 0, names+1))
	m.posts = steps(u, make([]post, 0, 1<<10))
	m.posts = append(make([]post, 0, len(m.posts)), m.posts...)
	return m
}
