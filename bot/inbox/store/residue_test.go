//go:build unix

package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/conversation"
	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/store"
)

// These tests write words into a store and count them in every file of its
// machine: in a database, what is deleted is often still there.

// A person is somebody whose words and names are looked for.
type person struct {
	marker string // in all that was said, and in all that a platform calls it
	who    bot.PersonID
	talk   bot.ConversationID
	words  string // as a platform brings them, the marker many times over, so that a torn one is found
}

func someone(s *store.Store) person {
	marker := rand.Text()
	return person{
		marker: marker,
		who:    bot.PersonID(s.Name("person", "test", marker)),
		talk:   bot.ConversationID(s.Name("conversation", "test", marker, "0")),
		words:  strings.Repeat(marker+" ", 4),
	}
}

// talks is in how many conversations a person asks by turns.
const talks = 10

// asks is the nth question of a person, with the marker in each field that holds
// words, or is made of some.
func (p person) asks(s *store.Store, n int) bot.Message {
	return bot.Message{
		ID:           bot.MessageID(s.Name("event", p.marker, fmt.Sprint(n))),
		Conversation: bot.ConversationID(s.Name("conversation", "test", p.marker, fmt.Sprint(n%talks))), Person: p.who,
		From: bot.Address{Adapter: "test", Place: p.words}, Text: p.words, Lang: p.marker, At: time.Now(),
	}
}

// state is a memory with words in it, which no real one has.
func (p person) state() conversation.State {
	return conversation.State{Pinned: p.words, Country: p.marker}
}

// copies counts a marker in every file of a folder.
func copies(t *testing.T, dir, marker string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil // gone meanwhile, or a folder
		}
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		n += bytes.Count(raw, []byte(marker))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rows counts a marker in every column of every table of a Postgres, as a dump
// would show them.
func rows(t *testing.T, db *sql.DB, marker string) (n int) {
	t.Helper()
	for _, c := range column(t, db, `SELECT table_name || '.' || column_name || '.' || data_type FROM information_schema.columns WHERE table_schema='public'`) {
		part := strings.SplitN(c, ".", 3)
		ask := fmt.Sprintf("SELECT %s::text FROM %s WHERE %s IS NOT NULL", part[1], part[0], part[1])
		if part[2] == "bytea" {
			ask = fmt.Sprintf("SELECT encode(%s, 'escape') FROM %s WHERE %s IS NOT NULL", part[1], part[0], part[1])
		}
		for _, v := range column(t, db, ask) {
			n += strings.Count(v, marker)
		}
	}
	return n
}

