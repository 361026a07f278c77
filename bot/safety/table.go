package safety

import "slices"

// table numbers strings in the order in which they are added. It holds them in
// one piece, which leaves the garbage collector nothing to walk through.
type table struct {
	slots []uint32 // number + 1, 0 for an empty one; a power of two long
	ends  []uint32 // number -> where its letters end
	all   []byte
}

func (t *table) len() int { return len(t.ends) }

func (t *table) text(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]]
}

// find gives the number of a string.
func (t *table) find(w []byte) (int, bool) {
	mask := uint64(len(t.slots)) - 1
	for i := hashLetters(w) & mask; len(t.slots) > 0; i = (i + 1) & mask {
		n := t.slots[i]
		if n == 0 {
			break
		}
		if string(t.text(int(n-1))) == string(w) {
			return int(n - 1), true
		}
	}
	return 0, false
}

// add appends a string that is not there.
func (t *table) add(s string) {
	if 2*(t.len()+1) > len(t.slots) {
		t.grow(t.len() + 1)
	}
	t.all = append(t.all, s...)
	t.ends = append(t.ends, uint32(len(t.all))) //nolint:gosec // some hundred thousand
	t.place(t.len() - 1)
}

// grow makes room for n strings.
func (t *table) grow(n int) {
	size := max(64, len(t.slots))
	for size < 2*n {
		size *= 2
	}
	t.slots = make([]uint32, size)
	for i := range t.ends {
		t.place(i)
	}
}

func (t *table) place(n int) {
	mask := uint64(len(t.slots)) - 1
	i := hashLetters(t.text(n)) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = uint32(n + 1) //nolint:gosec // some hundred thousand
}

// A slip is a word with one letter left out.
type slip struct {
	word word
	at   uint8
}

// slips finds words by what is left of them without a letter. Of two that are
// alike then it knows the first.
type slips struct {
	slots []slip // word 0: empty; a power of two long
	n     int
}

// is tells whether w is a word without its letter.
func (s slip) is(names []string, w []byte) bool {
	name, at := names[s.word], int(s.at)
	return len(name) == len(w)+1 && name[:at] == string(w[:at]) && name[at+1:] == string(w[at:])
}

func (x *slips) find(names []string, w []byte) (slip, bool) {
	if len(x.slots) == 0 {
		return slip{}, false
	}
	mask := uint64(len(x.slots)) - 1
	for i := hashLetters(w) & mask; ; i = (i + 1) & mask {
		if s := x.slots[i]; s.word == 0 || s.is(names, w) {
			return s, s.word != 0
		}
	}
}

func (x *slips) add(names []string, s slip) {
	if 2*(x.n+1) > len(x.slots) {
		old := x.slots
		*x = slips{slots: make([]slip, max(64, 2*len(old)))}
		for _, o := range old {
			if o.word != 0 {
				x.add(names, o)
			}
		}
	}
	var buf [longestWord]byte
	w := append(append(buf[:0], names[s.word][:s.at]...), names[s.word][s.at+1:]...)
	if _, ok := x.find(names, w); ok {
		return
	}
	mask := uint64(len(x.slots)) - 1
	i := hashLetters(w) & mask
	for x.slots[i].word != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = s
	x.n++
}

// sounds finds words by how they are heard.
type sounds struct {
	slots []heard // word 0: empty; a power of two long
	n     int
}

// heard is a word, and whether another one sounds like it.
type heard struct {
	word  word
	twice bool
}

// at is the slot of a sound, or where it would be.
func (x *sounds) at(names []string, w []byte) *heard {
	var buf [longestWord]byte
	mask := uint64(len(x.slots)) - 1
	for i := hashLetters(w) & mask; ; i = (i + 1) & mask {
		h := &x.slots[i]
		if h.word == 0 || string(soundOf(buf[:0], names[h.word])) == string(w) {
			return h
		}
	}
}

// find gives the one word that sounds like w; 0 for none and for several.
func (x *sounds) find(names []string, w []byte) word {
	if len(x.slots) == 0 {
		return 0
	}
	if h := x.at(names, w); !h.twice {
		return h.word
	}
	return 0
}

func (x *sounds) add(names []string, id word) {
	if 2*(x.n+1) > len(x.slots) {
		old := x.slots
		*x = sounds{slots: make([]heard, max(64, 2*len(old)))}
		for _, o := range old {
			if o.word != 0 {
				*x.at(names, soundOf(nil, names[o.word])) = o
				x.n++
			}
		}
	}
	h := x.at(names, soundOf(nil, names[id]))
	if h.word != 0 {
		h.twice = true
		return
	}
	h.word = id
	x.n++
}

func soundOf(out []byte, name string) []byte {
	var buf [longestWord]byte
	return sound(out, append(buf[:0], name...))
}

// clip gives back the room that growing left over.
func (v *vocabulary) clip() {
	v.names, v.ids, v.idsAt = slices.Clone(v.names), slices.Clone(v.ids), slices.Clone(v.idsAt)
	for _, t := range []*table{&v.forms, &v.stems} {
		t.all, t.ends = slices.Clone(t.all), slices.Clone(t.ends)
	}
}
