package discord_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// served is a rig that takes interactions over HTTP, and where.
func served(t *testing.T, accept func(context.Context, bot.Message) error) (r *rig, at string) {
	t.Helper()
	r = newRig(t, discordtwin.Options{})
	r.accept = accept
	r.with(func(o *discord.Options) { o.HTTP, o.Listen, o.PublicKey = true, "127.0.0.1:0", publicKey(r.twin) })
	r.listen()
	addr := regexp.MustCompile(`"addr":"([^"]+)"`)
	r.await("it is listened", func() bool { return addr.MatchString(r.logs.String()) })
	return r, "http://" + addr.FindStringSubmatch(r.logs.String())[1] + "/discord/interactions"
}

// TestSigned expects only what Discord signed lately to be taken.
func TestSigned(t *testing.T) {
	r, at := served(t, nil)
	user, channel := r.person()
	for sign, want := range map[discordtwin.Sign]int{
		discordtwin.SignWell: 200, discordtwin.SignWrong: 401, discordtwin.SignOld: 401, discordtwin.SignFuture: 401,
		discordtwin.SignMissing: 401, discordtwin.SignTampered: 401, discordtwin.SignGarbage: 401,
	} {
		if d := r.twin.Ping(t.Context(), at, sign); d.Status != want || want == 200 && !strings.HasPrefix(d.Header.Get("Content-Type"), "application/json") {
			t.Errorf("a ping signed %v: %d %s", sign, d.Status, d.Body)
		}
		d := r.twin.Deliver(t.Context(), at, r.twin.Command(channel, user, "ask", question()), sign)
		if d.Status != want {
			t.Errorf("signed %v: %d %s", sign, d.Status, d.Body)
		}
		if heard := len(r.heard) > 0; heard != (want == 200) {
			t.Errorf("signed %v: heard %v", sign, heard)
		}
		for len(r.heard) > 0 {
			<-r.heard
		}
	}
	if err := r.twin.VerifyURL(t.Context(), at); err != nil {
		t.Error(err)
	}
}

// TestServed expects an interaction over HTTP to be answered in the answer, once it is
// stored, for the asker alone; and to be the same message when it comes again.
func TestServed(t *testing.T) {
	r, at := served(t, nil)
	user, channel := r.person()
	e := r.twin.Command(channel, user, "ask", question())
	d := r.twin.Deliver(t.Context(), at, e, discordtwin.SignWell)
	if i, _ := r.twin.Interaction(e.ID); !d.OK() || i.Ack != 5 || !i.Ephemeral || r.twin.Count(discordtwin.Callback) > 0 {
		t.Fatalf("%+v, acknowledged with %d", d, i.Ack)
	}
	m := bottest.Receive(t, "the message", r.heard)
	r.twin.Deliver(t.Context(), at, e, discordtwin.SignWell)
	if two := bottest.Receive(t, "it again", r.heard); two.ID != m.ID {
		t.Error("said again it is another message")
	}
	r.deliver(m, replyOf(bot.Danger, "pear"))
	if saying(r.twin.Ephemerals(user), "pear") != 1 || len(r.seen(channel)) > 0 {
		t.Error("the answer is elsewhere")
	}
	e = r.twin.Autocomplete(channel, user, "signs", discordtwin.Option{Name: "sector", Value: "home", Focused: true})
	d = r.twin.Deliver(t.Context(), at, e, discordtwin.SignWell)
	if i, _ := r.twin.Interaction(e.ID); !d.OK() || len(i.Choices) != 1 {
		t.Errorf("%+v, choices %v", d, i.Choices)
	}
	r.ask(r.twin.DM(user, "messages come over the gateway")) // in any case
}

// TestRefusedOverHTTP expects what is broken, too long, unknown or not stored to be
// said so at once.
func TestRefusedOverHTTP(t *testing.T) {
	r, at := served(t, func(_ context.Context, m bot.Message) error {
		if m.Text == theirs {
			return errors.New("full")
		}
		return nil
	})
	user, channel := r.person()
	long := r.twin.Command(channel, user, "ask", question()).With(map[string]any{"x": strings.Repeat("x", 2<<20)})
	for name, x := range map[string]struct {
		e    discordtwin.Event
		want int
	}{
		"not stored": {r.twin.Command(channel, user, "ask", question()), http.StatusServiceUnavailable},
		"too long":   {long, http.StatusRequestEntityTooLarge},
		"unknown":    {r.twin.Command(channel, user, "teapot"), http.StatusServiceUnavailable},
		"broken":     {r.twin.Command(channel, user, "ask").With(map[string]any{"type": "x"}), http.StatusBadRequest},
	} {
		began := time.Now()
		d := r.twin.Deliver(t.Context(), at, x.e, discordtwin.SignWell)
		if d.Status != x.want || time.Since(began) > 2*time.Second {
			t.Errorf("%s: %d after %v, %v", name, d.Status, time.Since(began), d.Err)
		}
		if i, _ := r.twin.Interaction(x.e.ID); i.Acked {
			t.Errorf("%s: acknowledged", name)
		}
	}
	if len(r.heard) > 0 {
		t.Error("something was heard")
	}
	for path, want := range map[string]int{at: http.StatusMethodNotAllowed, strings.TrimSuffix(at, "interactions"): http.StatusNotFound} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("GET %s: %d %v", path, resp.StatusCode, err)
		}
	}
}

// TestSlowStore expects Discord not to be told of what is not stored in time.
func TestSlowStore(t *testing.T) {
	stored := make(chan struct{})
	r, at := served(t, func(ctx context.Context, _ bot.Message) error {
		select {
		case <-stored:
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	user, channel := r.person()
	e := r.twin.Command(channel, user, "ask", question())
	d := r.twin.Deliver(t.Context(), at, e, discordtwin.SignWell)
	if i, _ := r.twin.Interaction(e.ID); d.Status != http.StatusServiceUnavailable || i.Acked {
		raw, _ := json.Marshal(i)
		t.Errorf("%d %v: %s", d.Status, d.Err, raw)
	}
	close(stored)
	r.deliver(bottest.Receive(t, "the message", r.heard), replyOf(bot.Answer, "pear")) // it is not lost
	if saying(r.twin.DMs(user), "pear") != 1 {
		t.Error("the answer is elsewhere")
	}
}

// TestListenTaken expects an address that is taken to end Run with what to do.
func TestListenTaken(t *testing.T) {
	r, at := served(t, nil)
	taken := strings.TrimSuffix(strings.TrimPrefix(at, "http://"), "/discord/interactions")
	r.with(func(o *discord.Options) { o.HTTP, o.Listen, o.PublicKey = true, taken, publicKey(r.twin) })
	if err := r.a.Run(t.Context(), r.take); err == nil || !strings.Contains(err.Error(), "--discord-listen") {
		t.Error(err)
	}
}
