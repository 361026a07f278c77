package redact

import "strings"

var (
	box       = needs("0", `\b(?:p\.?\s?o\.?\s?box|post office box|apartado(?: postal)?)\s?#?\s?[a-z]?\d+`)
	stateZip  = needs("0", `\b([a-z]{2}),?\s(\d{5})(?:-\d{4})?\b`)
	plusFour  = needs("0", `\b\d{5}-\d{4}\b`)
	roads     = needs("0", `\bi-?\s?(?:5|10|15|35|40|55|65|70|75|80|85|95)\b`)
	dated     = needs("0", `\b(?:calle|avenida|av|calzada|blvd|boulevard)\.?\s\d{1,2}\sde\s`+month+`\b(?:\s?(?:#|no\.?|num\.?|numero)?\s?\d+)?`)
	corner    = " .,#-ºª°"
	afterZone = " .,#\n-"
)

// addresses takes where something stands: streets, rooms, boxes, codes.
func addresses(t *text) {
	for _, p := range []pattern{box, dated} {
		t.each(p, func(m []int) { t.mark(m[0], m[1], address) })
	}
	for i := 0; i < len(t.words); i++ {
		to := i
		for _, rule := range []func(*text, int) int{english, spanish, unnumbered, highway} {
			if to = rule(t, i); to > i {
				break
			}
		}
		if to > i {
			to = t.tail(to)
			t.mark(t.words[i].from, t.words[to-1].to, address)
			i = to - 1
		} else if to = room(t, i); to > i {
			t.mark(t.words[i].from, t.words[to-1].to, address)
		}
	}
	t.each(stateZip, func(m []int) {
		if in("stateabbr").has(t.fold[m[2]:m[3]]) && t.capital(m[2]) && t.capital(m[2]+1) {
			t.mark(m[0], m[1], address)
		}
	})
	t.each(plusFour, func(m []int) { t.mark(m[0], m[1], address) })
	t.each(roads, func(m []int) {
		if before := strings.TrimRight(t.fold[:m[0]], " "); strings.HasSuffix(before, "off") || strings.HasSuffix(before, "on") || strings.HasSuffix(before, "along") {
			t.mark(m[0], m[1], address)
		}
	})
}

// number tells whether word i is one that a house can have.
func (t *text) number(i int) bool {
	return t.free(i) && t.words[i].digits > 0 && t.words[i].digits <= 6 && t.words[i].letters <= 2
}

// english reads "1200 N. Main St." from word i on and tells where it ends.
func english(t *text, i int) int {
	if !t.number(i) || t.is(i+1, "units") {
		return i
	}
	odd := false // a word that no sentence needs
	if t.is(i+1, "esstreets") && t.joined(i+1, " ,") {
		return t.route(i + 2)
	}
	for j := i + 1; j < i+7 && t.joined(j, " .-'/") && t.free(j); j++ {
		strong, weak := t.is(j, "strongstreets"), t.is(j, "weakstreets")
		switch {
		case j > i+1 && (strong || weak && odd):
			return j + 1
		case t.is(j, "stop", "units") && t.words[j].letters > 1:
			return i
		}
		odd = odd || t.words[j].cap || !t.known(j)
	}
	return i
}

// route goes on over the name of a street from word i on: "de las palmas".
func (t *text) route(i int) int {
	for t.is(i, "connectors", "stop") && t.joined(i, " .") && t.free(i) && t.words[i].letters < 4 {
		i++
	}
	if t.joined(i, " .") && t.free(i) {
		return i + max(1, t.capitals(i))
	}
	return i
}

// spanish reads "calle Hidalgo 45" or "colonia Centro".
func spanish(t *text, i int) int {
	if !t.is(i, "esstreets") || !t.free(i) {
		return i
	}
	for j := i + 1; j < i+6 && t.joined(j, corner) && t.free(j); j++ {
		if t.words[j].digits > 0 {
			if t.counts(j) {
				break
			}
			return t.more(j + 1)
		}
		if t.is(j, "stop", "units") && !t.is(j, "connectors") {
			break
		}
	}
	if n := t.capitals(i + 1); n > 0 && !t.shout {
		return i + 1 + n
	}
	return i
}

// more goes on over numbers of a house: "# 12-30", "B".
func (t *text) more(i int) int {
	for t.joined(i, corner) && t.free(i) {
		switch {
		case t.words[i].digits > 0 && !t.counts(i), t.words[i].letters == 1 && strings.Trim(t.gap(i), "-") == "":
			i++
		case t.is(i, "fillers") && t.joined(i+1, corner) && t.words[i+1].digits > 0 && !t.counts(i+1):
			i += 2
		default:
			return i
		}
	}
	return i
}

