package main

import (
	"net/url"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"porchlight/bot/redact"
	"porchlight/knowledge"
	"porchlight/knowledge/language"
)

// redactor takes personal detail out of what goes to a model. What the registry
// and the content in force hold stays.
func redactor(base func() *knowledge.Base) func(lang, text string) string {
	var mu sync.Mutex
	var of *knowledge.Base
	var keep redact.Keep
	return func(_, text string) string {
		b := base()
		mu.Lock()
		if b != of {
			of, keep = b, keepOf(b)
		}
		k := keep
		mu.Unlock()
		return redact.Text(text, k)
	}
}

// keepOf is what stays with a content: numbers and hosts of its registry, words
// of its topics and of everyday language.
func keepOf(b *knowledge.Base) redact.Keep {
	numbers, hosts, words := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range b.Resources() {
		if !r.Shown() {
			continue
		}
		for _, n := range numbersOf(r) {
			numbers[n] = true
			numbers[strings.TrimPrefix(n, "1")] = true
		}
		for _, w := range r.Web {
			if u, err := url.Parse(w.URL); err == nil {
				hosts[strings.TrimPrefix(strings.ToLower(u.Host), "www.")] = true
			}
		}
	}
	for _, lang := range b.Langs() {
		for _, w := range language.Common(lang) {
			words[plainWord(w)] = true
		}
		for _, t := range b.Topics(lang) {
			for _, s := range append([]string{t.Title, t.Answer}, t.Details...) {
				for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
					words[plainWord(w)] = true
				}
			}
		}
	}
	has := func(set map[string]bool) func(string) bool { return func(s string) bool { return set[s] } }
	return redact.Keep{Digits: has(numbers), Host: has(hosts), Known: has(words)}
}

// numbersOf are the numbers of a help line, digits only.
func numbersOf(r *knowledge.Resource) (out []string) {
	add := func(s string) {
		if d := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s); d != "" {
			out = append(out, d)
		}
	}
	for _, p := range r.Phones {
		add(p.E164)
		add(p.Display)
	}
	for _, p := range r.WhatsApp {
		add(p.E164)
	}
	for _, t := range r.Texts {
		add(t.Number)
	}
	for _, d := range r.Deaf {
		add(d.Number)
	}
	return out
}

// plainWord is a word in lower case without accents.
func plainWord(w string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(w))
}
