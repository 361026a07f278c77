package adaptertest

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// noneLeft fails t when goroutines outlive the test: those that started after
// this call and still run once everything else the test registered is cleaned
// up. Call it first, and not while another test runs in parallel.
func noneLeft(t *testing.T) {
	before := goroutines()
	t.Cleanup(func() {
		if t.Failed() {
			return // what failed may well be stuck, and has been reported
		}
		var left []string
		ok := eventually(func() bool {
			left = left[:0]
			for id, stack := range goroutines() {
				if before[id] == "" && !strings.Contains(stack, "os/signal.") { // that one never ends
					left = append(left, stack)
				}
			}
			return len(left) == 0
		})
		if !ok {
			t.Errorf("goroutines left behind:\n\n%s", strings.Join(left, "\n\n"))
		}
	})
}

// goroutines returns the stack of each goroutine by its number.
func goroutines() map[string]string {
	buf := make([]byte, 1<<16)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	all := make(map[string]string)
	for stack := range strings.SplitSeq(string(buf[:n]), "\n\n") {
		id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		all[id] = stack
	}
	return all
}

// patience is how long the suite waits for what should happen at once. Its own
// tests, which see it fail, have less.
var patience = 10 * time.Second

// eventually asks ok again and again until it agrees or patience ends.
func eventually(ok func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if ok() {
			return true
		}
	}
	return ok()
}
