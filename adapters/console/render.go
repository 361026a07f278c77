package console

import (
	"fmt"
	"strings"

	"porchlight/bot"
)

// A Style is how a reply is laid out. The zero value neither breaks lines nor
// writes an escape sequence.
type Style struct {
	Width int // columns; 0 breaks no line
	Color bool
}

// The looks of text. None carries meaning that the words do not.
const (
	bold   = "1"
	dim    = "2"
	yellow = "33"
	cyan   = "36"
	alarm  = "1;31"
)

// Render is a reply as text for a terminal, without a newline at its end.
// Without its escape sequences it holds all that r.Plain does, in the same
// order; nothing in r can add a sequence of its own.
func Render(r bot.Reply, s Style) string {
	return strings.Join(blocks(r, s), "\n\n")
}

// blocks are the parts of a reply that have an empty line between them. Of a
// reply that may grow only what can no longer move is given: what comes last in
// it waits until it is final.
func blocks(r bot.Reply, s Style) []string {
	var b builder
	b.Style = s
	lead := bold
	if r.Urgent {
		lead = alarm
	}
	b.text(r.Lead, lead)
	b.text(r.Also, lead)
	if r.Urgent {
		b.help(r)
	}
	for i, sec := range r.Sections {
		if !r.Final && i == len(r.Sections)-1 {
			sec.Source = "" // it stands under sentences that may yet come
		}
		b.section(sec)
	}
	if !r.Final {
		return b.done
	}
	b.text(r.Closing, "")
	if !r.Urgent {
		b.help(r)
	}
	b.suggestions(r)
	if r.Explanation != nil {
		b.why(r)
	}
	return b.done
}

// builder collects blocks, line by line.
type builder struct {
	Style
	done []string
	now  []string
}

// line adds s to the block under construction, each of its lines painted alone,
// so that a pager or a cut never leaves a colour switched on.
func (b *builder) line(s, look, first, rest string) {
	for _, l := range wrap(s, b.Width, first, rest) {
		b.now = append(b.now, b.paint(l, look))
	}
}

func (b *builder) paint(l, look string) string {
	if !b.Color || look == "" || strings.TrimSpace(l) == "" {
		return l
	}
	return "\x1b[" + look + "m" + l + "\x1b[0m"
}

// end closes the block under construction.
func (b *builder) end() {
	if len(b.now) > 0 {
		b.done = append(b.done, strings.Join(b.now, "\n"))
		b.now = nil
	}
}

func (b *builder) text(s, look string) {
	if s != "" {
		b.line(s, look, "", "")
	}
	b.end()
}

func (b *builder) section(s bot.Section) {
	if s.Heading != "" {
		b.line(s.Heading, bold, "", "")
	}
	if s.Mark != "" {
		b.line("["+s.Mark+"]", yellow, "", " ")
	}
	if s.Text != "" {
		b.line(s.Text, "", "", "")
	}
	for _, d := range s.Bullets {
		b.line(d, "", "- ", "  ")
	}
	if s.Source != "" {
		b.line(s.Source, dim, "", "  ")
	}
	b.end()
}

// help is the block of help lines, those in full apart from those in brief.
func (b *builder) help(r bot.Reply) {
	if len(r.Resources) > 0 && !r.Brief && r.Words.Help != "" {
		b.line(r.Words.Help, bold, "", "")
	}
	for i, c := range r.Resources {
		if !r.InFull(i) {
			b.line(c.Brief, "", "", "  ")
			continue
		}
		for i, l := range bot.CardLines(c) {
			look := ""
			if i == 0 {
				look = bold
			}
			b.line(l, look, "", "  ")
		}
		b.end()
	}
	b.end()
}

func (b *builder) suggestions(r bot.Reply) {
	if len(r.Suggestions) == 0 {
		return
	}
	if r.Words.Next != "" {
		b.line(r.Words.Next, bold, "", "")
	}
	for i, s := range r.Suggestions {
		b.line(s.Label, cyan, fmt.Sprintf("%d. ", i+1), "   ")
	}
	b.end()
}

// renderSources lists the full citations of a reply, each once; archived is the
// mark of outdated ones.
func renderSources(r bot.Reply, s Style, archived string) string {
	b := builder{Style: s}
	seen := map[string]bool{}
	n := 0
	add := func(cites []bot.Citation) {
		for _, c := range cites {
			key := c.ID + "\x00" + c.URL + "\x00" + c.Title
			if seen[key] {
				continue
			}
			seen[key] = true
			n++
			b.cite(n, c, archived)
		}
	}
	for _, sec := range r.Sections {
		add(sec.Cites)
	}
	for _, p := range r.Passages {
		add(p.Sources)
	}
	return strings.Join(b.done, "\n")
}

func (b *builder) cite(n int, c bot.Citation, archived string) {
	first := fmt.Sprintf("%d. ", n)
	rest := strings.Repeat(" ", len(first))
	about := c.Publisher
	if c.Published != "" {
		about += ", " + string(c.Published)
	}
	b.line(c.Title, bold, first, rest)
	if about != "" {
		b.line(about, "", rest, rest)
	}
	if c.Archived {
		b.line("["+archived+"]", yellow, rest, rest)
	}
	if c.URL != "" {
		b.line(c.URL, dim, rest, rest)
	}
	b.end()
}
