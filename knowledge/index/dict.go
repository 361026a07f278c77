package index

import "hash/maphash"

// dict numbers strings in the order of their first appearance. It keeps their
// bytes in one arena: about 8 bytes a string beside the string itself, and
// nothing for the garbage collector to walk.
type dict struct {
	seed  maphash.Seed
	slots []uint32 // id+1, 0 when empty; a power of two long
	at    []uint32 // id -> where its bytes begin; one more at the end
	arena []byte
}

func newDict(n int) *dict {
	size := 16
	for size*2 < n*3 {
		size *= 2
	}
	return &dict{seed: maphash.MakeSeed(), slots: make([]uint32, size), at: []uint32{0}}
}

func (d *dict) len() int { return len(d.at) - 1 }

func (d *dict) str(id uint32) []byte { return d.arena[d.at[id]:d.at[id+1]] }

// find returns the id of w.
func (d *dict) find(w []byte) (uint32, bool) {
	mask := uint64(len(d.slots) - 1)
	for i := maphash.Bytes(d.seed, w) & mask; ; i = (i + 1) & mask {
		s := d.slots[i]
		if s == 0 {
			return 0, false
		}
		if string(d.str(s-1)) == string(w) {
			return s - 1, true
		}
	}
}

func (d *dict) findString(w string) (uint32, bool) {
	mask := uint64(len(d.slots) - 1)
	for i := maphash.String(d.seed, w) & mask; ; i = (i + 1) & mask {
		s := d.slots[i]
		if s == 0 {
			return 0, false
		}
		if string(d.str(s-1)) == w {
			return s - 1, true
		}
	}
}

// add returns the id of w, giving it the next number when it is new.
func (d *dict) add(w string) uint32 {
	if id, ok := d.findString(w); ok {
		return id
	}
	if (d.len()+1)*3 > len(d.slots)*2 {
		d.grow()
	}
	d.arena = append(d.arena, w...)
	d.at = append(d.at, uint32(len(d.arena)))
	id := uint32(d.len() - 1)
	d.place(id)
	return id
}

func (d *dict) place(id uint32) {
	mask := uint64(len(d.slots) - 1)
	i := maphash.Bytes(d.seed, d.str(id)) & mask
	for d.slots[i] != 0 {
		i = (i + 1) & mask
	}
	d.slots[i] = id + 1
}

func (d *dict) grow() {
	d.slots = make([]uint32, 2*len(d.slots))
	for id := range d.len() {
		d.place(uint32(id))
	}
}

// clip gives back the room that growing left over.
func (d *dict) clip() {
	d.arena = append(make([]byte, 0, len(d.arena)), d.arena...)
	d.at = append(make([]uint32, 0, len(d.at)), d.at...)
}
