package verify

import (
	"strings"
	"unicode"
)

// A Passage is what a sentence may rest on. Help lines stand in it as {id}.
type Passage struct {
	Title string
	// Sentences are those of the text; a bullet may hold several.
	Sentences []string
}

// Sentences splits a paragraph where a sentence ends: at a point, question or
// exclamation mark before a space and something that begins one.
func Sentences(text string) (out []string) {
	start := 0
	for i, r := range text {
		if r != '.' && r != '?' && r != '!' {
			continue
		}
		rest := text[i+1:]
		next := strings.TrimLeft(rest, " ”\"')")
		if len(next) == len(rest) && rest != "" || endsShort(text[start:i]) {
			continue
		}
		if f := firstRune(next); next == "" || unicode.IsUpper(f) || unicode.IsDigit(f) || strings.ContainsRune("¿¡{“\"(", f) {
			end := len(text) - len(next)
			out = append(out, strings.TrimSpace(text[start:end]))
			start = end
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// endsShort tells whether a text ends in a short form whose point ends nothing.
func endsShort(s string) bool {
	last := strings.ToLower(s[strings.LastIndexByte(s, ' ')+1:])
	switch last {
	case "u.s", "ee", "uu", "ee.uu", "sr", "sra", "dr", "mr", "mrs", "ms", "no", "vs", "e.g", "i.e", "p.ej", "st", "art", "sec":
		return true
	}
	return len(last) == 1 && last != "i" && last != "a" && unicode.IsLetter(rune(last[0]))
}

// passage is a Passage made ready.
type passage struct {
	title     *sentence
	sentences []*sentence
	text      string          // folded words, one space apart, for quotations
	raw       string          // as written
	stems     map[string]bool // of title and text
	dates     []date
	names     map[string]bool // of these, what is written large
}

// Evidence are passages made ready for one language. It may be used by any
// number of goroutines.
type Evidence struct {
	*language
	passages []*passage
	ground   *ground
	checker  *Checker
}

func (l *language) prepare(p Passage) *passage {
	out := &passage{title: l.read(p.Title), stems: map[string]bool{}, names: map[string]bool{}}
	var text strings.Builder
	add := func(s *sentence) {
		out.dates = append(out.dates, s.dates()...)
		for _, i := range s.words {
			out.stems[s.tokens[i].stem] = true
			out.stems[s.tokens[i].word] = true
			if s.tokens[i].name || s.tokens[i].number {
				out.names[s.tokens[i].stem], out.names[s.tokens[i].word] = true, true
			}
			text.WriteString(s.tokens[i].word)
			text.WriteByte(' ')
		}
		text.WriteString("| ")
	}
	add(out.title)
	for _, t := range p.Sentences {
		s := l.read(l.statement(t))
		out.sentences = append(out.sentences, s)
		add(s)
	}
	out.text = " " + text.String()
	out.raw = p.Title + "\n" + strings.Join(p.Sentences, "\n")
	return out
}
