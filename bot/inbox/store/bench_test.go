//go:build unix

package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/inbox/store"
)

// millionEnv also measures with a million open messages, which takes a minute to
// prepare and a gigabyte of disk.
const millionEnv = "PORCHLIGHT_MILLION"

// asked is a message of the usual size.
func asked(n, talk int) bot.Message {
	m := message(fmt.Sprintf("bench-%d", n), fmt.Sprint("talk-", talk), fmt.Sprint("person-", talk))
	m.Text = strings.Repeat("what am I to do now? ", 10)
	m.At = time.Unix(1_800_000_000, 0)
	return m
}

// latencies reports how long single calls took, and how many there were a second.
func latencies(b *testing.B, took []time.Duration, within time.Duration) {
	b.Helper()
	b.ReportMetric(float64(part(took, 50).Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(part(took, 99).Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(part(took, 100).Microseconds())/1000, "max-ms")
	if within > 0 {
		b.ReportMetric(float64(len(took))/within.Seconds(), "per-s")
	}
}

// publishAll puts b.N messages from many sides, each once it has been let, and
// tells how long each took.
func publishAll(b *testing.B, s *store.Store, publishers, talks int, let func()) (took []time.Duration) {
	b.Helper()
	var next atomic.Int64
	var sides sync.WaitGroup
	all := make([][]time.Duration, publishers)
	for p := range publishers {
		sides.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				let()
				began := time.Now()
				if err := s.Put(b.Context(), asked(n, n%talks)); err != nil {
					b.Error(err)
					return
				}
				all[p] = append(all[p], time.Since(began))
			}
		})
	}
	sides.Wait()
	for _, one := range all {
		took = append(took, one...)
	}
	return took
}

// BenchmarkPut is how long it takes to have a message on disk, sealed.
func BenchmarkPut(b *testing.B) {
	for _, e := range engines {
		for _, publishers := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("%s/%d publishers", e.name, publishers), func(b *testing.B) {
				s := open(b, e.place(b), master(b, 1), quick())
				b.ResetTimer()
				took := publishAll(b, s, publishers, 10_000, func() {})
				latencies(b, took, b.Elapsed())
			})
		}
	}
}

// BenchmarkPath is the whole way: stored, handed out to one of 32 workers,
// answered, all under way at once, with 256 open at most.
func BenchmarkPath(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			o := quick()
			answered, open256 := make(chan time.Duration, b.N), make(chan struct{}, 256)
			o.Observe = func(what store.Event, d time.Duration) {
				if what == store.Answered {
					answered <- d
					<-open256
				}
			}
			s := open(b, e.place(b), master(b, 1), o)
			ctx, cancel := context.WithCancel(b.Context())
			var working sync.WaitGroup
			working.Go(func() {
				if err := s.Work(ctx, func(context.Context, bot.Message) error { return nil }); err != nil {
					b.Error(err)
				}
			})
			b.ResetTimer()
			stored := len(publishAll(b, s, 64, 1000, func() { open256 <- struct{}{} }))
			took := make([]time.Duration, 0, stored)
			for range stored {
				took = append(took, <-answered)
			}
			latencies(b, took, b.Elapsed())
			b.StopTimer()
			cancel()
			working.Wait()
		})
	}
}

// BenchmarkBacklog is how a process starts and works with many open messages.
func BenchmarkBacklog(b *testing.B) {
	for _, c := range []struct {
		open, talks int
		ask         bool
	}{
		{100_000, 5_000, false}, // as MaxOpen has it
		{100_000, 1_000, false},
		{1_000_000, 50_000, true},
		{1_000_000, 1_000, true},
	} {
		b.Run(fmt.Sprintf("%d open in %d conversations", c.open, c.talks), func(b *testing.B) {
			if c.ask && os.Getenv(millionEnv) == "" {
				b.Skip("only when asked to: " + millionEnv + "=1")
			}
			place := b.TempDir()
			backlog(b, place, c.open, c.talks)
			const drained = 20_000
			b.ResetTimer()
			for b.Loop() {
				one := job{Place: place, Backlog: drained, Lease: time.Minute, Scrub: time.Second}.start(b)
				one.await(b)
				one.finish(b, 10*bound)
				one.report(b)
			}
		})
	}
}

