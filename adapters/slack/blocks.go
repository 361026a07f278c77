package slack

import (
	"strings"

	"github.com/slack-go/slack"
)

// blocks are the pieces that are shown as Slack takes them.
func blocks(parts []part) (out []slack.Block) {
	for _, p := range parts {
		switch p.kind {
		case asHeader:
			for _, s := range marks(p) {
				out = append(out, slack.NewHeaderBlock(plainText(s)))
			}
		case asProse: // expanded, for a number must not wait behind "see more"
			for _, s := range pack(marks(p)) {
				out = append(out, slack.NewSectionBlock(mrkdwn(s), nil, nil, slack.SectionBlockOptionExpand(true)))
			}
		case asSmall:
			out = append(out, contexts(marks(p))...)
		case asButtons:
			out = append(out, rows(p)...)
		}
	}
	return out
}

// marks are the texts of a part that are shown.
func marks(p part) (out []string) {
	for i := range p.pieces {
		if p.pieces[i].shown {
			out = append(out, p.pieces[i].mark)
		}
	}
	return out
}

// pack joins lines into texts that fit a section.
func pack(lines []string) (out []string) {
	from, n := 0, 0
	for i, l := range lines {
		c := size(l) + len(`\n`)
		if n+c > sectionText && i > from {
			out = append(out, strings.Join(lines[from:i], "\n"))
			from, n = i, 0
		}
		n += c
	}
	if from < len(lines) {
		out = append(out, strings.Join(lines[from:], "\n"))
	}
	return out
}

func contexts(lines []string) (out []slack.Block) {
	var row []slack.MixedElement
	for i, l := range lines {
		row = append(row, mrkdwn(l))
		if len(row) == contextParts || i == len(lines)-1 {
			out = append(out, slack.NewContextBlock("", row...))
			row = nil
		}
	}
	return out
}

func rows(p part) (out []slack.Block) {
	var row []slack.BlockElement
	for i := range p.pieces {
		if p.pieces[i].shown {
			row = append(row, p.pieces[i].button)
		}
		if len(row) == actionParts || len(row) > 0 && i == len(p.pieces)-1 {
			out = append(out, slack.NewActionBlock("", row...))
			row = nil
		}
	}
	return out
}

// textOf is the words of all pieces that are shown.
func textOf(parts []part) string {
	var b strings.Builder
	n := 0
	for _, p := range parts {
		for i := range p.pieces {
			n += len(p.pieces[i].text) + len("\n\n")
		}
	}
	b.Grow(min(n, 2*allText))
	for _, p := range parts {
		end := "\n\n"
		for i := range p.pieces {
			if !p.pieces[i].shown {
				continue
			}
			if b.Len() > 0 {
				b.WriteString(end)
			}
			b.WriteString(p.pieces[i].text)
			end = "\n"
		}
	}
	return b.String()
}

// mrkdwn is text with our marks. Slack makes no links of its own there.
func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

// plainText is text without any marks.
func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func button(id, value, label string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(id, value, plainText(shorten(label, buttonText)))
}
