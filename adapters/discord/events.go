package discord

import (
	"regexp"
	"slices"
	"strings"

	"porchlight/bot"
)

// A user as Discord writes one, as far as it is read here.
type user struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// A message as Discord writes one, as far as it is read here.
type message struct {
	ID        string   `json:"id"`
	ChannelID string   `json:"channel_id"`
	GuildID   string   `json:"guild_id"`
	WebhookID string   `json:"webhook_id"`
	Type      int      `json:"type"`
	Flags     int      `json:"flags"`
	Content   string   `json:"content"`
	Author    *user    `json:"author"`
	Mentions  []user   `json:"mentions"`
	Reference *message `json:"referenced_message"`
	Refers    struct {
		MessageID string `json:"message_id"`
	} `json:"message_reference"`
}

// The types of message that people write: a plain one and a reply.
const (
	typeDefault = 0
	typeReply   = 19
)

// flagEphemeral marks a message that only one person sees.
const flagEphemeral = 1 << 6

// mention is a person, role, channel, command, emoji or time in Discord's writing.
var mention = regexp.MustCompile(`<(@[!&]?|#|/[^:>]+:|a?:[^:>]+:|t:|id:)([^<>]*)>`)

// plain is what a person sees of a text, without the mention of this program.
func plain(s, own string) string {
	s = mention.ReplaceAllStringFunc(s, func(c string) string {
		p := mention.FindStringSubmatch(c)
		switch sign, target := p[1], p[2]; {
		case (sign == "@" || sign == "@!") && target == own:
			return " "
		case sign == "@" || sign == "@!":
			return "@someone"
		case sign == "@&":
			return "@role"
		case sign == "#":
			return "#channel"
		case strings.HasPrefix(sign, "/"):
			return strings.TrimSuffix(sign, ":")
		default:
			return " "
		}
	})
	return strings.TrimSpace(s)
}

// said reads what somebody wrote: in a direct message, with a mention, or in
// reply to a post of this program. ok is false for what asks nothing.
func (d *decoder) said(e message) (m bot.Message, ok bool) {
	own := d.own()
	switch {
	case e.ID == "", e.ChannelID == "", e.Author == nil, e.Author.ID == "", e.Author.Bot, e.Author.ID == own, e.WebhookID != "":
		return m, false
	case e.Type != typeDefault && e.Type != typeReply:
		return m, false
	}
	p := place{Guild: e.GuildID, Channel: e.ChannelID, User: e.Author.ID, Message: e.ID, Surface: bot.Channel}
	if e.GuildID == "" {
		p.Surface = bot.Direct
	}
	replied := e.Reference != nil && e.Reference.Author != nil && e.Reference.Author.ID == own && own != ""
	meant := slices.ContainsFunc(e.Mentions, func(u user) bool { return u.ID == own && own != "" })
	if p.Surface == bot.Channel && !meant && !replied {
		return m, false
	}
	text := plain(e.Content, own)
	if text == "" && (p.Surface == bot.Direct || replied && !meant) {
		return m, false // a picture, or a server that hides texts
	}
	m = d.message(p, "", "message", e.ID)
	m.Text = text
	if text == "" {
		m.Command = bot.ShowAbout // a bare mention
	}
	return m, true
}
