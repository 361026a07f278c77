package store_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

var tables = []string{"inbox", "memory", "epoch", "lease", "counter", "setting", "schema_version"}

// dump is every column of every row.
func dump(t *testing.T, place string) []byte {
	t.Helper()
	db := raw(t, place)
	defer db.Close()
	var all bytes.Buffer
	for _, table := range tables {
		dumpTable(t, db, table, &all)
	}
	return all.Bytes()
}

func dumpTable(t *testing.T, db *sql.DB, table string, all io.Writer) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	row := make([]any, len(columns))
	for i := range row {
		row[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		for i, c := range row {
			v, _ := c.(*any)
			fmt.Fprintf(all, "%s.%s=%s\n", table, columns[i], *v)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// Nothing of what was said, by whom or where, can be read in any column.
func TestSealed(t *testing.T) {
	secrets := []string{"marigold", "garden path", "U012345", "topic-of-hers"}
	for name, sealed := range map[string]bool{"with a master": true, "without one": false} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				var m *seal.Master
				if sealed {
					m = master(t, 1)
				}
				place := e.place(t)
				s := open(t, place, m, quick())
				asked := bot.Message{
					ID: bot.MessageID(s.Name("event", "E1")), Conversation: bot.ConversationID(s.Name("talk", "C1")),
					Person: bot.PersonID(s.Name("person", "U012345")), From: bot.Address{Adapter: "test", Place: "garden path"},
					Text: "my marigold", Lang: "es",
				}
				put(t, s, asked)
				if err := s.Save(t.Context(), asked.Person, asked.Conversation, topic("topic-of-hers")); err != nil {
					t.Fatal(err)
				}
				all, found := dump(t, place), 0
				for _, secret := range secrets {
					for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret))} {
						if bytes.Contains(all, []byte(form)) {
							found++
						}
					}
				}
				if sealed && found > 0 {
					t.Errorf("%d secrets can be read:\n%q", found, all)
				}
				if !sealed && found != 3 { // the person is a pseudonym all the same
					t.Errorf("saw %d of 3 secrets that are not sealed", found)
				}
				remembers(t, s, string(asked.Conversation), "topic-of-hers")
				got, _ := attend(t, s)
				if m := next(t, got, string(asked.ID)); m != asked {
					t.Error("it came out as another message")
				}
			})
		})
	}
}

// A wrong master key is noticed before anything is changed.
func TestWrongMaster(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		s := open(t, place, master(t, 1), quick())
		put(t, s, one())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before := dump(t, place)
		if _, err := store.Open(t.Context(), place, master(t, 2), quick()); !errors.Is(err, seal.ErrWrongKey) {
			t.Errorf("opened with another master: %v", err)
		}
		if err := store.Rekey(t.Context(), place, master(t, 2), master(t, 3)); !errors.Is(err, seal.ErrWrongKey) {
			t.Errorf("rekeyed from another master: %v", err)
		}
		if !bytes.Equal(before, dump(t, place)) {
			t.Error("and the store was changed")
		}
		got, _ := attend(t, open(t, place, master(t, 1), quick()))
		next(t, got, "one")
	})
}

// After Rekey the new master opens all that was sealed, and the old one nothing.
func TestRekey(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		s := open(t, place, master(t, 1), quick())
		put(t, s, one())
		save(t, s, "ann", "talk", "en")
		name := s.Name("person", "U1")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := store.Rekey(t.Context(), place, master(t, 1), master(t, 2)); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), place, master(t, 1), quick()); !errors.Is(err, seal.ErrWrongKey) {
			t.Errorf("the old master still opens it: %v", err)
		}
		s = open(t, place, master(t, 2), quick())
		if s.Name("person", "U1") != name {
			t.Error("people have other names now")
		}
		remembers(t, s, "talk", "en")
		got, _ := attend(t, s)
		if m := next(t, got, "one"); m.Text != "words of one" {
			t.Errorf("the open message reads %q", m.Text)
		}
	})
}

