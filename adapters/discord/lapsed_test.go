package discord_test

import (
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
		how           []discordtwin.Fault
		second        *discordtwin.Fault // what befalls the answer to the interaction the second time
		direct, under int
	}{
		{"it stands, which nobody heard", discordtwin.UpdateOriginal, []discordtwin.Fault{discordtwin.ResetAfter()}, &unknown, 0, 1},
		{"it does not stand", discordtwin.UpdateOriginal, []discordtwin.Fault{discordtwin.ResetBefore()}, &unknown, 1, 0},
		{"it was said directly, which nobody heard", discordtwin.CreateMessage, []discordtwin.Fault{discordtwin.ResetAfter()}, nil, 1, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := listening(t, discordtwin.Options{})
			user, channel := r.person()
			m := r.ask(r.twin.Command(channel, user, "ask", question()))
			m.At = m.At.Add(-5 * time.Second) // later than Discord may not know it yet
			if x.first == discordtwin.CreateMessage {
				r.twin.Fault(discordtwin.UpdateOriginal, 1, unknown)
			}
			for _, f := range x.how {
				r.twin.Fault(x.first, 1, f)
			}
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
