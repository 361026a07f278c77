package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
)

// These tests measure the program in a process of its own against a twin on the
// same processors. They judge little, for other programs may run beside them:
//
//	PORCHLIGHT_BENCH_LARGE=1 go test -run TestSlackFigures -v -timeout 20m ./cmd/porchlight

// built is the program as it is delivered, without what tests bring along.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("porchlight-bench-%d", os.Getpid()))
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestSlackFigures(t *testing.T) {
	if os.Getenv("PORCHLIGHT_BENCH_LARGE") != "1" {
		t.Skip("takes minutes; PORCHLIGHT_BENCH_LARGE=1 runs it")
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(path) })
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("load before: %s", load)
	for _, f := range []struct {
		name string
		run  func(*testing.T, *slackRun)
	}{
		{"start", measureStart}, {"steady", measureSteady}, {"sustained", measureSustained}, {"many", measureMany},
	} {
		for _, http := range []bool{false, true} {
			name := map[bool]string{false: "socket", true: "http"}[http]
			if f.name == "many" && http {
				continue // the store and the answers are the same
			}
			t.Run(f.name+"/"+name, func(t *testing.T) {
				r := newSlackRun(t, slacktwin.Options{KeepCalls: 100, AckWithin: 10 * time.Second}, http)
				r.program = path
				f.run(t, r)
			})
		}
	}
}

// measureStart is how long it takes to be ready, and how large it is then.
func measureStart(t *testing.T, r *slackRun) {
	var took []time.Duration
	for range 10 {
		began := time.Now()
		r.start()
		for r.get("/readyz") == "" {
			if time.Since(began) > 20*time.Second {
				t.Fatalf("never ready:\n%s", r.tail())
			}
			time.Sleep(time.Millisecond)
		}
		took = append(took, time.Since(began))
		r.stop()
	}
	r.start()
	r.ready()
	time.Sleep(5 * time.Second)
	t.Logf("start to ready: p50 %v, max %v; idle: %d KB resident", percent(took, 50), percent(took, 100), stat(r.cmd.Process.Pid, "VmRSS"))
	r.stop()
}

// measureSteady asks a hundred questions a second for a minute.
func measureSteady(t *testing.T, r *slackRun) {
	const rate, seconds = 100, 60
	people := r.crowd(400)
	r.start()
	r.ready()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	watching := r.watch()
	before := busy(r.cmd.Process.Pid)
	var mu sync.Mutex
	var acks []time.Duration
	var telling sync.WaitGroup
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for i := range rate * seconds {
		<-tick.C
		q := r.ask(people[i%len(people)], questions[i%len(questions)], i/len(people), false)
		began := time.Now()
		telling.Go(func() {
			ok := r.tell(ctx, q.Event)
			took := time.Since(began)
			mu.Lock()
			acks = append(acks, took)
			mu.Unlock()
			r.mu.Lock()
			q.acked = ok
			r.mu.Unlock()
		})
	}
	telling.Wait()
	r.judge(r.settle(time.Minute))
	used := busy(r.cmd.Process.Pid) - before
	answers := r.answerTimes()
	t.Logf("event to acknowledgement: p50 %v, p99 %v, max %v", percent(acks, 50), percent(acks, 99), percent(acks, 100))
	t.Logf("event to answer posted: p50 %v, p99 %v, max %v", percent(answers, 50), percent(answers, 99), percent(answers, 100))
	t.Logf("CPU an answer: %v; resident: at most %d KB", used/time.Duration(len(answers)), slices.Max(watching()))
	r.stop()
}

// answerTimes are how long after its question each answer stood, by Slack's clock.
func (r *slackRun) answerTimes() (all []time.Duration) {
	for _, p := range r.twin.Posts("") {
		all = append(all, moment(p.TS).Sub(moment(p.ThreadTS)))
	}
	return all
}

// moment is the time of a ts.
func moment(ts string) time.Time {
	whole, part, _ := strings.Cut(ts, ".")
	s, _ := strconv.ParseInt(whole, 10, 64)
	us, _ := strconv.ParseInt(part, 10, 64)
	return time.Unix(s, us*1000)
}

// watch looks at the resident memory of the process, in KB, until it is asked for
// what it saw.
func (r *slackRun) watch() func() []int {
	stop, seen := make(chan struct{}), make(chan []int)
	pid := r.cmd.Process.Pid
	go func() {
		all := []int{stat(pid, "VmRSS")}
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				all = append(all, stat(pid, "VmRSS"))
			case <-stop:
				seen <- all
				return
			}
		}
	}()
	return func() []int { close(stop); return <-seen }
}

// measureSustained asks as fast as the program takes it.
func measureSustained(t *testing.T, r *slackRun) {
	people := r.crowd(4000)
	r.start()
	r.ready()
	r.flood(people, 4000) // warm
	watching, before, began := r.watch(), busy(r.cmd.Process.Pid), time.Now()
	const n = 30_000
	r.flood(people, n)
	took, used := time.Since(began), busy(r.cmd.Process.Pid)-before
	t.Logf("%d questions in %v: %.0f a second, one each %v; CPU an answer: %v; resident: at most %d KB",
		n, took, n/took.Seconds(), took/n, used/n, slices.Max(watching()))
	r.judge(r.settle(time.Minute))
	r.stop()
}

// measureMany watches the memory over a hundred thousand questions.
func measureMany(t *testing.T, r *slackRun) {
	people := r.crowd(5000)
	r.start()
	r.ready()
	for i := range 10 {
		began := time.Now()
		watching := r.watch()
		r.flood(people, 10_000)
		all := watching()
		slices.Sort(all)
		t.Logf("after %d questions: resident %d KB in the middle, at most %d KB; %v", (i+1)*10_000, all[len(all)/2], all[len(all)-1], time.Since(began))
	}
	time.Sleep(15 * time.Second)
	t.Logf("at rest after that: %d KB", stat(r.cmd.Process.Pid, "VmRSS"))
	r.judge(r.settle(time.Minute))
	r.stop()
}

// flood asks n questions, with so many open at most that the program always has
// something to do, and waits until they are answered.
func (r *slackRun) flood(people []string, n int) {
	const open = 2000
	before := r.twin.Count("chat.postMessage")
	answered := func() int { return r.twin.Count("chat.postMessage") - before }
	first := len(r.asked) // nobody else asks
	window := make(chan struct{}, 64)
	var telling sync.WaitGroup
	var waiting []string // envelopes, the oldest first
	for i := range n {
		q := r.ask(people[i%len(people)], questions[i%len(questions)], first+i, false)
		q.acked = true // the end of the run says so
		if r.http {
			window <- struct{}{}
			telling.Go(func() {
				if !r.tell(r.t.Context(), q.Event) {
					r.t.Error("not taken")
				}
				<-window
			})
		} else {
			waiting = append(waiting, r.twin.Send(q.Event))
			for len(waiting) >= cap(window) && !r.late(waiting[0]) {
				waiting = waiting[1:]
			}
		}
		for i-answered() > open {
			time.Sleep(time.Millisecond)
		}
	}
	telling.Wait()
	if !within(time.Minute, func() bool { return answered() >= n }) {
		r.t.Fatalf("%d of %d answered:\n%s", answered(), n, r.tail())
	}
}

// late waits for an acknowledgement, and tells that it has not come.
func (r *slackRun) late(envelope string) bool {
	for deadline := time.Now().Add(20 * time.Second); !r.twin.Acked(envelope); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("%s is not acknowledged:\n%s", envelope, r.tail())
		}
	}
	return false
}

// percent is a percentile.
func percent(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)].Round(10 * time.Microsecond)
}
