package discord_test

import (
	"errors"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

// TestFoundFarBelow expects an answer whose outcome is unknown to be found, and not given
// twice, however much others have written since: in several tries where that is very
// much, each of which goes on where the last one ended.
func TestFoundFarBelow(t *testing.T) {
	for _, x := range []struct{ written, tries, calls int }{{130, 1, 2}, {830, 3, 9}} {
		r := newRig(t, discordtwin.Options{NonceWindow: time.Nanosecond}).with(impatient)
		r.introduce()
		user, channel := r.person()
		m := r.said(r.twin.Mention(channel, user, theirs))
		for range x.written {
			r.twin.Mention(channel, user, "much is said")
		}
		r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.LostAnswer())
		if err := r.fails(m, replyOf(bot.Answer, "pear")); !errors.Is(err, bot.ErrUnclear) {
			t.Fatal(err)
		}
		r.twin.NoFaults()
		tries := 1
		for ; tries < 9; tries++ {
			err := r.a.Deliver(t.Context(), again(m), repliesOf(replyOf(bot.Answer, "pear")))
			if err == nil {
				break
			}
			if _, later := errors.AsType[*bot.LaterError](err); !later {
				t.Fatal(err)
			}
		}
		if n := len(r.seen(channel)); n != 1 {
			t.Errorf("%d written: %d posts", x.written, n)
		}
		if n := r.twin.Count(discordtwin.ListMessages); tries != x.tries || n != x.calls {
			t.Errorf("%d written: found at try %d, with %d calls", x.written, tries, n)
		}
	}
}

// TestReadOnce expects what stands in a channel to be read once for all who asked there,
// and each answer to be found.
func TestReadOnce(t *testing.T) {
	r := newRig(t, discordtwin.Options{NonceWindow: time.Nanosecond}).with(impatient)
	discord.SetSettling(r.a, 0)
	r.introduce()
	user, channel := r.person()
	const asked, between, pages = 20, 12, 3
	var all []bot.Message
	for range asked {
		m := r.said(r.twin.Mention(channel, user, theirs))
		all = append(all, m)
		r.deliver(m, replyOf(bot.Answer, "pear"))
		for range between {
			r.twin.Mention(channel, user, "much is said")
		}
	}
	for _, m := range all {
		r.deliver(again(m), replyOf(bot.Answer, "pear"))
	}
	if n := len(r.seen(channel)); n != asked {
		t.Errorf("%d posts for %d questions", n, asked)
	}
	if n := r.twin.Count(discordtwin.ListMessages); n != pages+asked-1 {
		t.Errorf("%d calls, want all pages once and then one each", n)
	}
}

// TestNotLookedUpTwice expects a message that was refused for want of room, and of which
// nothing can stand, to be posted at once when it comes back.
func TestNotLookedUpTwice(t *testing.T) {
	r := newRig(t, discordtwin.Options{}).with(impatient)
	r.introduce()
	user, channel := r.person()
	m := r.said(r.twin.Mention(channel, user, theirs))
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.RateLimited(50*time.Millisecond, "user"))
	for _, m := range []bot.Message{again(m), again(m)} {
		_ = r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "pear")))
	}
	if n := r.twin.Count(discordtwin.ListMessages); n != 1 {
		t.Errorf("looked up %d times", n)
	}
	if n := len(r.seen(channel)); n != 1 {
		t.Errorf("%d posts", n)
	}
	m = r.said(r.twin.Mention(channel, user, theirs)) // but where something may stand
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.ResetBefore())
	for _, m := range []bot.Message{again(m), again(m)} {
		_ = r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "pear")))
	}
	if n := r.twin.Count(discordtwin.ListMessages); n != 3 {
		t.Errorf("looked up %d times", n)
	}
}
