//go:build unix

package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
)

// TestRestartKeepsRests wants what rests to go on resting when its process is
// followed by another: a post of it may be on its way, or a platform has named
// the time. What a dead process had in hand is due at once.
func TestRestartKeepsRests(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
	}{
		{"an unclear outcome", bot.ErrUnclear},
		{"a refusal that names its end", &bot.LaterError{After: 5 * time.Minute, Err: errors.New("slow down")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bottest.NoneLeft(t)
			place := t.TempDir()
			s := open(t, place, nil, quick())
			put(t, s, one())
			stop := work(t, s, func(context.Context, bot.Message) error { return c.err })
			soon(t, "rests", func() bool { return query(t, place, "SELECT count(*) FROM inbox WHERE ended=1") == 1 })
			stop()
			due := query(t, place, "SELECT due FROM inbox")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again := open(t, place, nil, quick())
			if now := query(t, place, "SELECT due FROM inbox"); now != due {
				t.Errorf("the rest ends %v earlier since the restart", time.Duration(due-now)*time.Millisecond)
			}
			put(t, again, message("two", "another", "ben"))
			got, _ := attend(t, again)
			next(t, got, "two")
		})
	}
}
