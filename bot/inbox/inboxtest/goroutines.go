package inboxtest

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

// noneLeft fails t when goroutines outlive the test: those that started after
// this call and still run once everything else the test registered is cleaned
// up. Call it first, and not while another test runs in parallel.
func noneLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		if t.Failed() {
			return // what failed may well be stuck, and has been reported
		}
		var err error
		if !eventually(func() bool { err = goleak.Find(before); return err == nil }) {
			t.Error(err)
		}
	})
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
