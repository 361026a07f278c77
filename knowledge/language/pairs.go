package language

import (
	"iter"
	"math"
)

// symbols are the edge of a word (0) and the letters of one script without
// their marks, the last for any letter not thought of.
const symbols = 64

// symbol numbers a letter. Letters of different scripts may share a number.
func symbol(r rune) uint8 {
	switch {
	case 'a' <= r && r <= 'z':
		return uint8(r-'a') + 1
	case 'а' <= r && r <= 'я':
		return uint8(r-'а') + 1
	case 'є' <= r && r <= 'ї':
		return uint8(r-'є') + 33
	case 0x621 <= r && r <= 0x64A: // hamza to yeh
		return uint8(r-0x621) + 1
	case r == 'پ', r == 'چ', r == 'ژ', r == 'گ', r == 'ٹ', r == 'ڈ', r == 'ڑ':
		return uint8(r%16) + 44
	}
	return symbols - 1
}

// A pairTable says how much likelier a pair of neighbouring letters is in a
// language than in all of its script together, in units.
type pairTable [symbols][symbols][scored]int8

// pairCounts counts neighbouring letters in the lists.
type pairCounts [scored][symbols][symbols]uint16

// learn counts the words of a list, without accents.
func (c *pairCounts) learn(t *tables, l id, list []string) {
	for _, w := range list {
		prev := uint8(0)
		for sym := range t.symbols(w) {
			c[l][prev][sym]++
			prev = sym
		}
		c[l][prev][0]++
	}
}

// compile turns counts into the table.
func (c *pairCounts) compile(table *pairTable) {
	for _, g := range groups {
		n := float64(g.to - g.from)
		for a := range symbols {
			var total [scored]float64
			for l := g.from; l < g.to; l++ {
				for b := range symbols {
					total[l] += float64(c[l][a][b])
				}
			}
			for b := range symbols {
				var p [scored]float64
				mean := 0.0
				seen := false
				for l := g.from; l < g.to; l++ {
					p[l] = (float64(c[l][a][b]) + pairSmooth) / (total[l] + pairSmooth*30)
					mean += p[l] / n
					seen = seen || c[l][a][b] > 0
				}
				if !seen {
					continue
				}
				for l := g.from; l < g.to; l++ {
					v := math.Log(p[l]/mean) * unit * pairTrust
					table[a][b][l] = int8(max(-pairMost, min(pairMost, math.Round(v))))
				}
			}
		}
	}
}

// symbols yields the symbol of each letter of a word.
func (t *tables) symbols(w string) iter.Seq[uint8] {
	return func(yield func(uint8) bool) {
		for _, r := range w {
			i, ok := letterIndex(r)
			if !ok {
				if letterOf(r) != none && !yield(symbols-1) {
					return
				}
				continue
			}
			le := &t.letters[i]
			if le.symbol == 0 {
				continue // marks and joints
			}
			if !yield(le.symbol) {
				return
			}
			if le.second != 0 && !yield(symbol(rune(le.second))) {
				return
			}
		}
	}
}
