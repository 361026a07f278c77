package discord_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

// TestLapsed expects one answer where Discord forgets an interaction between two tries
// to answer it: what stands under it is not said in direct messages as well, and what
// was said there is not put under it later.
func TestLapsed(t *testing.T) {
	unknown := discordtwin.Refused(404, 10015, "Unknown Webhook")
	for _, x := range []struct {
		name          string
		first         string // what befalls the first try, and how
		how           discordtwin.Fault
		second        *discordtwin.Fault // what befalls the answer to the interaction the second time
		direct, under int
	}{
		{"it stands, which nobody heard", discordtwin.UpdateOriginal, discordtwin.ResetAfter(), &unknown, 0, 1},
		{"it does not stand", discordtwin.UpdateOriginal, discordtwin.ResetBefore(), &unknown, 1, 0},
		{"it was said directly, which nobody heard", discordtwin.CreateMessage, discordtwin.ResetAfter(), nil, 1, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := listening(t, discordtwin.Options{})
			user, channel := r.person()
			m := r.ask(r.twin.Command(channel, user, "ask", question()))
			m.At = m.At.Add(-5 * time.Second) // later than Discord may not know it yet
			if x.first == discordtwin.CreateMessage {
				r.twin.Fault(discordtwin.UpdateOriginal, 1, unknown)
			}
			r.twin.Fault(x.first, 1, x.how)
			reply := replyOf(bot.Answer, "pear")
			if err := r.a.Deliver(t.Context(), m, repliesOf(reply)); err == nil {
				t.Fatal("the first try did not fail")
			}
			if x.second != nil {
				r.twin.Fault(discordtwin.UpdateOriginal, 1, *x.second)
			}
			m.Handed.Again = true
			if err := r.a.Deliver(t.Context(), m, repliesOf(reply)); err != nil {
				t.Fatal(err)
			}
			if n := saying(r.twin.DMs(user), "pear"); n != x.direct {
				t.Errorf("said %d times in direct messages, want %d", n, x.direct)
			}
			if n := saying(r.twin.Ephemerals(user), "pear"); n != x.under {
				t.Errorf("said %d times under what was typed, want %d", n, x.under)
			}
		})
	}
}

// TestLapsedTogether expects many whose interactions Discord no longer knows to be
// answered in direct messages one after the other: none of them begins what it finds no
// room to end.
func TestLapsedTogether(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	const all = 60
	var waiting []bot.Message
	for range all {
		m := r.ask(r.twin.Command(channel, user, "ask", question()))
		m.At = m.At.Add(-5 * time.Second)
		waiting = append(waiting, m)
	}
	r.twin.Fault(discordtwin.UpdateOriginal, 10*all, discordtwin.Refused(404, 10015, "Unknown Webhook"))
	var away atomic.Int32
	var delivering sync.WaitGroup
	for _, m := range waiting {
		delivering.Go(func() {
			err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "pear")))
			if later, ok := errors.AsType[*bot.LaterError](err); ok && later.After > 0 {
				away.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	delivering.Wait()
	sentAway := int(away.Load())
	if n := r.twin.Count(discordtwin.CreateDM); n > all/2 { // all at once, they do not know of each other
		t.Errorf("opened %d times", n)
	}
	if n := saying(r.twin.DMs(user), "pear"); n != all-sentAway || sentAway == 0 {
		t.Errorf("%d answered, %d sent away", n, sentAway)
	}
	if n := r.twin.Count(discordtwin.CreateMessage); n != all-sentAway {
		t.Errorf("%d calls for %d answers", n, all-sentAway)
	}
}

// TestOpenedOnce expects a person's direct messages to be opened once, and anew where
// they have become others.
func TestOpenedOnce(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	ask := func() error {
		m := r.ask(r.twin.Command(channel, user, "ask", question()))
		m.At = m.At.Add(-time.Hour)
		return r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "pear")))
	}
	for range 3 {
		if err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.twin.Count(discordtwin.CreateDM); n != 1 {
		t.Errorf("opened %d times", n)
	}
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.Refused(404, 10003, "Unknown Channel"))
	_ = ask()
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	if n := r.twin.Count(discordtwin.CreateDM); n != 2 {
		t.Errorf("opened %d times", n)
	}
}

// TestForgottenDirect expects where somebody's direct messages are to be forgotten with them.
func TestForgottenDirect(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	for _, command := range []string{"ask", "forget", "ask"} {
		e := r.twin.Command(channel, user, command)
		if command == "ask" {
			e = r.twin.Command(channel, user, command, question())
		}
		m := r.ask(e)
		m.At = m.At.Add(-time.Hour)
		if err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "pear"))); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.twin.Count(discordtwin.CreateDM); n != 2 {
		t.Errorf("opened %d times", n)
	}
}
