package slack

import (
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// Lengths that are ours, in characters.
const (
	longText     = 2800 // of one piece of prose
	leadText     = 1000 // of the pieces that come before all others
	phraseLength = 300
	titleLength  = 120
	dateLength   = 20
	tooLong      = 4 * allBlocks // bytes: of such a text not all fits
	confirmTitle = 100
	confirmText  = 300
	confirmWord  = 30
	nearButtons  = 5 // suggestions that come before the body of an answer
)

// A rank says how important something is. What does not fit is left out from
// the last rank on, and within one from its end.
type rank int

const (
	vital   rank = iota // what is said first, and how to reach help
	around              // what frames the answer, and its buttons
	nearby              // the first suggestions, and what to know of a help line
	core                // of each section its heading, text and source
	detail              // bullets, and the rest of long texts
	linked              // links to the sources
	further             // further suggestions
	ranks
	onlyCut // shown when something was left out
)

// A kind is the sort of block that a part becomes.
type kind int

const (
	asProse kind = iota
	asHeader
	asSmall
	asButtons
)

// A piece is the least that is shown or left out.
type piece struct {
	rank   rank
	mark   string // in a block: mrkdwn, or the literal text of a header
	text   string // in the text
	button *slack.ButtonBlockElement
	shown  bool
}

// A part is a run of pieces that share their blocks.
type part struct {
	kind   kind
	pieces []piece
}

// sheet collects the parts of a reply.
type sheet struct {
	f     face
	lang  string
	parts []part
	cited []string // addresses that were linked
}

// layout is all of a reply in reading order, which is that of r.Plain.
func layout(r bot.Reply, f face) []part {
	b := &sheet{f: f, lang: r.Lang, parts: make([]part, 0, 8+2*len(r.Sections))}
	b.lead(r)
	if r.Urgent {
		b.help(r)
	}
	for _, s := range r.Sections {
		b.section(s)
	}
	b.para(around, detail, r.Closing)
	if !r.Urgent {
		b.help(r)
	}
	b.add(asSmall, b.words(onlyCut, f.say(r.Lang, "cut")))
	switch {
	case r.Final:
		b.suggestions(r)
		b.actions(f.Actions)
	case !r.Urgent:
		b.actions(f.Growing)
	}
	return b.parts
}

// add makes a part of the pieces that hold something.
func (b *sheet) add(k kind, pieces ...piece) {
	pieces = slices.DeleteFunc(pieces, func(p piece) bool { return p.mark == "" && p.button == nil })
	if len(pieces) > 0 {
		b.parts = append(b.parts, part{k, pieces})
	}
}

// words is a short piece of text.
func (b *sheet) words(r rank, s string) piece {
	s = inert(s)
	return piece{rank: r, mark: s, text: s}
}

// long is text of any length: the first piece of it has one rank, the rest
// another.
func long(first, rest rank, prefix, s string) (out []piece) {
	s = tidy(s)
	if s == "" {
		return nil
	}
	most := longText
	if first == vital {
		most = leadText
	}
	for i, x := range splitText(s[:min(len(s), tooLong)], most) {
		if x = strings.TrimSpace(x); x == "" {
			continue
		}
		x = inert(x)
		if i > 0 {
			first, prefix = rest, ""
		}
		out = append(out, piece{rank: first, mark: prefix + x, text: prefix + x})
	}
	return out
}

func (b *sheet) para(first, rest rank, s string) { b.add(asProse, long(first, rest, "", s)...) }

// lead is what is said before anything else; where life may be at stake it
// opens with a heading.
func (b *sheet) lead(r bot.Reply) {
	lead := r.Lead
	if r.Urgent {
		var head string
		head, lead = headline(lead)
		if mark := literal(head); mark != "" {
			b.add(asHeader, piece{rank: vital, mark: mark, text: inert(head)})
		}
	}
	b.para(vital, around, lead)
	b.para(vital, around, r.Also)
}

// strong is one line in bold, of any length.
func strong(first, rest rank, s string) []piece {
	out := long(first, rest, "", oneLine(s))
	for i := range out {
		out[i].mark = "*" + out[i].mark + "*"
	}
	return out
}

func (b *sheet) section(s bot.Section) {
	pieces := strong(core, core, s.Heading)
	mark := oneLine(s.Mark)
	if mark == "" && s.Archived {
		mark = b.f.say(b.lang, "archived_word")
	}
	if mark != "" {
		pieces = append(pieces, long(core, core, "", "["+mark+"]")...)
	}
	pieces = append(pieces, long(core, detail, "", s.Text)...)
	for _, d := range s.Bullets {
		pieces = append(pieces, long(detail, detail, "• ", d)...)
	}
	b.add(asProse, pieces...)
	b.sources(s)
}

// sources is the line of publishers and dates, and a link to each source that
// was not linked before.
func (b *sheet) sources(s bot.Section) {
	pieces := long(core, detail, "", s.Source)
	archived := ""
	for _, c := range s.Cites {
		if slices.Contains(b.cited, c.URL) {
			continue
		}
		b.cited = append(b.cited, c.URL)
		if c.Archived && archived == "" {
			archived = b.f.say(b.lang, "archived_word")
		}
		mark, text := sourceLink(c, archived)
		pieces = append(pieces, piece{rank: linked, mark: mark, text: text})
	}
	b.add(asSmall, pieces...)
}

// help is the block of help lines: those in full as cards of their own, the
// others as one line each.
func (b *sheet) help(r bot.Reply) {
	if len(r.Resources) == 0 {
		return
	}
	var pieces []piece
	if !r.Brief {
		pieces = strong(around, around, r.Words.Help)
	}
	for i, c := range r.Resources {
		if r.InFull(i) {
			b.add(asProse, append(pieces, card(c)...)...)
			pieces = nil
			continue
		}
		pieces = append(pieces, brief(c)...)
	}
	b.add(asProse, pieces...)
}

// brief is a help line in one line, its name in bold.
func brief(c bot.Card) []piece {
	s, name := oneLine(c.Brief), oneLine(c.Name)
	if widths(s) > longText {
		return long(vital, around, "", s)
	}
	from := 0
	if after, ok := strings.CutPrefix(s, name); ok && !strings.Contains(name, ":") && (after == "" || after[0] == ':') {
		from = len(name)
	}
	if s == "" {
		return nil
	}
	mark := bold(s[:from]) + tappable(s[from:], 0, c)
	return []piece{{rank: vital, mark: mark, text: inert(s)}}
}

// card is a help line in full: its name, how to reach it, and who answers go
// together; the rest is what to know before doing so.
func card(c bot.Card) []piece {
	lines := bot.CardLines(c)
	pieces := strong(vital, nearby, lines[0])
	contacts := len(c.Contacts)
	for i, l := range lines[1:] {
		l = oneLine(l)
		switch {
		case i < contacts && widths(l) <= longText:
			one := c
			one.Contacts = c.Contacts[i : i+1]
			pieces = append(pieces, piece{rank: vital, mark: tappable(l, 0, one), text: inert(l)})
		case i <= contacts:
			pieces = append(pieces, long(vital, nearby, "", l)...)
		default:
			pieces = append(pieces, long(nearby, nearby, "", l)...)
		}
	}
	return pieces
}

// suggestions are buttons that ask a question: the first ones are near to the
// answer.
func (b *sheet) suggestions(r bot.Reply) {
	var list []piece
	for i, s := range r.Suggestions {
		label := literal(s.Label)
		if label == "" {
			label = literal(s.Text)
		}
		value, ok := carried(s)
		if label == "" || !ok {
			continue
		}
		p := piece{rank: nearby, text: strconv.Itoa(i+1) + ". " + inert(shorten(label, phraseLength))}
		if i >= nearButtons {
			p.rank = further
		}
		p.button = button("suggest:"+strconv.Itoa(i), value, label)
		list = append(list, p)
	}
	if len(list) > 0 {
		b.para(nearby, nearby, shorten(oneLine(r.Words.Next), phraseLength))
		b.add(asButtons, list...)
	}
}

// carried is a suggestion as the value of its button: "t:" and the topic, else
// "q:" and the question, which is cut when it is too long.
func carried(s bot.Suggestion) (string, bool) {
	if s.Topic != "" {
		v := "t:" + clean(s.Topic)
		return v, size(v) <= valueLength
	}
	text := splitText(tidy(s.Text), valueLength-len("q:"))[0]
	return "q:" + text, text != ""
}

func (b *sheet) actions(all []action) {
	var list []piece
	for i, a := range all {
		label := literal(b.f.say(b.lang, a.Key))
		again := slices.ContainsFunc(all[:i], func(x action) bool { return x.ID == a.ID })
		if label == "" || again || a.ID == "" || size(a.ID) > idLength || size(a.Value) > valueLength {
			continue
		}
		e := button(a.ID, a.Value, label)
		if a.Style == slack.StylePrimary || a.Style == slack.StyleDanger {
			e.Style = a.Style
		}
		if a.Confirm != "" {
			e.Confirm = b.confirm(a, label)
		}
		list = append(list, piece{rank: around, text: "[" + inert(label) + "]", button: e})
	}
	b.add(asButtons, list...)
}

// confirm is the question before an action; it has no button that says more
// than yes and no.
func (b *sheet) confirm(a action, label string) *slack.ConfirmationBlockObject {
	word := func(s, otherwise string, most int) *slack.TextBlockObject {
		if s = literal(s); s == "" {
			s = otherwise
		}
		return plainText(shorten(s, most))
	}
	return slack.NewConfirmationBlockObject(
		plainText(shorten(label, confirmTitle)),
		word(b.f.say(b.lang, a.Confirm), label, confirmText),
		word(b.f.say(b.lang, "yes"), "OK", confirmWord),
		word(b.f.say(b.lang, "no"), "X", confirmWord),
	)
}
