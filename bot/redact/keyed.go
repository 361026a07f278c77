package redact

import "strings"

// A key is a section of words after which something personal is said.
type key struct {
	section, marker string
	least           int  // digits
	mixed           bool // needs letters too, unless there are four digits
}

var keys = []key{
	{"ids", id, 5, false}, {"plates", id, 2, true}, {"accounts", account, 3, false}, {"zips", address, 5, false},
}

// keyed takes what stands behind a word that says what it is.
func keyed(t *text) {
	for i := range t.words {
		if n := t.phraseAt(in("born"), i); n > 0 {
			t.born(i + n)
		}
		if n := t.phraseAt(in("handles"), i); n > 0 {
			t.handle(i+n, name)
		}
		if n := t.phraseAt(in("passwords"), i); n > 0 {
			t.handle(i+n, account)
		}
		for _, k := range keys {
			if n := t.phraseAt(in(k.section), i); n > 0 {
				t.value(i+n, k)
			}
		}
	}
}

const between = " :#.,=()-°º\""

// fill skips what may stand before a value.
func (t *text) fill(i int) int {
	for n := 0; n < 4 && t.joined(i, between) && t.words[i].digits == 0; n++ {
		k := t.phraseAt(in("fillers"), i)
		if k == 0 {
			return i
		}
		i += k
	}
	return i
}

// value takes the letters and digits from word i on that are one number.
func (t *text) value(i int, k key) {
	i = t.fill(i)
	if !t.joined(i, between) {
		return
	}
	digits, letters, last := 0, 0, -1
	for j := i; j < len(t.words) && j < i+10; j++ {
		w := t.words[j]
		short := w.letters > 0 && w.letters <= 4 && (w.upper || w.cap && w.letters == 1) && !t.shout
		if j > i && !t.joined(j, " -./") || w.digits == 0 && !short {
			break
		}
		if w.digits > 0 {
			last = j
		}
		digits, letters = digits+w.digits, letters+w.letters
	}
	if last < 0 || digits < k.least || k.mixed && letters == 0 && digits < 4 {
		return
	}
	if years.FindString(t.fold[t.words[i].from:t.words[last].to]) == t.fold[t.words[i].from:t.words[last].to] || t.is(last+1, "units") {
		return
	}
	t.mark(t.words[i].from, t.words[last].to, k.marker)
}

// born takes a date of birth. A year alone stays, as an age does.
func (t *text) born(i int) {
	i = t.fill(i)
	if i >= len(t.words) || !t.joined(i, between) {
		return
	}
	from := t.words[i].from
	said := t.fold[from:min(len(t.fold), from+40)]
	if date := day.FindString(said); date != "" && strings.HasPrefix(said, date) {
		t.mark(from, from+len(date), birth)
	}
}

// handle takes a user name or a password: what stands behind, when it looks like no word.
func (t *text) handle(i int, marker string) {
	told := i < len(t.words) && (t.is(i, "tells") || strings.ContainsAny(t.gap(i), ":=\""))
	i = t.fill(i)
	if !t.joined(i, between) || t.known(i) || t.words[i].letters == 0 || !told && t.words[i].digits == 0 {
		return
	}
	from, to := t.words[i].from, t.words[i].to
	for i+1 < len(t.words) && strings.Trim(t.gap(i+1), "._-") == "" && t.gap(i+1) != "" {
		i++
		to = t.words[i].to
	}
	t.mark(from, to, marker)
}
