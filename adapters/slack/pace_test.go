package slack

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

// TestPace expects each channel and each method to have a pace of its own, a short
// wait to be waited, and a longer one to be told at once.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		took := func(what string, want time.Duration, call func() error) {
			t.Helper()
			began := time.Now()
			if err := call(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if got := time.Since(began); got != want {
				t.Errorf("%s took %v, want %v", what, got, want)
			}
		}
		post := func(channel string) func() error { return func() error { return p.post(t.Context(), channel) } }
		for range 4 {
			took("one of a burst", 0, post("C1"))
		}
		took("the fifth", time.Second, post("C1"))
		took("another channel", 0, post("C2"))
		time.Sleep(time.Minute)
		errs := make(chan error, 20)
		for range cap(errs) {
			go func() { errs <- p.post(t.Context(), "C1") }()
		}
		synctest.Wait()
		time.Sleep(longestWait)
		synctest.Wait()
		var late []time.Duration
		for range cap(errs) {
			err := <-errs
			if later, ok := errors.AsType[*bot.LaterError](err); ok && errors.Is(err, errPaced) {
				late = append(late, later.After)
			} else if err != nil {
				t.Error(err)
			}
		}
		if len(late) != cap(errs)-6 { // a burst of four, and two that waited
			t.Errorf("%d of %d are later", len(late), cap(errs))
		}
		slices.Sort(late)
		for i, after := range late { // one a second, behind those that waited
			if from := time.Duration(3+i) * time.Second; after < from || after >= from+time.Second {
				t.Errorf("the turn number %d is after %v", i, after)
			}
		}
		for method, n := range tiers {
			for range n {
				took(method, 0, func() error { return p.call(t.Context(), method) })
			}
			if gap := time.Minute / time.Duration(n); gap <= longestWait {
				took(method+" once more", gap, func() error { return p.call(t.Context(), method) })
			} else if _, ok := errors.AsType[*bot.LaterError](p.call(t.Context(), method)); !ok {
				t.Errorf("%s once more is not later", method)
			}
			if p.spare(method) {
				t.Errorf("%s can be spared at the limit", method)
			}
		}
		took("a method without a limit", 0, func() error { return p.call(t.Context(), "auth.test") })
		if !p.spare("auth.test") {
			t.Error("a method without a limit cannot be spared")
		}
	})
}

// TestPaceOfACrowd expects nobody to be told to rest for longer than a minute, and
// those beyond that not to come back together.
func TestPaceOfACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(1, 1)
		for range 4 {
			w.Reserve()
		}
		seen := map[time.Duration]int{}
		for range 1000 {
			later, ok := errors.AsType[*bot.LaterError](w.wait(t.Context()))
			if !ok || later.After > longestRest+time.Second {
				t.Fatalf("%+v", later)
			}
			seen[later.After.Truncate(time.Second)]++
		}
		for at, n := range seen {
			if n > 100 {
				t.Errorf("%d of 1000 come back after %v", n, at)
			}
		}
		time.Sleep(2 * time.Minute)
		if err := w.wait(t.Context()); err != nil {
			t.Errorf("when all is over: %v", err)
		}
	})
}

// TestBrake expects the rest after a refusal that names no end to grow with each
// one that comes after it, not with those that came together, and to be short again
// once something went through.
func TestBrake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		for _, seconds := range []int{2, 4, 8, 16, 32, 64, 120, 120} {
			most := time.Duration(seconds) * time.Second
			seen := map[time.Duration]bool{}
			for range 20 {
				d := p.brake()
				if d < most/2 || d > most {
					t.Errorf("rests %v, want no more than %v", d, most)
				}
				seen[d] = true
			}
			if len(seen) < 10 {
				t.Errorf("of 20 only %d rest for different times", len(seen))
			}
			time.Sleep(most)
		}
		p.release()
		if d := p.brake(); d > leastBrake {
			t.Errorf("rests %v after all was well", d)
		}
	})
}

// TestGate expects one of all who come to ask Slack whether a token is good again,
// less often each time, and nobody once it is.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{rest: gateRest}
		if rest, ask := g.enter(time.Now()); rest != 0 || ask {
			t.Error("shut from the start")
		}
		if _, first := g.shut("token_revoked", time.Now()); !first {
			t.Error("the first refusal is none")
		}
		if _, first := g.shut("token_revoked", time.Now()); first {
			t.Error("told twice")
		}
		asked, began := []time.Duration{}, time.Now()
		for time.Since(began) < 5*time.Minute {
			for range 3 {
				rest, ask := g.enter(time.Now())
				if ask {
					asked = append(asked, time.Since(began))
				}
				if rest <= 0 || rest > mostRest {
					t.Fatalf("rests %v", rest)
				}
			}
			time.Sleep(time.Second)
		}
		var want []time.Duration
		for _, seconds := range []int{5, 15, 35, 75, 135, 195, 255} {
			want = append(want, time.Duration(seconds)*time.Second)
		}
		if !slices.Equal(asked, want) {
			t.Errorf("asked after %v, want %v", asked, want)
		}
		g.open()
		if rest, ask := g.enter(time.Now()); rest != 0 || ask || g.isShut() {
			t.Error("shut although it is good again")
		}
	})
}

// TestPaceHeedsCtx expects a wait to end with ctx, and to cost nothing then.
func TestPaceHeedsCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newWindow(1, 1)
		if err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := l.wait(ctx); !errors.Is(err, errPaced) || errors.Is(sent(err), bot.ErrUnclear) {
			t.Errorf("%v", err)
		}
		began := time.Now()
		if err := l.wait(t.Context()); err != nil || time.Since(began) != 900*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

