package slack

// What the JSON of a block and its elements takes besides their texts.
const (
	blockSize   = 90
	elementSize = 65
	buttonSize  = 110
	confirmSize = 270

	// Prose that is longer than one block goes on in the next. Any two that follow
	// one another hold more than a block does, so of all blocks no more than this
	// can come on top.
	overflow = 2 * allBlocks / sectionText
)

// room is what is still free.
type room struct{ blocks, chars, text int }

// fit chooses what is shown: pieces in the order of their ranks, until the first
// one that does not fit.
func fit(parts []part, maxBlocks int) {
	free := room{blocks: maxBlocks - overflow, chars: allBlocks - overflow*blockSize - len("[]"), text: allText}
	for i := range parts {
		for j := range parts[i].pieces {
			if p := &parts[i].pieces[j]; p.rank == onlyCut {
				free.take(asSmall, 0, p) // kept free for when it is needed
			}
		}
	}
	whole := true
	for r := vital; r < ranks && whole; r++ {
		whole = free.rank(parts, r)
	}
	for i := range parts {
		for j := range parts[i].pieces {
			if p := &parts[i].pieces[j]; p.rank == onlyCut {
				p.shown = !whole
			}
		}
	}
}

// rank shows the pieces of one rank, and tells whether all of them fitted.
func (free *room) rank(parts []part, r rank) bool {
	for i := range parts {
		n := 0
		for j := range parts[i].pieces {
			p := &parts[i].pieces[j]
			if p.rank == r && !free.take(parts[i].kind, n+later(parts[i].pieces[j:]), p) {
				return false
			}
			if p.shown {
				n++
			}
		}
	}
	return true
}

// later is how many of the pieces are shown already.
func later(pieces []piece) (n int) {
	for i := range pieces {
		if pieces[i].shown {
			n++
		}
	}
	return n
}

// take shows a piece when there is room, n being how many of its part are shown.
func (free *room) take(k kind, n int, p *piece) bool {
	need := room{chars: p.size(k), text: size(p.text) + len("\n\n")}
	if n%k.most() == 0 {
		need.blocks = 1
		need.chars += blockSize
	}
	if need.blocks > free.blocks || need.chars > free.chars || need.text > free.text {
		return false
	}
	free.blocks -= need.blocks
	free.chars -= need.chars
	free.text -= need.text
	p.shown = true
	return true
}

// most is how many pieces a block holds; of prose their length decides.
func (k kind) most() int {
	switch k {
	case asHeader:
		return 1
	case asSmall:
		return contextParts
	case asButtons:
		return actionParts
	case asProse:
	}
	return allBlocks
}

// size is what a piece takes of the JSON.
func (p *piece) size(k kind) int {
	e := p.button
	if e == nil {
		n := size(p.mark) + len(`\n`)
		if k == asSmall {
			n += elementSize
		}
		return n
	}
	n := buttonSize + size(e.Text.Text) + size(e.Value) + size(e.ActionID) + len(e.Style)
	if c := e.Confirm; c != nil {
		n += confirmSize + size(c.Title.Text) + size(c.Text.Text) + size(c.Confirm.Text) + size(c.Deny.Text)
	}
	return n
}
