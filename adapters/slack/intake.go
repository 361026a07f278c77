package slack

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"net/url"
	"sync"
	"time"

	"porchlight/bot"
)

// lanes is how many messages are stored at once. What one person sends goes
// through one lane, so that it is stored in the order in which it came.
const lanes = 64

// An intake stores what was decoded and says so.
type intake struct {
	accept func(context.Context, bot.Message) error
	lane   [lanes]chan parcel
	people chan place // whose language is to be learned
	busy   sync.WaitGroup
}

// A parcel is a message to be stored; done is told once it is, or that it is not.
type parcel struct {
	m    bot.Message
	done func(error)
}

func (a *Adapter) newIntake(ctx context.Context, accept func(context.Context, bot.Message) error) *intake {
	in := &intake{accept: accept, people: make(chan place, 64)}
	in.busy.Go(func() { a.learn(ctx, in.people) })
	for i := range in.lane {
		in.lane[i] = make(chan parcel, 16)
		in.busy.Go(func() { in.run(ctx, in.lane[i]) })
	}
	return in
}

func (in *intake) run(ctx context.Context, lane <-chan parcel) {
	for {
		select {
		case p := <-lane:
			p.done(in.accept(ctx, p.m))
		case <-ctx.Done():
			return
		}
	}
}

// put hands a message over; it blocks while its lane is full, and until ctx ends.
func (in *intake) put(ctx context.Context, m bot.Message, done func(error)) {
	select {
	case in.lane[laneOf(m.Conversation)] <- parcel{m, done}:
	case <-ctx.Done():
		done(ctx.Err())
	}
}

func laneOf(c bot.ConversationID) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(c))
	return h.Sum32() % lanes
}

var errUnread = errors.New("slack: an event that cannot be read")

// The three forms in which Slack sends what happened.
const (
	formEvent  = "events_api"
	formSlash  = "slash_commands"
	formButton = "interactive"
)

// read decodes what Slack sent in one of its forms. ok is false for what asks
// nothing, err is errUnread for what is none of it.
func (a *Adapter) read(form string, raw []byte) (m bot.Message, ok bool, err error) {
	switch form {
	case formEvent:
		var c callback
		if err := json.Unmarshal(raw, &c); err != nil {
			return m, false, errUnread
		}
		m, ok = a.decoder.event(c)
	case formSlash:
		fields := map[string]any{}
		if err := json.Unmarshal(raw, &fields); err != nil {
			return m, false, errUnread
		}
		v := url.Values{}
		for key, x := range fields {
			if s, ok := x.(string); ok {
				v.Set(key, s)
			}
		}
		m, ok = a.decoder.slash(v)
	case formButton:
		var i interaction
		if err := json.Unmarshal(raw, &i); err != nil {
			return m, false, errUnread
		}
		m, ok = a.decoder.interaction(i)
	default:
		return m, false, errUnread
	}
	return m, ok, nil
}

// receive is read with what is known of the workspace and of the thread. What comes
// from a workspace that there is no token for asks nothing.
func (a *Adapter) receive(ctx context.Context, in *intake, form string, raw []byte) (m bot.Message, ok bool, err error) {
	m, ok, err = a.read(form, raw)
	if err != nil || !ok {
		return m, ok, err
	}
	p, err := placeOf(m.From)
	if err != nil || p.Errand == errandLeave {
		return m, err == nil, err
	}
	if p.Errand == pressStop {
		// It cannot wait in the inbox, where it would come behind the answer that it is
		// to stop. Nothing is lost with it.
		a.growing.stop(m.Person, p)
		return m, false, nil
	}
	if !a.known(ctx, p) {
		a.o.Count("slack.no_token")
		return m, false, nil
	}
	if p.Follows && !a.follows(ctx, m.Conversation) {
		return m, false, nil
	}
	if p.Surface == bot.Channel {
		a.talks.note(m.Conversation, a.o.Now())
	}
	if p.User != "" && m.Lang == "" {
		select {
		case in.people <- p:
		default: // the next time, then
		}
	}
	a.furnish(ctx, &m, p.Team)
	return m, true, nil
}

// learn asks for the language of people, for their next message, where the
// workspace allows it.
func (a *Adapter) learn(ctx context.Context, people <-chan place) {
	for {
		select {
		case p := <-people:
			key := p.Team + " " + p.User
			if l, ok := a.locales.Get(key); ok && time.Since(l.at) < localeLife {
				continue
			}
			w, err := a.workspace(ctx, p)
			if err != nil || w == a.home && a.gate.isShut() || !w.pace.spare("users.info") {
				continue
			}
			a.locales.Add(key, learned{at: time.Now()}) // once in a while is enough, also where it is not allowed
			call, cancel := context.WithTimeout(ctx, a.o.Call)
			if u, err := w.api.GetUserInfoContext(call, p.User); err == nil {
				a.locales.Add(key, learned{u.Locale, time.Now()})
			}
			cancel()
		case <-ctx.Done():
			return
		}
	}
}

// late is how long storing may take before a transport says no.
const late = 2500 * time.Millisecond
