// Package bottest holds what the conformance suites of the doors share: waiting
// with an end, goroutines left behind, and seeing a suite fail. It knows no door.
package bottest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Patience is how long a suite waits for what should happen at once. A suite's
// own tests, which see it fail, have less.
var Patience = 10 * time.Second

// Eventually asks ok again and again until it agrees or Patience ends.
func Eventually(ok func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); <-tick.C {
		if ok() {
			return true
		}
	}
	return ok()
}

// Receive returns the next value, or ends the test when none comes in time.
func Receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(Patience):
		t.Fatalf("%s: nothing for %v", what, Patience)
		panic("unreachable")
	}
}

// Start runs what lasts until its ctx ends and then returns nil, and gives what
// ends it and waits; the end of the test does so, too. name is for messages.
func Start(t *testing.T, name string, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%s returned %v when its ctx ended, want nil", name, err)
			}
		case <-time.After(Patience):
			t.Errorf("%s did not return %v after its ctx ended", name, Patience)
		}
	})
	t.Cleanup(stop)
	return stop
}

// NoneLeft fails t when goroutines outlive the test: those that started after
// this call and still run once everything else the test registered is cleaned
// up. Call it first, and not while another test runs in parallel.
func NoneLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		if t.Failed() {
			return // what failed may well be stuck, and has been reported
		}
		var err error
		if !Eventually(func() bool { err = goleak.Find(before); return err == nil }) {
			t.Error(err)
		}
	})
}

// fault names, in the environment of a process of its own, what is broken there.
const fault = "BOTTEST_FAULT"

// Fault is what TestBroken is to break in this process, or "" when nobody
// looks. There the suite has less Patience, unless nothing is broken ("none").
func Fault() string {
	name := os.Getenv(fault)
	if name != "" && name != "none" {
		Patience = 300 * time.Millisecond
	}
	return name
}

// SeesFault runs TestBroken of this test binary with a fault, and fails t unless
// that check of the suite fails there; with no check, nothing may fail.
func SeesFault(t *testing.T, name, check string) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestBroken$", "-test.v") //nolint:gosec // this test binary itself
	cmd.Env = append(os.Environ(), fault+"="+name)
	out, err := cmd.CombinedOutput()
	if check == "" {
		if err != nil {
			t.Errorf("the suite failed what is good: %v\n%s", err, out)
		}
		return
	}
	want := "--- FAIL: TestBroken/" + strings.ReplaceAll(check, " ", "_")
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("the suite did not say %q: %v\n%s", want, err, out)
	}
}
