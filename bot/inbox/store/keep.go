package store

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"time"
)

// dirty notes that a text may linger in the write-ahead log.
func (s *Store) dirty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = true
}

// keep wipes, sweeps and writes counters until ctx ends, and once more then.
func (s *Store) keep(ctx context.Context) {
	wipe := time.NewTicker(s.Scrub)
	defer wipe.Stop()
	sweep := time.NewTicker(time.Minute)
	defer sweep.Stop()
	s.log("sweep", s.Sweep(ctx))
	for {
		select {
		case <-ctx.Done():
			s.log("wipe", s.Wipe(context.WithoutCancel(ctx)))
			return
		case <-wipe.C:
			s.log("wipe", s.Wipe(ctx))
			s.log("count", s.flush(ctx))
		case <-sweep.C:
			s.log("sweep", s.Sweep(ctx))
		}
	}
}

func (s *Store) log(step string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		s.Log.Error("store not kept in order", "step", step, "err", err)
	}
}

// Wipe empties SQLite's write-ahead log, where overwritten pages linger; Postgres
// has no such step. Work does it every Options.Scrub.
func (s *Store) Wipe(ctx context.Context) error {
	s.mu.Lock()
	stale := s.stale
	s.stale = false
	s.mu.Unlock()
	if !stale {
		return nil
	}
	err := s.db.Wipe(ctx)
	if err != nil {
		s.dirty()
	}
	return err
}

// Sweep drops what is past its time. Work does it every minute.
func (s *Store) Sweep(ctx context.Context) error {
	if err := s.db.SetClock(ctx); err != nil {
		return err
	}
	now := s.ms()
	forgotten := 0
	err := s.do(ctx, func(ctx context.Context, q tx) (err error) {
		forgotten, err = changed(ctx, q, sweepMemory, now, now+s.longestMemory().Milliseconds())
		return errors.Join(
			err,
			exec(ctx, q, free, now, now+s.longest().Milliseconds()),
			exec(ctx, q, sweepLease, now-dayMS),
			exec(ctx, q, sweepCounter, now/dayMS-400),
			exec(ctx, q, sweepEpoch, now/dayMS-1, now),
		)
	})
	for n := swept; err == nil && n == swept && ctx.Err() == nil; forgotten += n {
		err = s.do(ctx, func(ctx context.Context, q tx) (err error) {
			n, err = changed(ctx, q, sweepInbox, now-s.Known.Milliseconds(), swept)
			return err
		})
	}
	if forgotten > 0 {
		s.dirty()
	}
	return err
}

// swept is how many answered messages are dropped in one transaction: nobody is
// to wait for the dropping of a million.
const swept = 1000

// Waiting is how many messages are open, counted to a hundred thousand, and how
// long the oldest has been.
func (s *Store) Waiting(ctx context.Context) (open int, oldest time.Duration, err error) {
	var since int64
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		return q.QueryRowContext(ctx, waiting).Scan(&open, &since)
	})
	if err == nil && open > 0 {
		oldest = time.Duration(s.ms()-since) * time.Millisecond
	}
	return open, oldest, err
}

// Ready is nil while a message could be stored: it writes, and looks whether that
// reached the disk.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.Broken(); err != nil {
		return err
	}
	return s.do(ctx, func(ctx context.Context, q tx) error {
		return exec(ctx, q, hold, "ready "+s.me, s.me, s.ms(), s.ms(), s.ms())
	})
}

// Hold takes a lease of that name for ttl, or renews it, and returns what its
// last holder noted. ok is false while another process has it.
func (s *Store) Hold(ctx context.Context, name string, ttl time.Duration) (ok bool, state string, err error) {
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		now, life := s.ms(), ttl.Milliseconds()
		n, err := changed(ctx, q, hold, name, s.me, now+life, now, now+2*max(life, 60_000))
		ok = n == 1
		if err != nil || !ok {
			return err
		}
		return q.QueryRowContext(ctx, held, name).Scan(&state)
	})
	return ok && err == nil, state, err
}

// Note keeps a state with a lease that this process holds, for whoever holds it
// next; ok is false when it no longer does.
func (s *Store) Note(ctx context.Context, name, state string) (ok bool, err error) {
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		n, err := changed(ctx, q, note, state, name, s.me, s.ms())
		ok = n == 1
		return err
	})
	return ok && err == nil, err
}

// Leave gives a lease up before its time.
func (s *Store) Leave(ctx context.Context, name string) error {
	return s.do(ctx, func(ctx context.Context, q tx) error { return exec(ctx, q, leave, name, s.me) })
}

var plain = regexp.MustCompile(`^[a-z0-9_.-]{1,64}$`)

// Count adds one to a counter of today. The name must come from a fixed list,
// never from a person: what does not look like one is not counted. Counters are
// written every few seconds; a crash loses those.
func (s *Store) Count(name string) {
	if !plain.MatchString(name) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[name]++
}

func (s *Store) flush(ctx context.Context) error {
	s.mu.Lock()
	counts := s.counts
	s.counts = make(map[string]int)
	s.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	day := s.today()
	err := s.do(ctx, func(ctx context.Context, q tx) error {
		for name, n := range counts {
			if err := exec(ctx, q, count, day, name, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for name, n := range counts {
			s.counts[name] += n
		}
	}
	return err
}

// A Counter is what was counted in a day, in UTC.
type Counter struct {
	Day  time.Time
	Name string
	N    int
}

// Counters returns what was counted since a day. Whoever shows it to people says
// "fewer than 5" for small numbers, which could tell of one person.
func (s *Store) Counters(ctx context.Context, since time.Time) (out []Counter, err error) {
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		out = nil
		rows, err := q.QueryContext(ctx, counted, since.UnixMilli()/dayMS)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c Counter
			var day int64
			if err := rows.Scan(&day, &c.Name, &c.N); err != nil {
				return err
			}
			c.Day = time.UnixMilli(day * dayMS).UTC()
			out = append(out, c)
		}
		return rows.Err()
	})
	return out, err
}

// Set keeps a setting of a scope: a workspace or server, by its pseudonym.
func (s *Store) Set(ctx context.Context, scope, name, value string) error {
	return s.do(ctx, func(ctx context.Context, q tx) error { return exec(ctx, q, set, scope, name, value) })
}

// Setting returns what was set, "" when nothing was.
func (s *Store) Setting(ctx context.Context, scope, name string) (value string, err error) {
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		value = ""
		return ignore(q.QueryRowContext(ctx, setting, scope, name).Scan(&value), sql.ErrNoRows)
	})
	return value, err
}
