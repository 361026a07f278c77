package safety

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A token is a word of the text that was read. A spelling that stands for two
// words ("cant") is two tokens.
type token struct {
	id   word   // 0: a word that no pattern knows
	stem word   // the longest known beginning of an unknown word
	seg  int32  // segments end at lines and trailing dots
	sent int32  // sentences end at . ! ? ;
	soft bool   // a comma or the like stands before it
	text span32 // where reader.text holds its letters; for known words they are empty
}

// span32 is a span of bytes.
type span32 struct{ from, to int32 }

// A segment is a line or a part of one.
type segment struct {
	span
	loud  bool // ends with !, or a word is stretched, or all is in capitals
	asks  bool // ends with ?
	upper int
	lower int
}

// reader splits one text. It is reused.
type reader struct {
	v      *vocabulary
	tokens []token
	segs   []segment
	sents  []span
	soft   bool

	text   []byte // the letters of the words that no pattern knows
	buf    []byte // the word being read
	tmp    []byte
	mixed  bool // the word has letters outside ASCII
	dotted bool // the word is written u.s.
	single []byte
	from   int // where the run of single letters began
}

func (r *reader) split(text string) {
	r.tokens, r.segs, r.sents = r.tokens[:0], append(r.segs[:0], segment{}), append(r.sents[:0], span{})
	r.buf, r.single, r.text = r.buf[:0], r.single[:0], r.text[:0]
	r.soft, r.mixed, r.dotted = false, false, false
	composed := false
	for i := 0; i < len(text); {
		c, size := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(text[i:])
			if c >= 0x1100 && c <= 0x11FF && !composed { // Korean in loose parts
				composed, text = true, text[:i]+norm.NFC.String(text[i:])
				continue
			}
		}
		i += r.take(text, i, size, foldRune(r.v.table, c))
	}
	r.endSentence()
	for i := range r.segs {
		s := &r.segs[i]
		s.loud = s.loud || s.upper >= 4 && s.lower == 0
	}
}

// take handles the character at i and says how many bytes it used.
func (r *reader) take(text string, i, size int, f folded) int {
	switch f.class {
	case charLetter:
		seg := &r.segs[len(r.segs)-1]
		if f.upper {
			seg.upper++
		} else {
			seg.lower++
		}
		r.buf = append(r.buf, f.plain...)
		r.mixed = r.mixed || size > 1
	case charAlone:
		r.endWord()
		if ids, ok := r.v.form([]byte(f.plain)); ok {
			r.add(ids, 0, nil)
		} else if size == 3 {
			r.add(nil, 0, []byte(f.plain))
		}
	case charDrop:
	case charQuote, charMask:
		if len(r.buf) == 0 || i+size >= len(text) || !r.letterAt(text, i+size) {
			r.endWord()
			return size
		}
		if f.class == charQuote {
			r.buf = append(r.buf, '\'')
		} else {
			r.buf = append(r.buf, text[i])
		}
	case charDot:
		return r.dot(text, i)
	case charSpace:
		r.endWord()
	case charSoft:
		r.endWord()
		r.soft = true
	case charLine:
		r.endSegment()
	case charBang, charAsk, charStop:
		r.endWord()
		seg := &r.segs[len(r.segs)-1]
		seg.loud = seg.loud || f.class == charBang
		seg.asks = seg.asks || f.class == charAsk
		if next := i + size; next >= len(text) || text[next] != '!' && text[next] != '?' { // ?! is one end
			r.endSentence()
		}
	}
	return size
}

func (r *reader) endSentence() {
	r.endSegment()
	r.sents[len(r.sents)-1].to = len(r.tokens)
	r.sents = append(r.sents, span{from: len(r.tokens)})
}

func (r *reader) endSegment() {
	r.endWord()
	r.endRun()
	r.segs[len(r.segs)-1].to = len(r.tokens)
	r.segs = append(r.segs, segment{span: span{from: len(r.tokens)}})
	r.soft = false
}

func (r *reader) letterAt(text string, i int) bool {
	c, _ := utf8.DecodeRuneInString(text[i:])
	return foldRune(r.v.table, c).class == charLetter
}

// dot ends a sentence, unless it trails off (...), stands in a number or in u.s.
func (r *reader) dot(text string, i int) int {
	n := 1
	for i+n < len(text) && text[i+n] == '.' {
		n++
	}
	next := i+n < len(text) && r.letterAt(text, i+n)
	switch {
	case n > 1:
		r.endSegment()
	case next && len(r.buf) > 0 && isDigit(r.buf[len(r.buf)-1]) && isDigit(text[i+1]):
		r.endWord()
	case next && (len(r.buf) == 1 || r.dotted) && text[i+1] < utf8.RuneSelf && !isDigit(text[i+1]) &&
		(i+2 >= len(text) || !r.letterAt(text, i+2)):
		r.dotted = true
	case r.dotted && !next: // the last dot of u.s.
		r.endWord()
		if i+1 >= len(text) {
			return n
		}
		r.endSegment()
	default:
		r.endSentence()
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// endWord turns the letters read so far into tokens.
func (r *reader) endWord() {
	w := r.buf
	if len(w) == 0 {
		return
	}
	if r.dotted && string(w) == "us" {
		w = append(w[:0], "usa"...)
	}
	if len(w) == 1 && w[0] >= 'a' && w[0] <= 'z' {
		if len(r.single) == 0 {
			r.from = len(r.tokens)
		}
		r.single = append(r.single, w[0])
	} else {
		r.endRun()
	}
	ids, stem, stretched := r.v.read(w, r.mixed, &r.tmp)
	if stretched {
		r.segs[len(r.segs)-1].loud = true
	}
	r.add(ids, stem, w)
	r.buf, r.mixed, r.dotted = r.buf[:0], false, false
}

// add appends the words that a spelling stands for; without any, the letters
// themselves are kept.
func (r *reader) add(ids []word, stem word, letters []byte) {
	t := token{stem: stem, seg: int32(len(r.segs) - 1), sent: int32(len(r.sents) - 1), soft: r.soft} //nolint:gosec // a text is not that long
	r.soft = false
	if len(ids) == 0 {
		t.text.from = int32(len(r.text)) //nolint:gosec // a text is not that long
		r.text = append(r.text, letters[:min(len(letters), longestWord)]...)
		t.text.to = int32(len(r.text)) //nolint:gosec // a text is not that long
		r.tokens = append(r.tokens, t)
		return
	}
	for _, t.id = range ids {
		r.tokens = append(r.tokens, t)
		t.soft = false
	}
}

// endRun joins a run of single letters: h e l p.
func (r *reader) endRun() {
	spelt := len(r.single) >= 4
	if len(r.single) == 3 {
		_, spelt = r.v.form(r.single)
	}
	if spelt {
		if ids, ok := r.v.pieces(r.single); ok {
			r.tokens = r.tokens[:r.from]
			r.segs[len(r.segs)-1].loud = true
			r.add(ids, 0, nil)
		}
	}
	r.single = r.single[:0]
}