func column(t *testing.T, db *sql.DB, ask string) (all []string) {
	t.Helper()
	r, err := db.QueryContext(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for r.Next() {
		var v string
		if err := r.Scan(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// left counts a marker in all that a store leaves anywhere: for SQLite the files
// of its directory; for Postgres its tables, and if all is set also the files of
// the server, where those can be read.
func left(t *testing.T, place, marker string, all bool) int {
	t.Helper()
	if !database.IsPostgres(place) {
		return copies(t, place, marker)
	}
	db := raw(t, place)
	defer db.Close()
	n := rows(t, db, marker)
	if !all {
		return n
	}
	if _, err := db.ExecContext(t.Context(), "CHECKPOINT"); err != nil {
		t.Log("the server could not be told to write its pages:", err)
	}
	dir := column(t, db, "SHOW data_directory")
	if f, err := os.Open(dir[0]); err == nil {
		f.Close()
		return n + copies(t, dir[0], marker)
	}
	t.Log("the files of the server cannot be read from here; its tables were")
	return n
}

// none wants no copy of any of these.
func none(t *testing.T, when, place string, all bool, markers ...string) {
	t.Helper()
	for _, m := range markers {
		if n := left(t, place, m, all); n != 0 {
			t.Errorf("%s: %d copies of %q", when, n, m)
		}
	}
}

// some wants a copy to be found, or the test could not fail.
func some(t *testing.T, when, place, marker string) {
	t.Helper()
	n := left(t, place, marker, false)
	t.Logf("%s: %d copies", when, n)
	if n == 0 {
		t.Errorf("%s: no copy is found, so this test would find none that should not be there", when)
	}
}

// unscrubbed never wipes by itself.
func unscrubbed() store.Options {
	o := quick()
	o.Scrub = time.Hour
	return o
}

// TestResidue wants what was said to be gone from every file once it is answered
// and the log wiped, in whatever way it came to its end.
func TestResidue(t *testing.T) {
	for _, r := range []struct {
		name     string
		options  func(*store.Options)
		messages int
		do       func(*testing.T, *store.Store, person) doer
	}{
		{"answered", nil, 500, func(*testing.T, *store.Store, person) doer {
			return func(context.Context, bot.Message) error { return nil }
		}},
		{"answered at the second try", nil, 100, func(*testing.T, *store.Store, person) doer {
			return func(_ context.Context, m bot.Message) error {
				if !m.Handed.Again {
					return errAgain
				}
				return nil
			}
		}},
		{"given up", nil, 100, func(*testing.T, *store.Store, person) doer {
			return func(context.Context, bot.Message) error { return bot.ErrGiveUp }
		}},
		{"joined", func(o *store.Options) { o.MaxOpen = 2 }, 100, func(*testing.T, *store.Store, person) doer {
			return func(context.Context, bot.Message) error { return nil }
		}},
		{"memory replaced", nil, 100, func(_ *testing.T, s *store.Store, p person) doer {
			var mu sync.Mutex
			turns := make(map[bot.ConversationID]int)
			return func(ctx context.Context, m bot.Message) error {
				mu.Lock()
				defer mu.Unlock()
				turns[m.Conversation]++
				if turns[m.Conversation] == 100/talks { // the last one
					return s.Save(ctx, m.Person, m.Conversation, conversation.State{Country: "MX"})
				}
				return s.Save(ctx, m.Person, m.Conversation, p.state())
			}
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				bottest.NoneLeft(t)
				place := e.place(t)
				o := unscrubbed()
				if r.options != nil {
					r.options(&o)
				}
				s := open(t, place, nil, o)
				p := someone(s)
				for n := range r.messages {
					put(t, s, p.asks(s, n))
				}
				some(t, "stored, not sealed", place, p.marker)
				work(t, s, r.do(t, s, p))
				answeredAll(t, place)
				if e.name == "sqlite" { // in the tables of a Postgres answering is erasing, in its files nothing is
					some(t, "answered, not sealed", place, p.marker)
				}
				// "Answered" is seen a moment before it is noted that there is something to wipe.
				soon(t, "nothing left", func() bool {
					if err := s.Wipe(t.Context()); err != nil {
						t.Fatal(err)
					}
					return left(t, place, p.marker, false) == 0
				})
			})
		})
	}
}

// TestResidueOfForgotten wants nothing left of a person who asked to be
// forgotten, neither words nor names, the moment Forget returns.
func TestResidueOfForgotten(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		bottest.NoneLeft(t)
		place := e.place(t)
		s := open(t, place, nil, unscrubbed())
		p, other := someone(s), someone(s)
		for n := range 50 {
			put(t, s, p.asks(s, n), other.asks(s, n))
		}
		for _, one := range []person{p, other} {
			if err := s.Save(t.Context(), one.who, one.talk, one.state()); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{p.marker, string(p.who), string(p.talk)} {
			some(t, "before", place, name)
		}
		erased, err := s.Forget(t.Context(), p.who, p.talk)
		if err != nil {
			t.Fatal(err)
		}
		if want := (conversation.Erased{Conversations: 1, Questions: 50}); erased != want {
			t.Errorf("Forget erased %v, want %v", erased, want)
		}
		none(t, "forgotten", place, false, p.marker, string(p.who), string(p.talk))
		some(t, "of somebody else", place, other.marker)
	})
}

// TestResidueOfForgettingInHand is the same for who asks it in a message: what
// they said before is gone at once, answered or open, also from the log.
func TestResidueOfForgettingInHand(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		bottest.NoneLeft(t)
		place := e.place(t)
		o := unscrubbed()
		o.Workers = 1
		s := open(t, place, nil, o)
		p := someone(s)
		asks := p.asks(s, 50)
		asks.Text, asks.Lang, asks.From.Place, asks.Command = "", "", "here", bot.Forget
		for n := range 25 {
			put(t, s, p.asks(s, n))
		}
		put(t, s, asks)
		for n := range 25 {
			put(t, s, p.asks(s, 25+n))
		}
		forgotten, looked := make(chan error, 1), make(chan struct{})
		work(t, s, func(ctx context.Context, m bot.Message) error {
			if m.Command != bot.Forget {
				return s.Save(ctx, m.Person, m.Conversation, p.state())
			}
			_, err := s.Forget(ctx, m.Person, m.Conversation)
			forgotten <- err
			<-looked
			return err
		})
		err := bottest.Receive(t, "the end of Forget", forgotten)
		none(t, "within the answer", place, false, p.marker)
		close(looked)
		if err != nil {
			t.Fatal(err)
		}
		answeredAll(t, place)
		none(t, "after the answer", place, false, p.marker)
	})
}

