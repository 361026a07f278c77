package redact

import "strings"

// employers takes names of companies.
func employers(t *text) {
	for i := 0; i < len(t.words); i++ {
		if n := t.phraseAt(in("employers"), i); n > 0 {
			t.works(i + n)
		}
		if t.is(i, "business") && t.free(i) && !t.shout {
			t.business(i)
		}
	}
}

// works takes the employer that stands from word i on. An article may come first.
func (t *text) works(i int) {
	if t.is(i, "articles") {
		i++
	}
	if !t.joined(i, " :,") || !t.free(i) || t.kept(i) {
		return
	}
	n, odd := 0, false
	for j := i; j < i+6 && (j == i || t.joined(j, " .&-'")) && t.free(j); j++ {
		w := t.words[j]
		capital := w.cap && !t.shout
		if t.is(j, "stop") && !capital || t.kept(j) || w.digits > 0 || j > i && t.stopped(j) {
			break
		}
		if !capital && t.known(j) && !t.is(j, "business") && !t.heads(j) {
			break
		}
		odd = odd || !w.upper && !t.known(j) || capital && t.is(j, "business")
		n = j - i + 1
	}
	if odd {
		t.mark(t.words[i].from, t.words[i+n-1].to, employer)
	}
}

// heads tells whether a word for a business stands within two words behind i, as
// in "golden dragon buffet".
func (t *text) heads(i int) bool {
	return t.joined(i+1, " ") && t.is(i+1, "business") ||
		t.joined(i+2, " ") && t.is(i+2, "business") && !t.is(i+1, "stop")
}

// business takes the capitals before and behind a word such as Farms or
// restaurante.
func (t *text) business(i int) {
	from, to := t.before(i), i
	if n := t.capitals(i + 1); n > 0 && !t.kept(i+1) && !t.words[i].cap {
		to = i + n
	}
	for to < i+12 && t.is(to+1, "business") && t.joined(to+1, " .,") && t.words[to+1].cap {
		to++
	}
	odd := from == i && to > i && t.is(i, "businessof") || from < i && !t.words[i].cap
	for j := from; j <= to; j++ {
		odd = odd || !t.known(j) && !t.words[j].upper || t.named(j, false)
	}
	if odd && to > from {
		if to > i && from == i {
			from++ // "restaurante" itself says nothing
		}
		t.mark(t.words[from].from, t.words[to].to, employer)
	}
}

// before is where the name of a business begins whose last word is i: capitals,
// or a surname in any case.
func (t *text) before(i int) int {
	from := i
	for from > 0 && from > i-5 && t.words[i].cap && t.free(from-1) && t.joined(from, " &.,-'") && t.words[from-1].cap &&
		!t.is(from-1, "stop", "proper") && !t.kept(from-1) {
		from--
	}
	if from == i && t.joined(i, " ") && t.free(i-1) && in("surnames").has(t.words[i-1].s) && !t.known(i-1) {
		from--
	}
	return from
}

// places takes towns. Countries and states stay.
func places(t *text) {
	for i := range t.words {
		if n := t.phraseAt(in("near"), i); n > 0 && !t.consulate(i) {
			t.town(i + n)
		}
		if t.kept(i) {
			t.beforeState(i)
		}
	}
}

func (t *text) consulate(i int) bool {
	return t.is(i-1, "consulates") || t.is(i-2, "consulates")
}

// town takes the town at word i: one of the list, or unknown capitals.
func (t *text) town(i int) {
	if !t.joined(i, " ") || !t.free(i) || t.kept(i) {
		return
	}
	if n := t.phraseAt(in("towns"), i); n > 0 {
		if !t.is(i, "maybenames") || t.words[i].cap {
			t.mark(t.words[i].from, t.words[i+n-1].to, place)
		}
		return
	}
	n := t.capitals(i)
	if n == 0 || t.shout || t.words[i].upper || t.named(i, true) {
		return
	}
	of := strings.Contains(t.gap(i+n), ",") && t.joined(i+n, " ,") && t.kept(i+n) // "Plant City, Florida"
	if of || t.odd(i, n) {
		t.mark(t.words[i].from, t.words[i+n-1].to, place)
	}
}

// odd tells whether some of n words is unknown, and none begins a kept place.
func (t *text) odd(i, n int) bool {
	odd := false
	for j := i; j < i+n; j++ {
		if t.kept(j) || t.is(j, "proper") {
			return false
		}
		odd = odd || !t.known(j) && t.words[j].digits == 0
	}
	return odd
}

// beforeState takes the word before a comma and a state: "fresno, california".
func (t *text) beforeState(i int) {
	if t.joined(i, " ,") && strings.Contains(t.gap(i), ",") && t.free(i-1) && i > 1 &&
		t.is(i-2, "near") && t.joined(i-1, " ") && !t.is(i-1, "stop") && t.words[i-1].digits == 0 && !t.kept(i-1) {
		t.mark(t.words[i-1].from, t.words[i-1].to, place)
	}
}
