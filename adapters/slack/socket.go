package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/sync/errgroup"

	"porchlight/bot"
)

// readLimit is the longest frame taken: Slack's are far shorter.
const readLimit = 4 << 20

// unread spares the library to decode what people write: that is done here, once
// and with other rules. Its table belongs to the process, so it is changed once,
// before any socket is there.
var unread = sync.OnceFunc(func() {
	for _, kind := range []slackevents.EventsAPIType{slackevents.Message, slackevents.AppMention} {
		slackevents.EventsAPIInnerEventMapping[kind] = skipped{}
	}
})

// skipped is an event that is not looked at.
type skipped struct{}

// UnmarshalJSON takes anything.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// sockets takes events over Socket Mode until ctx ends, on several connections,
// so that one is there while another is renewed. The error is what no patience
// mends.
func (a *Adapter) sockets(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	unread()
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
	l := &line{Adapter: a, in: in, giveUp: cancel}
	api := a.api
	l.client = socketmode.New(api.Client, socketmode.OptionReadLimit(readLimit), socketmode.OptionPingInterval(a.pings))
	defer l.hears(false)
	ended := make(chan error, 1)
	go func() { ended <- l.client.RunContext(ctx) }()
	for {
		select {
		case e := <-l.client.Events:
			l.take(ctx, e)
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

// A line is one connection, over all of its renewals.
type line struct {
	*Adapter
	in     *intake
	client *socketmode.Client
	giveUp context.CancelCauseFunc

	heard bool      // events can arrive
	up    time.Time // since when the socket is there, the zero time while it is not
	short int       // how many in a row ended soon
}

// take does what an event of the library asks for.
func (l *line) take(ctx context.Context, e socketmode.Event) {
	switch e.Type { //nolint:exhaustive // the library has more, which say nothing here
	case socketmode.EventTypeConnected: // a greeting may be missed, this is not
		l.up = time.Now()
	case socketmode.EventTypeHello:
		l.hears(true)
	case socketmode.EventTypeConnecting:
		l.down()
	case socketmode.EventTypeConnectionError:
		l.hears(false)
		if x, ok := e.Data.(*slack.ConnectionErrorEvent); ok && permanent(x.ErrorObj) != nil {
			l.giveUp(x.ErrorObj)
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive:
		l.envelope(ctx, l.in, l.client, *e.Request)
	case socketmode.EventTypeErrorBadMessage:
		if x, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			l.unknown(ctx, l.in, l.client, x.Message)
		}
	}
}

// hears notes whether events can arrive.
func (l *line) hears(now bool) {
	if now == l.heard {
		return
	}
	l.heard = now
	l.hear(map[bool]int{true: 1, false: -1}[now])
}

// down notes that the socket is not there, or has yet to be. The library does not
// tell the reason that Slack gives when it hangs up.
func (l *line) down() {
	l.hears(false)
	if l.up.IsZero() {
		return
	}
	l.short++
	if time.Since(l.up) > hangUp {
		l.short = 0
	}
	l.up = time.Time{}
	if l.short == hangUps {
		l.o.Log.Error("slack hangs up at once each time", "tries", l.short, "why", mends["link_disabled"])
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
