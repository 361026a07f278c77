package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/store"
)

// A wire to a server, which can be cut.
type wire struct {
	net.Listener
	to string

	mu    sync.Mutex
	gone  bool
	conns []net.Conn
}

// wireTo puts a wire between a store and its Postgres, and gives the new address.
func wireTo(t *testing.T, place string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, to: u.Host}
	ended := make(chan bool)
	go func() {
		defer close(ended)
		w.carry(t)
	}()
	t.Cleanup(func() {
		l.Close()
		w.cut(true)
		<-ended
	})
	u.Host = l.Addr().String()
	return w, u.String()
}

func (w *wire) carry(t *testing.T) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		in, err := w.Accept()
		if err != nil {
			return
		}
		out, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", w.to) // the store ends after the test
		if err != nil {
			in.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, in, out)
		gone := w.gone
		w.mu.Unlock()
		if gone {
			in.Close()
			out.Close()
			continue
		}
		for _, ends := range [][2]net.Conn{{in, out}, {out, in}} {
			all.Go(func() {
				_, _ = io.Copy(ends[0], ends[1]) // until it is cut
				ends[0].Close()
			})
		}
	}
}

// cut breaks what goes through, and lets nothing else through if it stays so.
func (w *wire) cut(stay bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = stay
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

// A server that is gone for a while: Put says no, nothing that was acknowledged
// is lost, what is in hand is settled later and not answered twice, and Work goes
// on by itself.
func TestServerGoneAndBack(t *testing.T) {
	place := emptyPostgres(t)
	w, address := wireTo(t, place)
	var seen events
	o := quick()
	o.Observe = seen.observe
	s := open(t, address, master(t, 1), o)
	got, release := make(chan bot.Message, 100), make(chan struct{})
	work(t, s, func(_ context.Context, m bot.Message) error {
		got <- m
		if m.ID == "one" {
			<-release
		}
		return nil
	})
	put(t, s, one())
	next(t, got, "one")
	w.cut(true)
	var refused []bot.Message
	for i := range 5 {
		m := message(fmt.Sprint(i), fmt.Sprint(i), "bea")
		if err := s.Put(t.Context(), m); err == nil {
			t.Errorf("%s was acknowledged without a server", m.ID)
		}
		refused = append(refused, m)
	}
	if _, err := s.Load(t.Context(), "talk"); err == nil {
		t.Error("what cannot be read is taken for nothing")
	}
	close(release)
	w.cut(false)
	repeat(t, s, refused...)
	for range refused {
		if m := bottest.Receive(t, "a message", got); m.Handed.Again {
			t.Errorf("%s was handed out again", m.ID)
		}
	}
	eventually(t, "all are answered", func() bool { return seen.n(store.Answered) == 6 })
	w.cut(false) // and back at once
	repeat(t, s, message("last", "talk", "ann"))
	next(t, got, "last")
	if seen.n(store.TakenAgain)+seen.n(store.Failed) != 0 || seen.n(store.Refused) < 5 {
		t.Errorf("observed %v", seen.all)
	}
	if err := s.Broken(); err != nil {
		t.Errorf("it is beyond use: %v", err)
	}
}

// repeat does what a platform does until it is told yes.
func repeat(t *testing.T, s *store.Store, ms ...bot.Message) {
	t.Helper()
	for _, m := range ms {
		eventually(t, "the server is back", func() bool { return s.Put(t.Context(), m) == nil })
	}
}

// A database file that is damaged ends Work with ErrBroken: nothing more is
// acknowledged.
func TestDamaged(t *testing.T) {
	place := t.TempDir()
	s, err := store.Open(t.Context(), place, master(t, 1), quick())
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, one())
	ended := make(chan error, 1)
	idles := make(chan bot.Message, 10)
	go func() {
		ended <- s.Work(t.Context(), func(_ context.Context, m bot.Message) error { idles <- m; return nil })
	}()
	next(t, idles, "one")
	eventually(t, "an answer", func() bool { n, _, err := s.Waiting(t.Context()); return err == nil && n == 0 })
	other := raw(t, place)
	defer other.Close()
	other.SetMaxOpenConns(1)
	for _, q := range []string{"PRAGMA wal_checkpoint(TRUNCATE)", "BEGIN IMMEDIATE", "INSERT INTO setting VALUES('a','b','c')", "COMMIT"} {
		if q == "COMMIT" { // after which our connection reads the file anew
			damage(t, filepath.Join(place, "porchlight.db"))
		}
		if _, err := other.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := bottest.Receive(t, "the end of Work", ended); !errors.Is(err, database.ErrBroken) {
		t.Errorf("Work: %v, want ErrBroken", err)
	}
	if err := s.Put(t.Context(), message("two", "talk", "ann")); !errors.Is(err, database.ErrBroken) {
		t.Errorf("Put: %v, want ErrBroken", err)
	}
	if err := s.Broken(); !errors.Is(err, database.ErrBroken) {
		t.Errorf("Broken: %v, want ErrBroken", err)
	}
	s.Count("lost")
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// damage writes noise over all but the first page of a file.
func damage(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(info.Size())-page), page); err != nil {
		t.Fatal(err)
	}
}
