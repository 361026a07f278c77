package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
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
	h := fnv.New32a()
	_, _ = h.Write([]byte(who))
	select {
	case in.lane[h.Sum32()%lanes] <- do:
		return true
	case <-ctx.Done():
		return false
	}
}

// The types of answer to an interaction.
const (
	answerPong         = 1
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

// event takes a dispatch of the gateway.
func (a *Adapter) event(ctx context.Context, in *intake, kind string, raw []byte) {
	switch kind {
	case "MESSAGE_CREATE":
		var e message
		if err := json.Unmarshal(raw, &e); err != nil {
			a.o.Log.Warn("unreadable event", "type", kind, "err", fmt.Sprintf("%T", err))
			return
		}
		if m, ok := a.decoder.said(e); ok {
			in.put(ctx, m, func(_ context.Context, err error) {
				if err != nil {
					a.o.Log.Error("event not stored", "message", m, "err", err)
				}
			})
		}
	case "INTERACTION_CREATE":
		var i interaction
		if err := json.Unmarshal(raw, &i); err != nil {
			a.o.Log.Warn("unreadable event", "type", kind, "err", fmt.Sprintf("%T", err))
			return
		}
		a.interact(ctx, in, i, func(ctx context.Context, answer acknowledgement) error { return a.callback(ctx, i, answer) }, func() {})
	}
}

// interact answers an interaction: a list of choices at once, all else once it is
// stored. What is not stored is refused.
func (a *Adapter) interact(ctx context.Context, in *intake, i interaction, answer func(context.Context, acknowledgement) error, refuse func()) {
	if i.Type == typeAutocomplete {
		in.hand(ctx, i.who(), func(ctx context.Context) { // a connection is not read while it calls
			if err := answer(ctx, a.choices(i)); err != nil {
				a.o.Log.Info("choices not shown", "err", err)
			}
		})
		return
	}
	m, ok := a.decoder.interaction(i)
	if !ok {
		refuse() // Discord shows that nothing came of it
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
			a.o.Log.Error("event not stored", "message", m, "err", err)
			refuse()
			return
		}
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
		method: http.MethodPost, path: "interactions/" + i.ID + "/" + i.Token + "/callback", route: "callback " + i.ID, body: answer, free: true,
	}, nil)
}
