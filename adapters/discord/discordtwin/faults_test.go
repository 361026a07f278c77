package discordtwin_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

func TestFaults(t *testing.T) {
	w := start(t, discordtwin.Options{})
	for _, test := range []struct {
		fault    discordtwin.Fault
		status   int // that the client sees; 0 is an error
		accepted bool
	}{
		{discordtwin.RateLimited(1500*time.Millisecond, "user"), 429, false},
		{discordtwin.GlobalLimited(time.Second), 429, false},
		{discordtwin.RateLimitedBare(), 429, false},
		{discordtwin.Cloudflare(time.Minute), 429, false},
		{discordtwin.Broken(500), 500, false},
		{discordtwin.Broken(502), 502, false},
		{discordtwin.Broken(503), 503, false},
		{discordtwin.BrokenAfter(502), 502, true},
		{discordtwin.HTML(), 200, false},
		{discordtwin.SlowHeaders(time.Millisecond), 200, true},
		{discordtwin.SlowBody(time.Millisecond), 200, true},
		{discordtwin.Refused(400, 50035, "Invalid Form Body"), 400, false},
		{discordtwin.Strange(), 200, true},
		{discordtwin.ResetBefore(), 0, false},
		{discordtwin.ResetAfter(), 0, true},
	} {
		before := len(w.Posts(""))
		w.Fault(discordtwin.CreateMessage, 1, test.fault)
		resp, err := w.try("Bot "+discordtwin.Token, "POST", "channels/"+discordtwin.General+"/messages", obj{"content": "x"})
		switch {
		case err != nil && test.status != 0:
			t.Errorf("%s: %v", test.fault.Name, err)
		case err == nil:
			_, err = io.ReadAll(resp.Body)
			w.must(err)
			_ = resp.Body.Close()
			same(t, test.fault.Name, resp.StatusCode, test.status)
		}
		same(t, test.fault.Name+" accepted", len(w.Posts(""))-before == 1, test.accepted)
		calls := w.CallsTo(discordtwin.CreateMessage)
		last := calls[len(calls)-1]
		same(t, "name", last.Fault, test.fault.Name)
		same(t, "done", last.OK(), test.accepted)
	}
	same(t, "well again", w.post(discordtwin.General, obj{"content": "x"}).status, 200)
	w.Fault("", 2, discordtwin.Strange())
	same(t, "type", at[float64](w.post(discordtwin.General, obj{"content": "x"}).body, "components", "0", "type"), 99)
	same(t, "code of none", discordtwin.Call{}.Code(), 0)
}

func TestFaultsThatNeverAnswer(t *testing.T) {
	w := start(t, discordtwin.Options{})
	for fault, posts := range map[*discordtwin.Fault]int{new(discordtwin.Deaf()): 0, new(discordtwin.LostAnswer()): 1} {
		before, n := len(w.Posts("")), w.Count(discordtwin.CreateMessage)
		w.Fault(discordtwin.CreateMessage, 1, *fault)
		impatient := *w
		var cancel context.CancelFunc
		impatient.ctx, cancel = context.WithCancel(w.ctx)
		go func() {
			_ = w.Await(w.ctx, func() bool { return w.Count(discordtwin.CreateMessage) > n })
			cancel()
		}()
		resp, err := impatient.try("Bot "+discordtwin.Token, "POST", "channels/"+discordtwin.General+"/messages", obj{"content": "x"})
		if err == nil {
			_ = resp.Body.Close()
			t.Error(fault.Name, "has answered")
		}
		same(t, fault.Name, len(w.Posts(""))-before, posts)
	}
}

func TestSometimes(t *testing.T) {
	w := start(t, discordtwin.Options{Seed: 7, KeepCalls: 20})
	w.Sometimes(discordtwin.CreateMessage, 0.5, discordtwin.Broken(http.StatusBadGateway))
	for range 100 {
		w.post(discordtwin.General, obj{"content": "x"})
	}
	if n := w.Statuses()[502]; n < 30 || n > 70 {
		t.Errorf("%d of 100", n)
	}
	w.NoFaults()
	next := w.Next("")
	same(t, "well", w.post(discordtwin.General, obj{"content": "last"}).status, 200)
	p, err := next(w.ctx)
	w.must(err)
	same(t, "next", p.Content, "last")
	same(t, "count", w.Count(discordtwin.CreateMessage), 101)
	if n := len(w.Calls()); n > 40 {
		t.Errorf("%d calls are kept", n)
	}
	for range 50 {
		w.Command(discordtwin.General, discordtwin.Ana, "ask")
	}
	if n := len(w.Interactions()); n > 40 {
		t.Errorf("%d interactions are kept", n)
	}
	posts, err := w.AwaitPosts(w.ctx, discordtwin.General, 1)
	w.must(err)
	if len(posts) > 40 {
		t.Errorf("%d posts are kept", len(posts))
	}
}
