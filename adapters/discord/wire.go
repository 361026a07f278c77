package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// What the gateway and its client say to each other.
const (
	opDispatch  = 0
	opHeartbeat = 1
	opIdentify  = 2
	opResume    = 6
	opReconnect = 7
	opInvalid   = 9
	opHello     = 10
	opACK       = 11
)

// closeKeeps is the code with which a connection is left: after 1000 or 1001
// Discord forgets the session, and all that it has yet to tell.
const closeKeeps = 4000

// longestFrame is the longest frame that is read; a large server has some megabytes.
const longestFrame = 16 << 20

// leaving is how long a connection may take to end in good order.
const leaving = time.Second

var (
	errSilent    = errors.New("discord: the gateway no longer acknowledges")
	errReconnect = errors.New("discord: the gateway asked for a new connection")
	errGreeting  = errors.New("discord: the gateway greets in a way that cannot be read")
	errAddress   = errors.New("discord: the address of the gateway cannot be used")
)

// A frame is one thing that the gateway says.
type frame struct {
	Op   *int            `json:"op"`
	Seq  int64           `json:"s"`
	Type string          `json:"t"`
	Data json.RawMessage `json:"d"`
}

// frameOf reads a frame. Nothing that may come breaks it: what is none is not ok.
func frameOf(raw []byte) (f frame, ok bool) {
	err := json.Unmarshal(raw, &f)
	return f, err == nil && f.Op != nil
}

// A wire is one connection to the gateway. The library's own client is not used for
// it: a null breaks its reader, and with it the process; it waits for a greeting
// without end, goes back after codes that no patience mends, and ends the session
// of a connection that went dead.
type wire struct {
	conn  *websocket.Conn
	log   *slog.Logger
	call  time.Duration // how long a write may take
	sends *rate.Limiter // Discord takes 120 in a minute
	odd   rate.Sometimes

	acked atomic.Bool // the last heartbeat was
	busy  atomic.Bool // what came is being handed on; nothing is read meanwhile

	mu    sync.Mutex // of writing, and of what follows
	ended bool
	why   error // it was left, by us
}

func (a *Adapter) dial(ctx context.Context, address string) (*wire, error) {
	u, err := url.Parse(address)
	secure := a.rest.secure()
	if err != nil || u.Host == "" || u.Scheme != "wss" && (secure || u.Scheme != "ws") {
		return nil, errAddress // the token goes nowhere in the open
	}
	u.RawQuery = "v=" + discordgo.APIVersion + "&encoding=json"
	if u.Path == "" {
		u.Path = "/"
	}
	dialer := *websocket.DefaultDialer
	ctx, cancel := context.WithTimeout(ctx, min(a.o.Call, a.pace.quick, a.pace.open))
	defer cancel() // what is open stays open
	conn, answer, err := dialer.DialContext(ctx, u.String(), nil)
	if answer != nil {
		_ = answer.Body.Close() // the library has read what it needs
	}
	if err != nil {
		return nil, fmt.Errorf("discord: gateway: %w", err)
	}
	return a.wire(conn), nil
}

func (a *Adapter) wire(conn *websocket.Conn) *wire {
	w := &wire{conn: conn, log: a.o.Log, call: a.o.Call, sends: rate.NewLimiter(rate.Every(600*time.Millisecond), 15)}
	w.odd.Interval = time.Minute
	w.acked.Store(true)
	return w
}

// read hands on what comes until the connection ends, and returns why that was.
func (w *wire) read(take func(frame) error) error {
	for {
		raw, text, err := w.next()
		if err != nil {
			return w.reason(err)
		}
		f, ok := frameOf(raw)
		if !ok || !text {
			w.odd.Do(func() { w.log.Warn("unreadable frame", "bytes", len(raw)) })
			continue
		}
		if err := take(f); err != nil {
			w.leave(err)
		}
	}
}

// next is the next frame, as it came. One that is too long is passed over.
func (w *wire) next() (raw []byte, text bool, err error) {
	kind, r, err := w.conn.NextReader()
	if err != nil {
		return nil, false, err
	}
	raw, err = io.ReadAll(io.LimitReader(r, longestFrame+1))
	if err == nil && len(raw) > longestFrame {
		_, err = io.Copy(io.Discard, r)
		raw = nil
	}
	return raw, kind == websocket.TextMessage, err
}

// reason is why the connection ended: we left it, or err.
func (w *wire) reason(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.conn.Close()
	if w.why != nil {
		return w.why
	}
	return err
}

// leave ends the connection so that its session lives on. What has come until then
// is still read. Once is as good as twice.
func (w *wire) leave(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.ended, w.why = true, why
	now := time.Now()
	_ = w.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeKeeps, ""), now.Add(leaving))
	_ = w.conn.SetReadDeadline(now.Add(leaving))
}

// patience is how long the next frames may take; 0 is without end, for which there
// are heartbeats.
func (w *wire) patience(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	until := time.Time{}
	if d > 0 {
		until = time.Now().Add(d)
	}
	_ = w.conn.SetReadDeadline(until)
}

func (w *wire) send(op int, data any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return w.why
	}
	_ = w.conn.SetWriteDeadline(time.Now().Add(w.call))
	return w.conn.WriteJSON(map[string]any{"op": op, "d": data})
}

// beat sends a heartbeat in each interval until ctx ends, the first at any time in
// it, so that all the bots of an outage do not come back at once. A connection on
// which the one before was not acknowledged is dead.
func (w *wire) beat(ctx context.Context, every time.Duration, seq func() any) {
	rest := time.Duration(rand.Int64N(int64(every)))
	for {
		if wait(ctx, rest) != nil {
			return
		}
		rest = every
		if !w.acked.Load() && !w.busy.Load() {
			w.leave(errSilent)
			return
		}
		if w.sends.Wait(ctx) != nil {
			return
		}
		w.acked.Store(false)
		if err := w.send(opHeartbeat, seq()); err != nil {
			w.leave(err)
			return
		}
	}
}

// beatNow answers the gateway, which asks for a heartbeat, unless it does so too often.
func (w *wire) beatNow(seq any) {
	if !w.sends.Allow() {
		return
	}
	if err := w.send(opHeartbeat, seq); err != nil {
		w.leave(err)
	}
}
