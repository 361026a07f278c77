package slacktwin

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// element measures what can be pressed or chosen.
func (b *blocks) element(v any, at string) {
	m := object(v)
	if m == nil {
		b.say("must be an object", at)
		return
	}
	if id := b.text(m, "action_id", 0, 255, at); id != "" {
		if b.actions[id] {
			b.say("`action_id` \""+id+"\" already exists in this block", at+"/action_id")
		}
		b.actions[id] = true
	}
	if m["confirm"] != nil {
		b.confirm(object(m["confirm"]), at+"/confirm")
	}
	kind, _ := m["type"].(string)
	switch {
	case kind == "button":
		b.button(m, at)
	case kind == "feedback_buttons":
		for _, side := range []string{"positive_button", "negative_button"} {
			b.feedback(object(m[side]), at+"/"+side)
		}
	case kind == "image":
		b.image(m, at)
	case kind == "overflow":
		b.options(m, 5, at)
	case kind == "radio_buttons", kind == "checkboxes":
		b.options(m, 10, at)
	case strings.HasSuffix(kind, "static_select"):
		b.label(m, "placeholder", 150, false, at)
		if m["option_groups"] == nil {
			b.options(m, 100, at)
		}
	case slices.Contains(inputs, kind):
		b.label(m, "placeholder", 150, false, at)
	default:
		b.say("unsupported type: "+kind, at+"/type")
	}
}

var inputs = []string{
	"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
	"datepicker", "timepicker", "datetimepicker", "icon_button", "workflow_button",
	"users_select", "conversations_select", "channels_select", "external_select",
	"multi_users_select", "multi_conversations_select", "multi_channels_select", "multi_external_select",
}

func (b *blocks) button(m map[string]any, at string) {
	b.label(m, "text", 75, true, at)
	b.text(m, "value", 0, 2000, at)
	b.text(m, "url", 0, 3000, at)
	b.text(m, "accessibility_label", 0, 75, at)
	if style, has := m["style"]; has && style != "primary" && style != "danger" {
		b.say("must be one of: primary, danger", at+"/style")
	}
}

func (b *blocks) feedback(m map[string]any, at string) {
	b.label(m, "text", 75, true, at)
	b.text(m, "value", 1, 2000, at)
	b.text(m, "accessibility_label", 0, 75, at)
}

func (b *blocks) options(m map[string]any, most int, at string) {
	l := list(m["options"])
	b.count(l, 1, most, at+"/options")
	for i, o := range l {
		here := fmt.Sprintf("%s/options/%d", at, i)
		b.words(object(o)["text"], 75, false, here+"/text")
		b.text(object(o), "value", 1, 150, here)
	}
}

func (b *blocks) confirm(m map[string]any, at string) {
	b.label(m, "title", 100, true, at)
	b.words(m["text"], 300, false, at+"/text")
	b.label(m, "confirm", 30, false, at)
	b.label(m, "deny", 30, false, at)
}

// label is a plain text under a name.
func (b *blocks) label(m map[string]any, name string, most int, needed bool, at string) {
	v, has := m[name]
	if !has && !needed {
		return
	}
	if !has {
		b.say("missing required field: "+name, at)
		return
	}
	b.words(v, most, true, at+"/"+name)
}

// words is a text object.
func (b *blocks) words(v any, most int, plain bool, at string) {
	m := object(v)
	kind, _ := m["type"].(string)
	switch {
	case m == nil:
		b.say("must be an object", at)
		return
	case kind != "plain_text" && (plain || kind != "mrkdwn"):
		b.say("failed to match all allowed schemas", at)
		return
	case kind == "mrkdwn" && m["emoji"] != nil:
		b.say("unexpected property: emoji", at+"/emoji")
	}
	b.text(m, "text", 1, most, at)
}

// text is a string under a name; with least 0 it need not be there.
func (b *blocks) text(m map[string]any, name string, least, most int, at string) string {
	v, has := m[name]
	s, fine := v.(string)
	switch n := utf8.RuneCountInString(s); {
	case !has && least == 0:
	case !has:
		b.say("missing required field: "+name, at)
	case !fine:
		b.say("must be a string", at+"/"+name)
	case n < least:
		b.say(fmt.Sprintf("must be more than %d characters", least-1), at+"/"+name)
	case n > most:
		b.say(fmt.Sprintf("must be less than %d characters", most+1), at+"/"+name)
	case name == "text":
		b.size += n
	}
	return s
}