// What was sealed for one row opens in no other: such a row is buried, and the
// next is answered.
func TestMovedRow(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		for name, change := range map[string]string{
			"to another id":          "UPDATE inbox SET id='moved' WHERE id='one'",
			"from another row":       "UPDATE inbox SET body=(SELECT body FROM inbox WHERE id='two') WHERE id='one'",
			"cut short":              "UPDATE inbox SET body=substr(body,1,20) WHERE id='one'",
			"to nothing":             "UPDATE inbox SET body=substr(body,1,2) WHERE id='one'",
			"to a day without a key": "UPDATE inbox SET body=substr(body,5) WHERE id='one'",
		} {
			t.Run(name, func(t *testing.T) {
				var seen events
				var j journal
				o := quick()
				o.Observe, o.Log = seen.observe, j.log()
				place := e.place(t)
				s := open(t, place, master(t, 1), o)
				put(t, s, one(), message("two", "talk", "bea"))
				execute(t, place, change)
				got, stop := attend(t, s)
				next(t, got, "two")
				eventually(t, "an answer", func() bool { return seen.n(store.Answered) == 1 })
				stop()
				if seen.n(store.Buried) != 1 {
					t.Errorf("observed %v", seen.all)
				}
				j.check(t, "message buried")
			})
		}
	})
}

// Memory that is moved to another conversation, or whose key is gone, is forgotten.
func TestMovedMemory(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		s := open(t, place, master(t, 1), quick())
		save(t, s, "ann", "talk", "en")
		save(t, s, "ann", "garden", "en")
		execute(t, place, "UPDATE memory SET conv='moved' WHERE conv='talk'", "UPDATE memory SET body=substr(body,5) WHERE conv='garden'")
		remembers(t, s, "moved", "")
		remembers(t, s, "garden", "")
	})
}

// A traveller is a clock that days can be added to.
type traveller struct{ ahead atomic.Int64 }

func (c *traveller) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *traveller) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *traveller) options() store.Options {
	o := quick()
	o.Now = c.now
	return o
}

const day = 24 * time.Hour

// Each day has a key of its own, which goes two days later, but not before what
// it sealed; yesterday's message is read today. Only SQLite runs by our clock.
func TestDays(t *testing.T) {
	var c traveller
	place := t.TempDir()
	s := open(t, place, master(t, 1), c.options())
	keys := func(want int64) {
		t.Helper()
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := query(t, place, "SELECT count(*) FROM epoch WHERE day>0"); n != want {
			t.Errorf("there are keys of %d days, want %d", n, want)
		}
	}
	reopen := func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, place, master(t, 1), c.options())
	}
	put(t, s, one())
	c.pass(day)
	put(t, s, message("yesterday's", "garden", "bea"))
	c.pass(day)
	reopen() // with no key in memory
	put(t, s, message("today's", "shed", "cleo"))
	keys(3)
	c.pass(4 * day)
	keys(3) // the open ones need them
	reopen()
	got, stop := attend(t, s)
	ids := map[bot.MessageID]string{}
	for range 3 {
		m := bottest.Receive(t, "an old message", got)
		ids[m.ID] = m.Text
	}
	if ids["one"] != "words of one" || ids["yesterday's"] != "words of yesterday's" {
		t.Errorf("read %v", ids)
	}
	put(t, s, message("now", "talk", "ann"))
	next(t, got, "now")
	stop()
	keys(1) // today's
	c.pass(2 * day)
	keys(0)
}

// What nobody worked on for days is read by many at once, each day with its key.
func TestManyDays(t *testing.T) {
	var c traveller
	var seen events
	place := t.TempDir()
	o := c.options()
	o.Observe = seen.observe
	s := open(t, place, master(t, 1), o)
	const days, each = 5, 20
	for d := range days {
		for i := range each {
			id := fmt.Sprint(d, ".", i)
			put(t, s, message(id, id, id))
		}
		c.pass(day)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, place, master(t, 1), o)
	attend(t, s)
	eventually(t, "all are settled", func() bool { return seen.n(store.Answered)+seen.n(store.Buried) == days*each })
	if n := seen.n(store.Buried); n > 0 {
		t.Errorf("%d could not be read", n)
	}
}

// A database that is gone while a key is read does not bury the message.
func TestKeyCannotBeRead(t *testing.T) {
	var c traveller
	var seen events
	place := t.TempDir()
	o := c.options()
	o.Observe, o.Tries = seen.observe, 1<<30
	s := open(t, place, master(t, 1), o)
	put(t, s, one())
	c.pass(day)
	put(t, s, message("today's", "garden", "bea"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, place, master(t, 1), o)
	put(t, s, message("now", "shed", "cleo")) // so that today's key is in memory
	execute(t, place, "ALTER TABLE epoch RENAME TO gone")
	got, _ := attend(t, s)
	eventually(t, "a failure", func() bool { return seen.n(store.Failed) > 0 })
	execute(t, place, "ALTER TABLE gone RENAME TO epoch")
	for range 3 {
		bottest.Receive(t, "a message", got)
	}
	if n := seen.n(store.Buried); n > 0 {
		t.Errorf("%d were buried", n)
	}
}
