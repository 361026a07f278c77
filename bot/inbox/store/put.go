package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"porchlight/bot"
)

// maxJoined is how long a text grows by joining. What would make it longer is
// acknowledged and not read, unless it rushes: somebody is flooding.
const maxJoined = 64 << 10

var errNoID = errors.New("a message without an id")

// A letter is what of a message is sealed; the rest are columns.
type letter struct {
	Person                  bot.PersonID
	From                    bot.Address
	Command                 bot.Command `json:",omitempty"`
	Text, Lang              string
	Country                 string `json:",omitempty"`
	Private, Share, Explain bool
	At                      time.Time
}

// message is a row's message with what was sealed of it.
func (l letter) message(m bot.Message) bot.Message {
	m.Person, m.From, m.Command, m.Text, m.Lang, m.Country, m.At = l.Person, l.From, l.Command, l.Text, l.Lang, l.Country, l.At
	m.Private, m.Share, m.Explain = l.Private, l.Share, l.Explain
	return m
}

// Put returns nil once m is on disk. An ID that is known, open or answered
// within Options.Known, is a no-op. A message beyond a limit is stored to be
// answered a little later; beyond MaxOpen it is joined to the last one of the
// same person. After an error nothing is stored, or, when a connection broke
// while committing, it is unknown; either way the platform is to be told no, and
// asks again.
func (s *Store) Put(ctx context.Context, m bot.Message) error {
	began := time.Now()
	if err := s.put(ctx, m, began); err != nil {
		s.Observe(Refused, 0)
		return fmt.Errorf("put %s: %w", m.ID, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, m bot.Message, began time.Time) error {
	if m.ID == "" {
		return errNoID
	}
	if err := ctx.Err(); err != nil { // a platform that hears no will ask again
		return err
	}
	if err := s.prepare(ctx, s.today()); err != nil {
		return err
	}
	l := letter{m.Person, m.From, m.Command, m.Text, m.Lang, m.Country, m.Private, m.Share, m.Explain, m.At}
	body, err := s.pack(l, string(m.ID))
	if err != nil {
		return err
	}
	rush := m.Command == bot.Forget || s.Rush != nil && s.Rush(m) // what rests must not keep a person from being forgotten
	var what Event
	var wait time.Duration
	err = s.do(ctx, func(ctx context.Context, q tx) (err error) {
		what, wait, err = s.add(ctx, q, m, l, body, rush)
		return err
	})
	if err != nil {
		return err
	}
	switch what {
	case Stored:
		s.Observe(Stored, time.Since(began))
		if wait > 0 {
			s.Observe(Delayed, wait)
			time.AfterFunc(wait, s.rouse)
		}
		s.rouse()
	default:
		s.Observe(what, 0)
	}
	return nil
}

// add stores a message in one transaction, and tells as what.
func (s *Store) add(ctx context.Context, q tx, m bot.Message, l letter, body []byte, rush bool) (Event, time.Duration, error) {
	now := s.ms()
	var person, talk, open, told int
	window := s.Window.Milliseconds()
	err := q.QueryRowContext(ctx, lately, m.Person, m.Conversation, now-window, now).Scan(&person, &talk, &open)
	if err != nil {
		return "", 0, err
	}
	if open >= s.MaxOpen && m.Command == bot.NoCommand {
		if joined, err := s.join(ctx, q, m, l, rush); err != nil || joined != "" {
			return joined, 0, err
		}
	}
	wait := max(excess(person, s.Person, s.Window), excess(talk, s.Talk, s.Window))
	if rush {
		wait = 0
	}
	if wait > 0 {
		if err := q.QueryRowContext(ctx, warned, m.Person, m.Conversation, now-10*window).Scan(&told); err != nil {
			return "", 0, err
		}
	}
	n, err := changed(ctx, q, put, m.ID, m.Conversation, m.Person, body, bit(rush), bit(wait > 0 && told == 0), now+wait.Milliseconds(), now)
	if n == 0 {
		return Duplicate, 0, err
	}
	return Stored, wait, err
}

// excess is how long the next message waits after n within the window.
func excess(n, limit int, window time.Duration) time.Duration {
	if limit < 0 || n < limit {
		return 0
	}
	return min(window*time.Duration(n-limit+1)/time.Duration(limit), 10*time.Minute)
}

// join adds the text of m to the last message of the same person that nobody has
// in hand, and keeps only the id of m; "" when there is none that fits.
func (s *Store) join(ctx context.Context, q tx, m bot.Message, l letter, rush bool) (Event, error) {
	var seq int64
	var id string
	var sealed []byte
	err := q.QueryRowContext(ctx, s.db.Speak(joinable), m.Conversation, m.Person).Scan(&seq, &id, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var last letter
	if err := s.unpack(sealed, id, &last); err != nil {
		return "", nil //nolint:nilerr // of a day before, or unreadable; m stands alone
	}
	if last.Command != bot.NoCommand || last.From.Adapter != l.From.Adapter || last.Private != l.Private || last.Share != l.Share {
		return "", nil
	}
	n, err := changed(ctx, q, put, m.ID, m.Conversation, m.Person, nil, 0, 0, nil, s.ms())
	if err != nil || n == 0 {
		return Duplicate, err
	}
	if rush || len(last.Text)+len(l.Text) < maxJoined {
		last.Text += "\n" + l.Text
	}
	body, err := s.pack(last, id)
	if err != nil {
		return "", err
	}
	return Joined, exec(ctx, q, join, body, bit(rush), seq, s.ms())
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
