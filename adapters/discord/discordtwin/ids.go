package discordtwin

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const epoch = 1420070400000 // Discord's, in milliseconds

// snowflake is a new id, larger than all before. It wants tw.mu held.
func (tw *Twin) snowflake() string {
	at := uint64(max(0, tw.now().UnixMilli()-epoch)) << 22
	tw.last = max(at, tw.last+1)
	return strconv.FormatUint(tw.last, 10)
}

// earlier compares two snowflakes.
func earlier(a, b string) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}

// stamp is a time as Discord writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }

func isSnowflake(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}

// secret is an unguessable text. It wants tw.mu held.
func (tw *Twin) secret() string {
	return fmt.Sprintf("%016x%016x%016x", tw.random.Uint64(), tw.random.Uint64(), tw.random.Uint64())
}

func (tw *Twin) dm(user string) *Channel {
	if c := tw.dms[user]; c != nil {
		return c
	}
	tw.user(user)
	c := &Channel{ID: tw.snowflake(), Type: DMChannel, User: user}
	tw.channels[c.ID], tw.dms[user] = c, c
	return c
}

// channel, user: there, or a panic, as the test is wrong. They want tw.mu held.
func (tw *Twin) channel(id string) *Channel {
	if c := tw.channels[id]; c != nil {
		return c
	}
	panic("discordtwin: no channel " + id)
}

func (tw *Twin) user(id string) *User {
	if u := tw.users[id]; u != nil {
		return u
	}
	panic("discordtwin: no user " + id)
}

// guildsHere are the guilds that the app is in, in the order of their ids.
func (tw *Twin) guildsHere() []*Guild {
	var here []*Guild
	for _, id := range slices.Sorted(maps.Keys(tw.guilds)) {
		if g := tw.guilds[id]; !g.Absent {
			here = append(here, g)
		}
	}
	return here
}
