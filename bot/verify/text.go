package verify

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/spanish"
	"golang.org/x/text/unicode/norm"
)

// stemmer gives the stem of a folded word; a language without rules leaves it.
func stemmer(code string) func(string) string {
	rules := map[string]func(*snowballstem.Env) bool{"en": english.Stem, "es": spanish.Stem}[code]
	if rules == nil {
		return func(w string) string { return w }
	}
	return func(w string) string {
		if len(w) < 3 || strings.ContainsAny(w, "0123456789-") {
			return w
		}
		env := snowballstem.NewEnv(w)
		rules(env)
		return env.Current()
	}
}

// foldWord is a word in lower case, without accents and apostrophes.
func foldWord(w string) string {
	ascii := true
	for i := 0; i < len(w) && ascii; i++ {
		ascii = w[i] < utf8.RuneSelf
	}
	if !ascii {
		w = strings.Map(func(r rune) rune {
			switch {
			case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
				return -1
			case r == '’', r == '‘', r == 'ʼ':
				return '\''
			}
			return r
		}, norm.NFKD.String(w))
	}
	w = strings.ToLower(w)
	for _, end := range [...]string{"'s", "s'"} {
		if s, ok := strings.CutSuffix(w, end); ok {
			w = s + strings.TrimPrefix(end, "'")[:len(end)-2]
			if end == "'s" {
				w = s
			}
		}
	}
	return strings.ReplaceAll(w, "'", "")
}

// foldPhrase are the words of a phrase; * stays.
func foldPhrase(s string) []string {
	var out []string
	for w := range strings.FieldsSeq(s) {
		if w == "*" || w == "%" {
			out = append(out, w)
			continue
		}
		for _, t := range split(w) {
			if t.word != "" {
				out = append(out, t.word)
			}
		}
	}
	return out
}

// token is a word, a number, a help line's token or a mark.
type token struct {
	raw    string
	word   string // folded; "" for a mark
	stem   string
	name   bool // written like a name
	line   bool // names a help line: {nhth}
	proper bool // surely a name: large within a sentence, or all of it
	break_ bool

	number bool
	value  float64
	unit   string // "%", "$" or ""

	means  []meaning
	tags   uint16   // bits of the tags of means
	marks  mark     // how strongly, of how many, when and why
	key    []string // see keys
	weight float64  // how much it says that must stand in a passage; 0 for glue
	not    bool     // under a negation
	clause int      // counts marks
	part   int      // counts marks and conjunctions
}

// has tells whether a token means something of a kind.
func (t *token) has(k tag) bool { return t.tags&(1<<k) != 0 }

// is tells whether a token means something, and what.
func (t *token) is(k tag) (string, bool) {
	if !t.has(k) {
		return "", false
	}
	for _, m := range t.means {
		if m.tag == k {
			return m.name, true
		}
	}
	return "", false
}

// split takes a text apart into words and marks. Nothing is lost but spaces.
func split(s string) []token {
	var out []token
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case unicode.IsSpace(r):
			s = s[n:]
			continue
		case r == '{':
			if end := strings.IndexByte(s, '}'); end > 0 {
				out = append(out, token{raw: s[:end+1], word: s[:end+1], stem: s[:end+1], line: true})
				s = s[end+1:]
				continue
			}
		case unicode.IsLetter(r), unicode.IsDigit(r):
			w := wordAt(s)
			out = append(out, wordTokens(w)...)
			s = s[len(w):]
			continue
		}
		out = append(out, token{raw: s[:n], break_: strings.ContainsRune(",;:.!?—–()¿¡\"“”«»", r)})
		s = s[n:]
	}
	return out
}

// wordAt is the word at the start of a text: letters, digits, marks of accents,
// and what joins them: an apostrophe, a hyphen, a point or comma between digits.
func wordAt(s string) string {
	end, last := 0, rune(0)
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
			end = i + utf8.RuneLen(r)
		case r == '\'', r == '’', r == '-', r == '\u2011':
			if i != end {
				return s[:end]
			}
		case (r == '.' || r == ',') && i == end && unicode.IsDigit(last) && digitAfter(s[i+1:]):
		case r == '.' && i == end && capitalsWithPoints(s):
		default:
			return s[:end]
		}
		last = r
	}
	return s[:end]
}

func digitAfter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsDigit(r)
}

// capitalsWithPoints tells whether a text begins like U.S.
func capitalsWithPoints(s string) bool {
	return len(s) > 3 && s[1] == '.' && s[3] == '.' && unicode.IsUpper(rune(s[0])) && unicode.IsUpper(rune(s[2]))
}

