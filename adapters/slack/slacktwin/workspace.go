package slacktwin

import (
	"fmt"
	"slices"
)

// Everybody and everything that is there from the start: one workspace with the
// app in it, two people, a channel with the app, one without, and a private one
// without. Ana reads English, Ben German.
const (
	Team      = "T0TWIN0001"
	App       = "A0TWIN0001"
	BotUser   = "U0BOT00001"
	BotID     = "B0BOT00001"
	Ana       = "U0ANA00001"
	Ben       = "U0BEN00001"
	General   = "C0GENERAL1"
	Elsewhere = "C0ELSE0001"
	Secret    = "C0SECRET01"
	BotToken  = "xoxb-1111111111-2222222222-twin"
	AppToken  = "xapp-1-A0TWIN0001-3333333333-twin" //nolint:gosec // G101: good for this twin alone
)

// A User is a person or a bot.
type User struct {
	ID, Team, Name, Locale, TZ string
	Bot, Deleted               bool
}

// The kinds of Channel, as channel_type names them.
const (
	Public  = "channel"
	Private = "group"
	Direct  = "im"
	Group   = "mpim"
)

// A Channel is a conversation of any kind.
type Channel struct {
	ID, Team, Name, Kind string
	Members              []string
	Archived, Shared     bool // Shared: people of other workspaces are in it (Slack Connect)
}

// team is a workspace that has the app, or had it.
type team struct{ id, name, botUser, botID string }

func (tw *Twin) populate() {
	tw.teams[Team] = &team{Team, "Twin", BotUser, BotID}
	tw.users[BotUser] = &User{ID: BotUser, Team: Team, Name: "porchlight", Bot: true, Locale: "en-US"}
	tw.users[Ana] = &User{ID: Ana, Team: Team, Name: "ana", Locale: "en-US", TZ: "America/New_York"}
	tw.users[Ben] = &User{ID: Ben, Team: Team, Name: "ben", Locale: "de-DE", TZ: "Europe/Berlin"}
	for _, c := range []Channel{
		{ID: General, Name: "general", Kind: Public, Members: []string{BotUser, Ana, Ben}},
		{ID: Elsewhere, Name: "elsewhere", Kind: Public, Members: []string{Ana}},
		{ID: Secret, Name: "secret", Kind: Private, Members: []string{Ben}},
	} {
		c.Team = Team
		tw.channels[c.ID] = &c
	}
	tw.tokens[BotToken] = &token{kind: "bot", team: Team, scopes: tw.options.Scopes}
	tw.tokens[AppToken] = &token{kind: "app", team: Team, scopes: []string{"connections:write"}}
}

// AddUser adds someone, or changes the one with that ID, and returns the ID. What
// is empty gets a value.
func (tw *Twin) AddUser(u User) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if u.ID == "" {
		u.ID = tw.id("U")
	}
	if u.Team == "" {
		u.Team = Team
	}
	if u.Name == "" {
		u.Name = "user-" + u.ID
	}
	if u.Locale == "" {
		u.Locale = "en-US"
	}
	tw.users[u.ID] = &u
	tw.touch()
	return u.ID
}

// AddChannel adds a channel, or changes the one with that ID, and returns the ID.
// It has the Members that are named and nobody else.
func (tw *Twin) AddChannel(c Channel) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if c.ID == "" {
		c.ID = tw.id("C")
	}
	if c.Team == "" {
		c.Team = Team
	}
	if c.Kind == "" {
		c.Kind = Public
	}
	if c.Name == "" {
		c.Name = "channel-" + c.ID
	}
	c.Members = slices.Clone(c.Members)
	tw.channels[c.ID] = &c
	tw.touch()
	return c.ID
}

// AddTeam adds a workspace without the app; Code and oauth.v2.access install it.
func (tw *Twin) AddTeam(id string) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.addTeam(id)
}

func (tw *Twin) addTeam(id string) *team {
	if t := tw.teams[id]; t != nil {
		return t
	}
	t := &team{id: id, name: "Team " + id, botUser: tw.id("U"), botID: tw.id("B")}
	tw.teams[id] = t
	tw.users[t.botUser] = &User{ID: t.botUser, Team: id, Name: "porchlight", Bot: true, Locale: "en-US"}
	return t
}

// IM is the id of the direct conversation between someone and the app, which is
// opened if need be.
func (tw *Twin) IM(user string) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, _ := tw.im(user)
	return c.ID
}

// im wants tw.mu held; it tells whether the conversation was there.
func (tw *Twin) im(user string) (*Channel, bool) {
	in := Team
	if u := tw.users[user]; u != nil && tw.teams[u.Team] != nil {
		in = u.Team
	}
	if c := tw.ims[user]; c != nil {
		return c, true
	}
	c := &Channel{ID: tw.id("D"), Team: in, Kind: Direct, Members: []string{tw.teams[in].botUser, user}}
	tw.channels[c.ID], tw.ims[user] = c, c
	tw.touch()
	return c, false
}

func (c *Channel) has(user string) bool { return slices.Contains(c.Members, user) }

// id makes an id as Slack's are: a letter and ten more. It wants tw.mu held.
func (tw *Twin) id(letter string) string {
	tw.serial++
	return fmt.Sprintf("%s0%09d", letter, tw.serial)
}

// ts makes a time stamp: the time now, or the one after the last.
func (tw *Twin) ts() string {
	tw.stamp = max(tw.now().UnixMicro(), tw.stamp+1)
	return fmt.Sprintf("%d.%06d", tw.stamp/1e6, tw.stamp%1e6)
}
