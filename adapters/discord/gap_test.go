package discord_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// shifted is a clock that a test puts back.
type shifted struct {
	mu sync.Mutex
	by time.Duration
}

func (c *shifted) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *shifted) set(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = by
}

// TestReadsUp expects what was said while no session lived to be read up where that
// may be: direct messages and channels, threads too, of which is known; what is
// fresh, asks something, and once.
func TestReadsUp(t *testing.T) {
	clock := &shifted{by: -20 * time.Minute}
	r := newRig(t, discordtwin.Options{SessionLife: time.Nanosecond, Now: clock.now})
	user, street := r.person()
	thread, _ := r.twin.Thread(street, "thread")
	stranger, _ := r.person()
	r.twin.DMOf(stranger)
	r.twin.Mention(street, user, "long ago")
	clock.set(0)
	r.listen()
	r.ask(r.twin.DM(user, "before"))
	r.hangUp()
	asked := map[string]discordtwin.Event{}
	for _, e := range []discordtwin.Event{
		r.twin.DM(user, "in direct messages"), r.twin.Mention(street, user, "in the street"), r.twin.Mention(thread, user, "in the thread"),
		r.twin.DM(stranger, "of a stranger"), r.twin.ChannelMessage(street, user, "to somebody else"), r.twin.BotMessage(street, "<@"+discordtwin.BotUser+"> hello"),
	} {
		if r.twin.Send(e) != 0 {
			t.Fatal("a session lives")
		}
		asked[fmt.Sprint(e.Data["content"])] = e
	}
	r.process(nil)
	r.listen()
	got := map[bot.MessageID]string{}
	for len(got) < 4 {
		m := bottest.Receive(t, fmt.Sprint("a message beside ", got), r.heard)
		if got[m.ID] = m.Text; m.Private != strings.HasPrefix(m.Text, "in direct") && m.Text != "before" {
			t.Errorf("%q is private: %v", m.Text, m.Private)
		}
	}
	texts := map[string]bool{}
	for _, text := range got {
		texts[text] = true
	}
	for _, text := range []string{"before", "in direct messages", "in the street", "in the thread"} {
		if !texts[text] {
			t.Errorf("%q was not read up", text)
		}
	}
	for _, e := range asked { // the gateway says it, too: it is the same message
		r.twin.Send(e)
	}
	for again := map[bot.MessageID]bool{}; len(again) < 3; {
		m := bottest.Receive(t, "the message again", r.heard)
		if _, ok := got[m.ID]; ok {
			again[m.ID] = true
		} else if m.Text != "of a stranger" {
			t.Errorf("%q has another id than before", m.Text)
		}
	}
}

// TestReadsUpStrangers expects what somebody wrote who had never written before to be read
// up as soon as they write again.
func TestReadsUpStrangers(t *testing.T) {
	r := newRig(t, discordtwin.Options{SessionLife: time.Nanosecond})
	user, _ := r.person()
	stranger, _ := r.person()
	r.listen()
	r.ask(r.twin.DM(user, "before"))
	r.hangUp()
	if r.twin.Send(r.twin.DM(stranger, "to nobody")) != 0 {
		t.Fatal("a session lives")
	}
	r.process(nil)
	r.listen()
	r.say(r.twin.DM(stranger, "once more"))
	got := map[string]bool{}
	for !got["to nobody"] || !got["once more"] {
		got[bottest.Receive(t, fmt.Sprint("a message beside ", got), r.heard).Text] = true
	}
}

// TestReadsUpWhatIsFresh expects nobody to be answered who asked too long ago, however
// long nobody listened.
func TestReadsUpWhatIsFresh(t *testing.T) {
	clock := &shifted{by: -20 * time.Minute}
	r := newRig(t, discordtwin.Options{Now: clock.now})
	user, street := r.person()
	r.twin.Mention(street, user, "long ago")
	clock.set(0)
	r.twin.Mention(street, user, "just now")
	gone := fmt.Sprintf(`{"ID":"gone","URL":%q,"Seq":7,"At":%q}`, r.twin.ResumeURL(), time.Now().Add(-time.Hour).Format(time.RFC3339))
	if err := r.safe.SetSealed(t.Context(), "discord", "session 0 of 1", gone); err != nil {
		t.Fatal(err)
	}
	r.listen()
	r.tally(map[string]string{"just now": "x"}) // what is older would come first
}

// TestReadsUpInMidRun expects the same of a process that lives on.
func TestReadsUpInMidRun(t *testing.T) {
	r := listening(t, discordtwin.Options{SessionLife: time.Nanosecond})
	r.ask(r.twin.DM(discordtwin.Ana, "before"))
	s := r.socketOf(0, 0)
	r.twin.OpenNext(3, discordtwin.Opening{Refuse: 503})
	s.Drop()
	r.twin.Send(r.twin.DM(discordtwin.Ana, "meanwhile"))
	r.tally(map[string]string{"meanwhile": "x"})
	if now := r.socketOf(0, s.Number); now == nil || now.Session() == s.Session() {
		t.Error("the session was resumed")
	}
}

// TestReadsUpWhereItMay expects places that may not be read to be left alone after a
// few: Discord counts what it refuses.
func TestReadsUpWhereItMay(t *testing.T) {
	r := listening(t, discordtwin.Options{SessionLife: time.Nanosecond})
	r.ask(r.twin.DM(discordtwin.Ana, "before"))
	r.hangUp()
	for range 50 {
		user, channel := r.person()
		r.twin.Mention(channel, user, "is it so?")
		r.twin.Permit(channel, 0)
	}
	r.twin.DM(discordtwin.Ana, "meanwhile")
	r.process(nil)
	r.listen()
	r.tally(map[string]string{"meanwhile": "x"})
	r.await("a few were tried", func() bool { return r.twin.Invalid() >= 20 || r.twin.Count(discordtwin.ListMessages) > 15 })
	r.twin.Send(r.twin.DM(discordtwin.Ana, "later"))
	r.tally(map[string]string{"later": "x"})
	if n := r.twin.Count(discordtwin.ListMessages); n > 23 {
		t.Errorf("%d places were asked for", n)
	}
}

// TestReadsUpPatiently expects a Discord that is busy or broken to be asked again.
func TestReadsUpPatiently(t *testing.T) {
	r := listening(t, discordtwin.Options{SessionLife: time.Nanosecond})
	r.ask(r.twin.DM(discordtwin.Ana, "before"))
	r.hangUp()
	r.twin.DM(discordtwin.Ana, "meanwhile")
	r.twin.Fault(discordtwin.ListMessages, 1, discordtwin.Broken(503))
	r.twin.Fault(discordtwin.ListMessages, 1, discordtwin.RateLimited(time.Second, "user"))
	r.process(nil)
	r.listen()
	r.tally(map[string]string{"meanwhile": "x"})
}
