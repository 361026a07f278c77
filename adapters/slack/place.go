package slack

import (
	"encoding/json"
	"strings"
	"time"

	"porchlight/bot"
)

// name is the Adapter of the addresses here.
const name = "slack"

// A place is where a message came from and its answer goes. It is kept sealed.
type place struct {
	Org     string      `json:"g,omitempty"` // the organisation that the workspace is part of, if any
	Team    string      `json:"t,omitempty"`
	Channel string      `json:"c,omitempty"` // "" where a direct message must be opened first
	User    string      `json:"u,omitempty"`
	TS      string      `json:"s,omitempty"` // of the message asked in, or of the post with the button
	Thread  string      `json:"h,omitempty"` // that the message is in, "" for the channel itself
	Surface bot.Surface `json:"f,omitempty"`
	Hook    string      `json:"k,omitempty"` // response_url
	Hidden  bool        `json:"e,omitempty"` // the button stands on a post that only the asker sees
	Home    bool        `json:"o,omitempty"` // the answer is the App Home
	Errand  string      `json:"d,omitempty"` // what is to be done, for bot.Errand
	Lost    []string    `json:"l,omitempty"` // workspaces that the app may not be used in any more
	Follows bool        `json:"w,omitempty"` // asked without a mention, in a thread of others
	Arg     string      `json:"a,omitempty"`
}

func (p place) address() bot.Address {
	raw, _ := json.Marshal(p) // strings and flags
	return bot.Address{Adapter: name, Place: string(raw)}
}

func placeOf(a bot.Address) (p place, err error) {
	err = json.Unmarshal([]byte(a.Place), &p)
	return p, err
}

// direct tells whether a channel is a direct message with one person.
func direct(channel string) bool { return strings.HasPrefix(channel, "D") }

// A decoder turns what Slack sends into messages.
type decoder struct {
	// name makes pseudonyms.
	name func(kind string, parts ...string) string
	// own is the user id of this program in a workspace, "" if it is not known.
	own func(team string) string
	// locale is the language of a person, "" if it is not known.
	locale func(team, user string) string
}

func (d *decoder) person(team, user string) bot.PersonID {
	return bot.PersonID(d.name("person", name, team, user))
}

// message is a message at a place, known by what it is made of.
func (d *decoder) message(p place, id ...string) bot.Message {
	talk := []string{name, p.Team, "direct", p.User}
	switch p.Surface {
	case bot.Aside:
		talk = []string{name, p.Team, p.Channel, p.User}
	case bot.Channel: // whoever else writes in the thread has a conversation of their own
		talk = []string{name, p.Team, p.Channel, p.User, first(p.Thread, p.TS)}
	case bot.Direct:
	}
	m := bot.Message{
		ID:           bot.MessageID(d.name("event", append([]string{name, p.Team}, id...)...)),
		Conversation: bot.ConversationID(d.name("conversation", talk...)),
		From:         p.address(),
		Private:      p.Surface != bot.Channel,
		At:           time.Now().UTC(),
	}
	if p.User != "" {
		m.Person = d.person(p.Team, p.User)
		m.Lang = d.locale(p.Team, p.User)
	}
	return m
}
