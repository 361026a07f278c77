//go:build unix

package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox/store"
)

// These tests kill processes that store and answer, at moments nobody chose, and
// count what people would see. Environment:
//
//	PORCHLIGHT_KILLS=full   hundreds of kills instead of a handful, as CI does
//	PORCHLIGHT_SEED=NUMBER  the choices of an earlier run; when the kill meets the
//	                        child is never the same twice
const (
	killsEnv = "PORCHLIGHT_KILLS"
	seedEnv  = "PORCHLIGHT_SEED"
)

// rounds is how often a test kills: a few times, or many when all is asked for.
func rounds(few, full int) int {
	if os.Getenv(killsEnv) == "full" {
		return full
	}
	return few
}

// A crash is what one test of kills keeps from its first child to its last.
type crash struct {
	*twin
	random   *rand.Rand
	acked    map[string]turn
	errs     []string
	restarts []time.Duration
	opens    []time.Duration
}

func newCrash(t *testing.T, trouble bool) *crash {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv(seedEnv), 10, 64); err == nil {
		seed = s
	}
	t.Logf("%s=%d", seedEnv, seed)
	return &crash{twin: newTwin(t, seed, trouble), random: rand.New(rand.NewPCG(seed, 2)), acked: make(map[string]turn)}
}

// delay lets a child run on for a while that nobody can foresee.
func (c *crash) delay(least, most time.Duration) {
	<-time.After(least + time.Duration(c.random.Int64N(int64(most-least))))
}

// book takes over what a child that has ended acknowledged.
func (c *crash) book(t *testing.T, one *child) {
	t.Helper()
	if one.restarted > 0 {
		c.restarts = append(c.restarts, one.restarted)
		c.opens = append(c.opens, one.opened)
	}
	c.errs = append(c.errs, one.errs...)
	for _, a := range one.acked {
		place, ok := readTurn(a.id)
		if !ok {
			t.Fatalf("the child acknowledged %q", a.id)
		}
		c.acked[a.id] = place
	}
}

// kill kills a child; what it sent and has not arrived yet is lost.
func (c *crash) kill(t *testing.T, one *child) {
	t.Helper()
	one.kill(t)
	c.lose(one.Name)
	c.book(t, one)
}

// A finding is something that must not be, and where it was.
type finding struct {
	what string
	ids  []string
}

// findings is all that is to be counted, found or not.
func (c *crash) findings(t *testing.T, last job) []finding {
	t.Helper()
	n := c.check(c.acked)
	return []finding{
		{"acknowledged and never answered", n.lost},
		{"answered twice", n.twice},
		{"answered out of order", n.disorder},
		{"remembered otherwise than answered", c.misremembered(t, last)},
	}
}

// judge fails t unless all that was acknowledged was answered once and in order,
// and is remembered as it was answered.
func (c *crash) judge(t *testing.T, kills int, last job) {
	t.Helper()
	for _, bad := range c.findings(t, last) {
		t.Logf("%s: %d", bad.what, len(bad.ids))
		if len(bad.ids) > 0 {
			t.Errorf("%d %s, such as %v", len(bad.ids), bad.what, bad.ids[:min(5, len(bad.ids))])
		}
	}
	saw := c.saw()
	if len(c.acked) < kills || saw.posts < kills {
		t.Errorf("%d acknowledged and %d answered in %d rounds: too few to tell anything", len(c.acked), saw.posts, kills)
	}
	t.Logf("kills %d, acknowledged %d, puts refused %d", kills, len(c.acked), len(c.errs))
	t.Logf("the platform saw %d answers and was asked for %d that stood; it refused %d, left %d unclear, and %d came too late",
		saw.posts, saw.found, saw.refused, saw.unclear, saw.late)
	t.Logf("store open after the start of the process: p50 %v, p99 %v, max %v; Open alone: p50 %v, p99 %v, max %v",
		part(c.restarts, 50), part(c.restarts, 99), part(c.restarts, 100), part(c.opens, 50), part(c.opens, 99), part(c.opens, 100))
}

// part is a percentile.
func part(all []time.Duration, percent int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(10 * time.Microsecond)
}

