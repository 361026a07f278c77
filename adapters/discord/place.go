package discord

import (
	"encoding/json"
	"time"

	"porchlight/bot"
)

// name is the Adapter of the addresses here.
const name = "discord"

// A place is where a message came from and its answer goes. It is kept sealed.
type place struct {
	App     string      `json:"a,omitempty"` // of the interaction
	Guild   string      `json:"g,omitempty"` // "" in direct messages
	Channel string      `json:"c,omitempty"`
	User    string      `json:"u,omitempty"`
	Message string      `json:"m,omitempty"` // asked in, or the one with the button
	Token   string      `json:"t,omitempty"` // of the interaction, for fifteen minutes
	Surface bot.Surface `json:"f,omitempty"`
	Hidden  bool        `json:"e,omitempty"` // the button stands on a post that only the asker sees
	Errand  string      `json:"d,omitempty"` // what is to be done, for bot.Errand
	Arg     string      `json:"r,omitempty"`
}

func (p place) address() bot.Address {
	raw, _ := json.Marshal(p) // strings and flags
	return bot.Address{Adapter: name, Place: string(raw)}
}

func placeOf(a bot.Address) (p place, err error) {
	err = json.Unmarshal([]byte(a.Place), &p)
	return p, err
}

// A decoder turns what Discord sends into messages.
type decoder struct {
	// name makes pseudonyms.
	name func(kind string, parts ...string) string
	// own is the user id of this program, "" while it is not known.
	own func() string
	// sectors are the topics that /signs can be asked about, by the value of its choice.
	sector func(value string) bool
}

// message is a message at a place, known by what it is made of.
func (d *decoder) message(p place, lang string, id ...string) bot.Message {
	talk := []string{name, "direct", p.User}
	switch p.Surface {
	case bot.Aside, bot.Channel:
		if p.Guild != "" {
			talk = []string{name, p.Channel, p.User}
		}
	case bot.Direct:
	}
	m := bot.Message{
		ID:           bot.MessageID(d.name("event", append([]string{name}, id...)...)),
		Conversation: bot.ConversationID(d.name("conversation", talk...)),
		Person:       bot.PersonID(d.name("person", name, p.User)),
		From:         p.address(),
		Lang:         lang,
		Private:      p.Surface != bot.Channel,
		At:           time.Now().UTC(),
	}
	return m
}
