package discordtwin

import (
	"regexp"
	"slices"
	"strings"
)

var (
	userMention = regexp.MustCompile(`<@!?(\d+)>`)
	roleMention = regexp.MustCompile(`<@&(\d+)>`)
	everyone    = regexp.MustCompile(`@(everyone|here)\b`)
)

// named are the ids that a pattern finds in a text, each once.
func named(pattern *regexp.Regexp, in string) []string {
	var ids []string
	for _, m := range pattern.FindAllStringSubmatch(in, -1) {
		if !slices.Contains(ids, m[1]) {
			ids = append(ids, m[1])
		}
	}
	return ids
}

// isPrivate tells whether the bot may read the text only with MESSAGE_CONTENT: not
// in direct messages, of its own, or where it is named; to answer a reply to an
// interaction is not to name it.
func (tw *Twin) isPrivate(p *Post) bool {
	if p.Guild == "" || p.ByApp() || slices.Contains(named(userMention, p.Content), BotUser) {
		return false
	}
	to := tw.byID[p.ReplyTo]
	return to == nil || to.Interaction != "" || !slices.Contains(p.Mentions, BotUser)
}

// repliesToPrivate is isPrivate of the message that it replies to. Discord does not
// say whether that comes along; here it does not.
func (tw *Twin) repliesToPrivate(p *Post) bool {
	to := tw.byID[p.ReplyTo]
	return to != nil && !to.Deleted && tw.isPrivate(to)
}

// blank takes out of a message what the bot may not read.
func blank(m map[string]any) {
	m["content"] = ""
	for _, name := range []string{"embeds", "attachments", "components"} {
		m[name] = []any{}
	}
	delete(m, "poll")
}

// notified are those whom a text names and allowed_mentions lets be told. webhook is
// for answers to interactions, whose usual is people only.
func notified(content, repliedTo string, allowed any, webhook bool) []string {
	a := object(allowed)
	users, roles, all := named(userMention, content), named(roleMention, content), everyone.MatchString(content)
	if a == nil {
		pings := users
		if repliedTo != "" && !slices.Contains(users, repliedTo) {
			pings = append(pings, repliedTo)
		}
		if !webhook {
			pings = append(pings, roles...)
			if all {
				pings = append(pings, "everyone")
			}
		}
		return pings
	}
	var pings []string
	pick := func(kind string, ids []string) {
		for _, id := range ids {
			if slices.Contains(list(a["parse"]), any(kind)) || slices.Contains(list(a[kind]), any(id)) {
				pings = append(pings, id)
			}
		}
	}
	pick("users", users)
	pick("roles", roles)
	if all && slices.Contains(list(a["parse"]), any("everyone")) {
		pings = append(pings, "everyone")
	}
	if repliedTo != "" && a["replied_user"] == true && !slices.Contains(pings, repliedTo) {
		pings = append(pings, repliedTo)
	}
	return pings
}

// withMention names the bot before a text that does not.
func withMention(content string) string {
	if name := "<@" + BotUser + ">"; !strings.Contains(content, name) {
		return name + " " + content
	}
	return content
}
