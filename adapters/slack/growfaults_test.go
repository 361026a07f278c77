package slack_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
)

// TestGrowthTrouble expects of an answer that grows, whatever befalls a call on the
// way, one post that ends as the whole: at once, or when the inbox has handed the
// message out again.
func TestGrowthTrouble(t *testing.T) {
	streamed := []string{"chat.startStream", "chat.appendStream", "chat.stopStream"}
	faults := []slacktwin.Fault{
		slacktwin.RateLimited(3 * time.Second), slacktwin.RateLimitedBare(), slacktwin.Broken(500), slacktwin.ResetBefore(), slacktwin.ResetAfter(),
		slacktwin.Refused("unknown_method", nil), slacktwin.Refused("missing_scope", nil), slacktwin.Refused("not_in_thread", nil),
		slacktwin.Refused("message_not_in_streaming_state", nil), slacktwin.Refused("channel_type_not_supported", nil),
		slacktwin.Refused("invalid_blocks", nil), slacktwin.Refused("internal_error", nil), slacktwin.HTML(),
	}
	for _, method := range append(streamed, "chat.update") {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			r := besides(t, slacktwin.Options{}, false)
			r.listen()
			for _, f := range faults {
				r.hasty(slices.Contains(streamed, method))
				user, _ := r.person()
				dm, all := r.twin.IM(user), written(bot.Answer)
				want := r.whole(func() bot.Message { return r.ask(r.twin.DM(user, theirs)) }, all[len(all)-1])
				m := r.ask(r.twin.DM(user, theirs))
				if method == "chat.startStream" {
					r.twin.Fault(method, 1, f)
				}
				err := r.a.Deliver(t.Context(), m, inOrder(func(i int) {
					if i == 1 {
						r.await("the beginning", func() bool {
							return r.says(dm, fruit[0]) || len(r.twin.CallsTo("chat.startStream")) > 0 && !r.says(dm, "notice")
						})
						if method != "chat.startStream" {
							r.twin.Fault(method, 1, f)
						}
					}
				}, all...))
				if err != nil {
					if errors.Is(err, bot.ErrGiveUp) {
						t.Errorf("%s: given up: %v", f.Name, err)
					}
					r.hasty(true) // the process has died
					r.deliver(again(m), all...)
				}
				r.twin.NoFaults()
				posts := r.twin.Posts(dm)
				if len(posts) != 1 {
					t.Fatalf("%s: %d posts", f.Name, len(posts))
				}
				if method == "chat.update" && f.Name == "invalid_blocks" {
					want.Blocks = posts[0].Blocks // the whole may have met it, and is words alone
				}
				r.likeOnePost(posts[0], want)
			}
		})
	}
}

// TestDiesInAStream expects an answer that was still streamed when the process died
// to be completed in its post, also when Slack has ended the stream meanwhile.
func TestDiesInAStream(t *testing.T) {
	dies := errors.New("the process dies")
	for _, expired := range []bool{false, true} {
		r := listening(t, slacktwin.Options{}, false)
		r.hasty(true)
		user, _ := r.person()
		dm, all := r.twin.IM(user), written(bot.Answer)
		want := r.whole(func() bot.Message { return r.ask(r.twin.DM(user, theirs)) }, all[len(all)-1])
		m := r.ask(r.twin.DM(user, theirs))
		r.twin.Fault("chat.stopStream", 1, slacktwin.ResetBefore()) // nor does it say goodbye
		err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
			if yield(all[0], nil) {
				r.await("the beginning", func() bool { return r.says(dm, fruit[0]) })
				yield(all[0], dies)
			}
		})
		p := r.only(r.twin.Posts(dm))
		if !errors.Is(err, dies) || !p.Streaming {
			t.Fatalf("%v, streaming %v", err, p.Streaming)
		}
		if expired {
			r.twin.Expire(p.Channel, p.TS)
		}
		r.hasty(true)
		starts := r.twin.Count("chat.startStream")
		if err := r.a.Deliver(t.Context(), again(m), r.slowly(dm, all, nil)); err != nil {
			t.Fatal(err)
		}
		r.likeOnePost(r.only(r.twin.Posts(dm)), want)
		if r.twin.Count("chat.startStream") != starts {
			t.Error("streamed once more")
		}
	}
}

