package slack

import (
	"regexp"
	"strings"
)

// control is a mention, a channel, a command or a link in Slack's own writing. What
// else stands between a "<" and a ">" somebody typed: the text of a command may
// come as it was typed, that of a message comes with entities.
var control = regexp.MustCompile(`<(?:([@#])([A-Z0-9]+)|(!)([a-z][^<>|]*)|([a-z]+:[^<>|\s]+))(?:\|([^<>]*))?>`)

// entities are all that Slack writes.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// plain is what a person sees of a text that Slack wrote down, without the
// mention of this program.
func plain(s, own string) string {
	s = control.ReplaceAllStringFunc(s, func(c string) string {
		p := control.FindStringSubmatch(c)
		switch sign, target, label := p[1]+p[3], p[2]+p[4]+p[5], p[6]; {
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
	return strings.TrimSpace(entities.Replace(s))
}
