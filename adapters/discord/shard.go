package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// What becomes of a session, told by how a connection ended.
var (
	errInvalid = errors.New("discord: the gateway does not know the session")
	errNotNow  = errors.New("discord: the gateway takes the session later")
)

// A shard is one of the connections over which servers are spread.
type shard struct {
	*Adapter
	*record
	in        *intake
	budget    *budget
	id, count int
	second    bool // there is another one like it
	failed    int  // how often in a row no connection came up
	vain      int  // how often in a row its session was not resumed
	gap       gap  // what nobody heard, while it is read up
}

// run keeps one connection up until ctx ends, or there is no use. What it knows of
// the session it keeps for whoever is next.
func (s *shard) run(ctx context.Context) error {
	s.record = s.recall(ctx, s.where())
	var busy sync.WaitGroup
	mine, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		busy.Wait()
		s.last(ctx)
	}()
	busy.Go(func() { s.keeps(mine) })
	busy.Go(func() { s.gap.read(mine, s) })
	for {
		e := s.connected(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := fatalError(e.err); err != nil {
			return err
		}
		s.after(e)
		if s.rest(ctx, e) != nil {
			return ctx.Err()
		}
	}
}

// rest waits before the next connection, and not at all when Discord asked for it:
// for as long as Discord wants after it refused a session, else the longer the more
// often it went wrong. How many sessions a day may begin, the budget knows.
func (s *shard) rest(ctx context.Context, e ending) error {
	switch {
	case errors.Is(e.err, errInvalid), errors.Is(e.err, errNotNow):
		return wait(ctx, s.pace.calm+rand.N(4*s.pace.calm))
	case errors.Is(e.err, errReconnect) && e.up > s.pace.first:
		return ctx.Err()
	}
	return s.pause(ctx, min(s.failed, soon))
}

// where is the name under which a shard's state is kept.
func (s *shard) where() string {
	where := fmt.Sprintf("%d of %d", s.id, s.count)
	if s.second {
		where += ", second"
	}
	return where
}

// lease is the name of the lease by which one process has it.
func (s *shard) lease() string { return "discord shard " + s.where() }

// An ending is how a connection was.
type ending struct {
	err  error         // why it ended
	up   time.Duration // 0 is never
	met  bool          // Discord greeted
	vain bool          // one was to be resumed, and Discord did not say that it was
}

// after draws the conclusions from an ending. Codes that end a session do so where
// that session was named: before the greeting they mean the connection alone.
func (s *shard) after(e ending) {
	closed, ok := errors.AsType[*websocket.CloseError](e.err)
	switch {
	case errors.Is(e.err, errInvalid), ok && e.met && (closed.Code == codeInvalidSeq || closed.Code == codeTimedOut):
		s.forget()
	case e.vain:
		s.vain++
		if s.vain >= hopeless {
			s.forget() // resuming leads nowhere
		}
	}
	s.failed++
	say := s.o.Log.Warn
	if e.up > 0 {
		s.vain, s.failed = 0, 0
		say = s.o.Log.Info
	}
	say("connection to discord's gateway ended", "shard", s.id, "up", e.up.Round(time.Second), "err", e.err)
}

// hopeless is after how many tries in a row a session is given up, and longGone after
// which time nobody can have it any more.
const (
	hopeless = 8
	longGone = 10 * time.Minute
)

// Close codes after which Discord has no such session.
const (
	codeInvalidSeq = 4007
	codeTimedOut   = 4009
)