// wordTokens are the tokens of a word: two for low-cost, one for H-2A.
func wordTokens(w string) []token {
	if strings.ContainsAny(w, "-\u2011") {
		parts := strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '\u2011' })
		long := len(parts) > 1
		for _, p := range parts {
			long = long && (utf8.RuneCountInString(p) > 1 || allDigits(p)) && (allDigits(p) || !strings.ContainsFunc(p, unicode.IsDigit))
		}
		if long {
			var out []token
			for _, p := range parts {
				out = append(out, oneWord(p))
			}
			return out
		}
	}
	return []token{oneWord(w)}
}

func oneWord(w string) token {
	t := token{raw: w, word: foldWord(strings.ReplaceAll(w, "\u2011", "-"))}
	if strings.Contains(t.word, ".") && !strings.ContainsFunc(t.word, unicode.IsDigit) {
		t.word = strings.ReplaceAll(t.word, ".", "")
	}
	r, _ := utf8.DecodeRuneInString(w)
	t.name = unicode.IsUpper(r)
	if v, ok := parseNumber(t.word); ok {
		t.number, t.value = true, v
	}
	return t
}

// parseNumber reads 5,000 and 7.25 and 28th; a point before three digits parts
// thousands as in Spanish only where another one does too.
func parseNumber(w string) (float64, bool) {
	for _, end := range [...]string{"st", "nd", "rd", "th", "s"} {
		if s, ok := strings.CutSuffix(w, end); ok && s != "" && strings.Trim(s, "0123456789") == "" {
			w = s
		}
	}
	if w == "" || w[0] < '0' || w[0] > '9' {
		return 0, false
	}
	w = strings.ReplaceAll(w, ",", "")
	if strings.Count(w, ".") > 1 {
		w = strings.ReplaceAll(w, ".", "")
	}
	v, err := strconv.ParseFloat(w, 64)
	return v, err == nil
}

// sentence is one sentence made ready.
type sentence struct {
	text   string // as written
	tokens []token
	words  []int // places of those that are no marks
}

// ordinals reads "No. 29" as a number, not as a denial.
func (s *sentence) ordinals() {
	for i := range s.tokens {
		if s.tokens[i].raw == "No" && i+2 < len(s.tokens) && s.tokens[i+1].raw == "." && s.tokens[i+2].number {
			s.tokens[i].word, s.tokens[i+1].break_ = "number", false
		}
	}
}

// word is one of the words of a sentence, by its place among them.
func (s *sentence) word(at int) *token { return &s.tokens[s.words[at]] }

// read makes a sentence ready: numbers in words become numbers, phrases get
// their meanings, negations their reach.
func (l *language) read(text string) *sentence {
	s := &sentence{text: text, tokens: l.numbers(split(text))}
	s.ordinals()
	clause := 0
	for i := range s.tokens {
		t := &s.tokens[i]
		if t.break_ {
			clause++
		}
		t.clause = clause
		if t.word == "" {
			continue
		}
		s.words = append(s.words, i)
		if !t.line {
			t.stem = l.stem(t.word)
		}
	}
	l.mean(s)
	s.weigh(l)
	s.negate()
	part := 0
	for at := range s.words {
		t := s.word(at)
		if at > 0 && (t.clause != s.word(at-1).clause || l.joint[t.word]) {
			part++
		}
		t.part = part
		if l.code == "es" && future(t.raw) && t.marks == 0 {
			t.marks = will
		}
		t.key = t.keys()
		t.proper = !t.number && !t.line && !everywhere[t.word] && (acronym(t.raw) || t.name && !s.opens(s.words[at]))
	}
	return s
}

// mean gives tokens the meanings of the phrases that they are part of; the
// longest phrase at a place counts, and shorter ones within it do not.
func (l *language) mean(s *sentence) {
	for at := 0; at < len(s.words); {
		best := l.longest(s, at)
		n := max(1, len(best.words))
		for k := range n {
			t := &s.tokens[s.words[at+k]]
			for _, m := range best.means {
				if k > 0 && m.tag != tagGroup {
					m = meaning{tagGlue, ""}
				}
				t.means = append(t.means, m)
				t.tags |= 1 << m.tag
				t.marks |= markOf(m)
			}
		}
		at += n
	}
	for at := range s.words {
		t := s.word(at)
		for _, m := range l.sides[t.stem] {
			t.means = append(t.means, m)
			t.tags |= 1 << m.tag
		}
	}
}

