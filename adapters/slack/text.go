package slack

import (
	"html"
	"regexp"
	"strings"
)

// control is a mention, a channel, a link or a command in Slack's own writing.
var control = regexp.MustCompile(`<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>`)

// plain is what a person sees of a text that Slack wrote down, without the
// mention of this program.
func plain(s, own string) string {
	s = control.ReplaceAllStringFunc(s, func(c string) string {
		p := control.FindStringSubmatch(c)
		switch sign, target, label := p[1], p[2], p[3]; {
		case sign == "@" && target == own:
			return " "
		case label != "":
			return label
		case sign == "@":
			return "@someone"
		case sign == "#":
			return "#channel"
		case sign == "!":
			target, _, _ = strings.Cut(target, "^")
			return "@" + target
		default:
			return strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
		}
	})
	return strings.TrimSpace(html.UnescapeString(s)) // &lt; &gt; &amp; are all that Slack writes
}
