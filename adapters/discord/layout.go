package discord

import (
	"slices"
	"strings"

	"porchlight/bot"
)

// Lengths that are ours, in characters.
const (
	longText     = 800 // of one piece of prose
	leadText     = 400 // of the pieces that come before an urgent help line
	titleText    = 300 // of one piece of a heading or name
	phraseLength = 300
	titleLength  = 120
	dateLength   = 20
	headLength   = 150
	tooLong      = 4 * embedsLength // bytes: of such a text not all fits
	moreLabels   = 300              // of suggestions that are listed
)

// A rank says how important something is. What does not fit is left out from
// the last rank on, and within one from its end.
type rank int

const (
	vital   rank = iota // what is said first, and how to reach help
	around              // what frames the answer
	nearby              // what to know of a help line
	core                // of each section its heading, text and source
	detail              // bullets, and the rest of long texts
	linked              // addresses of the sources
	further             // suggestions without a button
	ranks
	onlyCut // shown when something was left out
)

// A piece is the least that is shown or left out.
type piece struct {
	rank rank
	mark string // as Discord's markup
	// goesOn pieces are in the line of the one before them.
	goesOn bool
	tied   bool // stands with the next one
	top    bool // must stand in the content
	shown  bool
	takes  int // size, once it was asked for
}

// A part is a paragraph or more: pieces in lines of their own. Loose ones may be
// divided between the content and an embed.
type part struct {
	pieces []piece
	loose  bool
}

// sheet collects the parts of a reply, and its buttons.
type sheet struct {
	f         face
	lang      string
	parts     []part
	cited     []string // addresses of sources that were shown
	suggested []button
	actions   []button
}

// layout is all of a reply in reading order, which is that of r.Plain; of the
// suggestions those that have a button are there alone.
func layout(r bot.Reply, f face) *sheet {
	b := &sheet{f: f, lang: r.Lang, parts: make([]part, 0, 8+len(r.Sections))}
	b.lead(r)
	if r.Urgent {
		b.help(r)
	}
	for _, s := range r.Sections {
		b.section(s)
	}
	b.add(long(around, detail, "", r.Closing, longText)...)
	if !r.Urgent {
		b.help(r)
	}
	b.add(short(onlyCut, f.say(r.Lang, "cut"))...)
	switch {
	case r.Final:
		b.act(b.f.Actions)
		b.suggest(r)
	case grows(r):
		b.act(b.f.Growing)
	}
	return b
}

// add makes a part of pieces.
func (b *sheet) add(pieces ...piece) {
	if len(pieces) > 0 {
		b.parts = append(b.parts, part{pieces: pieces})
	}
}

// short is one piece, of text that is short.
func short(r rank, s string) []piece {
	if s == "" {
		return nil
	}
	return []piece{{rank: r, mark: inert(s)}}
}

// long is text of any length: the first piece of it has one rank, the rest
// another.
func long(first, rest rank, prefix, s string, most int) (out []piece) {
	s = tidy(s)
	if s == "" {
		return nil
	}
	line := true // the next piece begins a line
	for i, x := range splitText(s[:min(len(s), tooLong)], most) {
		line = line || strings.HasPrefix(x, "\n")
		ended := strings.HasSuffix(x, "\n")
		if x = strings.TrimSpace(x); x == "" {
			line = line || ended
			continue
		}
		if i > 0 {
			first = rest
		}
		p := piece{rank: first, mark: inert(x), goesOn: !line}
		if line && i == 0 {
			p.mark = prefix + p.mark
		}
		out = append(out, p)
		line = ended
	}
	return out
}

// title is a line over what follows it, of any length.
func title(first, rest rank, prefix, s string) []piece {
	out := long(first, rest, prefix, oneLine(s), titleText)
	if len(out) == 1 {
		out[0].tied = true
	}
	return out
}

// strong is a name in bold.
func strong(first, rest rank, s string) []piece {
	out := title(first, rest, "", s)
	for i := range out {
		out[i].mark = "**" + out[i].mark + "**"
	}
	return out
}

// lead is what is said before anything else; where life may be at stake it opens
// with a heading.
func (b *sheet) lead(r bot.Reply) {
	lead, most := r.Lead, longText
	var pieces []piece
	if r.Urgent {
		var head string
		head, lead = headline(lead)
		pieces, most = title(vital, vital, "## ", head), leadText
	}
	pieces = append(pieces, long(vital, around, "", lead, most)...)
	also := long(vital, around, "", r.Also, most)
	topmost(r, pieces)
	topmost(r, also)
	b.add(pieces...)
	b.add(also...)
}

// topmost keeps pieces in the content of an urgent reply.
func topmost(r bot.Reply, pieces []piece) {
	for i := range pieces {
		pieces[i].top = r.Urgent
	}
}

// headline divides what is said first into whole sentences that make a heading,
// and the rest. No heading ends with a question, for its answer comes after it.
func headline(s string) (head, rest string) {
	s = oneLine(s)
	at, n := 0, 0
	for i, r := range s {
		if n += looks(r); n > headLength {
			break
		}
		if end := i + len(string(r)); strings.ContainsRune("。！", r) ||
			strings.ContainsRune(".!।", r) && end < len(s) && s[end] == ' ' {
			at = end
		}
	}
	if n <= headLength {
		return s, ""
	}
	return s[:at], strings.TrimSpace(s[at:])
}

// looks is how long a character looks: those that are as wide as high count twice.
func looks(r rune) int {
	if r >= 0x1100 {
		return 2
	}
	return 1
}

