package slack

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// reasons are why an answer did not help, from a fixed list: nobody is asked to
// write.
var reasons = []string{"wrong", "unclear", "missing", "language"}

// errand does what needs no answer. All of it may be done twice without harm.
func (d *delivery) errand(ctx context.Context) error {
	a, p := d.Adapter, d.p
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
	case "prompts":
		return d.prompts(ctx)
	case errandSettings:
		return d.settings(ctx)
	case pressSet:
		return d.set(ctx)
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

// remove takes a post of this program away for the one whom it answers.
func (d *delivery) remove(ctx context.Context) error {
	if d.p.Arg != string(d.m.Person) {
		return nil // it answers somebody else
	}
	if d.p.Hidden || d.p.Hook != "" {
		err := d.hook(ctx, d.p.Hook, &slack.WebhookMessage{DeleteOriginal: true, ResponseType: slack.ResponseTypeEphemeral})
		if err == nil || d.p.Hidden {
			return gone(err)
		}
	}
	if err := d.pace.call(ctx, "chat.delete"); err != nil {
		return err
	}
	_, _, err := d.api.DeleteMessageContext(ctx, d.p.Channel, d.p.TS)
	return gone(err)
}

// gone is nil for an error that says that nothing is left to remove.
func gone(err error) error {
	switch codeOf(err) {
	case "message_not_found", "channel_not_found", "cant_delete_message":
		return nil
	}
	if err != nil && refused(err) {
		return nil
	}
	return sent(err)
}

// whisperOf is what a response_url shows to one person alone.
func whisperOf(text string) *slack.WebhookMessage {
	return &slack.WebhookMessage{Text: text, ResponseType: slack.ResponseTypeEphemeral, UnfurlLinks: new(bool), UnfurlMedia: new(bool)}
}

// thank says that feedback was counted, and may ask why; to whoever pressed alone.
func (d *delivery) thank(ctx context.Context, why []string) error {
	lang := d.m.Lang
	msg := whisperOf(d.o.Say(lang, "feedback_thanks"))
	if len(why) > 0 {
		msg.Text = d.o.Say(lang, "feedback_why")
		buttons := make([]slack.BlockElement, 0, len(why))
		for _, w := range why {
			label := slack.NewTextBlockObject(slack.PlainTextType, d.o.Say(lang, "feedback_"+w), false, false)
			buttons = append(buttons, slack.NewButtonBlockElement(pressWhy+":"+w, d.p.Arg, label))
		}
		text := slack.NewTextBlockObject(slack.PlainTextType, msg.Text, false, false)
		msg.Blocks = &slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(text, nil, nil), slack.NewActionBlock("why", buttons...)}}
	}
	if d.p.Hook == "" {
		return nil
	}
	if err := d.hook(ctx, d.p.Hook, msg); err != nil && !refused(err) {
		return sent(err)
	}
	return nil
}

// prompts suggests what to ask, in the messages of this program.
func (d *delivery) prompts(ctx context.Context) error {
	if d.p.Channel == "" || !d.pace.spare("assistant.threads.setSuggestedPrompts") {
		return nil
	}
	p := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: d.p.Channel, Title: d.o.Say(d.m.Lang, "prompts")}
	for _, key := range []string{"prompt_signs", "prompt_rights", "prompt_worry", "prompt_help"} {
		q := d.o.Say(d.m.Lang, key)
		p.AddPrompt(q, q)
	}
	if err := d.api.SetAssistantThreadsSuggestedPromptsContext(ctx, p); err != nil {
		d.o.Log.Info("no prompts suggested", "err", safe(err)) // an older app, or no agent view
	}
	return nil
}
