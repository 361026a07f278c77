package verify

import (
	"slices"
	"strings"
	"unicode/utf8"

	lang "porchlight/knowledge/language"
)

// rules names what refuses a sentence outright, or "".
func (e *Evidence) rules(text string, s *sentence, cited []*passage) string {
	if e.spoken(s) || dialable(tokens.ReplaceAllString(text, "line"), cited) {
		return "contact"
	}
	if r := said(s, e.refuse, cited); r != "" {
		return r
	}
	if r := said(s, e.checker.never[e.code], nil); r != "" {
		return r
	}
	if !e.mine(text) {
		return "language"
	}
	if e.judges(s) {
		return "verdict"
	}
	for _, i := range s.words {
		if reason := standing(s, i, cited); reason != "" {
			return reason
		}
	}
	for _, d := range s.dates() {
		if !slices.ContainsFunc(cited, func(p *passage) bool { return p.dated(d) }) {
			return "date"
		}
	}
	if !verbatim(text, cited) {
		return "quote"
	}
	if e.orders(s, cited) {
		return "order"
	}
	return ""
}

// judges tells whether a sentence says of somebody in particular - the reader, he,
// she, this - what they or their work are: "she is a victim". What may be, or is
// not, or would be if, is no verdict.
func (e *Evidence) judges(s *sentence) bool {
	who, is := -1, -1
	for at := range s.words {
		t := s.word(at)
		switch {
		case who >= 0 && t.clause != s.word(who).clause:
			who, is = -1, -1
		case supposing[t.word] || t.marks&(may|some) != 0 || t.has(tagNegator):
			return false
		case inParticular[t.word]:
			who = at
		case who >= 0 && being[t.word]:
			is = at
		case is >= 0 && at-is <= 4 && e.verdict[t.word]:
			return true
		}
	}
	return false
}

var (
	inParticular = setOf([]string{"you", "your", "he", "she", "him", "her", "his", "this", "usted", "ustedes", "su", "sus", "ella", "esto", "eso"})
	being        = setOf([]string{"is", "are", "was", "were", "been", "being", "became", "es", "está", "fue", "son", "están", "era", "sido", "siendo"})
)

// dated tells whether a passage has a date.
func (p *passage) dated(d date) bool {
	return slices.ContainsFunc(p.dates, d.within)
}

// orders tells whether a sentence begins with an order, or joins one to it, that
// no sentence cited gives in the same way, denied or not.
func (e *Evidence) orders(s *sentence, cited []*passage) bool {
	if len(s.words) == 0 || !e.order[s.word(0).word] {
		return false
	}
	for at := range s.words {
		if t := s.word(at); e.order[t.word] && (at == 0 || " "+s.word(at-1).word+" " == e.and) && !ordered(t, cited) {
			return true
		}
	}
	return false
}

// ordered tells whether passages have a word, denied or not in the same way;
// what hangs on to an order in Spanish makes no difference.
func ordered(t *token, cited []*passage) bool {
	for _, p := range cited {
		for _, s := range p.sentences {
			for at := range s.words {
				b := s.word(at)
				if b.not == t.not && (bears(t, b) >= likewise || len(t.word) > 5 && strings.HasPrefix(b.word, t.word[:5])) {
					return true
				}
			}
		}
	}
	return false
}

// standing names what is wrong with a number, a name or a help line that no
// cited passage holds, or "".
func standing(s *sentence, i int, cited []*passage) string {
	t := &s.tokens[i]
	held := func(has func(p *passage) bool) bool { return slices.ContainsFunc(cited, has) }
	switch {
	case t.line:
		if !held(func(p *passage) bool { return p.stems[t.word] }) {
			return "token"
		}
	case t.number:
		if !held(func(p *passage) bool { return p.has(figure{t.value, t.unit}) }) {
			return "number"
		}
	case strings.ContainsAny(t.word, "0123456789"):
		if !held(func(p *passage) bool { return p.stems[t.word] }) {
			return "name"
		}
	case t.name && !s.opens(i) || acronym(t.raw):
		if !held(func(p *passage) bool { return p.names[t.word] || p.names[t.stem] }) && !everywhere[t.word] {
			return "name"
		}
	}
	return ""
}

// everywhere are names that say nothing new in any passage.
var everywhere = map[string]bool{
	"us": true, "united": true, "states": true, "american": true, "english": true, "i": true, "ill": true, "im": true, "ive": true,
	"estados": true, "unidos": true, "eeuu": true,
}

func acronym(raw string) bool {
	return utf8.RuneCountInString(raw) > 1 && strings.ToUpper(raw) == raw && strings.ToLower(raw) != raw
}

// opens tells whether a word begins the sentence, or what follows a colon or a
// quotation mark, where anything is written large.
func (s *sentence) opens(i int) bool {
	for k := i - 1; k >= 0; k-- {
		if s.tokens[k].word != "" {
			return false
		}
		if strings.ContainsAny(s.tokens[k].raw, ":\"“¡.!") {
			return true
		}
	}
	return true
}

func (p *passage) has(f figure) bool {
	if p.title.has(f) {
		return true
	}
	return slices.ContainsFunc(p.sentences, func(s *sentence) bool { return s.has(f) })
}

// mine tells whether a sentence is in the language of the answer, as far as can
// be told.
func (e *Evidence) mine(text string) bool {
	g := lang.Detect(tokens.ReplaceAllString(text, " "), e.code)
	return g.Lang == e.code
}