type took func(*http.Request) (*http.Response, error)

func (f took) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestOpenings expects sockets to be opened in a burst of four and then one in two
// seconds, and no other call to wait for them.
func TestOpenings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := map[string]int{}
		o := newOpenings(took(func(r *http.Request) (*http.Response, error) {
			n[r.URL.Path]++
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		}))
		call := func(ctx context.Context, path string) error {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://slack.test"+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := o.RoundTrip(r)
			if err == nil {
				_ = resp.Body.Close()
			}
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var err error
		for err == nil {
			err = call(ctx, "/api/apps.connections.open")
		}
		if got := n["/api/apps.connections.open"]; got < 8 || got > 9 {
			t.Errorf("%d openings in ten seconds", got)
		}
		began := time.Now()
		for range 100 {
			if err := call(t.Context(), "/api/chat.postMessage"); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(began) != 0 || n["/api/chat.postMessage"] != 100 {
			t.Errorf("other calls took %v", time.Since(began))
		}
	})
}

// TestClient expects calls that end, and no debug mode, which would log what people
// say.
func TestClient(t *testing.T) {
	o := Options{BotToken: "xoxb-1", AppToken: "xapp-1", Name: func(string, ...string) string { return "" }}
	a := New(o)
	if a.api.Debug() {
		t.Error("debug mode")
	}
	if a.web.Timeout != 10*time.Second {
		t.Errorf("a call may take %v", a.web.Timeout)
	}
	if o.Call = time.Second; New(o).web.Timeout != time.Second {
		t.Error("the time of a call cannot be set")
	}
	if a.pings != 30*time.Second {
		t.Errorf("a socket is dead after %v", a.pings)
	}
}

// TestSettled expects an opening to be left out where the rest comes at once, shown
// where it does not, and the last reply and every error to come through.
func TestSettled(t *testing.T) {
	half, whole := bot.Reply{Lead: "half", Urgent: true}, bot.Reply{Lead: "whole", Final: true}
	oh := errors.New("oh")
	for name, x := range map[string]struct {
		pause time.Duration
		end   error
		want  []string
	}{
		"at once":           {0, nil, []string{"whole"}},
		"soon":              {patience / 2, nil, []string{"whole"}},
		"late":              {2 * patience, nil, []string{"half", "whole"}},
		"at once, an error": {0, oh, []string{"whole oh"}},
		"late, an error":    {2 * patience, oh, []string{"half", "whole oh"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				for r, err := range settled(func(yield func(bot.Reply, error) bool) {
					if !yield(half, nil) {
						return
					}
					time.Sleep(x.pause)
					yield(whole, x.end)
				}, calm, nil) {
					s := r.Lead
					if err != nil {
						s += " " + err.Error()
					}
					got = append(got, s)
				}
				if len(got) != len(x.want) || got[0] != x.want[0] || got[len(got)-1] != x.want[len(x.want)-1] {
					t.Errorf("%q, want %q", got, x.want)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // the consumer stops early
		for r, err := range settled(func(yield func(bot.Reply, error) bool) {
			for yield(half, nil) {
				time.Sleep(2 * patience)
			}
		}, calm, nil) {
			if err != nil || r.Lead != half.Lead {
				t.Errorf("%q, %v", r.Lead, err)
			}
			break
		}
	})
}

// TestSignBeforeAnswer expects no sign of life to be under way when the answer is
// posted: Slack would show it behind the answer.
func TestSignBeforeAnswer(t *testing.T) {
	for name, x := range map[string]struct {
		comes, sign time.Duration // when the answer comes, and how long the sign takes
		again       bool          // the answer stands already
		want        []string
	}{
		"before the sign":          {signAt / 2, 0, false, []string{"post", "update"}},
		"long after it":            {2 * signAt, 0, false, []string{"sign", "post", "update"}},
		"while it is on its way":   {signAt + 10*time.Millisecond, 100 * time.Millisecond, false, []string{"sign", "post", "update"}},
		"while it does not arrive": {signAt + 10*time.Millisecond, time.Hour, false, []string{"no sign", "post", "update"}},
		"where one stands":         {2 * signAt, 0, true, []string{"look"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				a := New(Options{
					BotToken: "xoxb-1", Name: func(string, ...string) string { return "" }, Say: func(string, string) string { return "x" },
				})
				a.web.Transport = took(func(r *http.Request) (*http.Response, error) {
					said := `{"ok":true,"channel":"D1","ts":"1764000001.000200"}`
					switch path.Base(r.URL.Path) {
					case "assistant.threads.setStatus":
						select {
						case <-time.After(x.sign):
							got = append(got, "sign")
						case <-r.Context().Done():
							got = append(got, "no sign")
							return nil, r.Context().Err()
						}
					case "chat.postMessage":
						got = append(got, "post")
					case "chat.update":
						got = append(got, "update")
					case "conversations.replies":
						got = append(got, "look")
						said = `{"ok":true,"messages":[{"ts":"1","metadata":{"event_type":"porchlight_answer","event_payload":{"mark":"m1","whole":true}}}]}`
					}
					return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(said)), Request: r}, nil
				})
				p := place{Team: "T1", Channel: "D1", User: "U1", TS: "1764000001.000100", Surface: bot.Direct}
				m := bot.Message{ID: "m1", From: p.address(), At: time.Now(), Handed: bot.Handed{Again: x.again}}
				err := a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
					time.Sleep(x.comes)
					yield(bot.Reply{Kind: bot.Answer, Lead: "x", Final: true}, nil)
				})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, x.want) {
					t.Errorf("%q, want %q", got, x.want)
				}
			})
		})
	}
}
