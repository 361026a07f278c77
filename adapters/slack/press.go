package slack

import (
	"html"
	"strings"

	"porchlight/bot"
)

// An interaction is a button pressed, a shortcut chosen, as far as it is read here.
type interaction struct {
	Type        string              `json:"type"`
	CallbackID  string              `json:"callback_id"`
	ResponseURL string              `json:"response_url"`
	TriggerID   string              `json:"trigger_id"`
	ActionTS    string              `json:"action_ts"`
	Team        struct{ ID string } `json:"team"`
	Org         struct{ ID string } `json:"enterprise"`
	Channel     struct{ ID string } `json:"channel"`
	User        struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	Message struct {
		Text     string `json:"text"`
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
	} `json:"message"`
	Container struct {
		Type      string `json:"type"`
		MessageTS string `json:"message_ts"`
		ThreadTS  string `json:"thread_ts"`
		ChannelID string `json:"channel_id"`
		Hidden    bool   `json:"is_ephemeral"`
	} `json:"container"`
	Actions []struct {
		ActionID string `json:"action_id"`
		Value    string `json:"value"`
		ActionTS string `json:"action_ts"`
		Selected struct {
			Value string `json:"value"`
		} `json:"selected_option"`
		Conversations []string `json:"selected_conversations"`
	} `json:"actions"`
}

// The buttons, by what their action_id begins with. A suggestion's value is
// "t:" and a topic or "q:" and a question; the others carry a bot.Recall, and
// those that show an answer elsewhere its asker before it.
const (
	pressSuggest = "suggest"
	pressDirect  = "dm"
	pressShare   = "share"
	pressRemove  = "remove"
	pressUp      = "up"
	pressDown    = "down"
	pressWhy     = "why"
	pressForget  = "forget"
	pressStop    = "stop"
)

// shortcut is the callback_id of "Ask about this privately".
const shortcut = "ask_privately"

// interaction reads a press. ok is false for one that asks nothing.
func (d *decoder) interaction(i interaction) (m bot.Message, ok bool) {
	p := place{
		Org: i.Org.ID, Team: first(i.Team.ID, i.User.TeamID), User: i.User.ID, Hook: i.ResponseURL, Surface: bot.Aside, Hidden: i.Container.Hidden,
		Channel: first(i.Channel.ID, i.Container.ChannelID), TS: first(i.Container.MessageTS, i.Message.TS),
		Thread: first(i.Container.ThreadTS, i.Message.ThreadTS),
	}
	if p.User == "" || i.User.TeamID != i.Org.ID && foreign(p.Team, i.User.TeamID) {
		return m, false // of another organisation, which reads along in a shared channel
	}
	switch i.Type {
	case "message_action":
		if i.CallbackID != shortcut {
			return m, false
		}
		m = d.message(p, "shortcut", first(i.TriggerID, i.ActionTS))
		m.Text = plain(i.Message.Text, d.own(p.Team))
		if m.Text == "" {
			m.Command = bot.ShowAbout
		}
		return m, true
	case "block_actions":
		if len(i.Actions) == 0 {
			return m, false
		}
	default:
		return m, false
	}
	if direct(p.Channel) && !p.Hidden || p.Channel == "" { // in a direct message, or on the App Home
		p.Surface = bot.Direct
		if p.Thread == "" {
			p.Thread = p.TS
		}
	}
	a := i.Actions[0]
	value := first(a.Value, a.Selected.Value, strings.Join(a.Conversations, " "))
	return d.press(p, a.ActionID, value, p.TS, first(a.ActionTS, i.ActionTS, i.TriggerID))
}

// press reads what a button asks for.
func (d *decoder) press(p place, id, value string, when ...string) (m bot.Message, ok bool) {
	what, arg, _ := strings.Cut(id, ":")
	event := append([]string{"press", p.User, id}, when...)
	switch what {
	case pressSuggest:
		m = d.message(p, event...)
		switch kind, text, _ := strings.Cut(value, ":"); kind {
		case "t":
			m.Command, m.Text = bot.ShowTopic, text
		case "q":
			m.Text = html.UnescapeString(text) // Slack gives some characters back as entities
		default:
			return m, false
		}
		return m, m.Text != ""
	case pressDirect, pressShare:
		who, recall, bound := strings.Cut(value, " ")
		if bound && bot.PersonID(who) != d.person(p.Team, p.User) {
			return m, false // it stands under the answer to somebody else
		}
		if what == pressDirect {
			p.Surface, p.Channel, p.Thread, p.TS = bot.Direct, "", "", ""
		}
		m = d.message(p, event...)
		m.Command, m.Text, m.Share = bot.Again, value, what == pressShare
		if bound {
			m.Text = recall
		}
		return m, true
	case pressForget:
		m = d.message(p, event...)
		m.Command = bot.Forget
		return m, true
	case pressRemove, pressUp, pressDown, pressWhy, pressSet, pressStop:
		p.Errand, p.Arg = what, value
		if what == pressWhy || what == pressSet {
			p.Arg = arg + " " + value
		}
		return d.errand(p, event...)
	}
	return m, false
}

func first(s ...string) string {
	for _, x := range s {
		if x != "" {
			return x
		}
	}
	return ""
}
