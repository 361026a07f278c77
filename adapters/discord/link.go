package discord

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"porchlight/bot"
)

// longest is the length of the longest address that is opened.
const longest = 500

// A span is where an address stands in a text.
type span struct{ from, to int }

// addressed is clean text as Discord's markup, in which the web addresses of a card
// can be opened. What is shown stays the text, character by character: an address
// that stands in angle brackets is shown as itself, and has no preview. Numbers
// stay as they are printed: Discord opens none, and phones find them by themselves.
func addressed(s string, c bot.Card) string {
	var spans []span
	for _, k := range c.Contacts {
		if address := oneLine(k.Display); address == k.Href && opens(address, "https") {
			if at := findSpan(s, address, spans); at >= 0 {
				spans = append(spans, span{at, at + len(address)})
			}
		}
	}
	if len(spans) == 0 {
		return inert(s)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	done := 0
	for _, x := range spans {
		b.WriteString(inert(s[done:x.from]))
		b.WriteString("<" + s[x.from:x.to] + ">")
		done = x.to
	}
	b.WriteString(inert(s[done:]))
	return b.String()
}

// findSpan is the first place of an address in s where it ends, outside other
// spans, or -1.
func findSpan(s, address string, taken []span) int {
	for i := 0; i < len(s); {
		at := strings.Index(s[i:], address)
		if at < 0 {
			return -1
		}
		at += i
		end := at + len(address)
		free := !slices.ContainsFunc(taken, func(x span) bool { return at < x.to && end > x.from })
		if free && !goesOn(s[:at], s[end:]) {
			return at
		}
		i = at + 1
	}
	return -1
}

// goesOn tells whether what stands around an address belongs to a longer one.
func goesOn(before, after string) bool {
	if n := len(before); n > 0 && letter(before[n-1]) {
		return true
	}
	end := strings.TrimLeft(after, ".,:;!?)")
	return end != "" && end[0] > ' ' && (end == after || letter(end[0]) || end[0] == '/')
}

// opens tells whether an address is opened: a whole one, with no character that
// could end it early, and none of Discord's own, which the app would take for an
// invitation or a message.
func opens(address string, schemes ...string) bool {
	if len(address) > longest {
		return false
	}
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7F || strings.IndexByte("<>|\"\\`", c) >= 0 {
			return false
		}
	}
	u, err := url.Parse(address)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Host != "" && u.User == nil &&
		!strings.Contains(strings.ToLower(u.Host), "discord") && strings.HasPrefix(address, u.Scheme+"://")
}

// source names a source and shows its address, so that no title can pass for
// another one; "" where there is nothing to open.
func source(c bot.Citation, archived string) string {
	if !opens(c.URL, "https", "http") {
		return ""
	}
	var about []string
	if d := shorten(oneLine(string(c.Published)), dateLength); d != "" {
		about = append(about, d)
	}
	if c.Archived && archived != "" {
		about = append(about, archived)
	}
	name := shorten(oneLine(c.Title), titleLength)
	if len(about) > 0 {
		name = strings.TrimSpace(name + " (" + strings.Join(about, ", ") + ")")
	}
	if name == "" {
		return "<" + c.URL + ">"
	}
	return inert(name+": ") + "<" + c.URL + ">" // as one: the colon could end the name of an emoji
}
