package discord_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

// TestGrowthTrouble expects of an answer that grows, whatever befalls the call that
// shows a part, one post that ends as the whole: at once, or when the inbox has
// handed the message out again.
func TestGrowthTrouble(t *testing.T) {
	faults := []discordtwin.Fault{
		discordtwin.RateLimited(20*time.Millisecond, "user"), discordtwin.RateLimited(3*time.Second, "user"), discordtwin.GlobalLimited(3 * time.Second),
		discordtwin.RateLimitedBare(), discordtwin.Broken(500), discordtwin.Broken(503), discordtwin.BrokenAfter(502), discordtwin.HTML(),
		discordtwin.ResetBefore(), discordtwin.ResetAfter(), discordtwin.LostAnswer(), discordtwin.Refused(403, 50013, "no"),
		discordtwin.Refused(400, 50035, "no"), discordtwin.Refused(404, 10015, "no"), discordtwin.Strange(),
	}
	for name, op := range map[string]string{
		"direct":  discordtwin.UpdateMessage,
		"open":    discordtwin.CreateMessage,
		"command": discordtwin.UpdateOriginal,
	} {
		for _, window := range []time.Duration{0, time.Nanosecond} {
			t.Run(fmt.Sprint(name, window), func(t *testing.T) {
				t.Parallel()
				r := besides(t, discordtwin.Options{NonceWindow: window})
				for _, f := range faults {
					r.troubled(name, op, f)
				}
			})
		}
	}
}

// besides is a growing rig for a test that runs beside others.
func besides(t *testing.T, o discordtwin.Options) *rig {
	r := &rig{desk: newDesk(t, "", o), test: t, logs: &journal{}, heard: make(chan bot.Message, 1000)}
	r.chosen.Store("public", "on")
	r.with(impatient)
	discord.SetBeat(r.a, 0, 0)
	r.listen()
	return r
}

// troubled has a fault befall the first call of an operation that shows a part.
func (r *rig) troubled(name, op string, f discordtwin.Fault) {
	r.test.Helper()
	r.reborn(impatient)
	user, channel := r.person()
	all := written(bot.Answer)
	want := r.atOnce(user, channel, growers[name], all)
	e := growers[name](r, user, channel)
	m := r.ask(e)
	from, calls := 0, 0
	if op == discordtwin.UpdateMessage { // the first part is a new post
		from = 1
	}
	err := r.a.Deliver(r.test.Context(), m, inTurn(all, func(i int) {
		switch i {
		case from:
			if i > 0 {
				r.await("the beginning", func() bool { return r.says(e, fruit[0]) })
			}
			calls = r.twin.Count(op)
			r.twin.Fault(op, 1, f)
		case from + 1:
			r.await(f.Name, func() bool { return r.twin.Count(op) > calls })
		}
	}))
	r.twin.NoFaults()
	if err != nil {
		if _, later := errors.AsType[*bot.LaterError](err); !later {
			r.test.Errorf("%s: %v", f.Name, err)
		}
		r.reborn(impatient) // what held it has passed
		r.deliver(again(m), all...)
	}
	posts := r.answersTo(e)
	if len(posts) != 1 {
		r.test.Errorf("%s: %d posts", f.Name, len(posts))
		return
	}
	r.likeOnePost(f.Name, posts[0], want)
}

// TestDiesWhileGrowing expects an answer that had grown when the process died to be
// completed in its post, and never to be seen shorter on the way.
func TestDiesWhileGrowing(t *testing.T) {
	dies := errors.New("the process dies")
	r := growing(t, discordtwin.Options{NonceWindow: time.Nanosecond})
	for name, ask := range growers {
		r.reborn(nil)
		user, channel := r.person()
		all := written(bot.Answer)
		want := r.atOnce(user, channel, ask, all)
		e := ask(r, user, channel)
		m := r.ask(e)
		err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
			for i, x := range all[:3] {
				if !yield(x, nil) {
					return
				}
				r.await("part "+fruit[i], func() bool { return r.says(e, fruit[i]) })
			}
			yield(bot.Reply{}, dies)
		})
		p := r.only(r.answersTo(e))
		if !errors.Is(err, dies) || !has(p, "h") {
			t.Fatalf("%s: %v, %v", name, err, p.Buttons())
		}
		r.reborn(nil)
		r.deliver(again(m), all...)
		after := r.only(r.answersTo(e))
		r.likeOnePost(name, after, want)
		if after.Edits != p.Edits+1 {
			t.Errorf("%s: %d edits, then %d", name, p.Edits, after.Edits)
		}
	}
}

