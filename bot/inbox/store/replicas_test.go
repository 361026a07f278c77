package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox/store"
)

// Two processes answer what both were told of, each message once and in order.
func TestReplicas(t *testing.T) {
	bottest.NoneLeft(t)
	talks, each := 300, 20
	if testing.Short() {
		talks, each = 50, 6
	}
	var stores []*store.Store
	place := emptyPostgres(t)
	for range 2 {
		stores = append(stores, open(t, place, master(t, 1), quick()))
	}
	var mu sync.Mutex
	got := make(map[bot.ConversationID][]string)
	inHand := make(map[bot.ConversationID]bool)
	answered := 0
	var stops []func()
	for _, s := range stores {
		stops = append(stops, work(t, s, func(_ context.Context, m bot.Message) error {
			mu.Lock()
			if inHand[m.Conversation] {
				t.Errorf("two of %s in hand at once", m.Conversation)
			}
			if m.Handed.Again {
				t.Errorf("%s was handed out again", m.ID)
			}
			inHand[m.Conversation] = true
			mu.Unlock()
			time.Sleep(rand.N(time.Millisecond)) // an answer takes its time
			mu.Lock()
			defer mu.Unlock()
			inHand[m.Conversation] = false
			got[m.Conversation] = append(got[m.Conversation], string(m.ID))
			answered++
			return nil
		}))
	}
	var writers sync.WaitGroup
	const writing = 20
	for w := range writing {
		writers.Go(func() {
			for i := range each {
				for c := w; c < talks; c += writing {
					m := message(fmt.Sprintf("%d.%d", c, i), fmt.Sprint(c), fmt.Sprint(c))
					for k := range 2 { // the platform tells both
						if err := stores[(k+c+i)%2].Put(t.Context(), m); err != nil {
							t.Error(err)
						}
					}
				}
			}
		})
	}
	writers.Wait()
	for range 20 { // Patience each
		if bottest.Eventually(func() bool { mu.Lock(); defer mu.Unlock(); return answered >= talks*each }) {
			break
		}
	}
	for _, stop := range stops {
		stop()
	}
	if answered != talks*each {
		t.Errorf("%d answers to %d messages", answered, talks*each)
	}
	for c, ids := range got {
		for i, id := range ids {
			if want := fmt.Sprintf("%s.%d", c, i); id != want {
				t.Errorf("conversation %s: got %s, want %s", c, id, want)
				break
			}
		}
	}
}

// Of many who want a lease one has it at a time, and the next gets what it noted.
func TestLeaseContenders(t *testing.T) {
	const contenders, turns = 8, 8
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		stores := []*store.Store{open(t, place, master(t, 1), quick())}
		if e.name == "postgres" { // one process has one lease, so each needs its own
			for range contenders - 1 {
				stores = append(stores, open(t, place, master(t, 1), quick()))
			}
		}
		var holders, changes, errs atomic.Int32
		var all sync.WaitGroup
		for _, s := range stores {
			all.Go(func() {
				for n := 0; n < turns; {
					ok, state, err := s.Hold(t.Context(), "shard", time.Minute)
					if err != nil && errs.Add(1) > contenders { // a slow server may let one wait for too long
						t.Error(err)
						return
					}
					if !ok {
						time.Sleep(rand.N(5 * time.Millisecond))
						continue
					}
					n++
					if holders.Add(1) != 1 {
						t.Error("two have the lease")
					}
					if want := fmt.Sprint(changes.Load()); state != want && state != "" {
						t.Errorf("it was noted %s, want %s", state, want)
					}
					noted, err := s.Note(t.Context(), "shard", fmt.Sprint(changes.Add(1)))
					if err != nil || !noted {
						t.Errorf("the holder cannot note: %v, %v", noted, err)
					}
					holders.Add(-1)
					if err := s.Leave(t.Context(), "shard"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := int(changes.Load()); n != turns*len(stores) {
			t.Errorf("%d turns, want %d", n, turns*len(stores))
		}
	})
}

// A lease is renewed by its holder, taken over after its time with what was
// noted, and the one who lost it neither notes nor leaves.
func TestLease(t *testing.T) {
	place := emptyPostgres(t) // SQLite has one process
	a, b := open(t, place, master(t, 1), quick()), open(t, place, master(t, 1), quick())
	const ttl = 15 * time.Second
	held := func(s *store.Store, want bool, note string) {
		t.Helper()
		ok, state, err := s.Hold(t.Context(), "shard", ttl)
		if err != nil || ok != want || state != note {
			t.Errorf("Hold: %v %q %v, want %v %q", ok, state, err, want, note)
		}
	}
	noted := func(s *store.Store, state string, want bool) {
		t.Helper()
		if ok, err := s.Note(t.Context(), "shard", state); err != nil || ok != want {
			t.Errorf("Note: %v %v, want %v", ok, err, want)
		}
	}
	noted(a, "nobody holds it", false)
	held(a, true, "")
	noted(a, "seq 7", true)
	held(b, false, "")
	noted(b, "stolen", false)
	held(a, true, "seq 7") // renews
	if err := b.Leave(t.Context(), "shard"); err != nil {
		t.Error(err)
	}
	held(b, false, "") // it was not b's to leave
	pass(t, place, ttl+time.Second)
	noted(a, "too late", false)
	held(b, true, "seq 7")
	held(a, false, "")
	if err := b.Leave(t.Context(), "shard"); err != nil {
		t.Error(err)
	}
	held(a, true, "seq 7")
	pass(t, place, -time.Hour) // a clock was put back
	held(b, true, "seq 7")
}
