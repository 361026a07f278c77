package discord

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// A session is what Discord keeps of a connection for a few minutes after it broke:
// whoever resumes it is told what came meanwhile.
type session struct {
	ID  string    // "" is none
	URL string    // where to resume
	Seq int64     // all up to this one is stored, or asks nothing
	At  time.Time // when something was heard last
}

// A talk is a place in which somebody asked lately: no words, and nobody's name.
type talk struct {
	Channel, Guild string
	At             time.Time
}

// maxTalks is how many are kept, and talkLife for how long: as long as a
// conversation is remembered.
const (
	maxTalks = 200
	talkLife = 2 * time.Hour
)

// A record is what a shard keeps beyond its connections, and beyond the process: its
// session, how far that was heard, and where people ask.
type record struct {
	vault      Vault // nil keeps all in this process alone
	where      string
	fresh      chan struct{} // something is to be saved at once
	mu         sync.Mutex
	session    session
	open       map[int64]int // what came and is not stored yet, by its number
	turn       int           // of connections; what an earlier one began is none of this one
	talks      []talk        // the latest last
	saved      session
	talksSaved bool
}

// recall is what was kept of a shard. What cannot be read is as if nothing was.
func (a *Adapter) recall(ctx context.Context, where string) *record {
	l := &record{vault: a.o.Vault, where: where, fresh: make(chan struct{}, 1), open: map[int64]int{}, talksSaved: true}
	if l.vault == nil {
		return l
	}
	for what, into := range map[string]any{"session": &l.session, "talks": &l.talks} {
		raw, err := a.unsealed(ctx, what+" "+where)
		if err == nil && raw != "" {
			err = json.Unmarshal([]byte(raw), into)
		}
		if err != nil && ctx.Err() == nil {
			a.o.Log.Warn("what was kept of a shard cannot be read", "name", where, "err", err)
		}
	}
	l.saved = l.session
	return l
}

// unsealed is what was kept under a name. A store that is busy is asked again: without
// the session what came meanwhile would be lost.
func (a *Adapter) unsealed(ctx context.Context, what string) (raw string, err error) {
	for n := range 3 {
		if raw, err = a.o.Vault.Sealed(ctx, name, what); err == nil || a.pause(ctx, n) != nil {
			break
		}
	}
	return raw, err
}

// begins takes in a new session. It returns since when nobody heard what came, the
// zero time where that is not known.
func (r *record) begins(id, url string, seq int64) (deaf time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	deaf = r.session.At
	r.session = session{ID: id, URL: url, Seq: seq, At: time.Now()}
	r.turn++
	clear(r.open)
	return deaf
}

// freshen has what is known saved at once.
func (r *record) freshen() {
	select {
	case r.fresh <- struct{}{}:
	default:
	}
}

// forget ends a session that Discord no longer has.
func (r *record) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session.ID, r.session.URL = "", ""
}

// came notes an event; stored must be called once it need not come again.
func (r *record) came(seq int64) (stored func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	turn := r.turn
	r.session.At = time.Now()
	if seq <= 0 {
		return func() {} // no event is without a number
	}
	r.session.Seq = max(r.session.Seq, seq)
	r.open[seq]++
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.turn != turn {
			return // its number means nothing any more, or it came again
		}
		r.open[seq]--
		if r.open[seq] <= 0 {
			delete(r.open, seq)
		}
	})
}

// heard notes that the connection lives.
func (r *record) heard() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session.At = time.Now()
}

// latest is the number of the last event before which all is stored, nil where there
// is none: what Discord is told that came, it need not keep.
func (r *record) latest() any {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.safe(); s.Seq > 0 {
		return s.Seq
	}
	return nil
}

// resumes is the session to take up: from before the first event that is not stored,
// so that all since then comes again, be it on its way or not.
func (r *record) resumes() session {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = r.safe()
	r.turn++
	clear(r.open)
	return r.session
}

// safe wants l.mu held.
func (r *record) safe() session {
	s := r.session
	for seq := range r.open {
		s.Seq = min(s.Seq, seq-1)
	}
	return s
}

// talked notes where somebody asked.
func (r *record) talked(channel, guild string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	i := slices.IndexFunc(r.talks, func(t talk) bool { return t.Channel == channel })
	if i >= 0 && now.Sub(r.talks[i].At) < talkLife/10 {
		return
	}
	if i >= 0 {
		r.talks = slices.Delete(r.talks, i, i+1)
	}
	r.talks = append(recent(r.talks, now), talk{channel, guild, now})
	r.talks = r.talks[max(0, len(r.talks)-maxTalks):]
	r.talksSaved = false
}

// silent notes that somebody asked to be forgotten there.
func (r *record) silent(channel string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.talks)
	r.talks = slices.DeleteFunc(r.talks, func(t talk) bool { return t.Channel == channel })
	r.talksSaved = r.talksSaved && len(r.talks) == n
}

// places are where somebody asked lately.
func (r *record) places() []talk {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(recent(r.talks, time.Now()))
}

func recent(all []talk, now time.Time) []talk {
	return slices.DeleteFunc(slices.Clone(all), func(t talk) bool { return now.Sub(t.At) > talkLife })
}

// unsaved is how much older what is kept may be, while nothing comes.
const unsaved = time.Minute

// save keeps what has changed.
func (r *record) save(ctx context.Context) error {
	if r.vault == nil {
		return nil
	}
	r.mu.Lock()
	now, saved := r.safe(), r.saved
	talks, known := recent(r.talks, time.Now()), r.talksSaved
	r.talksSaved = true
	r.mu.Unlock()
	if now.ID != saved.ID || now.Seq != saved.Seq || now.At.Sub(saved.At) > unsaved {
		if err := r.keep(ctx, "session", now); err != nil {
			return err
		}
		r.mu.Lock()
		r.saved = now
		r.mu.Unlock()
	}
	if known {
		return nil
	}
	err := r.keep(ctx, "talks", talks)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.talksSaved = false
	}
	return err
}

func (r *record) keep(ctx context.Context, what string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.vault.SetSealed(ctx, name, what+" "+r.where, string(raw))
}
