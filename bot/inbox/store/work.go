package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"porchlight/bot"
	"porchlight/bot/inbox"
	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/seal"
)

// poll is how often Work looks whether something is due that nobody told it of:
// what another process has put or left.
const poll = 200 * time.Millisecond

// margin is the part of a lease that do does not get.
const margin = 6

// A hand is a message that a worker has in hand.
type hand struct {
	bot.Message
	seq                  int64
	tries, ended, failed int
	added                int64
	until                time.Time // of the lease, by the clock that ctx knows
	sealed               []byte

	mu     sync.Mutex
	staged []byte // memory of the conversation, kept once the message is answered
}

type handKey struct{}

// inHand is the message that ctx is about, nil outside of Work.
func inHand(ctx context.Context) *hand {
	h, _ := ctx.Value(handKey{}).(*hand)
	return h
}

// Work hands messages to do: of each conversation one at a time and in the order
// of Put, of all conversations up to Options.Workers at once. do has less than
// the lease; its ctx ends with it. See bot.Inbox for what the error of do means;
// after bot.ErrUnclear a message rests for a whole lease. When ctx ends, what
// is in hand has Options.Grace, and is given back then. Work returns nil, or
// ErrBroken.
func (s *Store) Work(ctx context.Context, do func(context.Context, bot.Message) error) error {
	live, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	keeping, stop := context.WithCancel(live)
	var keeper, busy sync.WaitGroup
	keeper.Go(func() { s.keep(keeping) })
	hands := make(chan struct{}, s.Workers)
	for ctx.Err() == nil && s.Broken() == nil {
		free := s.reserve(ctx, hands)
		taken, err := s.take(ctx, free)
		for range free - len(taken) {
			<-hands
		}
		for _, h := range taken {
			busy.Go(func() {
				defer func() { <-hands }()
				s.answer(live, h, do)
			})
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Error("store cannot be read", "err", err)
		}
		if len(taken) < free { // there was no more
			s.nap(ctx)
		}
	}
	late := time.AfterFunc(s.Grace, cut)
	defer late.Stop()
	busy.Wait()
	stop()
	keeper.Wait()
	return s.Broken()
}

// reserve waits for a free worker and takes as many as are free.
func (s *Store) reserve(ctx context.Context, hands chan struct{}) (n int) {
	select {
	case hands <- struct{}{}:
		n = 1
	case <-ctx.Done():
		return 0
	}
	for n < min(s.Workers, 64) {
		select {
		case hands <- struct{}{}:
			n++
		default:
			return n
		}
	}
	return n
}

// nap waits until something may be due.
func (s *Store) nap(ctx context.Context) {
	t := time.NewTimer(poll + rand.N(poll/4))
	defer t.Stop()
	select {
	case <-s.wake:
	case <-s.db.Breaks():
	case <-t.C:
	case <-ctx.Done():
	}
}

