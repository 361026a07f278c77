package discordtwin_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

func TestBuckets(t *testing.T) {
	c := newClock()
	w := start(t, discordtwin.Options{
		RateLimits: true, Global: 7, Now: c.Now,
		Buckets: map[string]discordtwin.Bucket{discordtwin.CreateMessage: {Limit: 2, Per: 5 * time.Second}},
	})
	hello := obj{"content": "hello"}
	s := w.post(discordtwin.General, hello)
	same(t, "limit", s.head.Get("X-Ratelimit-Limit"), "2")
	same(t, "remaining", s.head.Get("X-Ratelimit-Remaining"), "1")
	same(t, "after", s.head.Get("X-Ratelimit-Reset-After"), "5.000")
	same(t, "bucket", s.head.Get("X-Ratelimit-Bucket") != "", true)
	w.post(discordtwin.General, hello)
	s = w.post(discordtwin.General, hello)
	same(t, "status", s.status, 429)
	same(t, "scope", s.head.Get("X-Ratelimit-Scope"), "user")
	same(t, "retry", s.head.Get("Retry-After"), "5")
	same(t, "in the body", at[float64](s.body, "retry_after"), 5.0)
	same(t, "elsewhere", w.post(discordtwin.Help, hello).status, 200)
	c.pass(5 * time.Second)
	same(t, "later", w.post(discordtwin.General, hello).status, 200)
	same(t, "posts", len(w.Posts("")), 4)

	for range 6 {
		w.call("GET", "users/@me", nil)
	}
	s = w.call("GET", "users/@me", nil)
	same(t, "global", s.head.Get("X-Ratelimit-Global"), "true")
	same(t, "not per route", s.head.Get("X-Ratelimit-Reset-After"), "")
	same(t, "in the body", at[bool](s.body, "global"), true)
	e := w.Command(discordtwin.General, discordtwin.Ana, "ask")
	w.Send(e)
	same(t, "interactions go on", w.callback(e, deferPrivate).status, 204)
	same(t, "and their edits", w.hook(e, "PATCH", "/messages/@original", hello).status, 200)
	same(t, "invalid", w.Invalid(), 2)
	same(t, "statuses", w.Statuses()[429], 2)
	c.pass(11 * time.Minute)
	same(t, "forgotten", w.Invalid(), 0)
}

func TestBans(t *testing.T) {
	c := newClock()
	w := start(t, discordtwin.Options{Invalid: 2, Now: c.Now})
	w.Fault("", 1, discordtwin.RateLimited(time.Second, "shared"))
	same(t, "shared", w.call("GET", "users/@me", nil).status, 429)
	same(t, "not counted", w.Invalid(), 0)
	for range 3 {
		same(t, "unauthorised", w.as("", "GET", "users/@me", nil).status, 401)
	}
	for range 2 {
		s := w.call("GET", "users/@me", nil)
		same(t, "banned", s.status, 429)
		same(t, "html", strings.HasPrefix(s.head.Get("Content-Type"), "text/html"), true)
	}
	same(t, "counted", w.Invalid(), 3)
	c.pass(10 * time.Minute)
	same(t, "over", w.call("GET", "users/@me", nil).status, 200)
	w.Ban(time.Minute)
	same(t, "by hand", w.call("GET", "users/@me", nil).status, 429)
	w.Ban(0)
	same(t, "ended", w.call("GET", "users/@me", nil).status, 200)
}

func TestGatewayIsLimited(t *testing.T) {
	w := start(t, discordtwin.Options{RateLimits: true, Heartbeat: time.Hour})
	l := w.dial(w.GatewayURL())
	for range 121 {
		l.say(1, nil)
	}
	same(t, "code", l.closed(), 4008)
}