// counts tells whether number i counts something: a word follows that belongs to
// no address.
func (t *text) counts(i int) bool {
	j := i + 1
	if !t.joined(j, " ") || t.words[j].digits > 0 || t.words[j].letters < 3 {
		return t.is(j, "units") && t.joined(j, " ")
	}
	return t.is(j, "units") || !t.is(j, "stop", "esstreets", "rooms", "near", "fillers")
}

// capitals is how many words from i on are one proper name. Small words may join
// its parts.
func (t *text) capitals(i int) int {
	n := 0
	for j := i; j < i+8 && t.joined(j, " .-") && t.free(j); j++ {
		switch w := t.words[j]; {
		case t.stopped(j):
			return n
		case w.cap && (w.letters == 1 || !t.is(j, "stop") || t.is(j, "connectors")):
			n = j - i + 1
		case t.is(j, "connectors") && n > 0:
		default:
			return n
		}
	}
	return n
}

// stopped tells whether a full stop between two words ends a sentence: one that
// follows a word, not an initial or a short form.
func (t *text) stopped(i int) bool {
	return strings.Contains(t.gap(i), ".") && t.words[i-1].letters > 4
}

// unnumbered reads "on Willow Road": capitals before a street, or one unknown
// word between "on" and a street.
func unnumbered(t *text, i int) int {
	w := t.words
	if !t.free(i) || t.is(i, "stop", "strongstreets", "weakstreets") {
		return i
	}
	j := i
	for j < i+3 && j < len(w) && w[j].cap && !t.shout && !t.is(j, "strongstreets", "weakstreets") && (j == i || t.joined(j, " .")) {
		j++
	}
	street := t.is(j, "strongstreets", "weakstreets") && t.joined(j, " ")
	if j > i && street && (w[j].cap || !t.known(i)) {
		return j + 1
	}
	lead := i > 0 && (w[i-1].s == "on" || w[i-1].s == "of" || w[i-1].s == "and") && t.joined(i, " ")
	if lead && t.is(i+1, "strongstreets") && t.joined(i+1, " ") && !t.known(i) {
		return i + 2
	}
	return i
}

// highway reads "Highway 99" and "km 14".
func highway(t *text, i int) int {
	n := t.phraseAt(in("highways"), i)
	if n == 0 && (t.words[i].s == "km" || t.words[i].s == "kilometro") {
		n = 1
	}
	if n > 0 && t.free(i) && t.number(i+n) && t.joined(i+n, " .") && !t.is(i+n+1, "units") {
		return i + n + 1
	}
	return i
}

// room reads "apt 4B".
func room(t *text, i int) int {
	if !t.is(i, "rooms") || !t.free(i) {
		return i
	}
	j := i + 1
	if t.is(j, "fillers") && t.joined(j, " .") {
		j++
	}
	if !t.joined(j, " .#") || !t.number(j) || t.counts(j) {
		return i
	}
	return j + 1
}

// tail goes on over what follows a street: a room, a colony, a town, a code.
func (t *text) tail(i int) int {
	for range 8 {
		if i >= len(t.words) || !t.joined(i, afterZone) || !t.free(i) {
			break
		}
		comma := strings.ContainsAny(t.gap(i), ",\n")
		switch w := t.words[i]; {
		case room(t, i) > i:
			i = room(t, i)
		case spanish(t, i) > i:
			i = spanish(t, i)
		case comma && t.phraseAt(in("towns"), i) > 0:
			i += t.phraseAt(in("towns"), i)
		case w.digits == 5 && w.letters == 0 && !t.counts(i):
			i++
		case w.upper && in("stateabbr").has(w.s), w.upper && w.letters < 4 && t.joined(i+1, " ") && t.words[i+1].digits == 5:
			i++
		case comma && w.cap && !t.shout && !t.kept(i) && t.capitals(i) > 0 && !t.ordinary(i):
			i += t.capitals(i)
		default:
			return i
		}
	}
	return i
}

// ordinary tells whether word i opens a new clause rather than names a town.
func (t *text) ordinary(i int) bool { return t.is(i, "stop") || t.known(i) && !t.named(i, false) }

// kept tells whether a country or a state begins at word i.
func (t *text) kept(i int) bool {
	return t.phraseAt(in("places"), i) > 0 || t.phraseAt(in("states"), i) > 0
}