// misremembered is every conversation whose memory is not its last answers, each
// once and in their order: "answered" and "remembered" are one commit.
func (c *crash) misremembered(t *testing.T, last job) (bad []string) {
	t.Helper()
	s, err := store.Open(t.Context(), last.Place, last.key(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for talk, ids := range c.order() {
		st, err := s.Load(t.Context(), bot.ConversationID(talk))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, turn := range st.Turns {
			got = append(got, turn.Topics...)
		}
		if want := ids[max(0, len(ids)-len(got)):]; len(got) < min(4, len(ids)) || !slices.Equal(got, want) {
			bad = append(bad, fmt.Sprintf("%s: %v, answered %v", talk, got, ids[max(0, len(ids)-6):]))
		}
	}
	return bad
}

// A kind of crash test.
type kind struct {
	name    string
	trouble bool // the platform makes some
	job     job
}

// kinds are run with kills on SQLite: one process, killed again and again.
var kinds = []kind{
	{"plain", false, job{}},
	{"sealed, with a platform in trouble", true, job{Sealed: true}},
	{"floods, joined", false, job{MaxOpen: 3, Talks: 1, Pause: 2 * time.Millisecond}},
}

// usual fills in what a kind does not say.
func (j job) usual(place, url string) job {
	j.Place, j.Twin = place, url
	j.Publisher = cmp.Or(j.Publisher, "v")
	j.Publishers = cmp.Or(j.Publishers, 16)
	j.Talks = cmp.Or(j.Talks, 4)
	j.Pause = cmp.Or(j.Pause, 20*time.Millisecond)
	j.Lease = cmp.Or(j.Lease, 1500*time.Millisecond)
	j.Scrub = cmp.Or(j.Scrub, 100*time.Millisecond) // often, so that some kills meet it
	return j
}

// round is the job of one round.
func (j job) round(n int) job {
	j.Round, j.Name = n, fmt.Sprintf("%s%d", j.Publisher, n)
	return j
}

// TestKilled kills the only process of a SQLite store.
func TestKilled(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			bottest.NoneLeft(t)
			c := newCrash(t, k.trouble)
			j := k.job.usual(t.TempDir(), c.url)
			n := rounds(4, 70)
			c.run(t, j, 0, n)
			c.drain(t, j, n)
			c.judge(t, n, j)
			if len(c.errs) > 0 {
				t.Errorf("%d puts were refused, such as %s", len(c.errs), c.errs[0])
			}
		})
	}
}

// run starts and kills a child again and again.
func (c *crash) run(t *testing.T, j job, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		one := j.round(i).start(t)
		one.await(t)
		c.delay(20*time.Millisecond, 400*time.Millisecond)
		c.kill(t, one)
	}
}

// drain has a last child answer what is open.
func (c *crash) drain(t *testing.T, j job, round int) {
	t.Helper()
	c.quarrel(false)
	last := j.round(round).start(t)
	last.await(t)
	last.drain(t)
	c.book(t, last)
}

// TestKillsAreSeen has children break each promise, and wants each count to say so.
func TestKillsAreSeen(t *testing.T) {
	for _, k := range []struct {
		fault fault
		want  string
	}{
		{hasty, "acknowledged and never answered"},
		{blind, "answered twice"},
		{unruly, "answered out of order"},
		{early, "remembered otherwise than answered"},
	} {
		t.Run(string(k.fault), func(t *testing.T) {
			bottest.NoneLeft(t)
			c := newCrash(t, true)
			j := job{Fault: k.fault, Talks: 64}.usual(t.TempDir(), c.url)
			for i := range 20 { // what is wrong must be hit; it nearly always is the first time
				c.quarrel(true)
				c.run(t, j, 2*i, 2*i+1)
				c.drain(t, j, 2*i+1)
				for _, bad := range c.findings(t, j) {
					if bad.what == k.want && len(bad.ids) > 0 {
						t.Logf("%s: %d after %d kills", bad.what, len(bad.ids), i+1)
						return
					}
				}
			}
			t.Errorf("a child was %s, and nothing was %s", k.fault, k.want)
		})
	}
}

// TestKilledBeside kills one of two processes of a Postgres store, and the other
// goes on: it takes over what the dead one had in hand.
func TestKilledBeside(t *testing.T) {
	bottest.NoneLeft(t)
	c := newCrash(t, true)
	j := job{Sealed: true, Talks: 8}.usual(emptyPostgres(t), c.url)
	other := j
	other.Publisher = "o"
	survivor := other.round(0).start(t)
	survivor.await(t)
	n := rounds(6, 60)
	c.run(t, j, 0, n)
	c.quarrel(false)
	survivor.drain(t)
	c.book(t, survivor)
	c.judge(t, n, j)
	if len(c.errs) > 0 {
		t.Errorf("%d puts were refused, such as %s", len(c.errs), c.errs[0])
	}
}
