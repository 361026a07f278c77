package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

// These tests measure the program in a process of its own against a twin on the
// same processors, and print a table. They judge little, for other programs may run
// beside them:
//
//	PORCHLIGHT_BENCH_LARGE=1 go test -run TestDiscordFigures -v -timeout 20m ./cmd/porchlight

func TestDiscordFigures(t *testing.T) {
	if os.Getenv("PORCHLIGHT_BENCH_LARGE") != "1" {
		t.Skip("takes minutes; PORCHLIGHT_BENCH_LARGE=1 runs it")
	}
	f := &figures{t: t, program: filepath.Join(t.TempDir(), "porchlight")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", f.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, part := range []struct {
		name string
		run  func(*testing.T, bool)
	}{
		{"start", f.start}, {"steady", f.steady}, {"sustained", f.sustained}, {"limits", f.limits},
	} {
		for _, http := range []bool{false, true} {
			t.Run(part.name+"/"+map[bool]string{false: "gateway", true: "http"}[http], func(t *testing.T) { part.run(t, http) })
		}
	}
	f.print()
}

// figures are a table of what was measured.
type figures struct {
	t       *testing.T
	program string
	rows    []string
}

func (f *figures) add(t *testing.T, format string, args ...any) {
	load, _ := os.ReadFile("/proc/loadavg")
	now, _, _ := strings.Cut(string(load), " ")
	_, name, _ := strings.Cut(t.Name(), "/")
	f.rows = append(f.rows, name+"\t"+fmt.Sprintf(format, args...)+"\tload "+now)
}

func (f *figures) print() {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range f.rows {
		fmt.Fprintln(w, r)
	}
	_ = w.Flush() // into memory
	f.t.Logf("\n%s", &b)
}

// run makes a run of the program as it is delivered.
func (f *figures) run(t *testing.T, o discordtwin.Options, http bool) *discordRun {
	o.Concurrency, o.NoEcho = 16, true
	r := newDiscordRun(t, o, http)
	r.program = f.program
	return r
}

// started starts it and tells how long it took until it was ready.
func (r *discordRun) started() time.Duration {
	began := time.Now()
	r.start()
	for r.get("/readyz") == "" || !r.whole() {
		if time.Since(began) > time.Minute {
			r.t.Fatalf("never ready:\n%s", r.tail())
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(began)
}

// start is how long it takes to be ready, anew and where a session can be resumed,
// and how large it is then on four shards.
func (f *figures) start(t *testing.T, http bool) {
	var fresh, again []time.Duration
	for range 5 {
		r := f.run(t, discordtwin.Options{}, http)
		fresh = append(fresh, r.started())
		time.Sleep(3 * time.Second) // until the session is kept
		r.stop()
		again = append(again, r.started())
		r.stop()
	}
	f.add(t, "start to ready: new p50 %v, max %v; resumed p50 %v, max %v",
		percent(fresh, 50), percent(fresh, 100), percent(again, 50), percent(again, 100))
	r := f.run(t, discordtwin.Options{Shards: 4}, http)
	took := r.started()
	time.Sleep(10 * time.Second)
	f.add(t, "4 shards: ready after %v, idle %d KB resident", took.Round(time.Millisecond), stat(r.cmd.Process.Pid, "VmRSS"))
	r.stop()
}

// A dose is a question and when it was asked.
type dose struct {
	*said
	at time.Time
}

// pour asks at a rate for a time, in ways that take turns, and waits until all was
// said.
func (r *discordRun) pour(rate, seconds int, people []string, ways ...way) []dose {
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Duration(seconds)*time.Second+2*time.Minute)
	defer cancel()
	var all []dose
	var telling sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := range rate * seconds {
		<-tick.C
		who := people[i%len(people)]
		q := r.ask(ways[i%len(ways)], r.channels[i%len(people)%len(r.channels)], who, questions[i%len(questions)], "", i/len(people))
		all = append(all, dose{q, time.Now()})
		telling.Go(func() { r.tell(ctx, q, 1) })
	}
	telling.Wait()
	return all
}

// answered are how long after it was asked each was acknowledged and answered.
func (r *discordRun) answered(all []dose) (acks, answers []time.Duration) {
	shown := map[string]time.Time{}
	for _, p := range r.twin.History("") {
		if p.ByApp() && !p.Loading {
			shown[p.Interaction+p.ReplyTo] = p.Shown
		}
	}
	for _, q := range all {
		if i, ok := r.twin.Interaction(q.ID); ok {
			acks = append(acks, i.Took)
			if i.Failed || !i.Acked {
				r.t.Errorf("%s was not acknowledged in time", q.ID)
			}
		}
		if at, ok := shown[q.ID]; ok {
			answers = append(answers, at.Sub(q.at))
		}
	}
	return acks, answers
}

// use is the processor time and the most memory that a run takes from here on.
func (r *discordRun) use() func() (cpu time.Duration, kb int) {
	pid := r.cmd.Process.Pid
	before, stop, most := busy(pid), make(chan struct{}), make(chan int)
	go func() {
		top := stat(pid, "VmRSS")
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				top = max(top, stat(pid, "VmRSS"))
			case <-stop:
				most <- top
				return
			}
		}
	}()
	return func() (time.Duration, int) { close(stop); return busy(pid) - before, <-most }
}