// take marks up to n messages as handed out, on disk, and returns them.
func (s *Store) take(ctx context.Context, n int) (taken []*hand, err error) {
	if n == 0 || ctx.Err() != nil {
		return nil, nil
	}
	if err := s.prepare(ctx, s.today()); err != nil { // for the memory of what is answered
		return nil, err
	}
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		taken, err = s.pick(ctx, q, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

func (s *Store) pick(ctx context.Context, q tx, n int) (taken []*hand, err error) {
	now := s.ms()
	until := time.Now().Add(s.Lease)
	rows, err := q.QueryContext(ctx, s.db.Speak(take), now, n, now+s.Lease.Milliseconds(), s.me)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		h := &hand{until: until}
		var who string
		var late int
		if err := rows.Scan(&h.seq, &h.ID, &h.Conversation, &who, &h.sealed, &h.tries, &h.ended, &h.failed, &late, &h.added); err != nil {
			return nil, err
		}
		h.Handed = bot.Handed{
			Again: h.tries > 1, Waited: late == 1,
			Fixed: h.failed >= s.Tries-1 || h.tries-1-h.ended >= s.Crashes,
		}
		taken = append(taken, h)
	}
	return taken, rows.Err()
}

// answer has a message answered and settles what comes of it.
func (s *Store) answer(live context.Context, h *hand, do func(context.Context, bot.Message) error) {
	age := time.Duration(s.ms()-h.added) * time.Millisecond
	s.Observe(Taken, age)
	if h.Handed.Again {
		s.Observe(TakenAgain, age)
	}
	if err := s.read(live, h); err != nil {
		s.conclude(live, h, err)
		return
	}
	ctx, cancel := context.WithDeadline(context.WithValue(live, handKey{}, h), h.until.Add(-s.Lease/margin))
	defer cancel()
	inbox.Contain(ctx, s.Log, h.Message, do, func(err error) { s.conclude(live, h, err) })
}

// read opens what is sealed of a message. Only what nobody can read any more, as
// its day's key is gone, is given up; a database that is gone comes back.
func (s *Store) read(ctx context.Context, h *hand) error {
	if s.vault.master != nil {
		err := s.prepareFor(ctx, h.sealed)
		if err != nil && !errors.Is(err, seal.ErrNotOpen) && !errors.Is(err, seal.ErrWrongKey) {
			return err
		}
	}
	var l letter
	if err := s.unpack(h.sealed, string(h.ID), &l); err != nil {
		return errors.Join(err, bot.ErrGiveUp)
	}
	h.Message, h.sealed = l.message(h.Message), nil
	return nil
}

// conclude marks a message as answered, buries it or brings it back.
func (s *Store) conclude(live context.Context, h *hand, err error) {
	var later *bot.LaterError
	var pause time.Duration
	failed := 1
	if errors.As(err, &later) && time.Duration(s.ms()-h.added)*time.Millisecond < s.Known { // to be told to wait is no failure, however often
		failed = 0
	}
	switch {
	case err == nil:
		s.finish(live, h, Answered)
		return
	case live.Err() != nil: // its time was cut short; that was not its fault
		s.Log.Info("message left for later", "message", h.Message, "err", err)
		s.again(live, h, 0, 0)
		return
	case errors.Is(err, bot.ErrGiveUp), h.failed+failed >= s.Tries:
		s.Log.Error("message buried", "message", h.Message, "tries", h.tries, "err", err)
		s.finish(live, h, Buried)
		return
	case errors.Is(err, bot.ErrUnclear):
		pause = s.Lease // a whole one: what was sent at the end of the last is as long on its way
	case errors.Is(err, context.DeadlineExceeded):
		pause = max(0, time.Until(h.until))
	case later != nil:
		pause = min(max(later.After, 0), 10*time.Minute)
	default:
		pause = s.Backoff(h.failed + 1)
	}
	s.Log.Warn("message comes back", "message", h.Message, "tries", h.tries, "after", pause, "err", err)
	s.again(live, h, pause, failed)
	s.Observe(Failed, pause)
}

// finish removes a message: its text is gone, its id stays known.
func (s *Store) finish(live context.Context, h *hand, what Event) {
	h.mu.Lock()
	staged := h.staged
	h.mu.Unlock()
	if what != Answered {
		staged = nil
	}
	n, next := 0, true
	if !s.insist(live, h, func(ctx context.Context, q tx) (err error) {
		if n, err = changed(ctx, q, done, h.seq, h.tries); err != nil || n == 0 {
			return err
		}
		if s.db.Alone() { // elsewhere one may be stored that cannot be seen yet
			err = q.QueryRowContext(ctx, more, h.Conversation).Scan(&next)
		}
		if err != nil || staged == nil {
			return err
		}
		return exec(ctx, q, remember, h.Conversation, h.Person, staged, s.ms()+s.Lifetime.Milliseconds())
	}) {
		return
	}
	s.dirty()
	if n == 0 { // forgotten meanwhile, or another process has it by now
		return
	}
	s.Observe(what, time.Duration(s.ms()-h.added)*time.Millisecond)
	if next {
		s.rouse()
	}
}

// again brings a message back after a pause.
func (s *Store) again(live context.Context, h *hand, pause time.Duration, failed int) {
	s.insist(live, h, func(ctx context.Context, q tx) error {
		return exec(ctx, q, rest, s.ms()+pause.Milliseconds(), failed, h.seq, h.tries)
	})
	if pause <= 0 {
		s.rouse()
		return
	}
	time.AfterFunc(pause, s.rouse)
}

// insist tries to write what became of a message until its lease ends: a
// database that is gone for a while must not make an answer come twice. After
// that the message comes back by itself, and its platform is asked.
func (s *Store) insist(live context.Context, h *hand, run func(context.Context, tx) error) bool {
	ctx, cancel := context.WithDeadline(context.WithoutCancel(live), h.until)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := s.do(ctx, run)
		if err == nil {
			return true
		}
		if live.Err() != nil || ctx.Err() != nil || s.Broken() != nil || errors.Is(err, database.ErrClosed) {
			s.Log.Error("message settled but not written", "message", h.Message, "err", err)
			return false
		}
		select {
		case <-time.After(wait):
		case <-live.Done():
		case <-ctx.Done():
		}
	}
}
