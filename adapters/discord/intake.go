package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"sync"

	"porchlight/bot"
)

// lanes is how many messages are stored at once. What one person sends goes
// through one lane, so that it is stored in the order in which it came.
const lanes = 64

// An intake stores what was decoded and says so.
type intake struct {
	accept func(context.Context, bot.Message) error
	lane   [lanes]chan func(context.Context)
	busy   sync.WaitGroup
}

func newIntake(ctx context.Context, accept func(context.Context, bot.Message) error) *intake {
	in := &intake{accept: accept}
	for i := range in.lane {
		in.lane[i] = make(chan func(context.Context), 16)
		in.busy.Go(func() {
			for {
				select {
				case do := <-in.lane[i]:
					do(ctx)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	return in
}

// put hands a message over to be stored; done is told once it is, or that it is not.
func (in *intake) put(ctx context.Context, m bot.Message, done func(context.Context, error)) {
	if !in.hand(ctx, string(m.Conversation), func(ctx context.Context) { done(ctx, in.accept(ctx, m)) }) {
		done(ctx, ctx.Err())
	}
}

// hand has a lane do something; it blocks while the lane is full, and until ctx ends.
func (in *intake) hand(ctx context.Context, who string, do func(context.Context)) bool {
	select {
	case in.lane[laneOf(who)] <- do:
		return true
	case <-ctx.Done():
		return false
	}
}

// laneOf is the lane of a person; others may share it.
func laneOf(who string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(who))
	return h.Sum32() % lanes
}

// The types of answer to an interaction.
const (
	answerPong         = 1
	answerMessage      = 4
	answerDeferred     = 5 // "thinking", then an edit
	answerUpdateLater  = 6 // nothing to be seen, then an edit
	answerAutocomplete = 8
)

// An acknowledgement is the first answer to an interaction.
type acknowledgement struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

// acknowledge tells Discord that an interaction was stored, and that what comes
// is for the one who did it alone.
func acknowledge(p place) acknowledgement {
	if p.Errand == pressRemove {
		return acknowledgement{Type: answerUpdateLater}
	}
	return acknowledgement{Type: answerDeferred, Data: map[string]int{"flags": flagEphemeral}}
}

// event takes a dispatch of the gateway. done is called once it need not come again:
// it was stored, or asks nothing.
func (s *shard) event(ctx context.Context, kind string, raw []byte, done func()) {
	switch kind {
	case "MESSAGE_CREATE":
		var e message
		if err := json.Unmarshal(raw, &e); err != nil {
			s.o.Log.Warn("unreadable event", "type", kind, "err", fmt.Sprintf("%T", err))
			break
		}
		if m, ok := s.decoder.said(e); ok {
			s.talked(e.ChannelID, e.GuildID)
			if e.GuildID == "" {
				s.gap.direct(e.ChannelID)
			}
			s.store(ctx, m, done)
			return
		}
	case "INTERACTION_CREATE":
		var i interaction
		if err := json.Unmarshal(raw, &i); err != nil {
			s.o.Log.Warn("unreadable event", "type", kind, "err", fmt.Sprintf("%T", err))
			break
		}
		s.noted(i)
		answer := func(ctx context.Context, answer acknowledgement) error { return s.callback(ctx, i, answer) }
		s.interact(ctx, s.in, i, answer, func(err error) {
			if !errors.Is(err, context.Canceled) { // else the process ends, and another one is to hear of it
				done()
			}
		})
		return
	}
	done()
}

// noted notes where somebody uses commands, or asks to be forgotten.
func (s *shard) noted(i interaction) {
	what, _, _ := strings.Cut(i.Data.CustomID, ":")
	switch {
	case i.Data.Name == commandForget, what == pressForget:
		s.silent(i.ChannelID)
	case i.GuildID == "" && i.Context != nil && *i.Context == contextDirect:
		s.talked(i.ChannelID, "")
	}
}

// contextDirect is where an interaction happens in direct messages with this program.
const contextDirect = 1

// store has a message stored. While that fails it tries again: the gateway says it
// once. done is not called when ctx ends first; the session then has it still.
func (s *shard) store(ctx context.Context, m bot.Message, done func()) {
	s.in.hand(ctx, string(m.Conversation), func(ctx context.Context) {
		for n := 0; ; n++ {
			err := s.in.accept(ctx, m)
			if err == nil || n >= storeTries {
				if err != nil {
					s.o.Log.Error("event not stored", "message", m, "err", err)
				}
				done()
				return
			}
			s.o.Log.Warn("event not stored yet", "message", m, "err", err)
			if s.pause(ctx, n) != nil {
				return
			}
		}
	})
}

// storeTries is how often a message is tried again that the store refused: for about
// half a minute.
const storeTries = 5

// atOnce is the answer to an interaction of which nothing is kept; ok is false for all
// others.
func (a *Adapter) atOnce(i interaction) (said func() acknowledgement, ok bool) {
	if i.Type == typeAutocomplete {
		return func() acknowledgement { return a.choices(i) }, true
	}
	if handle, ok := i.stops(); ok {
		answer := a.stop(handle, i)
		return func() acknowledgement { return answer }, true
	}
	return nil, false
}

// interact answers an interaction: a list of choices and the end of an answer at once,
// all else once it is stored. What is not stored is not answered: Discord shows that nothing came of it.
// done is told in the end whether it was stored.
func (a *Adapter) interact(ctx context.Context, in *intake, i interaction, answer func(context.Context, acknowledgement) error, done func(error)) {
	if said, ok := a.atOnce(i); ok {
		in.hand(ctx, i.who(), func(ctx context.Context) { // a connection is not read while it calls
			defer done(nil)
			if err := answer(ctx, said()); err != nil && codeOf(err) != codeAcknowledged {
				a.o.Log.Info("an interaction is not answered", "err", err)
			}
		})
		return
	}
	m, ok := a.decoder.interaction(i)
	if !ok {
		done(nil)
		return
	}
	acked := make(chan struct{})
	a.acks.Store(m.ID, acked)
	in.put(ctx, m, func(ctx context.Context, err error) {
		defer func() {
			a.acks.CompareAndDelete(m.ID, acked)
			close(acked)
		}()
		if err != nil {
			if ctx.Err() == nil {
				a.o.Log.Error("event not stored", "message", m, "err", err)
			}
			done(err)
			return
		}
		defer done(nil)
		p, err := placeOf(m.From)
		if err == nil {
			err = answer(ctx, acknowledge(p))
		}
		if err != nil && codeOf(err) != codeAcknowledged {
			a.o.Log.Warn("stored and not acknowledged", "message", m, "err", err)
		}
	})
}

// callback answers an interaction over REST.
func (a *Adapter) callback(ctx context.Context, i interaction, answer acknowledgement) error {
	ctx, cancel := context.WithTimeout(ctx, a.o.Call)
	defer cancel()
	return a.rest.do(ctx, call{
		method: http.MethodPost, path: "interactions/" + i.ID + "/" + i.Token + "/callback", body: answer, free: true,
	}, nil)
}