// keeps saves what a shard knows: a session as soon as there is one, as without it a
// process that is killed leaves nothing to resume; how far it was heard every now and
// then, as what is heard twice is known to the inbox.
func (s *shard) keeps(ctx context.Context) {
	tick := time.NewTicker(s.pace.keep)
	defer tick.Stop()
	for {
		select {
		case <-s.fresh:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := s.save(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("session not kept", "shard", s.id, "err", err)
		}
	}
}

// last saves what a shard knows at its end, unless another process has it by now.
func (s *shard) last(ctx context.Context) {
	if errors.Is(context.Cause(ctx), errLost) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := s.save(ctx); err != nil {
		s.o.Log.Warn("session not kept", "shard", s.id, "err", err)
	}
}

// A visit is one connection of a shard.
type visit struct {
	*shard
	*wire
	from    session       // to be resumed; its ID is "" for a new one
	done    func()        // tells the budget that a session has begun
	patient time.Duration // how long a session may take to begin
	busy    sync.WaitGroup
	met     bool      // Hello was said
	up      time.Time // since READY or RESUMED
}

// connected opens a connection and returns once it has ended.
func (s *shard) connected(ctx context.Context) (e ending) {
	v := &visit{shard: s, from: s.resumes(), done: func() {}, patient: s.patient()}
	address := v.from.URL
	if v.from.ID == "" || address == "" || time.Since(v.from.At) > longGone {
		v.from = session{}
		if v.done, e.err = s.budget.begin(ctx, s.id); e.err != nil {
			return e
		}
		address = s.budget.said().URL
	}
	defer func() { v.done() }()
	if v.wire, e.err = s.dial(ctx, address); e.err != nil {
		e.vain = v.from.ID != "" && errors.Is(e.err, errAddress)
		return e
	}
	live, stop := context.WithCancel(ctx)
	v.patience(min(s.pace.quick, s.pace.open))
	quit := context.AfterFunc(ctx, func() { v.leave(ctx.Err()) })
	e.err = v.read(func(f frame) error { return v.take(live, f) })
	quit()
	stop()
	v.busy.Wait()
	e.met, e.vain = v.met, v.from.ID != "" && v.met && v.up.IsZero()
	if !v.up.IsZero() {
		s.hear(-1)
		e.up = time.Since(v.up)
	}
	return e
}

// patient is how long a session may take to begin: not long, as a connection that
// hangs is to be left soon, but the longer the more often it was in vain.
func (s *shard) patient() time.Duration {
	return min(s.pace.quick<<min(max(s.failed-1, 0), 6), s.pace.open)
}

// take does what a frame says. An error ends the connection.
func (v *visit) take(ctx context.Context, f frame) (err error) {
	defer func() {
		if p := recover(); p != nil { // one event must not end the process
			v.o.Log.Error("panic while reading an event", "type", fmt.Sprintf("%T", p))
		}
	}()
	switch *f.Op {
	case opHello:
		return v.hello(ctx, f.Data)
	case opACK:
		v.acked.Store(true)
		v.heard()
	case opHeartbeat:
		v.beatNow(v.latest())
	case opReconnect:
		return errReconnect
	case opInvalid:
		return invalid(f.Data)
	case opDispatch:
		return v.dispatch(ctx, f)
	}
	return nil
}

// hello begins the heartbeat and says who is there.
func (v *visit) hello(ctx context.Context, data []byte) error {
	if v.met {
		return nil
	}
	var said struct {
		Interval float64 `json:"heartbeat_interval"` // ms
	}
	if json.Unmarshal(data, &said) != nil || said.Interval <= 0 {
		return errGreeting
	}
	v.met = true
	v.patience(v.patient)
	every := time.Duration(min(said.Interval, 1e9) * float64(time.Millisecond))
	every = min(max(every, fastest), v.pace.silent/2)
	v.busy.Go(func() { v.beat(ctx, every, v.latest) })
	if v.from.ID != "" {
		return v.send(opResume, map[string]any{"token": v.o.Token, "session_id": v.from.ID, "seq": v.from.Seq})
	}
	err := v.send(opIdentify, map[string]any{
		"token": v.o.Token, "intents": int(intents), "shard": []int{v.id, v.count},
		"properties": map[string]string{"os": runtime.GOOS, "browser": "porchlight", "device": "porchlight"},
	})
	v.done()
	return err
}

// fastest is the shortest time between heartbeats, whatever the gateway asks for.
const fastest = 100 * time.Millisecond

// invalid is that Discord takes the session later, or no more.
func invalid(data []byte) error {
	var resumable bool
	if json.Unmarshal(data, &resumable) == nil && resumable {
		return errNotNow
	}
	return errInvalid
}

// dispatch takes an event.
func (v *visit) dispatch(ctx context.Context, f frame) error {
	v.wire.busy.Store(true)
	defer v.wire.busy.Store(false)
	switch f.Type {
	case "READY":
		return v.ready(f)
	case "RESUMED":
		v.opened("resumed")
	}
	if v.up.IsZero() {
		defer v.patience(v.patient) // it goes on
	}
	stored := v.came(f.Seq)
	defer func() {
		if p := recover(); p != nil { // else it would come again and again
			stored()
			panic(p)
		}
	}()
	if f.Type == "GUILD_CREATE" {
		v.gap.server(f.Data)
	}
	v.event(ctx, f.Type, f.Data, stored)
	return nil
}

// ready takes in a new session.
func (v *visit) ready(f frame) error {
	var said struct {
		ID  string `json:"session_id"`
		URL string `json:"resume_gateway_url"`
	}
	if json.Unmarshal(f.Data, &said) != nil || said.ID == "" {
		return errGreeting
	}
	if said.URL == "" {
		said.URL = v.budget.said().URL
	}
	deaf := v.record.begins(said.ID, said.URL, f.Seq)
	v.opened("begun")
	if !deaf.IsZero() {
		v.gap.open(deaf, v.places())
	}
	return nil
}

// opened notes that events come from now on.
func (v *visit) opened(how string) {
	if !v.up.IsZero() {
		return
	}
	v.up = time.Now()
	v.patience(0)
	v.hear(1)
	v.record.freshen()
	v.o.Log.Info("discord's gateway: connected", "shard", v.id, "session", how)
}
