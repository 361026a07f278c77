package redact

import "strings"

const month = `(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)`

var (
	day = needs("0", `\b(?:`+month+`\.?\s(?:the\s)?\d{1,2}(?:st|nd|rd|th)?(?:,?\s(?:of\s)?\d{4})?`+
		`|\d{1,2}(?:st|nd|rd|th)?\s(?:de\s|of\s)?`+month+`(?:,?\s(?:de\s|del\s)?\d{4})?`+
		`|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:\d{2})?)\b`)
	years = needs("0", `\b(?:1[5-9]|20)\d\d(?:\s?[-/,]\s?(?:1[5-9]|20)?\d\d){0,9}\b`)
	money = needs("0", `[$€£]\s?\d{1,3}(?:[,. ]\d{3})+(?:\.\d\d)?\b|[$€£]\s?\d{1,7}(?:\.\d\d)?\b|`+
		`\b\d{1,3}(?:,\d{3})+(?:\.\d\d?)?\b|\b(?:\d{1,3}(?:[. ]\d{3})+|\d{1,9})\s?(?:dollars?|dolares|usd|pesos|euros?|bucks|quetzales|lempiras|soles|rupees|people|personas|workers|trabajadores|percent|por ciento|million(?:es)?)\b`)
	law = needs("0", `\b\d{1,2}\s?(?:u\.?\s?s\.?\s?c\.?|c\.?\s?f\.?\s?r\.?)\s?(?:§+\s?|sec(?:tion)?\.?\s?)?\d+[\d.a-z()-]*|\b(?:public law|pub\. l\.|p\.l\.|ley publica)\s?(?:no\.?\s)?\d+-\d+|§+\s?[\d.]+|\bd?far(?:s)?\s\d+[\d.-]+`)

	social = needs("0", `\b\d{3}[- .]\d{2}[- .]\d{4}\b`)
	alien  = needs("0", `\ba\s?[#-]?\s?\d{3}[ -]?\d{3}[ -]?\d{2,3}\b`)
	notice = needs("0", `\b[a-z]{3}[ -]?\d{2}[ -]?\d{3}[ -]?\d{5}\b`)
	iban   = needs("0", `\b[a-z]{2}\d{2}(?:\s?[a-z\d]{4}){3,7}(?:\s?[a-z\d]{1,3})?\b`)
	spot   = needs("0", `-?\b\d{1,3}\.\d{3,}\s?,\s?-?\d{1,3}\.\d{3,}\b`)
	cash   = needs("$", `\$[a-z][a-z\d_-]{2,}`)
	long   = needs("0", `[+(]{0,2}\d(?:[ \t().\-/+_*]{0,4}\d){6,}`)
)

// stays paints what looks like a number of a person and is none.
func stays(t *text) {
	for i := range t.words { // "Carolina del Norte": its parts are no names
		if n := max(t.phraseAt(in("places"), i), t.phraseAt(in("states"), i)); n > 1 && t.free(i) {
			t.brush(t.words[i].from, t.words[i+n-1].to, stay)
		}
	}
	t.each(day, func(m []int) { t.brush(m[0], m[1], stay) })
	t.each(law, func(m []int) { t.brush(m[0], m[1], stay) })
	t.each(long, func(m []int) {
		if t.registered(digitsOf(t.fold[m[0]:m[1]])) {
			t.brush(m[0], m[1], stay)
		}
	})
	t.each(money, func(m []int) {
		if !t.touches(m[0], m[1]) {
			t.brush(m[0], m[1], stay)
		}
	})
	t.each(years, func(m []int) {
		if !t.touches(m[0], m[1]) {
			t.brush(m[0], m[1], stay)
		}
	})
}

// touches tells whether a stretch is only a part of a longer number.
func (t *text) touches(from, to int) bool {
	glued := func(s string, c byte) bool { return c >= '0' && c <= '9' && strings.Trim(s, "-./ ()") == "" }
	for i := from - 1; i >= 0 && i >= from-3; i-- {
		if glued(t.fold[i+1:from], t.fold[i]) {
			return true
		}
	}
	for i := to; i < len(t.fold) && i < to+3; i++ {
		if glued(t.fold[to:i], t.fold[i]) {
			return true
		}
	}
	return false
}

func (t *text) registered(digits string) bool {
	return t.Digits != nil && (t.Digits(digits) || t.Digits("1"+digits) || t.Digits(strings.TrimPrefix(digits, "1")))
}

// shaped takes what shows by its form alone.
func shaped(t *text) {
	for _, s := range []struct {
		re     pattern
		marker string
	}{{spot, address}, {social, id}, {alien, id}, {notice, id}} {
		t.each(s.re, func(m []int) { t.mark(m[0], m[1], s.marker) })
	}
	t.each(iban, func(m []int) {
		if len(digitsOf(t.fold[m[0]:m[1]])) >= 8 {
			t.mark(m[0], m[1], account)
		}
	})
	t.each(cash, func(m []int) { t.mark(m[0], m[1], account) })
	for i, w := range t.words {
		mixed := w.digits >= 6 && w.letters > 0 || w.digits == 5 && w.letters > 0 && letterAt(w.s)
		if mixed && !t.ends(w.s) && t.free(i) {
			t.mark(w.from, w.to, id)
		}
	}
}

// ends tells whether a word is a number with a unit glued to it.
func (t *text) ends(w string) bool {
	return in("units").has(strings.TrimLeft(w, "0123456789"))
}

// phones takes numbers of seven digits and more, however they are grouped.
func phones(t *text) {
	t.each(long, func(m []int) {
		s := t.fold[m[0]:m[1]]
		d := digitsOf(s)
		switch {
		case len(d) >= 16, len(d) >= 13 && luhn(d):
			t.mark(m[0], m[1], account)
		case len(s) == len(d) && strings.HasSuffix(d, "000"): // a round sum
		default:
			t.mark(m[0], m[1], phone)
		}
	})
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// luhn tells whether digits end in the check digit that cards have.
func luhn(d string) bool {
	sum := 0
	for i := range d {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// spoken takes telephone numbers in words: a run that says seven digits or more.
func spoken(t *text) {
	for i := 0; i < len(t.words); {
		n, digits, said := t.run(i)
		if said >= 3 && len(digits) >= 7 && !t.registered(digits) {
			t.mark(t.words[i].from, t.words[i+n-1].to, phone)
		}
		i += max(n, 1)
	}
}

// run reads number words and short numbers from word i on: how many words there
// are, up to forty, what they say, and how many of them were not written as digits.
func (t *text) run(i int) (n int, digits string, said int) {
	for j := i; j < min(len(t.words), i+40) && t.free(j); j++ {
		if j > i && !t.joined(j, " ,.-\n") {
			break
		}
		w := t.words[j]
		switch p := in("digits")[w.s]; {
		case len(p) > 0:
			digits, said, n = digits+strings.Trim(p[0].value, "x"), said+1, j-i+1
		case w.digits > 0 && w.letters == 0 && w.digits <= 4:
			digits, n = digits+w.s, j-i+1
		case n > 0 && (w.s == "y" || w.s == "and"): // treinta y dos
		default:
			return n, digits, said
		}
	}
	return n, digits, said
}
