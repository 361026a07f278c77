package bot

import (
	"fmt"
	"strings"
)

// Plain is the whole reply as plain text, help lines included: what a screen
// reader, a notification fallback or a pipe gets. Nothing in it depends on
// colour or markup.
func (r Reply) Plain() string {
	var b plain
	b.para(r.Lead)
	b.para(r.Also)
	if r.Urgent {
		b.help(r)
	}
	for _, s := range r.Sections {
		b.section(s)
	}
	b.para(r.Closing)
	if !r.Urgent {
		b.help(r)
	}
	if len(r.Suggestions) > 0 {
		b.para(r.Words.Next)
		for i, s := range r.Suggestions {
			b.line(fmt.Sprintf("%d. %s", i+1, s.Label))
		}
	}
	return strings.TrimSpace(b.String())
}

// plain writes paragraphs with one empty line between them.
type plain struct{ strings.Builder }

func (b *plain) para(s string) {
	if s == "" {
		return
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	b.line(s)
}

func (b *plain) line(s string) {
	b.WriteString(s)
	b.WriteString("\n")
}

func (b *plain) section(s Section) {
	b.para(s.Heading)
	if s.Mark != "" {
		b.line("[" + s.Mark + "]")
	}
	if s.Text != "" {
		if s.Heading == "" && s.Mark == "" && b.Len() > 0 {
			b.WriteString("\n")
		}
		b.line(s.Text)
	}
	for _, d := range s.Bullets {
		b.line("- " + d)
	}
	if s.Source != "" {
		b.line(s.Source)
	}
}

func (b *plain) help(r Reply) {
	if len(r.Resources) == 0 {
		return
	}
	if r.Brief {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
	} else {
		b.para(r.Words.Help)
	}
	for i, c := range r.Resources {
		if !r.InFull(i) {
			b.line(c.Brief)
			continue
		}
		for _, l := range CardLines(c) {
			b.line(l)
		}
	}
}

// InFull tells whether the i-th help line is shown with all that is known of
// it; the others are shown as their one-line summary, which holds the contacts,
// who answers, and the notes that must go with them.
func (r Reply) InFull(i int) bool { return !r.Brief && i == 0 }

// CardLines is a help line in full, one line each: the name, then how to reach
// it, then what to know before doing so.
func CardLines(c Card) []string {
	lines := []string{c.Name}
	add := func(parts ...string) {
		var text []string
		for _, s := range parts {
			if s = strings.TrimSpace(s); s != "" {
				text = append(text, strings.TrimRight(s, ".")+".")
			}
		}
		if len(text) > 0 {
			lines = append(lines, "  "+strings.Join(text, " "))
		}
	}
	for _, k := range c.Contacts {
		lines = append(lines, "  "+k.Label)
	}
	add(c.Authority, c.RunBy, c.Since)
	add(c.For, c.NotFor)
	add(c.Hours, c.Languages)
	add(c.Privacy)
	for _, n := range c.Notes {
		add(n)
	}
	add(c.Checked)
	return lines
}
