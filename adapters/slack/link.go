package slack

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"porchlight/bot"
)

// longest is the length of the longest address that becomes a link.
const longest = 500

// A span is where a contact stands in a text, and what it opens.
type span struct {
	from, to int
	href     string
}

// tappable is clean text as mrkdwn, in which the contacts of a card can be
// tapped. What is shown stays the text, character by character: only a contact
// whose address is just what is printed becomes a link. They are looked for from
// a place on, behind the name, which may hold digits as well.
func tappable(s string, from int, c bot.Card) string {
	var spans []span
	room := longText - size(s)
	for _, k := range c.Contacts {
		display := oneLine(k.Display)
		href, ok := opens(k.Href, display)
		if room -= size(anchor(href, "")); !ok || room < 0 {
			continue
		}
		if at := findSpan(s, display, from, spans); at >= 0 {
			spans = append(spans, span{at, at + len(display), href})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	done := 0
	for _, x := range spans {
		b.WriteString(inert(s[done:x.from]))
		b.WriteString(anchor(x.href, s[x.from:x.to]))
		done = x.to
	}
	b.WriteString(inert(s[done:]))
	return b.String()
}

// anchor is a link to an address that was checked.
func anchor(href, label string) string {
	return "<" + strings.ReplaceAll(href, "&", "&amp;") + "|" + inert(label) + ">"
}

// findSpan is the first place of want in s that is not part of a longer number or
// word, nor of another span, or -1.
func findSpan(s, want string, from int, taken []span) int {
	for i := from; i < len(s); {
		at := strings.Index(s[i:], want)
		if at < 0 {
			return -1
		}
		at += i
		end := at + len(want)
		free := !slices.ContainsFunc(taken, func(x span) bool { return at < x.to && end > x.from })
		if free && !joins(s[:at], s[end:]) {
			return at
		}
		i = at + 1
	}
	return -1
}

// joins tells whether what stands around a number goes on with it.
func joins(before, after string) bool {
	if n := len(before); n > 0 {
		if letter(before[n-1]) || n > 1 && strings.IndexByte("-.+", before[n-1]) >= 0 && letter(before[n-2]) {
			return true
		}
	}
	if after == "" {
		return false
	}
	return letter(after[0]) || len(after) > 1 && strings.IndexByte("-.", after[0]) >= 0 && letter(after[1])
}

// opens is the address that a contact opens, and whether it is what is printed:
// the same digits, or the address itself.
func opens(href, display string) (string, bool) {
	if display == "" || !harmless(href) {
		return "", false
	}
	scheme, rest, _ := strings.Cut(href, ":")
	switch scheme {
	case "tel", "sms":
		return href, sameNumber(rest, display)
	case "mailto":
		return href, rest == display
	case "https":
		return href, href == display && hostOf(href) != ""
	}
	return "", false
}

// sameNumber tells whether a printed number is the one that would be dialled,
// be it without the code of its country.
func sameNumber(dialled, printed string) bool {
	dialled = strings.TrimPrefix(dialled, "+")
	if dialled == "" || strings.Trim(dialled, "0123456789") != "" {
		return false
	}
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case strings.ContainsRune(" -.()+/\u00a0\u2011", r):
			return -1
		}
		return 'x'
	}, printed)
	if digits == dialled {
		return true
	}
	const shortest = 5 // of what may lack the code of its country
	digits = strings.TrimLeft(digits, "0")
	return len(digits) >= shortest && strings.HasSuffix(dialled, digits)
}

// harmless tells whether an address can end neither the link that it stands in
// nor the line.
func harmless(href string) bool {
	for i := range len(href) {
		if c := href[i]; c <= ' ' || c >= 0x7F || strings.IndexByte("<>|\"\\`", c) >= 0 {
			return false
		}
	}
	return href != "" && len(href) <= longest
}

// hostOf is the host of a web address, "" when it is none.
func hostOf(s string) string {
	if !harmless(s) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return ""
	}
	return u.Host
}

// sourceLink is a link to a source, which names its host, so that no title can pass
// for another address; "" where there is nothing to open.
func sourceLink(c bot.Citation, archived string) (mark, text string) {
	host := hostOf(c.URL)
	if host == "" {
		return "", ""
	}
	title := shorten(strings.ReplaceAll(oneLine(c.Title), "|", "¦"), titleLength) // a bar would end the address
	if title == "" || strings.Contains(title, "://") || strings.Contains(title, "www.") {
		title = host
	}
	about := []string{host}
	if c.Published != "" {
		about = append(about, oneLine(shorten(string(c.Published), dateLength)))
	}
	if c.Archived && archived != "" {
		about = append(about, archived)
	}
	tail := " (" + inert(strings.Join(about, ", ")) + ")"
	return anchor(c.URL, title) + tail, inert(title) + tail
}
