//go:build linux

package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"porchlight/bot/bottest"
)

// A server is a Postgres of this test's own.
type server struct {
	bin, dir, port string
	as             *syscall.Credential // nil: whoever runs the test
	log            *os.File
	kill           func() // what runs, with all its processes; waits for the end of the first
}

// newServer makes an empty Postgres that does not run yet, or skips the test.
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{bin: postgresBin(t), kill: func() {}}
	var err error
	s.dir, err = os.MkdirTemp("", "porchlight-postgres-") //nolint:usetesting // t.TempDir lies within a folder that only root may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(s.dir); err != nil {
			t.Error(err)
		}
	})
	if os.Geteuid() == 0 {
		s.dropRoot(t)
	}
	s.port = freePort(t)
	out, err := s.command(t.Context(), "initdb", "-D", filepath.Join(s.dir, "data"), "-A", "trust", "-U", "postgres", "-N").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	if s.log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		s.log.Close()
	})
	return s
}

// postgresBin is the folder of the programs of a Postgres on this machine.
func postgresBin(t *testing.T) string {
	t.Helper()
	if at, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(at)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Skip("no Postgres to kill: initdb is neither in PATH nor in /usr/lib/postgresql/*/bin")
	}
	return filepath.Dir(slices.Max(found))
}

// dropRoot has the server run as user postgres: it refuses to run as root.
func (s *server) dropRoot(t *testing.T) {
	t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skipf("no Postgres to kill: it does not run as root, and there is no user postgres: %v", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(s.dir, int(uid), int(gid))); err != nil {
		t.Fatal(err)
	}
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// command is a program of Postgres, which dies with this process.
func (s *server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (s *server) url() string {
	return "postgres://postgres@127.0.0.1:" + s.port + "/postgres?sslmode=disable"
}

// start starts the server and waits until it answers. After a kill it may refuse
// for a moment, until the last of its old processes is gone.
func (s *server) start(t *testing.T) {
	t.Helper()
	db, err := sql.Open("pgx", s.url())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(bound); time.Now().Before(deadline); {
		cmd := s.command(context.WithoutCancel(t.Context()), "postgres", "-D", "data", "-p", s.port, "-h", "127.0.0.1", "-k", s.dir, "-c", "max_connections=60")
		cmd.Stdout, cmd.Stderr = s.log, s.log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait() // tells of the kill
			close(ended)
		}()
		s.kill = func() {
			all := processes(cmd.Process)
			for _, p := range all {
				_ = p.Kill() // fails where it has ended
			}
			<-ended
		}
		if comesUp(t.Context(), db, ended, deadline) {
			return
		}
		s.kill()
	}
	log, err := os.ReadFile(s.log.Name())
	t.Fatalf("the Postgres of this test does not start (%v):\n%s", err, log)
}

// comesUp tells whether a server has begun to answer before it ended.
func comesUp(ctx context.Context, db *sql.DB, ended <-chan struct{}, deadline time.Time) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		if db.PingContext(ctx) == nil {
			return true
		}
		select {
		case <-ended:
			return false
		case <-tick.C:
		}
	}
	return false
}

// processes is a server's first process and those that it started. Each is held
// by a handle, so that no other process of the same number can be meant.
func processes(first *os.Process) []*os.Process {
	all := []*os.Process{first}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", first.Pid))
	if err != nil {
		return all // it has ended
	}
	for pid := range strings.FieldsSeq(string(raw)) {
		n, err := strconv.Atoi(pid)
		if err != nil {
			continue
		}
		if p, err := os.FindProcess(n); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// TestServerKilled kills the Postgres under a process that goes on, with all its
// processes, at any moment: between a commit and the word of it, too.
func TestServerKilled(t *testing.T) {
	bottest.NoneLeft(t)
	s := newServer(t)
	s.start(t)
	c := newCrash(t, false)
	j := job{Sealed: true, Talks: 8}.usual(s.url(), c.url)
	one := j.round(0).start(t)
	one.await(t)
	n := rounds(2, 12)
	for range n {
		c.delay(50*time.Millisecond, 500*time.Millisecond)
		s.kill()
		s.start(t)
	}
	c.delay(50*time.Millisecond, 500*time.Millisecond)
	one.drain(t)
	c.book(t, one)
	c.judge(t, n, j)
}
