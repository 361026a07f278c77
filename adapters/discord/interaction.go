package discord

import (
	"encoding/json"
	"strings"

	"porchlight/bot"
)

// An interaction is a command or a button, as far as it is read here.
type interaction struct {
	ID          string `json:"id"`
	Application string `json:"application_id"`
	Type        int    `json:"type"`
	Token       string `json:"token"`
	GuildID     string `json:"guild_id"`
	ChannelID   string `json:"channel_id"`
	Locale      string `json:"locale"`
	Context     *int   `json:"context"` // 0 a server, 1 direct messages with this program, 2 between others
	Member      *struct {
		User        user   `json:"user"`
		Permissions string `json:"permissions"`
	} `json:"member"`
	User    *user    `json:"user"`
	Message *message `json:"message"`
	Data    struct {
		Name     string   `json:"name"`
		Type     int      `json:"type"`
		CustomID string   `json:"custom_id"`
		TargetID string   `json:"target_id"`
		Options  []option `json:"options"`
		Values   []string `json:"values"`
		Resolved struct {
			Messages map[string]message `json:"messages"`
		} `json:"resolved"`
	} `json:"data"`
}

type option struct {
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
}

// The types of interaction.
const (
	typePing         = 1
	typeCommand      = 2
	typeComponent    = 3
	typeAutocomplete = 4
)

// The commands, by name.
const (
	commandAsk       = "ask"
	commandSigns     = "signs"
	commandHelplines = "helplines"
	commandAbout     = "about"
	commandForget    = "forget"
	commandPrivately = "Ask about this privately"
	commandSettings  = "porchlight-settings"
)

// The buttons, by what their custom_id begins with.
const (
	pressSuggest = "s" // "t:" and a topic, or "q:" and a question
	pressDirect  = "d" // a bot.Recall, as of the next three
	pressShare   = "o"
	pressUp      = "u"
	pressDown    = "n"
	pressWhy     = "w" // a reason, a space, a bot.Recall
	pressRemove  = "x"
	pressForget  = "f"
	pressPointer = "p"
	pressStop    = "h" // a handle
)

// who is the person who did it.
func (i interaction) who() string {
	switch {
	case i.Member != nil:
		return i.Member.User.ID
	case i.User != nil:
		return i.User.ID
	}
	return ""
}

// text is an option of a command, "" if it is not a text or not there.
func (i interaction) text(name string) (s string) {
	for _, o := range i.Data.Options {
		if o.Name == name {
			_ = json.Unmarshal(o.Value, &s) // "" for another type
		}
	}
	return s
}

// hidden tells whether the post with the button is seen by one person alone.
func (i interaction) hidden() bool { return i.Message != nil && i.Message.Flags&flagEphemeral != 0 }

// interaction reads a command or a button. ok is false for what asks nothing.
func (d *decoder) interaction(i interaction) (m bot.Message, ok bool) {
	p := place{
		App: i.Application, Guild: i.GuildID, Channel: i.ChannelID, User: i.who(), Token: i.Token,
		Surface: bot.Aside, Hidden: i.hidden(),
	}
	if p.User == "" || i.ID == "" || i.Token == "" {
		return m, false
	}
	if i.Message != nil {
		p.Message = i.Message.ID
	}
	switch i.Type {
	case typeCommand:
		return d.command(i, p)
	case typeComponent:
		return d.press(i, p)
	}
	return m, false
}

func (d *decoder) command(i interaction, p place) (m bot.Message, ok bool) {
	m = d.message(p, i.Locale, "interaction", i.ID)
	switch i.Data.Name {
	case commandAsk:
		m.Text = strings.TrimSpace(i.text("question"))
	case commandSigns:
		m.Command, m.Text = bot.ShowTopic, i.text("sector")
		if !d.sector(m.Text) {
			m.Command = bot.NoCommand // somebody typed what is none of the choices
		}
	case commandHelplines:
		m.Command, m.Text = bot.ShowHelp, i.text("country")
		return m, true
	case commandAbout:
		m.Command = bot.ShowAbout
		return m, true
	case commandForget:
		m.Command = bot.Forget
		return m, true
	case commandSettings:
		return d.settings(i, p), true
	case commandPrivately:
		m.Text = plain(i.Data.Resolved.Messages[i.Data.TargetID].Content, d.own())
	default:
		return m, false
	}
	if m.Text == "" {
		m.Command = bot.ShowAbout
	}
	return m, true
}

// press reads what a button asks for.
func (d *decoder) press(i interaction, p place) (m bot.Message, ok bool) {
	what, arg, _ := strings.Cut(i.Data.CustomID, ":")
	errand := func() (bot.Message, bool) {
		p.Errand, p.Arg = what, arg
		m := d.message(p, i.Locale, "interaction", i.ID)
		m.Command = bot.Errand
		return m, true
	}
	if what == pressDirect {
		p.Surface = bot.Direct
	}
	m = d.message(p, i.Locale, "interaction", i.ID)
	switch what {
	case pressSuggest:
		switch kind, text, _ := strings.Cut(arg, ":"); kind {
		case "t":
			m.Command, m.Text = bot.ShowTopic, text
		case "q":
			m.Text = text
		default:
			return m, false
		}
		return m, m.Text != ""
	case pressDirect:
		m.Command, m.Text = bot.Again, arg
	case pressShare:
		m.Command, m.Text, m.Share = bot.Again, arg, true
	case pressForget:
		m.Command = bot.Forget
	case pressPointer:
		m.Text = d.pointed(i)
		if m.Text == "" {
			m.Command = bot.ShowAbout
		}
	case pressUp, pressDown, pressWhy, pressRemove:
		return errand()
	default:
		return m, false
	}
	return m, true
}

// pointed is the question that a neutral line stands under, for its asker alone.
func (d *decoder) pointed(i interaction) string {
	if i.Message == nil || i.Message.Reference == nil || i.Message.Reference.Author == nil || i.Message.Reference.Author.ID != i.who() {
		return "" // another one pressed: they get a welcome
	}
	return plain(i.Message.Reference.Content, d.own())
}