// TestResidueOfTime wants a memory that is past its time to be gone from every
// file after Sweep and Wipe.
func TestResidueOfTime(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		bottest.NoneLeft(t)
		place := e.place(t)
		o := unscrubbed()
		o.Lifetime = time.Millisecond
		s := open(t, place, nil, o)
		p := someone(s)
		if err := s.Save(t.Context(), p.who, p.talk, p.state()); err != nil {
			t.Fatal(err)
		}
		soon(t, "nothing left", func() bool {
			if err := errors.Join(s.Sweep(t.Context()), s.Wipe(t.Context())); err != nil {
				t.Fatal(err)
			}
			return left(t, place, p.marker, false)+left(t, place, string(p.who), false) == 0
		})
	})
}

// TestResidueOfKilled kills a process after it has answered and before it has
// wiped. The next one must wipe what it finds, with nothing to do itself.
func TestResidueOfKilled(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		t.Run(fmt.Sprintf("sealed %v", sealed), func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				bottest.NoneLeft(t)
				c := newCrash(t, false)
				marker := rand.Text()
				j := job{Sealed: sealed, Words: marker, Questions: 20, Scrub: time.Hour}.usual(e.place(t), c.url)
				clean := func(when string) {
					t.Helper()
					if sealed {
						none(t, when, j.Place, true, marker)
					}
				}
				one := j.round(0).start(t)
				one.await(t)
				soon(t, "something answered", func() bool { return c.saw().posts > 100 })
				clean("at work")
				soon(t, "everything answered", func() bool { return c.saw().posts == j.Questions*j.Publishers })
				answeredAll(t, j.Place)
				c.kill(t, one)
				clean("killed")
				if !sealed && e.name == "sqlite" {
					some(t, "killed, not sealed", j.Place, marker)
				}
				s := open(t, j.Place, j.key(t), unscrubbed())
				clean("opened again")
				if err := s.Wipe(t.Context()); err != nil {
					t.Fatal(err)
				}
				none(t, "wiped by the next process", j.Place, sealed, marker)
			})
		})
	}
}

// TestResidueSealed wants no word of anybody in any file at any moment, with no
// help from Wipe: of a Postgres neither in its log nor in its dead rows.
func TestResidueSealed(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		bottest.NoneLeft(t)
		place := e.place(t)
		s := open(t, place, master(t, 1), unscrubbed())
		p := someone(s)
		clean := func(when string) {
			t.Helper()
			none(t, when, place, true, p.marker)
		}
		for n := range 50 {
			put(t, s, p.asks(s, n))
		}
		clean("open")
		inHand, release := make(chan struct{}, 50), make(chan struct{})
		stop := work(t, s, func(ctx context.Context, m bot.Message) error {
			if m.Text != p.words || m.From.Place != p.words {
				t.Errorf("message %s does not say what was put", m.ID)
			}
			inHand <- struct{}{}
			<-release
			return s.Save(ctx, m.Person, m.Conversation, p.state())
		})
		bottest.Receive(t, "a message in hand", inHand)
		clean("in hand")
		close(release)
		answeredAll(t, place)
		clean("answered and remembered")
		stop()
		put(t, s, p.asks(s, 50))
		if _, err := s.Forget(t.Context(), p.who, p.talk); err != nil {
			t.Fatal(err)
		}
		clean("forgotten")
		none(t, "forgotten", place, false, string(p.who), string(p.talk))
	})
}

// answeredAll waits until nothing is open any more.
func answeredAll(t *testing.T, place string) {
	t.Helper()
	soon(t, "all answered", func() bool {
		return query(t, place, "SELECT count(*) FROM inbox WHERE due IS NOT NULL") == 0
	})
}
