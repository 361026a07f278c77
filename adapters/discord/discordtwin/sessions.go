package discordtwin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// session is what a client identified as, with what it has been told.
type session struct {
	id            string
	shard, shards int
	intents       int
	seq, written  int64
	told          int64 // the latest that the client has said it got
	log           []frame
	socket        *Socket // nil while there is none
	away          time.Time
	dead          bool
}

// frame is one message to the client; seq is 0 when it is no event.
type frame struct {
	seq int64
	raw []byte
	id  string // of the Event, or ""
	// binary is a frame of that kind, as of a client that asked for compression.
	binary bool
}

// Intents of the gateway.
const (
	intentGuilds         = 1 << 0
	intentMembers        = 1 << 1
	intentPresences      = 1 << 8
	intentGuildMessages  = 1 << 9
	intentDirectMessages = 1 << 12
	intentContent        = 1 << 15
	intentAll            = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25
)

// needs is the intent without which the event does not come; 0 is none.
func (e Event) needs() int {
	switch e.Name {
	case "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE":
		if e.Guild == "" {
			return intentDirectMessages
		}
		return intentGuildMessages
	case "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE",
		"THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE":
		return intentGuilds
	}
	return 0
}

// gets tells whether an event falls to a session: direct messages go to shard 0.
func (p *session) gets(e Event) bool {
	guild, _ := strconv.ParseUint(e.Guild, 10, 64)
	if need := e.needs(); need != 0 && p.intents&need == 0 || p.dead {
		return false
	}
	return int(guild>>22%uint64(p.shards)) == p.shard //nolint:gosec // a small number
}

// Send says e on the gateway, to each session that it falls to, and returns how
// many those are: one, or none when the app is away and cannot resume (see Missed),
// or more with doubled shards. It does not wait. A session that has no socket at the
// moment gets it when it resumes. Sending the same Event again delivers it twice.
func (tw *Twin) Send(e Event) int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if a := tw.acts[e.ID]; a != nil {
		tw.tellOf(a)
	}
	n := tw.publish(e)
	if n == 0 && tw.sees(e) {
		tw.missed = append(tw.missed, e.ID)
		tw.touch()
	}
	return n
}

// sees tells whether the bot would be told of e if it were there.
func (tw *Twin) sees(e Event) bool {
	if e.Name == "INTERACTION_CREATE" || e.Name == "GUILD_CREATE" || e.Name == "GUILD_DELETE" {
		return true
	}
	if g := tw.guilds[e.Guild]; g != nil && g.Absent {
		return false
	}
	c := tw.channels[e.Channel]
	return c == nil || c.Type != GroupDM && c.allows(ViewChannel)
}

// publish is Send, without more ado. It wants tw.mu held.
func (tw *Twin) publish(e Event) int {
	if !tw.sees(e) {
		return 0
	}
	var full, bare []byte
	n := 0
	for _, p := range slices.Clone(tw.sessions) {
		if p.socket == nil && tw.now().Sub(p.away) > tw.options.SessionLife {
			tw.end(p)
		}
		if !p.gets(e) {
			continue
		}
		n++
		if (e.private || e.below) && p.intents&intentContent == 0 {
			if bare == nil {
				bare = encode(hidden(e.Data, e.private, e.below))
			}
			tw.dispatch(p, e.Name, bare, e.ID)
			continue
		}
		if full == nil {
			full = encode(e.Data)
		}
		tw.dispatch(p, e.Name, full, e.ID)
	}
	return n
}

// hidden is a copy of a message without its text, or without that of the message that
// it replies to, or both.
func hidden(data map[string]any, own, below bool) map[string]any {
	m := maps.Clone(data)
	if own {
		blank(m)
	}
	if to := maps.Clone(object(m["referenced_message"])); below && to != nil {
		blank(to)
		m["referenced_message"] = to
	}
	return m
}

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("discordtwin: " + err.Error())
	}
	return raw
}

// dispatch gives a session one event. It wants tw.mu held.
func (tw *Twin) dispatch(p *session, name string, d []byte, id string) {
	p.seq++
	f := frame{seq: p.seq, raw: fmt.Appendf(nil, `{"t":%q,"s":%d,"op":%d,"d":%s}`, name, p.seq, opDispatch, d), id: id}
	p.log = append(p.log, f)
	if keep := tw.options.Replay; len(p.log) > 2*keep {
		old := p.log[:len(p.log)-keep]
		p.log = slices.Clone(p.log[len(p.log)-keep:])
		tw.gone(p, old)
	}
	if p.socket != nil {
		p.socket.queue(f)
	}
}

// end ends a session. What it had still to be told is missed, unless another of the
// same shard has it. It wants tw.mu held.
func (tw *Twin) end(p *session) {
	if p == nil || p.dead {
		return
	}
	p.dead = true
	tw.sessions = slices.DeleteFunc(slices.Clone(tw.sessions), func(o *session) bool { return o == p })
	tw.gone(p, p.log)
	tw.touch()
}

// gone notes what can no longer be said again. It wants tw.mu held.
func (tw *Twin) gone(p *session, log []frame) {
	for _, f := range log {
		if f.id == "" || tw.held(f.id) {
			continue
		}
		if f.seq > p.written {
			tw.missed = append(tw.missed, f.id)
		} else if f.seq > p.told {
			tw.unsure = append(tw.unsure, f.id)
		}
	}
}

func (tw *Twin) held(id string) bool {
	return slices.ContainsFunc(tw.sessions, func(p *session) bool {
		return slices.ContainsFunc(p.log, func(f frame) bool { return f.id == id })
	})
}

// Missed are the ids of events that Discord never wrote to the app: there was no
// session to keep them, or it ended first. What was written just before a connection
// broke, and then not resumed, is not among them.
func (tw *Twin) Missed() []string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.missed)
}

// Unsure are the ids of events that were written and of which nobody knows whether
// they arrived: their session ended before the app named their number, or a later
// one, in a heartbeat or to resume. Those of a session without a socket are among
// them until it is resumed.
func (tw *Twin) Unsure() []string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	ids := slices.Clone(tw.unsure)
	for _, p := range tw.sessions {
		for _, f := range p.log {
			if p.socket == nil && f.seq > p.told && f.id != "" {
				ids = append(ids, f.id)
			}
		}
	}
	return ids
}

// Sessions is how many there are, with a socket or waiting to be resumed.
func (tw *Twin) Sessions() int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return len(tw.sessions)
}
