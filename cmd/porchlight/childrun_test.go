package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A child is `porchlight serve` in a process of its own, on a store on disk. It may
// be killed and started again.
type child struct {
	t testing.TB
	// program is its path; newChild has this test binary be it.
	program   string
	args, env []string
	admin     string // an address, the same after a restart
	log       *lockedBuffer
	cmd       *exec.Cmd
	ended     chan error
}

// newChild makes everything but the process.
func newChild(t testing.TB) *child {
	t.Helper()
	c := &child{t: t, program: os.Args[0], log: &lockedBuffer{}, admin: freeAddress(t)}
	c.args = []string{
		"serve", "--data", t.TempDir(), "--admin", c.admin, "--log-level", "warn", "--person-limit", "0", "--conversation-limit", "0",
	}
	t.Cleanup(func() {
		if c.cmd != nil {
			_ = c.cmd.Process.Kill() // gone already, if all went well
		}
	})
	return c
}

var nextPort atomic.Uint32

// freeAddress is one that nobody listens at, and that the system gives to no
// connection in between.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 1000 {
		n := nextPort.Add(1) + uint32(os.Getpid())*37
		address := "127.0.0.1:" + strconv.Itoa(20000+int(n%12000))
		if l, err := net.Listen("tcp", address); err == nil { //nolint:noctx // closed at once
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// start starts the process; it does not wait until it is ready.
func (c *child) start() {
	c.t.Helper()
	c.cmd = exec.CommandContext(c.t.Context(), c.program, c.args...)
	c.cmd.Env = append([]string{asProgram + "=1"}, c.env...)
	c.cmd.Stderr = c.log
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	ended, cmd := make(chan error, 1), c.cmd
	c.ended = ended
	go func() { ended <- cmd.Wait() }()
}

// gone tells whether it has ended by itself.
func (c *child) gone() bool {
	select {
	case err := <-c.ended:
		c.ended <- err
		return true
	default:
		return false
	}
}

// kill ends the process without a warning.
func (c *child) kill() {
	c.t.Helper()
	_ = c.cmd.Process.Kill()
	if err := <-c.ended; err == nil {
		c.t.Fatalf("ended by itself:\n%s", c.tail())
	}
}

// stop ends it as systemd does, and waits.
func (c *child) stop() {
	c.t.Helper()
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-c.ended:
		if err != nil {
			c.t.Errorf("ended with %v:\n%s", err, c.tail())
		}
	case <-time.After(40 * time.Second):
		c.t.Fatalf("did not end:\n%s", c.tail())
	}
}

// lockStore keeps the program from writing for a while.
func (c *child) lockStore() {
	dir := c.args[slices.Index(c.args, "--data")+1]
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "porchlight.db")+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(c.t.Context(), nil)
	if err != nil {
		return // the program is busier than we are
	}
	time.Sleep(3 * time.Second)
	_ = tx.Rollback()
}

// tail is the end of the log.
func (c *child) tail() string {
	s := c.log.String()
	return s[max(0, len(s)-4000):]
}

// get asks the process for its health or figures; "" is no answer.
func (c *child) get(path string) string {
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.admin+path, http.NoBody)
	if err != nil {
		return ""
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

var openMessages = regexp.MustCompile(`(?m)^porchlight_open_messages (\d+)`)

// open is how many messages the process has yet to answer, -1 if it does not say.
func (c *child) open() int {
	found := openMessages.FindStringSubmatch(c.get("/metrics"))
	if found == nil {
		return -1
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// within asks ok until it agrees, or tells that it did not in time.
func within(d time.Duration, ok func() bool) bool {
	for deadline := time.Now().Add(d); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func first5(all []string) []string { return all[:min(5, len(all))] }

// nap is a while that nobody can foresee.
func nap(least, most time.Duration) { time.Sleep(least + rand.N(most-least)) }

// stat is a figure of a process from /proc/PID/status, in kilobytes; 0 where there
// is no such file.
func stat(pid int, name string) int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range bytes.Lines(raw) {
		if rest, ok := strings.CutPrefix(string(line), name+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// busy is the processor time that a process has used.
func busy(pid int) time.Duration {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
