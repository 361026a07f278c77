package discord

import "strings"

const (
	// longestTied is more than any pieces take that stand together: two titles and
	// a piece of prose, each with its marks. As much of a text may stay empty
	// because they do not fit any more.
	longestTied = 1500
	// allText is what the content and the embeds hold even then.
	allText = contentLength - longestTied + embedsLength
	// enough is how full the content is when a part that would be divided goes into
	// the embed instead, whole.
	enough = contentLength / 2
)

// fit chooses what is shown: pieces in the order of their ranks, until the first
// one that does not fit.
func fit(parts []part) {
	free := room{all: allText, top: contentLength}
	each(parts, func(p *piece) {
		if p.rank == onlyCut {
			free.take(p) // kept free for when it is needed
		}
	})
	whole := true
	for r := vital; r < ranks && free.all > 0; r++ {
		whole = free.rank(parts, r) && whole
	}
	each(parts, func(p *piece) {
		if p.rank == onlyCut {
			p.shown = !whole
		}
	})
	if !whole {
		lonely(parts)
	}
}

// lonely leaves out titles below which nothing is left.
func lonely(parts []part) {
	for _, p := range parts {
		for j := len(p.pieces) - 2; j >= 0; j-- {
			if x := &p.pieces[j]; x.tied && !p.pieces[j+1].shown {
				x.shown = false
			}
		}
	}
}

func each(parts []part, do func(*piece)) {
	for i := range parts {
		for j := range parts[i].pieces {
			do(&parts[i].pieces[j])
		}
	}
}

// room is what is still free, of all and of the content.
type room struct{ all, top int }

// rank shows the pieces of one rank, and tells whether all of them fitted. Once
// one does not, nothing is taken any more, unless it is only the content that is full.
func (free *room) rank(parts []part, r rank) bool {
	whole := true
	for i := range parts {
		for j := range parts[i].pieces {
			p := &parts[i].pieces[j]
			if p.rank != r || free.take(p) {
				continue
			}
			whole = false
			if p.size() > free.all {
				free.all = 0
				return false
			}
			break
		}
	}
	return whole
}

// take shows a piece when there is room.
func (free *room) take(p *piece) bool {
	n := p.size()
	if n > free.all || p.top && n > free.top {
		return false
	}
	free.all -= n
	if p.top {
		free.top -= n
	}
	p.shown = true
	return true
}

// size is what a piece takes of a text, the empty line before it included.
func (p *piece) size() int {
	if p.takes == 0 {
		p.takes = units(p.mark) + len("\n\n")
	}
	return p.takes
}

// pack puts what is shown into the content, the first text, and as many embeds as
// are needed. The content gets enough of it that two embeds hold the rest, and keep
// within the length of all: a part that would be divided at the end of the content
// goes into the embed whole, if the content has enough without it; else it is
// divided between its pieces.
func pack(parts []part) []string {
	var k packer
	for i := range parts {
		p := &parts[i]
		if !p.loose && len(k.texts) == 0 && k.n >= enough && k.n+shownSize(p.pieces) > contentLength {
			k.next()
		}
		k.part(p.pieces)
	}
	k.next()
	return k.texts
}

// A packer fills one text after the other.
type packer struct {
	texts []string
	b     strings.Builder
	n     int // of the text so far
}

// part writes the pieces that are shown, those together that are tied.
func (k *packer) part(pieces []piece) {
	first := true
	for from := 0; from < len(pieces); {
		to := from + 1
		for to < len(pieces) && pieces[to-1].shown && pieces[to-1].tied && pieces[to].shown {
			to++
		}
		if k.n > 0 && k.n+shownSize(pieces[from:to]) > k.most() {
			k.next()
		}
		for ; from < to; from++ {
			if p := &pieces[from]; p.shown {
				k.write(p, first)
				first = false
			}
		}
	}
}

// most is how much the text may hold that is being filled.
func (k *packer) most() int {
	if len(k.texts) == 0 {
		return contentLength
	}
	return descriptionLength
}

func (k *packer) write(p *piece, first bool) {
	switch {
	case k.b.Len() == 0:
		k.b.Grow(enough)
	case first:
		k.b.WriteString("\n\n")
	case p.goesOn:
		k.b.WriteString(" ")
	default:
		k.b.WriteString("\n")
	}
	k.b.WriteString(p.mark)
	k.n += p.size()
}

// next ends a text. The content is there even if it is empty, no embed is.
func (k *packer) next() {
	if len(k.texts) == 0 || k.b.Len() > 0 {
		k.texts = append(k.texts, k.b.String())
	}
	k.b.Reset()
	k.n = 0
}

func shownSize(pieces []piece) (n int) {
	for i := range pieces {
		if pieces[i].shown {
			n += pieces[i].size()
		}
	}
	return n
}
