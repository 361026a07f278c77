package redact

import "strings"

// names takes names of people.
func names(t *text) {
	for i := 0; i < len(t.words); i++ {
		n, from, w := 0, i, t.words[i]
		switch {
		case t.phraseAt(in("openings"), i) > 0:
			from += t.phraseAt(in("openings"), i)
			n = t.person(from, anyWord)
		case t.titled(i):
			from++
			n = t.person(from, t.trust(i))
			if n == 0 && t.subject(from) {
				n = 1
			}
		case t.phraseAt(in("roles"), i) > 0:
			from += t.phraseAt(in("roles"), i)
			n = t.person(from, unknownWord)
			if n == 0 && (!w.cap && t.raised(from) || t.subject(from)) {
				n = 1
			}
		case t.phraseAt(in("maybe"), i) > 0:
			from += t.phraseAt(in("maybe"), i)
			n = t.person(from, unknownWord)
		case t.alone(i):
			n = max(1, t.person(i, unknownWord))
		}
		if n > 0 {
			i = t.couple(from, n) - 1
		}
	}
}

// How much a place says about a word that stands there.
const (
	unknownWord = iota // a name if it is in a list, or unknown with a capital
	capitalWord        // a name if it is in a list, or has a capital
	anyWord            // a name unless it is a small word
)

// titled tells whether word i is a title: with a name behind it, not the "don"
// of "don't" nor "la señora de la casa".
func (t *text) titled(i int) bool {
	return t.is(i, "titles") && t.joined(i+1, " .") && !t.is(i+1, "stop")
}

// trust is how much the title at word i says: a short one is followed by nothing
// but a name.
func (t *text) trust(i int) int {
	if t.is(i, "shorttitles") {
		return anyWord
	}
	return capitalWord
}

// raised tells whether word i has a capital that only a name can have.
func (t *text) raised(i int) bool {
	return t.joined(i, " ,(") && t.free(i) && t.words[i].cap && !t.words[i].upper && !t.shout && !t.words[i].start &&
		!t.is(i, "stop", "proper", "titles") && !t.kept(i) && t.words[i].letters > 1
}

// subject tells whether unknown word i, behind a role, is what a verb follows: "my
// sister anjali is".
func (t *text) subject(i int) bool {
	return t.joined(i, " ") && t.free(i) && !t.known(i) && t.words[i].digits == 0 && t.words[i].letters > 2 &&
		!t.kept(i) && t.is(i+1, "copulas") && t.joined(i+1, " ")
}

// person is how many words from i on are the name of somebody.
func (t *text) person(i, place int) int {
	if !t.joined(i, " .:,\"'-") && i != 0 || !t.free(i) || !t.first(i, place) {
		return 0
	}
	n := 1
	for j := i + 1; j < i+6 && t.joined(j, " .-") && t.free(j) && !t.stopped(j); j++ {
		switch {
		case t.next(j, place):
			n = j - i + 1
		case t.is(j, "connectors") && j+1 < len(t.words) && t.words[j].s != "y":
		default:
			return n
		}
	}
	return n
}

// first tells whether a name may begin with word i.
func (t *text) first(i, place int) bool {
	w := t.words[i]
	if w.letters < 2 || w.digits > 0 || t.is(i, "stop") || t.kept(i) {
		return false
	}
	listed := t.named(i, true) || w.cap && !t.shout && t.named(i, false)
	switch place {
	case anyWord:
		return true
	case capitalWord:
		return listed || w.cap && !t.shout && !t.is(i, "proper")
	}
	return listed || w.cap && !w.upper && !t.shout && !t.known(i)
}

// next tells whether word i goes on with a name.
func (t *text) next(i, place int) bool {
	w := t.words[i]
	initial := w.cap && w.letters == 1
	if w.digits > 0 || t.is(i, "stop") && !initial || t.kept(i) {
		return false
	}
	if t.named(i, true) || in("surnames").has(w.s) && (!t.known(i) || w.cap) {
		return true
	}
	if w.cap && !t.shout {
		return w.letters == 1 || !t.known(i) || t.named(i, false)
	}
	return place == anyWord && !t.known(i)
}

// alone tells whether word i is a name without anything that says so.
func (t *text) alone(i int) bool {
	w := t.words[i]
	if !t.free(i) || w.letters < 2 || w.digits > 0 || t.kept(i) || t.is(i, "stop", "proper") {
		return false
	}
	switch {
	case t.named(i, true), t.named(i, false) && w.cap && t.linked(i+1) && t.named(i+2, false) && t.words[i+2].cap:
		return true
	case !w.cap || t.shout:
		return false
	case t.phraseAt(in("towns"), i) > 0:
		return false
	case w.upper:
		return w.letters > 5 && !w.start && !t.known(i)
	case w.start:
		return !t.known(i) && strings.HasSuffix(w.s, "'s") || !t.known(i) && (t.is(i+1, "verbs") && t.joined(i+1, " ") || t.proper(i+1) || t.linked(i+1) && t.proper(i+2))
	}
	return !t.known(i) || t.named(i, false) && (t.proper(i+1) || !t.titleCase(i))
}

// proper tells whether word i goes on with a name in capitals.
func (t *text) proper(i int) bool {
	return t.joined(i, " ") && t.free(i) && t.words[i].cap && !t.words[i].upper &&
		(!t.known(i) || t.named(i, false))
}

// titleCase tells whether word i stands among capitalised words that are known,
// as in the name of a law or an agency.
func (t *text) titleCase(i int) bool {
	for _, j := range []int{i - 1, i + 1} {
		if j >= 0 && j < len(t.words) && t.words[j].cap && !t.words[j].start && t.known(j) {
			return true
		}
	}
	return false
}

// couple marks a name and those that are joined to it, and tells where they end.
func (t *text) couple(i, n int) int {
	for {
		t.mark(t.words[i].from, t.words[i+n-1].to, name)
		i += n
		if !t.linked(i) {
			return i
		}
		if n = t.person(i+1, unknownWord); n == 0 || t.known(i+1) && !t.named(i+1, false) {
			return i
		}
		i++
	}
}

// linked tells whether word i joins two names.
func (t *text) linked(i int) bool {
	return i < len(t.words) && (t.words[i].s == "and" || t.words[i].s == "y" || t.words[i].s == "e") &&
		t.joined(i, " ,") && t.joined(i+1, " ")
}

// signature takes a name that stands at the end, behind thanks or a dash.
func signature(t *text) {
	end := len(t.words)
	for n := 1; n <= 3 && n < end; n++ {
		i := end - n
		if !t.free(i) || t.is(i, "stop") || t.words[i].digits > 0 {
			return
		}
		ordinary := t.known(i) && (n > 1 && !t.words[i].cap || n == 1 && !t.named(i, false))
		if t.signs(i) && !ordinary {
			t.mark(t.words[i].from, t.words[end-1].to, name)
			return
		}
	}
}

// signs tells whether what stands before word i announces a name.
func (t *text) signs(i int) bool {
	gap := strings.Trim(t.gap(i), " ")
	if strings.Trim(gap, "-~*\n .!?") == "" && strings.ContainsAny(gap, "-~") && strings.ContainsAny(t.gap(i), "\n ") {
		return true
	}
	if !strings.ContainsAny(gap, ",\n.!:-") {
		return false
	}
	for n := 1; n <= 3 && i-n >= 0; n++ {
		if t.phraseAt(in("closings"), i-n) == n {
			return true
		}
	}
	return false
}