// section is a heading, which screen readers find as one, and what stands below;
// publishers, dates and addresses in small print.
func (b *sheet) section(s bot.Section) {
	pieces := make([]piece, 0, 4+len(s.Bullets)+len(s.Cites))
	pieces = append(pieces, title(core, core, "### ", s.Heading)...)
	mark := oneLine(s.Mark)
	if mark == "" && s.Archived {
		mark = b.f.say(b.lang, "archived_word")
	}
	if mark != "" {
		pieces = append(pieces, title(core, core, "", "["+mark+"]")...)
	}
	pieces = append(pieces, long(core, detail, "", s.Text, longText)...)
	for _, d := range s.Bullets {
		pieces = append(pieces, long(detail, detail, "- ", oneLine(d), longText)...)
	}
	pieces = append(pieces, long(core, detail, "-# ", oneLine(s.Source), longText)...)
	archived := ""
	for _, c := range s.Cites {
		if slices.Contains(b.cited, c.URL) {
			continue
		}
		b.cited = append(b.cited, c.URL)
		if c.Archived && archived == "" {
			archived = b.f.say(b.lang, "archived_word")
		}
		if mark := source(c, archived); mark != "" {
			pieces = append(pieces, piece{rank: linked, mark: "-# " + mark})
		}
	}
	b.add(pieces...)
}

// help is the block of help lines: those in full as cards of their own, the
// others as one line each.
func (b *sheet) help(r bot.Reply) {
	if len(r.Resources) == 0 {
		return
	}
	var pieces []piece
	if !r.Brief {
		pieces = title(around, around, "### ", r.Words.Help)
		topmost(r, pieces)
	}
	bullet := ""
	if len(r.Resources) > 2 || r.Brief && len(r.Resources) > 1 {
		bullet = "- "
	}
	for i, c := range r.Resources {
		one := brief(c, bullet)
		if r.InFull(i) {
			one = card(c)
		}
		if i == 0 {
			topmost(r, one)
		}
		pieces = append(pieces, one...)
		if r.InFull(i) {
			b.parts = append(b.parts, part{pieces: pieces, loose: true})
			pieces = nil
		}
	}
	b.parts = append(b.parts, part{pieces: pieces, loose: true})
}

// brief is a help line in one line, its name in bold.
func brief(c bot.Card, bullet string) []piece {
	s, name := oneLine(c.Brief), oneLine(c.Name)
	if s == "" {
		return nil
	}
	if widths(s) > longText {
		return long(vital, around, bullet, s, longText)
	}
	from := 0
	if after, ok := strings.CutPrefix(s, name); ok && !strings.Contains(name, ":") && (after == "" || after[0] == ':') {
		from = len(name)
	}
	mark := addressed(s[from:], c)
	if from > 0 {
		mark = "**" + inert(s[:from]) + "**" + mark
	}
	return []piece{{rank: vital, mark: bullet + mark}}
}

// card is a help line in full: its name, how to reach it, and who answers go
// together; the rest is what to know before doing so.
func card(c bot.Card) []piece {
	lines := bot.CardLines(c)
	pieces := make([]piece, 0, len(lines))
	pieces = append(pieces, strong(vital, nearby, lines[0])...)
	contacts := len(c.Contacts)
	for i, l := range lines[1:] {
		l = oneLine(l)
		switch {
		case l == "":
		case i < contacts && widths(l) <= longText:
			one := c
			one.Contacts = c.Contacts[i : i+1]
			pieces = append(pieces, piece{rank: vital, mark: addressed(l, one)})
		case i <= contacts:
			pieces = append(pieces, long(vital, nearby, "", l, longText)...)
		default:
			pieces = append(pieces, long(nearby, nearby, "", l, longText)...)
		}
	}
	return pieces
}

// act makes the buttons under the answer.
func (b *sheet) act(actions []action) {
	for _, a := range actions {
		label := b.f.say(b.lang, a.Key)
		if label != "" && carried(a.ID) && !has(b.actions, a.ID) && len(b.actions) < rowsOfButtons*rowLength {
			b.actions = append(b.actions, newButton(a.ID, label))
		}
	}
}

// suggest makes buttons that ask a question, as many as there is room for; the
// other questions are listed, and can be typed.
func (b *sheet) suggest(r bot.Reply) {
	room := (rowsOfButtons - (len(b.actions)+rowLength-1)/rowLength) * rowLength
	var list []piece
	for _, s := range r.Suggestions {
		label := oneLine(s.Label)
		if label == "" {
			label = oneLine(s.Text)
		}
		id := suggestion(s)
		switch {
		case label == "", id != "" && (has(b.suggested, id) || has(b.actions, id)): // nothing, or nothing new
		case id != "" && len(b.suggested) < room:
			b.suggested = append(b.suggested, newButton(id, label))
		default:
			list = append(list, piece{rank: further, mark: "- " + inert(shorten(label, moreLabels))})
		}
	}
	if len(list)+len(b.suggested) > 0 {
		b.add(append(title(nearby, nearby, "", shorten(oneLine(r.Words.Next), titleText)), list...)...)
	}
}

// suggestion is the custom_id that asks a question: for its topic, else with its
// words; "" when neither fits.
func suggestion(s bot.Suggestion) string {
	if id := pressSuggest + ":t:" + s.Topic; s.Topic != "" && clean(s.Topic) == s.Topic && carried(id) {
		return id
	}
	if text := oneLine(s.Text); text != "" {
		if id := pressSuggest + ":q:" + text; carried(id) {
			return id
		}
	}
	return ""
}
