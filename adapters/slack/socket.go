package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/sync/errgroup"

	"porchlight/bot"
)

// readLimit is the longest frame taken: Slack's are far shorter.
const readLimit = 4 << 20

// sockets takes events over Socket Mode until ctx ends, on several connections,
// so that one is there while another is renewed. The error is what no patience
// mends.
func (a *Adapter) sockets(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	in := a.newIntake(ctx, accept)
	all, ctx := errgroup.WithContext(ctx)
	for range a.o.Sockets {
		all.Go(func() error { return a.socket(ctx, in) })
	}
	err := all.Wait()
	stop()
	in.busy.Wait()
	return err
}

// socket keeps one connection up.
func (a *Adapter) socket(ctx context.Context, in *intake) error {
	for n := 0; ; n++ {
		began := time.Now()
		err := a.connect(ctx, in)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // an orderly end
		}
		if p := permanent(err); p != nil {
			return p
		}
		if time.Since(began) > time.Minute {
			n = 0
		}
		a.o.Log.Warn("slack's socket has ended", "err", safe(err))
		if pause(ctx, n) != nil {
			return nil //nolint:nilerr // an orderly end
		}
	}
}

// connect runs the library's client, which renews its connection by itself,
// until it gives up or something shows that it never will succeed.
func (a *Adapter) connect(ctx context.Context, in *intake) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := socketmode.New(a.api, socketmode.OptionReadLimit(readLimit), socketmode.OptionPingInterval(a.pings))
	heard, up, since, short := false, false, time.Time{}, 0
	defer func() {
		if heard {
			a.hear(-1)
		}
	}()
	set := func(now bool) {
		if now != heard {
			heard = now
			a.hear(map[bool]int{true: 1, false: -1}[now])
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- c.RunContext(ctx) }()
	for {
		select {
		case e := <-c.Events:
			switch e.Type { //nolint:exhaustive // the library has more, which say nothing here
			case socketmode.EventTypeConnected: // a greeting may be missed, this is not
				up, since = true, time.Now()
			case socketmode.EventTypeHello:
				set(true)
			case socketmode.EventTypeConnecting:
				if up {
					up = false
					short++
					if time.Since(since) > hangUp {
						short = 0
					}
					if short == hangUps { // the library does not tell the reason that Slack gives
						a.o.Log.Error("slack hangs up at once each time", "times", short, "perhaps", mends["link_disabled"])
					}
				}
				set(false)
			case socketmode.EventTypeConnectionError:
				set(false)
				if x, ok := e.Data.(*slack.ConnectionErrorEvent); ok && permanent(x.ErrorObj) != nil {
					cancel(x.ErrorObj)
				}
			case socketmode.EventTypeEventsAPI, socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive:
				a.envelope(ctx, in, c, *e.Request)
			case socketmode.EventTypeErrorBadMessage:
				if x, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
					a.unknown(ctx, in, c, x.Message)
				}
			}
		case err := <-ended:
			if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
				return cause
			}
			if err == nil {
				err = errEnded
			}
			return err
		}
	}
}

// A socket that ends sooner than hangUp was hung up; that many in a row are told.
const (
	hangUp  = 5 * time.Second
	hangUps = 3
)

var errEnded = errors.New("slack: the socket was closed")

// envelope stores what came, and acknowledges it then; what asks nothing is
// acknowledged at once. What could not be stored is not acknowledged, so Slack
// sends it again.
func (a *Adapter) envelope(ctx context.Context, in *intake, c *socketmode.Client, r socketmode.Request) {
	ack := func() {
		if err := c.AckCtx(ctx, r.EnvelopeID, nil); err != nil && ctx.Err() == nil {
			a.o.Log.Warn("not acknowledged, slack will repeat it", "err", safe(err))
		}
	}
	m, ok, err := a.receive(ctx, in, r.Type, r.Payload)
	if err != nil {
		a.o.Log.Warn("unreadable event", "type", r.Type, "err", err)
	}
	if err != nil || !ok {
		ack()
		return
	}
	in.put(ctx, m, func(err error) {
		if err != nil {
			a.o.Log.Error("event not stored, slack will repeat it", "message", m, "err", err)
			return
		}
		ack()
	})
}

// unknown takes an envelope that the library could not read: an event of a type
// that is new, or one with a block that is. Left alone it would come again and
// again; and it may be a question.
func (a *Adapter) unknown(ctx context.Context, in *intake, c *socketmode.Client, raw []byte) {
	var r socketmode.Request
	if err := json.Unmarshal(raw, &r); err != nil || r.EnvelopeID == "" {
		a.o.Log.Warn("slack sent what is no envelope", "err", fmt.Sprintf("%T", err))
		return
	}
	a.envelope(ctx, in, c, r)
}
