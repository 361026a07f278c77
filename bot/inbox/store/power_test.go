//go:build linux

package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/store"
)

// powerEnv asks for the test of power cuts, which makes a file system of its own
// and needs root.
const powerEnv = "PORCHLIGHT_POWERCUT"

// A disk is a file system in a file, or in memory, that a test may break.
type disk struct {
	dir   string
	mount []string // the arguments of mount
}

// newDisk mounts one of so many MB for the time of the test, or skips the test
// where the machine forbids it.
func newDisk(t *testing.T, kind, mb string) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system")
	}
	base := t.TempDir()
	d := &disk{dir: filepath.Join(base, "disk")}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "tmpfs":
		d.mount = []string{"-t", "tmpfs", "-o", "size=" + mb + "m", "tmpfs", d.dir}
	case "ext4":
		image := filepath.Join(base, "image")
		d.mount = []string{"-o", "loop", image, d.dir}
		for _, cmd := range [][]string{{"truncate", "-s", mb + "M", image}, {"mkfs.ext4", "-q", "-F", "-m", "0", image}} {
			if out, err := command(t, cmd...); err != nil {
				t.Skipf("no file system can be made here: %v: %s", err, out)
			}
		}
	}
	if out, err := command(t, append([]string{"mount"}, d.mount...)...); err != nil {
		t.Skipf("nothing can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() { d.unmount(t) })
	return d
}

func command(t *testing.T, args ...string) (out []byte, err error) {
	return exec.CommandContext(context.WithoutCancel(t.Context()), args[0], args[1:]...).CombinedOutput()
}

// unmount succeeds once nobody uses the disk any more.
func (d *disk) unmount(t *testing.T) {
	t.Helper()
	var out []byte
	var err error
	if !bottest.Eventually(func() bool {
		out, err = command(t, "umount", d.dir)
		return err == nil
	}) {
		t.Errorf("umount: %v: %s", err, out)
	}
}

// cut drops all that has not reached the disk, and lets nothing more reach it:
// EXT4_IOC_SHUTDOWN with NOLOGFLUSH, a power cut as the file system sees it.
func (d *disk) cut(t *testing.T) {
	t.Helper()
	const ioctl, noLogFlush = 0x8004587d, 2
	f, err := os.Open(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	flags := uint32(noLogFlush)
	_, _, no := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), ioctl, uintptr(unsafe.Pointer(&flags)))
	if no != 0 {
		t.Skipf("this file system cannot be shut down: %v", no)
	}
}

// restore mounts what is left, as after a reboot.
func (d *disk) restore(t *testing.T) {
	t.Helper()
	d.unmount(t)
	if out, err := command(t, append([]string{"mount"}, d.mount...)...); err != nil {
		t.Fatalf("mount: %v: %s", err, out)
	}
}

// sound wants SQLite to find nothing wrong with the database file.
func sound(t *testing.T, place string) {
	t.Helper()
	db := raw(t, place)
	defer db.Close()
	var says string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&says); err != nil || says != "ok" {
		t.Fatalf("PRAGMA integrity_check says %q, %v", says, err)
	}
}

// TestPowerCut cuts the power of a disk under a process that stores and answers.
func TestPowerCut(t *testing.T) {
	if os.Getenv(powerEnv) == "" {
		t.Skip("cuts the power of a disk only when asked to: " + powerEnv + "=1, as root")
	}
	bottest.NoneLeft(t)
	d := newDisk(t, "ext4", "256")
	c := newCrash(t, false)
	j := job{Sealed: true, Scrub: 50 * time.Millisecond}.usual(filepath.Join(d.dir, "store"), c.url)
	const n = 60
	doubtful := make(map[string]turn)
	for i := range n {
		one := j.round(i).start(t)
		one.await(t)
		c.delay(20*time.Millisecond, 400*time.Millisecond)
		frozen := i%2 == 0
		if frozen { // as it is in a power cut: nothing goes on
			if err := one.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
		from := time.Now().UnixNano()
		d.cut(t)
		if !frozen { // the process meets a dead disk, and must not trust it
			c.delay(0, 20*time.Millisecond)
		}
		one.kill(t)
		one.acked = slices.DeleteFunc(one.acked, func(a ack) bool {
			if frozen || a.at < from {
				return false
			}
			doubtful[a.id], _ = readTurn(a.id)
			return true
		})
		c.lose(one.Name)
		c.book(t, one)
		d.restore(t)
		sound(t, j.Place)
	}
	c.drain(t, j, n)
	c.judge(t, n, j)
	// ext4 tells a sync that is under way during this ioctl that it succeeded. In a
	// power cut nobody is there to be told.
	t.Logf("acknowledged while the disk died under a process that went on: %d, of which %d are lost", len(doubtful), len(c.check(doubtful).lost))
}

// TestDiskFull fills the disk under a store that is put to and worked on. Put says
// so and stores nothing; once there is space all goes on by itself, and what was
// acknowledged is answered, once.
func TestDiskFull(t *testing.T) {
	for _, kind := range []string{"tmpfs", "ext4"} {
		t.Run(kind, func(t *testing.T) {
			bottest.NoneLeft(t)
			d := newDisk(t, kind, "16")
			ballast := filepath.Join(d.dir, "ballast")
			if err := os.WriteFile(ballast, make([]byte, 8<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			place := filepath.Join(d.dir, "store")
			o := quick()
			o.Scrub = 50 * time.Millisecond // SQLite's log alone grows to 16 MB where nothing empties it
			s := open(t, place, master(t, 1), o)
			var mu sync.Mutex
			answered := make(map[bot.MessageID]int)
			full := make(chan struct{})
			work(t, s, func(_ context.Context, m bot.Message) error {
				<-full
				mu.Lock()
				defer mu.Unlock()
				answered[m.ID]++
				return nil
			})
			acked := fill(t, s)
			t.Logf("%d messages fit", len(acked))
			close(full)
			if s.Broken() != nil {
				t.Fatalf("a full disk broke the store: %v", s.Broken())
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			more := big(100, 0)
			soon(t, "stored again", func() bool { return s.Put(t.Context(), more) == nil })
			acked = append(acked, more.ID)
			soon(t, "all answered", func() bool {
				open, _, err := s.Waiting(t.Context())
				return err == nil && open == 0
			})
			sound(t, place)
			mu.Lock()
			defer mu.Unlock()
			for _, id := range acked {
				if answered[id] != 1 {
					t.Errorf("%s was acknowledged and answered %d times", id, answered[id])
				}
			}
		})
	}
}

// big is a message that a full disk has no place for.
func big(side, n int) bot.Message {
	m := message(fmt.Sprintf("%d.%d", side, n), fmt.Sprint("talk ", n%20), "ann")
	m.Text = strings.Repeat("words ", 2000)
	return m
}

// fill puts messages from many sides until none fits, and tells which are stored.
func fill(t *testing.T, s *store.Store) (acked []bot.MessageID) {
	t.Helper()
	var mu sync.Mutex
	var sides sync.WaitGroup
	for side := range 8 {
		sides.Go(func() {
			for n := 0; ; n++ {
				m := big(side, n)
				err := s.Put(t.Context(), m)
				mu.Lock()
				if err == nil {
					acked = append(acked, m.ID)
				}
				mu.Unlock()
				if errors.Is(err, database.ErrNoSpace) {
					return
				}
				if err != nil {
					t.Errorf("Put returned %v, want ErrNoSpace", err)
					return
				}
			}
		})
	}
	sides.Wait()
	return acked
}
