package laws

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"porchlight/knowledge"
)

// contacts tells the registry's own contacts from what only looks like one.
type contacts struct {
	shown  map[string]bool // digits, addresses and hosts that may be shown
	short  map[string]bool // those of at most six digits
	hidden map[string]bool // those that must not
	names  []string        // names of lines that hold digits, such as "911"
}

func contactsOf(b *knowledge.Base) contacts {
	c := contacts{shown: map[string]bool{}, short: map[string]bool{}, hidden: map[string]bool{}}
	for _, r := range b.Resources() {
		into := c.shown
		if !r.Shown() {
			into = c.hidden
		}
		for _, n := range numbers(r) {
			into[digits(n)] = true
			if len(digits(n)) <= 6 && r.Shown() {
				c.short[digits(n)] = true
			}
		}
		for _, w := range r.Web {
			into[w.URL] = true
			into[host(w.URL)] = true
		}
		for _, e := range r.Email {
			into[e] = true
		}
		for _, w := range r.Withheld {
			for _, s := range append(numberish.FindAllString(w.Value, -1), emailish.FindAllString(w.Value, -1)...) {
				if d := digits(s); len(d) >= 7 {
					c.hidden[d] = true
				} else if strings.Contains(s, "@") {
					c.hidden[s] = true
				}
			}
		}
		for _, lang := range b.Langs() {
			if s := r.Short.In(lang); digits(s) != "" {
				_, rest, _ := strings.Cut(s, " ")
				c.names = append(c.names, s, "al "+rest, "del "+rest)
			}
		}
	}
	for k := range c.shown {
		delete(c.hidden, k)
	}
	return c
}

// numbers are all numbers of a line, as dialled and as printed.
func numbers(r *knowledge.Resource) (out []string) {
	add := func(list ...string) {
		for _, s := range list {
			if digits(s) == "" {
				continue
			}
			out = append(out, s)
			if national, ok := strings.CutPrefix(s, "+1"); ok {
				out = append(out, national)
			}
		}
	}
	for _, p := range slices.Concat(r.Phones, r.WhatsApp) {
		add(p.E164, p.Display)
	}
	for _, t := range r.Texts {
		add(t.Number, t.Display)
	}
	for _, d := range r.Deaf {
		add(d.Number, d.Display)
	}
	return out
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func host(url string) string {
	_, s, _ := strings.Cut(url, "://")
	s, _, _ = strings.Cut(s, "/")
	return strings.TrimPrefix(s, "www.")
}

var (
	numberish = regexp.MustCompile(`\+?\(?\d+\)?(?:[ \x{a0}\x{202f}.–\x{2011}-]\(?\d+\)?|\) ?\d+)*`)
	webbish   = regexp.MustCompile(`(?i)\bhttps?://\S+|\bwww\.\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:gov|org|com|net|mil|edu|info|mx|uk|ca|au)\b(?:/\S*)?`)
	emailish  = regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)
	thousands = regexp.MustCompile(`\d{1,3}(?:,\d{3})+`)
	// What is no telephone number: a date, years and sections of law, which come
	// in fours, and a clause of the procurement rules.
	noNumber = regexp.MustCompile(`^(?:\d{4}-\d\d-\d\d|\d{4}(?:\D{1,3}\d{4})+|52\.222-\d\d)$`)
	dialled  = regexp.MustCompile(`(?i)\b(?:call|text|texts at|dial|llame|marque|texto|llamar)\s+(?:to\s+|at\s+|al\s+|el\s+)?(\d{3,6})\b`)
)

// looked remembers what looking found in a line: replies share most of theirs.
var looked sync.Map

// looking lists what looks like a number of seven digits or more, a short
// number to be called, a web address or an e-mail address.
func looking(text string) (out []string) {
	for line := range strings.Lines(text) {
		known, _ := looked.Load(line)
		found, ok := known.([]string)
		if !ok {
			found = lookingIn(line)
			looked.Store(line, found)
		}
		out = append(out, found...)
	}
	return out
}

func lookingIn(text string) (out []string) {
	for _, m := range emailish.FindAllString(text, -1) {
		out = append(out, strings.TrimRight(m, "."))
	}
	text = emailish.ReplaceAllString(text, " ")
	for _, m := range webbish.FindAllString(text, -1) {
		out = append(out, strings.TrimRight(m, ".,;:!?)"))
	}
	text = thousands.ReplaceAllString(webbish.ReplaceAllString(text, " "), " ")
	for _, m := range numberish.FindAllString(text, -1) {
		if len(digits(m)) >= 7 && !noNumber.MatchString(strings.Trim(m, "()")) {
			out = append(out, m)
		}
	}
	for _, m := range dialled.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// foreign lists what looks like a contact in a text and is none that may be shown.
func (c contacts) foreign(text string) (out []string) {
	for _, s := range looking(text) {
		ok := c.shown[s]
		switch {
		case strings.Contains(s, "@") || strings.Contains(s, "://"):
		case strings.ContainsFunc(s, unicode.IsLetter):
			ok = c.shown[host("//"+"://"+s)]
		default:
			ok = c.shown[digits(s)]
		}
		if !ok {
			out = append(out, s)
		}
	}
	return out
}

// inProse lists the contacts of any kind in a text of the knowledge base,
// besides the names of help lines: there must be none.
func (c contacts) inProse(text string) []string {
	for _, n := range c.names {
		text = strings.ReplaceAll(text, n, "…")
	}
	out := looking(text)
	for _, m := range numberish.FindAllString(thousands.ReplaceAllString(text, " "), -1) {
		if c.short[m] {
			out = append(out, m)
		}
	}
	return out
}

// secret lists what the registry knows but withholds.
func (c contacts) secret(text string) (out []string) {
	for _, s := range looking(text) {
		if c.hidden[s] || c.hidden[digits(s)] && digits(s) != "" {
			out = append(out, s)
		}
	}
	return out
}