// backlog fills a store with messages of so many conversations, in turn.
func backlog(b *testing.B, place string, n, talks int) {
	b.Helper()
	s, err := store.Open(b.Context(), place, nil, store.Options{})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	db := raw(b, place)
	defer db.Close()
	const batch = 50_000
	for from := 0; from < n; from += batch {
		_, err := db.ExecContext(b.Context(), `
INSERT INTO inbox(id, conv, who, body, due, added)
WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i+1 FROM n WHERE i < $2-1)
SELECT 'backlog-of-22-bytes-' || i, 'conversation-22-' || (i % $3), 'person-of-22-bytes-' || (i % $3),
  CAST('{"From":{"Adapter":"bench","Place":"somewhere"},"Text":"' || $4 || '"}' AS BLOB), $5+i, $5+i FROM n`,
			from, min(from+batch, n), talks, asked(0, 0).Text, time.Now().Add(-time.Hour).UnixMilli())
		if err != nil {
			b.Fatal(err)
		}
	}
}

// measure is what a child does with a backlog, or with nothing to do.
func (j job) measure(ctx context.Context, s *store.Store) error {
	working, enough := context.WithCancel(ctx)
	defer enough()
	metric("open-MB", memory("VmRSS:"))
	if j.Idle > 0 {
		began := cpu()
		time.AfterFunc(j.Idle, enough)
		err := s.Work(working, func(context.Context, bot.Message) error { return nil })
		metric("cpu-ms/s", float64((cpu()-began).Microseconds())/1000/j.Idle.Seconds())
		metric("idle-MB", memory("VmRSS:"))
		return err
	}
	var n atomic.Int64
	began := time.Now()
	err := s.Work(working, func(context.Context, bot.Message) error {
		if n.Add(1) == int64(j.Backlog) {
			enough()
		}
		return nil
	})
	metric("drained/s", float64(n.Load())/time.Since(began).Seconds())
	metric("most-MB", memory("VmHWM:"))
	return err
}

func metric(unit string, value float64) { say("metric %g %s", value, unit) }

// memory is a line of the kernel's account of this process, in MB; 0 where there
// is none.
func memory(line string) float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kb float64
	if _, rest, ok := strings.Cut(string(raw), line); ok {
		_, _ = fmt.Sscan(rest, &kb) // 0 is what it says then
	}
	return kb / 1024
}

// cpu is the time that this process has computed.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkIdle is what an open store costs with nothing to do, in a process of
// its own.
func BenchmarkIdle(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			for b.Loop() {
				one := job{Place: e.place(b), Sealed: true, Idle: 5 * time.Second}.start(b)
				one.await(b)
				one.finish(b, bound)
				one.report(b)
			}
		})
	}
}

// report passes on what a child measured.
func (c *child) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(c.opened.Microseconds())/1000, "open-ms")
	for _, line := range c.others {
		var value float64
		var unit string
		if _, err := fmt.Sscanf(line, "metric %g %s", &value, &unit); err == nil {
			b.ReportMetric(value, unit)
		}
	}
}

// BenchmarkBeside is how long a message takes from Put until it is handed out
// while another conversation has thousands open.
func BenchmarkBeside(b *testing.B) {
	for _, n := range []int{20, 1_000, 10_000} {
		b.Run(fmt.Sprintf("%d open", n), func(b *testing.B) {
			place := b.TempDir()
			backlog(b, place, n, 1)
			s := open(b, place, nil, quick())
			got, flooding := make(chan struct{}, 1), make(chan struct{})
			release := sync.OnceFunc(func() { close(flooding) })
			defer release()
			ctx, cancel := context.WithCancel(b.Context())
			var working sync.WaitGroup
			working.Go(func() {
				err := s.Work(ctx, func(_ context.Context, m bot.Message) error {
					if strings.HasPrefix(string(m.Conversation), "conversation") {
						<-flooding
						return nil
					}
					got <- struct{}{}
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			})
			var took []time.Duration
			b.ResetTimer()
			for b.Loop() {
				began := time.Now()
				if err := s.Put(b.Context(), asked(rand.Int(), len(took))); err != nil {
					b.Fatal(err)
				}
				<-got
				took = append(took, time.Since(began))
			}
			latencies(b, took, 0)
			b.StopTimer()
			cancel()
			release()
			working.Wait()
		})
	}
}

// BenchmarkForget is how long it takes to erase somebody who has asked five
// things, in a store with a hundred others.
func BenchmarkForget(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			s := open(b, e.place(b), master(b, 1), quick())
			for n := range 500 {
				put(b, s, asked(-n-1, -n%100-1))
			}
			var took []time.Duration
			for b.Loop() {
				b.StopTimer()
				n := len(took)
				for i := range 5 {
					put(b, s, asked(5*n+i, n))
				}
				m := asked(5*n, n)
				if err := s.Save(b.Context(), m.Person, m.Conversation, topic("es")); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				began := time.Now()
				if _, err := s.Forget(b.Context(), m.Person, m.Conversation); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			latencies(b, took, 0)
		})
	}
}
