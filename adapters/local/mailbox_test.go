package local

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

func kept(b *mailbox, ids ...bot.MessageID) (s string) {
	for _, id := range ids {
		if b.knows(id) {
			s += string(id)
		}
	}
	return s
}

func TestMailboxIsBounded(t *testing.T) {
	b := newMailbox(time.Hour, 3)
	defer b.close()
	for _, id := range []bot.MessageID{"a", "b", "c"} {
		b.put(id, reply("x", true))
	}
	b.expect("a") // is known, and grows no younger by being asked again
	b.put("b", reply("y", true))
	b.expect("d")
	b.put("e", reply("x", false))
	if got := kept(b, "a", "b", "c", "d", "e"); got != "bde" {
		t.Errorf("kept %s", got)
	}
	for i := range 1000 {
		b.put(bot.MessageID(fmt.Sprint(i)), reply("x", true))
	}
	if len(b.posts) != 3 || b.byAge.Len() != 3 {
		t.Errorf("%d and %d of 3", len(b.posts), b.byAge.Len())
	}
}

func TestMailboxForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newMailbox(10*time.Minute, 100)
		check := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after) // of a time that is not real
			synctest.Wait()
			if got := kept(b, "a", "b", "c"); got != want {
				t.Errorf("kept %s, want %s", got, want)
			}
		}
		b.put("a", reply("x", true))
		b.put("b", reply("x", false))
		check(4*time.Minute, "ab")
		b.expect("c")
		check(4*time.Minute, "abc")
		b.put("b", reply("y", true))
		check(2*time.Minute, "bc")
		check(4*time.Minute, "b")
		check(4*time.Minute, "")
		if b.drop != nil || b.byAge.Len() != 0 {
			t.Error("the empty box waits on")
		}
		b.put("a", reply("x", true))
		check(9*time.Minute, "a")
		check(time.Minute, "")
	})
}

func TestMailboxClosed(t *testing.T) {
	b := newMailbox(time.Hour, 10)
	b.put("a", reply("x", true))
	b.close()
	b.expect("b")
	b.close()
	b.sweep()
	if b.put("c", reply("x", true)) || kept(b, "a", "b", "c") != "" {
		t.Error("a closed box keeps")
	}
}

func TestMailboxWithManyAtOnce(t *testing.T) {
	b := newMailbox(time.Hour, 10)
	defer b.close()
	var all sync.WaitGroup
	for n := range 20 {
		id := bot.MessageID(fmt.Sprint(n % 5))
		all.Go(func() {
			for i := range 50 {
				b.put(id, reply("x", i == 49))
			}
		})
		all.Go(func() {
			final := false
			b.follow(t.Context(), id, time.Minute, func(r bot.Reply) bool {
				final = r.Final
				return !final
			}, func() bool { return true })
			if !final {
				t.Error("the final reply was not shown")
			}
		})
	}
	all.Wait()
}
