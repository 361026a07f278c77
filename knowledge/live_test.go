package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"porchlight/knowledge/index"
)

// A folder is an overlay that may be exchanged while others read it.
type folder struct {
	now   atomic.Pointer[fstest.MapFS]
	saved time.Time
}

func newFolder(m fstest.MapFS) *folder {
	f := &folder{saved: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	f.save(m)
	return f
}

// save puts other files there, a second later.
func (f *folder) save(m fstest.MapFS) {
	f.saved = f.saved.Add(time.Second)
	m = dated(m, f.saved)
	f.now.Store(&m)
}

func (f *folder) Open(name string) (fs.File, error) { return f.now.Load().Open(name) }

// edition is an overlay that says its number in two places.
func edition(n int) fstest.MapFS {
	title := fmt.Sprintf("Edition %d", n)
	return fstest.MapFS{
		"topics/one.en.md": file(smallTopic("one", "en", title, "the first one", "Call {nhth}.\n")),
		"topics/two.en.md": file(smallTopic("two", "en", title, "the second one", "Call {nhth}.\n")),
	}
}

func broken() fstest.MapFS {
	m := edition(0)
	m["topics/one.en.md"] = file("no front matter")
	return m
}

func title(b *Base) string {
	t, ok := b.Topic("one", "en")
	if !ok {
		return ""
	}
	return t.Title
}

func TestOpen(t *testing.T) {
	l, err := Open(small())
	if err != nil || l.Base() == nil {
		t.Fatal(err)
	}
	if again, err := l.Reload(); again || err != nil {
		t.Errorf("without overlays: %t %v", again, err)
	}
	l.Watch(t.Context(), time.Nanosecond, func(string, error) { t.Error("without overlays there is nothing to watch") })

	if l, err := Open(fstest.MapFS{}); l != nil || err == nil {
		t.Errorf("no content at all: %v %v", l, err)
	}
	if l, err := Open(fstest.MapFS{}, edition(1)); l != nil || err == nil {
		t.Errorf("an overlay over nothing: %v %v", l, err)
	}
}

func TestReload(t *testing.T) {
	f := newFolder(edition(1))
	l, err := Open(small(), f)
	if err != nil {
		t.Fatal(err)
	}
	first := l.Base()
	step := func(name string, m fstest.MapFS, again, bad bool, want string) {
		t.Helper()
		before := l.Base()
		if m != nil {
			f.save(m)
		}
		got, err := l.Reload()
		if got != again || (err != nil) != bad || title(l.Base()) != want {
			t.Fatalf("%s: reloaded %t, error %v, %q in force", name, got, err, title(l.Base()))
		}
		if (l.Base() != before) != again {
			t.Fatalf("%s: the content in force changed: %t", name, l.Base() != before)
		}
		var ps Problems
		if bad && (!errors.As(err, &ps) || len(ps) != 1) {
			t.Fatalf("%s: error %v", name, err)
		}
	}
	step("nothing changed", nil, false, false, "Edition 1")
	step("good change", edition(2), true, false, "Edition 2")
	step("nothing changed since", nil, false, false, "Edition 2")
	step("bad change", broken(), false, true, "Edition 2")
	step("told once", nil, false, false, "Edition 2")
	step("bad again", broken(), false, true, "Edition 2")
	step("mended", edition(3), true, false, "Edition 3")
	step("bad once more", broken(), false, true, "Edition 3")
	step("mended to what is in force", edition(3), false, false, "Edition 3")
	step("written again, nothing new", edition(3), false, false, "Edition 3")
	step("emptied", fstest.MapFS{}, false, true, "Edition 3")
	less := edition(3)
	delete(less, "topics/two.en.md")
	step("a file less", less, true, false, "Edition 3")
	step("a file more", edition(3), true, false, "Edition 3")
	if title(first) != "Edition 1" {
		t.Error("what was read before has changed")
	}
}

// TestReloadAfterBadStart: the overlay is bad at the start and mended later.
func TestReloadAfterBadStart(t *testing.T) {
	f := newFolder(broken())
	l, err := Open(small(), f)
	if err == nil || l == nil {
		t.Fatal(err)
	}
	if again, err := l.Reload(); again || err != nil {
		t.Errorf("nothing changed: %t %v", again, err)
	}
	f.save(edition(4))
	if again, err := l.Reload(); !again || err != nil || title(l.Base()) != "Edition 4" {
		t.Errorf("mended: %t %v %q", again, err, title(l.Base()))
	}
}

// TestReloadUnreadable: a file that becomes readable again is noticed, though
// nobody wrote it.
func TestReloadUnreadable(t *testing.T) {
	m := edition(5)
	m["topics/one.en.md"].Mode = 0o200
	f := newFolder(m)
	l, err := Open(small(), &guarded{f})
	if err == nil {
		t.Fatal("an unreadable file was read")
	}
	n := dated(m, f.saved)
	n["topics/one.en.md"].Mode = 0o644
	f.now.Store(&n)
	if again, err := l.Reload(); !again || err != nil || title(l.Base()) != "Edition 5" {
		t.Errorf("readable again: %t %v %q", again, err, title(l.Base()))
	}
}

// guarded opens no file that its owner may not read.
type guarded struct{ *folder }

func (g *guarded) Open(name string) (fs.File, error) {
	f, err := g.folder.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.IsDir() && info.Mode() == 0o200 {
		return secret{f}, nil
	}
	return f, err
}

type secret struct{ fs.File }

func (s secret) Read([]byte) (int, error) { return 0, fs.ErrPermission }

// TestReloadMoved: a file that goes from one overlay to the next is a change.
func TestReloadMoved(t *testing.T) {
	whole, rest := edition(6), fstest.MapFS{}
	a, b := newFolder(whole), newFolder(fstest.MapFS{"zz.txt": file("")})
	l, err := Open(small(), a, b)
	if err == nil {
		t.Fatal("an overlay with nothing in it was taken")
	}
	moved := dated(edition(6), a.saved)
	rest["topics/one.en.md"] = moved["topics/one.en.md"]
	delete(moved, "topics/two.en.md")
	two := dated(fstest.MapFS{"topics/two.en.md": edition(6)["topics/two.en.md"], "zz.txt": file("")}, a.saved)
	a.now.Store(&moved)
	b.now.Store(&two)
	if again, err := l.Reload(); !again || err != nil {
		t.Errorf("moved: %t %v", again, err)
	}
}

// TestReloadDisk does it on a real folder.
func TestReloadDisk(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	write := func(m fstest.MapFS) {
		t.Helper()
		at = at.Add(time.Second)
		for name, f := range m {
			name = filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(name, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(edition(1))
	l, err := Open(small(), os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	write(edition(2))
	if again, err := l.Reload(); !again || err != nil || title(l.Base()) != "Edition 2" {
		t.Errorf("%t %v %q", again, err, title(l.Base()))
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if again, err := l.Reload(); again || err == nil || title(l.Base()) != "Edition 2" {
		t.Errorf("folder gone: %t %v %q", again, err, title(l.Base()))
	}
}

// TestReloadReaders: readers see one edition or another, never half of one,
// and never none. It wants -race.
func TestReloadReaders(t *testing.T) {
	f := newFolder(edition(1))
	l, err := Open(small(), f)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				b := l.Base()
				one, ok := b.Topic("one", "en")
				two, ok2 := b.Topic("two", "en")
				if !ok || !ok2 || one.Title != two.Title {
					t.Errorf("half an edition: %v %v", one, two)
					return
				}
				b.Find("en", index.Query{Text: "the first one uno", Limit: 3})
				b.Directory("US", "es")
				if _, ok := b.Fill("{phone:emergency}", "en", "US"); !ok {
					t.Error("no emergency line")
					return
				}
				b.Version()
			}
		})
	}
	for n := range 20 {
		if n%3 == 2 {
			f.save(broken())
		} else {
			f.save(edition(n + 2))
		}
		if again, err := l.Reload(); again == (n%3 == 2) || (err != nil) == again {
			t.Errorf("edition %d: %t %v", n, again, err)
		}
	}
	stop()
	readers.Wait()
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(edition(1))
		l, err := Open(small(), f)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		var told []string
		done := make(chan struct{})
		go func() {
			l.Watch(ctx, time.Minute, func(version string, err error) {
				mu.Lock()
				defer mu.Unlock()
				if version != l.Base().Version() {
					t.Errorf("told version %s of %s", version, l.Base().Version())
				}
				switch {
				case err != nil && strings.Contains(err.Error(), "topics/one.en.md:1: no front matter"):
					told = append(told, "bad, "+title(l.Base()))
				case err != nil:
					told = append(told, err.Error())
				default:
					told = append(told, title(l.Base()))
				}
			})
			close(done)
		}()
		after := func(m fstest.MapFS, d time.Duration, want ...string) {
			t.Helper()
			if m != nil {
				f.save(m)
			}
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			expect(t, told, want)
			told = nil
		}
		after(nil, 5*time.Minute)
		after(edition(2), 30*time.Second) // not yet: the next look is later
		after(nil, 30*time.Second+time.Millisecond, "Edition 2")
		after(broken(), time.Hour, "bad, Edition 2") // once, not sixty times
		after(edition(3), time.Minute, "Edition 3")
		after(nil, time.Hour)
		stop()
		synctest.Wait()
		select {
		case <-done:
		default:
			t.Fatal("it watches on when its ctx has ended")
		}
		after(edition(4), time.Hour)
		if title(l.Base()) != "Edition 3" {
			t.Error("it reloads when its ctx has ended")
		}
	})
}
