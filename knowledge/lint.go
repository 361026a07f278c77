package knowledge

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// MaxGrade is the highest reading grade of what a worker may read.
const MaxGrade = 8.0

// A Report is what Lint found.
type Report struct {
	// Errors must be mended before the content is used.
	Errors Problems `json:"errors"`
	// Warnings are work for the people who keep the content true.
	Warnings Problems `json:"warnings"`
	// Counts of topics, sources and help lines, and of their review states.
	Counts map[string]int `json:"counts"`
}

// Lint holds loaded content against the rules of the house: contacts only in
// the registry, plain words for those in need, every language, dates that have
// not passed. now decides which reviews are overdue. Phrases are fixed texts of
// other packages, by name, that must hold no contact either.
func (b *Base) Lint(now time.Time, phrases map[string]string) Report {
	l := &linter{Base: b, r: Report{Counts: map[string]int{}}, contact: b.contactPattern()}
	claims := map[string]*Topic{}
	for _, id := range b.order {
		for _, lang := range slices.Sorted(maps.Keys(b.topics[id])) {
			t := b.topics[id][lang]
			l.topic(t, now)
			l.asks(t, claims)
		}
		for _, lang := range b.Langs() {
			if b.topics[id][lang] == nil {
				l.warn("topics/"+id+"."+lang+".md", 0, "translate it", "topic %s is missing in %s", id, lang)
			}
		}
	}
	l.registry(now)
	for _, name := range slices.Sorted(maps.Keys(phrases)) {
		if m := l.contact.find(phrases[name]); m != "" {
			l.fail(name, 0, "write {phone:ID} and add the contact to the registry", "%q looks like a contact", m)
		}
	}
	l.r.Errors.sort()
	l.r.Warnings.sort()
	return l.r
}

type linter struct {
	*Base
	r       Report
	contact contactPattern
}

func (l *linter) fail(file string, line int, mend, what string, args ...any) {
	l.r.Errors.add(file, line, mend, what, args...)
}

func (l *linter) warn(file string, line int, mend, what string, args ...any) {
	l.r.Warnings.add(file, line, mend, what, args...)
}

var easyReaders = []string{"worker", "bystander", "family", "minor", "survivor"}

func (l *linter) topic(t *Topic, now time.Time) {
	l.r.Counts["topics."+t.Lang]++
	l.r.Counts["review."+t.Review]++
	// The texts as written: in those loaded, names such as "911" stand in the place of ids.
	w := parseTopic(t.file, []byte(t.raw), new(Problems))
	for _, s := range slices.Concat([]string{w.Title, w.Answer}, w.Details, w.Asks) {
		if m := l.contact.find(s); m != "" {
			l.fail(t.file, lineWith(t.raw, s, m), "write the id of the help line in braces", "%q looks like a contact", m)
		}
	}
	text := t.Answer + "\n" + strings.Join(t.Details, "\n")
	grade, ok := Grade(text, t.Lang)
	easy := slices.ContainsFunc(t.Audience, func(a string) bool { return slices.Contains(easyReaders, a) })
	switch {
	case ok && easy && grade > MaxGrade:
		l.fail(t.file, 0, "shorten sentences and words", "reading grade %.1f is above %.0f", grade, MaxGrade)
	case ok && grade > 12:
		l.warn(t.file, 0, "shorten sentences and words", "reading grade %.1f", grade)
	}
	if overdue(t.ReviewBy, now) {
		l.warn(t.file, t.line("review_by"), "check it against its sources and set a new date", "review was due on %s", t.ReviewBy)
	}
	for _, id := range t.Mentions {
		if !slices.Contains(t.Help, id) && l.resources[id].Shown() {
			l.fail(t.file, t.line("help"), "add it to help", "{%s} is named but not in help", id)
		}
	}
	for _, id := range t.Sources {
		if s := l.sources[id]; s.Archived && !t.Archived && len(t.Sources) == 1 {
			l.warn(t.file, t.line("archived"), "set archived: true or add a newer source", "the only source, %s, is archived", id)
		}
	}
}

// asks refuses a question that two topics claim.
func (l *linter) asks(t *Topic, claims map[string]*Topic) {
	seen := map[string]bool{}
	for _, a := range t.Asks {
		key := t.Lang + " " + plainWords(a)
		line := lineOf(t.raw, a, "\""+a)
		if o := claims[key]; o != nil && o.ID != t.ID {
			l.fail(t.file, line, "leave it to one of them", "%q is also asked in %s", a, o.file)
		}
		if seen[key] {
			l.fail(t.file, line, "delete one", "%q is there twice", a)
		}
		seen[key] = true
		claims[key] = t
	}
}