// steady asks a hundred questions a second for a minute, on four shards.
func (f *figures) steady(t *testing.T, http bool) {
	r := f.run(t, discordtwin.Options{Shards: 4}, http)
	people := r.crowd(400)
	r.started()
	used := r.use()
	all := r.pour(100, 60, people, command)
	r.judge(r.settle(time.Minute))
	cpu, kb := used()
	acks, answers := r.answered(all)
	f.add(t, "100/s for 60 s, 4 shards: acknowledged p50 %v, p99 %v, max %v", percent(acks, 50), percent(acks, 99), percent(acks, 100))
	f.add(t, "event to answer: p50 %v, p99 %v, max %v", percent(answers, 50), percent(answers, 99), percent(answers, 100))
	f.add(t, "CPU an answer %v; at most %d KB resident", (cpu / time.Duration(len(all))).Round(10*time.Microsecond), kb)
	r.stop()
}

// sustained asks as fast as the program takes it.
func (f *figures) sustained(t *testing.T, http bool) {
	r := f.run(t, discordtwin.Options{KeepCalls: 8000}, http)
	people := r.crowd(4000)
	r.started()
	r.flood(people, 2000) // warm
	used, began := r.use(), time.Now()
	const n = 20_000
	r.flood(people, n)
	took := time.Since(began)
	cpu, kb := used()
	f.add(t, "%d questions in %v: %.0f a second; CPU an answer %v; at most %d KB resident",
		n, took.Round(time.Millisecond), n/took.Seconds(), (cpu / n).Round(10*time.Microsecond), kb)
	r.stop()
}

// flood asks n questions with commands, with so many open at most that the program
// always has something to do, and waits until they are answered.
func (r *discordRun) flood(people []string, n int) {
	const open, atOnce = 1000, 64
	before := r.twin.Count(discordtwin.UpdateOriginal)
	answered := func() int { return r.twin.Count(discordtwin.UpdateOriginal) - before }
	window := make(chan struct{}, atOnce)
	var telling sync.WaitGroup
	for i := range n {
		window <- struct{}{}
		telling.Go(func() {
			e := r.twin.Command(r.channels[i%len(r.channels)], people[i%len(people)], "ask",
				discordtwin.Option{Name: "question", Value: questions[i%len(questions)]})
			if !r.tell(r.t.Context(), &said{Event: e, way: command}, 1) {
				r.t.Errorf("%s was not taken", e.ID)
			}
			<-window
		})
		for i-answered() > open {
			time.Sleep(time.Millisecond)
		}
	}
	telling.Wait()
	if !within(time.Minute, func() bool { return answered() >= n }) {
		r.t.Fatalf("%d of %d answered:\n%s", answered(), n, r.tail())
	}
}

// limits asks more than Discord's limits let be answered at once, in direct messages,
// and commands besides: nothing is lost, nothing refused, and no command waits.
func (f *figures) limits(t *testing.T, http bool) {
	r := f.run(t, discordtwin.Options{RateLimits: true}, http)
	people := r.crowd(1200)
	r.started()
	began := time.Now()
	all := r.pour(100, 30, people, direct, direct, command, direct)
	o := r.settle(3 * time.Minute)
	r.judge(o)
	took := time.Since(began)
	acks, answers := r.answered(slices.DeleteFunc(slices.Clone(all), func(q dose) bool { return !q.way.acts() }))
	_, posts := r.answered(slices.DeleteFunc(all, func(q dose) bool { return q.way.acts() }))
	invalid := r.twin.Invalid()
	if invalid > 0 || o.unheard > 0 {
		t.Errorf("%d invalid requests, %d messages without an answer", invalid, o.unheard)
	}
	f.add(t, "Discord's limits, 75 messages and 25 commands a second for 30 s: lost %d, invalid requests %d, all done after %v",
		len(o.lost), invalid, took.Round(time.Second))
	f.add(t, "  commands: acknowledged p99 %v, answered p99 %v; messages: answered p50 %v, p99 %v",
		percent(acks, 99), percent(answers, 99), percent(posts, 50), percent(posts, 99))
	r.stop()
}
