package discord

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"porchlight/bot"
)

// reasons are why an answer did not help, from a fixed list: nobody is asked to
// write.
var reasons = []string{"wrong", "unclear", "missing", "language"}

// errand does what needs no answer. All of it may be done twice without harm.
func (a *Adapter) errand(ctx context.Context, m bot.Message, p place) error {
	d := &delivery{Adapter: a, m: m, p: p}
	switch p.Errand {
	case pressRemove:
		return d.remove(ctx)
	case pressUp:
		a.o.Count("feedback.up" + topicOf(p.Arg))
		return d.thank(ctx, nil)
	case pressDown:
		a.o.Count("feedback.down" + topicOf(p.Arg))
		return d.thank(ctx, reasons)
	case pressWhy:
		why, recall, _ := strings.Cut(p.Arg, " ")
		if slices.Contains(reasons, why) {
			a.o.Count("feedback." + why + topicOf(recall))
		}
		return d.thank(ctx, nil)
	case errandSettings:
		return d.settings(ctx)
	case errandDenied:
		return d.deny(ctx)
	}
	return nil
}

var topicID = regexp.MustCompile(`^[a-z0-9-]{1,48}$`)

// topicOf is the topic of a recall as the end of a counter's name.
func topicOf(recall string) string {
	if r, ok := bot.ParseRecall(recall); ok && len(r.Topics) > 0 && topicID.MatchString(r.Topics[0]) {
		return "." + r.Topics[0]
	}
	return ""
}

// remove takes the post away on which the button stands. In a channel only its
// asker may: others would take away what is not theirs, so what they press does
// nothing. The button tells who asked.
func (d *delivery) remove(ctx context.Context) error {
	if d.p.Guild != "" && d.p.Arg != d.asker(d.p.User) {
		return nil
	}
	err := d.rest.do(ctx, call{
		method: http.MethodDelete, path: "channels/" + d.p.Channel + "/messages/" + d.p.Message, route: "delete " + d.p.Channel,
	}, nil)
	switch codeOf(err) {
	case codeUnknownMessage:
		return nil
	case codeUnknownChannel, codeMissingAccess, codeMissingPermission:
		_ = d.deferred(ctx, http.MethodDelete, nil, false) // the press may do what the bot may not; and there is no other way
		return nil
	}
	return err
}

// thank says that feedback was counted, and may ask why; to whoever pressed alone.
func (d *delivery) thank(ctx context.Context, why []string) error {
	err := d.original(ctx, thanks(d.o.Say, d.m.Lang, why, d.p.Arg))
	switch codeOf(err) {
	case codeUnknownInteraction, codeUnknownWebhook, codeInvalidToken, codeUnknownMessage:
		return nil // too late, and no matter
	}
	return err
}