func plainWords(s string) string {
	t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	if r, _, err := transform.String(t, s); err == nil {
		s = r
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// registry checks help lines and sources.
func (l *linter) registry(now time.Time) {
	for _, id := range l.lines {
		r := l.resources[id]
		l.r.Counts["resources"]++
		l.r.Counts["show."+string(r.Show)]++
		if overdue(r.ReviewBy, now) {
			l.warn(r.file, r.line, "call the number, check every field and set a new date", "help line %s: review was due on %s", id, r.ReviewBy)
		}
		for field, t := range map[string]Text{
			"name": l.withoutOwn(r, r.Name), "run_by": r.RunBy, "run_since": r.Since, "for": r.For, "not_for": r.NotFor,
			"hours": r.Hours, "confidentiality": r.Confidentiality, "reach": r.Reach, "show_note": r.ShowNote,
		} {
			for _, s := range t {
				if m := l.contact.find(s); m != "" {
					l.fail(r.file, r.line, "move it to phones, text or web", "help line %s: %q in %s looks like a contact", id, m, field)
				}
			}
		}
		for _, n := range r.Notes {
			for _, s := range n.Text {
				if m := l.contact.find(s); m != "" {
					l.fail(r.file, r.line, "move it to phones, text or web", "help line %s: %q in note %s looks like a contact", id, m, n.ID)
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.sources)) {
		s := l.sources[id]
		l.r.Counts["sources"]++
		if s.Published == "" && id != "general-knowledge" {
			l.r.Counts["sources.undated"]++
			l.warn("sources.yaml", 0, "find its date", "source %s is undated", id)
		}
	}
}

// withoutOwn leaves a line its own number in its name: "911, US emergency number".
func (l *linter) withoutOwn(r *Resource, t Text) Text {
	out := Text{}
	for lang, s := range t {
		for _, p := range r.Phones {
			s = strings.ReplaceAll(s, p.Display, "…")
		}
		out[lang] = s
	}
	return out
}

// contactPattern finds what looks like a telephone number, a short code of the
// registry, a web or an e-mail address.
type contactPattern struct {
	shape *regexp.Regexp
	short map[string]bool // numbers of up to six digits, as they are dialled
	apart map[string]bool // numbers of the registry that are printed with gaps, digits only
	words []string        // numbers that spell a word, in capitals
}

var (
	contactShape = regexp.MustCompile(`(?i)\+?\d[\d\-. ()]{6,}\d|\b\d{3}[-. ]\d{4}\b|\bhttps?:|\bwww\.|[\w.+-]+@[\w-]+\.\w|\b[\w-]+\.(gov|org|com|net|mil|edu|info|mx|uk|us|ca|au)\b`)
	runOfDigits  = regexp.MustCompile(`\d+`)
	parted       = regexp.MustCompile(`\d+(?:[-. ]\d+)+`)
	placeholder  = regexp.MustCompile(`\{[^}]*\}`)
)

func (b *Base) contactPattern() contactPattern {
	c := contactPattern{shape: contactShape, short: map[string]bool{}, apart: map[string]bool{}}
	add := func(number, display, letters string) {
		if len(number) <= 6 {
			c.short[number] = true
		}
		if d := digits.ReplaceAllString(cmp.Or(display, number), ""); len(d) >= 5 {
			c.apart[d] = true
		}
		if letters != "" {
			c.words = append(c.words, strings.ToUpper(letters))
		}
	}
	for _, id := range b.lines {
		r := b.resources[id]
		for _, p := range slices.Concat(r.Phones, r.WhatsApp) {
			add(p.E164, p.Display, p.Letters)
		}
		for _, t := range r.Texts {
			add(t.Number, t.Display, "")
		}
		for _, d := range r.Deaf {
			add(d.Number, d.Display, "")
		}
	}
	return c
}

// find returns what looks like a contact, or "".
func (c contactPattern) find(s string) string {
	s = placeholder.ReplaceAllString(s, "…")
	for _, m := range c.shape.FindAllString(s, -1) {
		if !innocent(m) {
			return m
		}
	}
	for _, m := range parted.FindAllString(s, -1) {
		if c.apart[digits.ReplaceAllString(m, "")] {
			return m
		}
	}
	upper := strings.ToUpper(s)
	for _, w := range c.words {
		if strings.Contains(upper, w) {
			return w
		}
	}
	for _, at := range runOfDigits.FindAllStringIndex(s, -1) {
		m := s[at[0]:at[1]]
		if len(m) >= 7 || c.short[m] && !thousands(s[:at[0]]) {
			return m
		}
	}
	return ""
}

// innocent tells years and sections of law ("2012 - 2016", "1581, 1584"),
// which come in fours, and clauses ("52.222-50"), which are short, from
// telephone numbers.
func innocent(s string) bool {
	if strings.ContainsAny(s, "@:") || strings.ContainsFunc(s, unicode.IsLetter) {
		return false
	}
	fours, n := true, 0
	for _, y := range runOfDigits.FindAllString(s, -1) {
		fours = fours && len(y) == 4
		n += len(y)
	}
	return fours || n < 9 && !strings.Contains(s, "-") || n == 7 && strings.Count(s, ".") == 1
}

// thousands tells whether digits that follow this text only go on with a
// number, as in "10 000" or "1,000".
func thousands(before string) bool {
	if before == "" {
		return false
	}
	r := []rune(before)
	last := r[len(r)-1]
	return len(r) > 1 && unicode.IsDigit(r[len(r)-2]) && (last == ' ' || last == '.' || last == ',' || last == '\u00a0' || last == '\u202f')
}

// Summary is the report in a few lines for people.
func (r Report) Summary() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(r.Counts)) {
		fmt.Fprintf(&b, "%-20s %d\n", k, r.Counts[k])
	}
	fmt.Fprintf(&b, "%-20s %d\n%-20s %d\n", "errors", len(r.Errors), "warnings", len(r.Warnings))
	return b.String()
}