// longest is the longest phrase whose words stand at a place.
func (l *language) longest(s *sentence, at int) (best phrase) {
	for _, key := range [...]string{s.tokens[s.words[at]].word} {
		for _, p := range l.phrases[key] {
			if len(p.words) > len(best.words) && s.startsWith(at, p.words) {
				best = p
			}
		}
	}
	return best
}

func (s *sentence) startsWith(at int, words []string) bool {
	if at+len(words) > len(s.words) {
		return false
	}
	for k, w := range words {
		if s.tokens[s.words[at+k]].word != w {
			return false
		}
	}
	return true
}

// weigh says of each word how much it must stand in a passage. Words that only
// shape a claim - not, may, all, if - are compared as such and weigh nothing.
func (s *sentence) weigh(l *language) {
	for at := range s.words {
		t := s.word(at)
		role, _ := t.is(tagRole)
		means := t.has(tagGroup)
		shapes := t.has(tagGlue) || t.has(tagModal) || t.has(tagQuantifier) || t.has(tagCondition)
		switch {
		case t.line, t.number:
			t.weight = 1
		case role == "person", t.has(tagNegator), shapes && !means:
		default:
			t.weight = l.telling(t.word)
		}
	}
}

// negate marks what stands under a negation; where nothing follows it, the
// telling word before it: "proves nothing". What is called a myth is denied.
func (s *sentence) negate() {
	for at := range s.words {
		if at == 0 && myths[s.word(at).word] {
			s.flip(1, len(s.words))
			continue
		}
		if !s.word(at).has(tagNegator) {
			continue
		}
		end := s.reach(at)
		if s.flip(at+1, end) > 0 {
			continue
		}
		for k := at - 1; k >= 0 && s.word(k).clause == s.word(at).clause; k-- {
			if s.word(k).weight > 0 {
				s.word(k).not = !s.word(k).not
				break
			}
		}
	}
}

var myths = map[string]bool{"myth": true, "mito": true}

// flip turns the polarity of some words, and tells how many of them say much.
func (s *sentence) flip(from, to int) (told int) {
	for k := from; k < to; k++ {
		t := s.word(k)
		t.not = !t.not
		if t.weight > 0 {
			told++
		}
	}
	return told
}

// reach is where the negation by a word ends: four words on, within its clause;
// in a list ("do not go in, talk to anyone or film") where the list ends.
func (s *sentence) reach(at int) int {
	left, k := 5, at+1
	for ; k < len(s.words) && left > 0; k++ {
		t := s.word(k)
		if t.clause != s.word(at).clause {
			break
		}
		left--
		if t.weight > 0 {
			left--
		}
	}
	end := k
	for k = at + 1; k < len(s.words); k++ {
		switch w := s.word(k).word; {
		case turns[w]:
			return end
		case w == "or" || w == "nor" || w == "o" || w == "ni":
			if k+1 < len(s.words) && s.word(k).clause != s.word(at).clause || s.listed(at) {
				end = max(end, min(k+3, len(s.words)))
			}
		}
	}
	return end
}

// listed tells whether a colon follows a word.
func (s *sentence) listed(at int) bool {
	i := s.words[at] + 1
	return i < len(s.tokens) && s.tokens[i].raw == ":"
}

// turns are words after which a negation no longer holds.
var turns = setOf([]string{"but", "so", "because", "if", "when", "since", "although", "though", "then", "pero", "sino", "porque", "si", "cuando", "aunque", "asi"})

// future tells whether a Spanish word is a verb of what will be: tendrá.
func future(raw string) bool {
	for _, end := range [...]string{"rá", "rán", "ré", "rás", "remos"} {
		if len(raw) > len(end)+2 && strings.HasSuffix(raw, end) {
			return true
		}
	}
	return false
}

// statement is a sentence without a yes or no that it begins with.
func (l *language) statement(sentence string) string {
	for _, w := range l.answers {
		rest := strings.TrimLeft(sentence, " ")
		if len(rest) <= len(w) || !strings.EqualFold(rest[:len(w)], w) {
			continue
		}
		after := strings.TrimLeft(rest[len(w):], " ")
		for _, mark := range [...]string{",", ";", ":", ".", "—", "–", "!"} {
			if s, ok := strings.CutPrefix(after, mark); ok && strings.TrimSpace(s) != "" && (mark != "." || !startsWithDigit(s)) {
				return strings.TrimLeft(s, " ")
			}
		}
	}
	return sentence
}

func startsWithDigit(s string) bool {
	s = strings.TrimLeft(s, " ")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}