// TestBeginningByNonce expects a beginning that Discord knows by its nonce alone to be
// completed, and a whole answer to be left as it is.
func TestBeginningByNonce(t *testing.T) {
	r := growing(t, discordtwin.Options{})
	user, channel := r.person()
	m := r.ask(growers["command"](r, user, channel))
	m.At = m.At.Add(-time.Hour) // its token has ended, so it goes to where nothing can be looked up
	cut := errors.New("cut short")
	reply := replyOf(bot.Danger, "pear")
	err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
		_ = yield(opening(reply), nil) && yield(bot.Reply{}, cut)
	})
	if !errors.Is(err, cut) || saying(r.twin.DMs(user), ours) != 1 {
		t.Fatalf("%v, %d beginnings", err, saying(r.twin.DMs(user), ours))
	}
	for range 2 {
		r.reborn(nil)
		r.deliver(again(m), reply)
		if p := r.only(r.twin.DMs(user)); saying(r.twin.DMs(user), "pear") != 1 || p.Edits != 1 {
			t.Errorf("it says %s after %d edits", line(p), p.Edits)
		}
	}
}

// TestTokenEndsWhileGrowing expects the whole of an answer whose token ends in the
// middle in direct messages, and no more calls with that token than it takes to see.
func TestTokenEndsWhileGrowing(t *testing.T) {
	var passed atomic.Int64
	r := growing(t, discordtwin.Options{Now: func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }})
	user, channel := r.person()
	e := growers["command"](r, user, channel)
	m := r.ask(e)
	before := r.twin.Count(discordtwin.UpdateOriginal)
	err := r.a.Deliver(t.Context(), m, inTurn(written(bot.Answer), func(i int) {
		switch i {
		case 1:
			r.await("the beginning", func() bool { return r.says(e, fruit[0]) })
			passed.Store(int64(16 * time.Minute))
		case 2:
			r.await("its end is seen", func() bool { return r.twin.Count(discordtwin.UpdateOriginal) == before+2 })
		}
	}))
	if err != nil || saying(r.twin.DMs(user), "cherry") != 1 || len(r.twin.DMs(user)) != 1 || len(r.seen(channel)) > 0 {
		t.Errorf("%v, %d direct messages", err, len(r.twin.DMs(user)))
	}
	if n := r.twin.Count(discordtwin.UpdateOriginal) - before; n > 4 {
		t.Errorf("%d calls with the token", n)
	}
}

// TestGrowthKeepsWithinLimits expects a channel's limit to cost parts of an answer and
// never the answer: nothing is refused, and the whole waits for nothing.
func TestGrowthKeepsWithinLimits(t *testing.T) {
	r := growing(t, discordtwin.Options{RateLimits: true})
	user, _ := r.person()
	e := r.twin.DM(user, theirs)
	m := r.ask(e)
	all := []bot.Reply{}
	for i := range 20 {
		x := replyOf(bot.Answer, fmt.Sprintf("part-%d.", i))
		x.Mode, x.Final = bot.Model, i == 19
		all = append(all, x)
	}
	began := time.Now()
	err := r.a.Deliver(t.Context(), m, inTurn(all, func(i int) {
		if i > 0 {
			r.await("a part is shown, or left out", func() bool {
				return r.says(e, fmt.Sprintf("part-%d.", i-1)) || strings.Contains(r.counts.String(), fmt.Sprint("growth_lost=", i-edits(r.answersTo(e))-1))
			})
		}
	}))
	p := r.only(r.answersTo(e))
	if err != nil || !r.says(e, "part-19.") || p.Edits < 2 || p.Edits > 4 || r.twin.Statuses()[429] > 0 {
		t.Errorf("%v, %d edits, refused %d times", err, p.Edits, r.twin.Statuses()[429])
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestPartsWaitForNothing expects a part to be left out at once, and not to wait, while
// Discord takes nothing from anybody.
func TestPartsWaitForNothing(t *testing.T) {
	r := growing(t, discordtwin.Options{})
	user, channel := r.person()
	e := r.twin.DM(user, theirs)
	m, other := r.ask(e), r.ask(r.twin.Mention(channel, user, theirs))
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.GlobalLimited(1500*time.Millisecond))
	// The last reply has to wait; the part before it has not.
	err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
		_ = r.fails(other, replyOf(bot.Answer))
		all := written(bot.Answer)
		if yield(all[0], nil) {
			r.await("a part is left out", func() bool { return strings.Contains(r.counts.String(), "growth_lost=1") })
			yield(all[len(all)-1], nil)
		}
	})
	if _, later := errors.AsType[*bot.LaterError](err); err != nil && !later {
		t.Error(err)
	}
}

func edits(posts []discordtwin.Post) (n int) {
	for _, p := range posts {
		n += p.Edits
	}
	return n
}

// TestRoomForParts expects a part to be left out where others would have to wait for
// it, or do.
func TestRoomForParts(t *testing.T) {
	for _, x := range []struct {
		left, limit, waiting int
		want                 bool
	}{
		{5, 5, 0, true}, {3, 5, 0, true}, {2, 5, 0, false}, {0, 5, 0, false}, {5, 5, 1, false},
		{26, 50, 0, true}, {25, 50, 0, false}, {3, 0, 0, true}, {2, 0, 0, false},
	} {
		if got := discord.Room(x.left, x.limit, x.waiting); got != x.want {
			t.Errorf("%+v: %v", x, got)
		}
	}
}
