package redact

import (
	"strings"
	"unicode/utf8"
)

// Keep tells what must stay although it looks like personal detail. Its
// functions must be quick and give the same answer for the same word; nil says
// no to everything, so the zero Keep takes away the most.
type Keep struct {
	// Digits tells whether a telephone number, as ASCII digits with or without
	// its country code, may stay: a number of the registry.
	Digits func(digits string) bool
	// Host tells whether a host in lower case, without "www.", may stay.
	Host func(host string) bool
	// Known tells whether a word, in lower case and without accents, is an
	// ordinary one: of the language, or of the knowledge base. A capitalised word
	// inside a sentence that is not known is taken for a name.
	Known func(word string) bool
}

// The markers stand where something was.
const (
	name     = "[name]"
	phone    = "[phone]"
	address  = "[address]"
	email    = "[email]"
	id       = "[id]"
	link     = "[link]"
	place    = "[place]"
	account  = "[account]"
	birth    = "[date of birth]"
	employer = "[employer]"
	all      = "[text]" // for a text that cannot be brought to rest
)

var markers = []string{name, phone, address, email, id, link, place, account, birth, employer, all}

// passes are how often a text is read at most, so that time stays linear.
const passes = 6

// Text is s with a marker in place of each personal detail that was found. It is
// valid UTF-8 whatever s is, and Text of it is itself. It takes time linear in
// the length of s, and any number of goroutines may call it.
//
// What it finds is not all there is: a name that looks like any other word stays.
func Text(s string, keep Keep) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	for range passes {
		next := once(s, keep)
		if next == s {
			return s
		}
		s = next
	}
	return all
}

// once reads s one time, the surest rules first.
func once(s string, keep Keep) string {
	t := read(s, keep)
	for _, rule := range []func(*text){
		links, keyed, addresses, stays, shaped, phones, spoken,
		employers, places, names, signature,
	} {
		rule(t)
	}
	return t.String()
}