// TestCutStream expects a stream to be stopped also when the end of ctx cuts the
// answer short.
func TestCutStream(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	r.hasty(true)
	user, _ := r.person()
	dm, all := r.twin.IM(user), written(bot.Answer)
	ctx, cancel := contextWithCancel(t)
	err := r.a.Deliver(ctx, r.ask(r.twin.DM(user, theirs)), func(yield func(bot.Reply, error) bool) {
		for i := range 2 { // after the second one Slack has surely said which stream it is
			if !yield(all[i], nil) {
				return
			}
			r.await("the beginning", func() bool { return r.says(dm, fruit[i]) })
		}
		cancel()
		yield(all[1], ctx.Err())
	})
	if p := r.only(r.twin.Posts(dm)); err == nil || p.Streaming {
		t.Errorf("%v, streaming %v", err, p.Streaming)
	}
}

// TestNoStreams expects a workspace that has no streams to be asked for one once in
// a while, and answers to grow by edits there.
func TestNoStreams(t *testing.T) {
	for _, code := range []string{"unknown_method", "not_in_thread"} {
		r := listening(t, slacktwin.Options{}, false)
		r.hasty(true)
		r.twin.Fault("chat.startStream", 9, slacktwin.Refused(code, nil))
		for range 2 {
			user, _ := r.person()
			if err := r.a.Deliver(t.Context(), r.ask(r.twin.DM(user, theirs)), r.slowly(r.twin.IM(user), written(bot.Answer), nil)); err != nil {
				t.Fatal(err)
			}
			if p := r.only(r.alone(user)); p.Edits < len(fruit) || p.Notice != phrases().Screen("en", "notice") {
				t.Errorf("%s: %d edits, the notification says %q", code, p.Edits, p.Notice)
			}
		}
		want := map[string]int{"unknown_method": 1, "not_in_thread": 2}[code]
		if n := r.twin.Count("chat.startStream"); n != want || !strings.Contains(r.counts.String(), "slack.no_stream=") {
			t.Errorf("%s: tried %d times; %s", code, n, &r.counts)
		}
	}
}

// TestGrowthIsLeftOut expects a Slack that takes no edits for a while to cost the
// parts of an answer and not the answer, and a post that cannot be begun to be no
// reason to give the answer up.
func TestGrowthIsLeftOut(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	r.with(func(o *slack.Options) { o.Pace = 1 }) // four posts at once, half of them for parts
	slack.SetBeat(r.a, 0, 0)
	user, _ := r.person()
	dm, all := r.twin.IM(user), written(bot.Answer)
	err := r.a.Deliver(t.Context(), r.ask(r.twin.DM(user, theirs)), inOrder(func(i int) {
		if i == 1 {
			r.await("the beginning", func() bool { return r.says(dm, fruit[0]) })
		}
	}, all...))
	if err != nil || !r.says(dm, "cherry") {
		t.Errorf("%v", err)
	}
	if n := r.twin.Count("chat.update"); n > 4 {
		t.Errorf("%d edits at once", n)
	}
	r.hasty(false)
	user, _ = r.person()
	m, posts := r.ask(r.twin.DM(user, theirs)), r.twin.Count("chat.postMessage")
	r.twin.Fault("chat.postMessage", 1, slacktwin.RateLimited(time.Minute))
	err = r.a.Deliver(t.Context(), m, inOrder(func(i int) {
		if i == 1 {
			r.await("it was tried", func() bool { return r.twin.Count("chat.postMessage") > posts })
		}
	}, all...))
	if err != nil || !r.says(r.twin.IM(user), "cherry") {
		t.Errorf("limited at the beginning: %v", err)
	}
}
