package discordtwin

import (
	"strconv"
)

// Who and what is there from the start. The bot's user id and the app's id differ,
// as those of old apps do.
const (
	App     = "1048576000000000001"
	BotUser = "1048576000000000002"
	BotRole = "1048576000000000003" // the managed role of the bot in Home
	Home    = "1048576000000000010" // a guild
	General = "1048576000000000020" // a channel there
	Help    = "1048576000000000021" // another
	Ana     = "1048576000000000100" // a member, whose client speaks English
	Ben     = "1048576000000000101" // a member, whose client speaks Spanish
	Mod     = "1048576000000000102" // a member who manages the guild

	// Token is the bot's; an Authorization header has "Bot " before it.
	Token = "MTA0ODU3NjAwMDAwMDAwMDAwMg.twin00.x0x0x0x0x0x0x0x0x0x0x0x0x0x0x0x0x0x0x0" //nolint:gosec // of this twin alone
)

// Permissions, as Discord numbers them.
const (
	ManageGuild         = 1 << 5
	ViewChannel         = 1 << 10
	SendMessages        = 1 << 11
	ManageMessages      = 1 << 13
	EmbedLinks          = 1 << 14
	ReadMessageHistory  = 1 << 16
	CreatePublicThreads = 1 << 35
	SendInThreads       = 1 << 38

	// Least is what a bot like this asks for, and has where nothing else is said.
	Least = ViewChannel | SendMessages | SendInThreads | EmbedLinks | ReadMessageHistory
)

// The types of a Channel.
const (
	TextChannel  = 0
	DMChannel    = 1
	GroupDM      = 3 // without the bot: a private channel of others
	PublicThread = 11
)

// A User is a person. The zero value of a field is the usual.
type User struct {
	ID, Name string
	Locale   string // of their client; "" is en-US
	// Closed tells that the bot cannot write to them (50007).
	Closed bool
	// Permissions are those in guilds, beside seeing and writing.
	Permissions int64
}

// A Guild is a server.
type Guild struct {
	ID, Name string
	Locale   string // "" is en-US
	// Absent tells that the app is not installed there; people who installed it for
	// themselves can use it all the same.
	Absent bool
}

// A Channel is a place for messages.
type Channel struct {
	ID, Guild, Name string
	Type            int
	Parent          string // of a thread
	User            string // of a direct message
	// Bot is what the bot may do there; nil is Least, and in a thread what it may do
	// in the parent.
	Bot *int64
	// Archived, Locked are of a thread; the bot cannot write in one that is both.
	Archived, Locked bool

	parent *Channel
}

func (c *Channel) allows(permission int64) bool {
	return c.Type == DMChannel || c.permissions()&permission != 0
}

func (c *Channel) permissions() int64 {
	switch {
	case c.Type == GroupDM:
		return 0
	case c.Bot == nil && c.parent != nil:
		return c.parent.permissions()
	case c.Bot == nil:
		return Least
	}
	return *c.Bot
}

func (tw *Twin) populate() {
	tw.AddGuild(Guild{ID: Home, Name: "Home"})
	tw.AddChannel(Channel{ID: General, Guild: Home, Name: "general"})
	tw.AddChannel(Channel{ID: Help, Guild: Home, Name: "help"})
	tw.AddUser(User{ID: Ana, Name: "ana"})
	tw.AddUser(User{ID: Ben, Name: "ben", Locale: "es-ES"})
	tw.AddUser(User{ID: Mod, Name: "mod", Permissions: ManageGuild})
}

// AddUser adds a person, or changes one, and returns the id. "" is a new id.
func (tw *Twin) AddUser(u User) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if u.ID == "" {
		u.ID = tw.snowflake()
	}
	if u.Name == "" {
		u.Name = "user" + u.ID
	}
	if u.Locale == "" {
		u.Locale = "en-US"
	}
	tw.users[u.ID] = &u
	return u.ID
}

// AddGuild adds a guild, or changes one, and returns the id. New ids fall to
// shards in turn. The app is told with GuildCreate.
func (tw *Twin) AddGuild(g Guild) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if g.ID == "" {
		g.ID = strconv.Itoa((250_000_000_000 + len(tw.guilds)) << 22)
	}
	if g.Name == "" {
		g.Name = "guild" + g.ID
	}
	if g.Locale == "" {
		g.Locale = "en-US"
	}
	tw.guilds[g.ID] = &g
	return g.ID
}

// AddChannel adds a channel, or changes one, and returns the id. A thread has the
// guild of its parent.
func (tw *Twin) AddChannel(c Channel) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if c.ID == "" {
		c.ID = tw.snowflake()
	}
	if c.Parent != "" {
		c.parent = tw.channel(c.Parent)
		c.Guild = c.parent.Guild
		if c.Type == 0 {
			c.Type = PublicThread
		}
	}
	if c.Guild != "" && tw.guilds[c.Guild] == nil {
		panic("discordtwin: no guild " + c.Guild)
	}
	tw.channels[c.ID] = &c
	return c.ID
}

// RemoveChannel takes a channel away; what was written there can still be looked at.
func (tw *Twin) RemoveChannel(id string) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	delete(tw.channels, id)
}

// Permit sets what the bot may do in a channel.
func (tw *Twin) Permit(channel string, permissions int64) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.channel(channel).Bot = &permissions
}

// DMOf is the channel of direct messages with a person.
func (tw *Twin) DMOf(user string) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.dm(user).ID
}
