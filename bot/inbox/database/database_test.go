package database

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot/bottest"
)

// sqliteAt opens a database with one table, closed at the end of the test.
func sqliteAt(t testing.TB, dir string) *DB {
	t.Helper()
	d, err := Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Migrate(t.Context(), []string{`CREATE TABLE x(k {serial}, v {blob} NOT NULL)`}); err != nil {
		t.Fatal(err)
	}
	return d
}

const insert = `INSERT INTO x(v) VALUES($1)`

// statement runs one statement outside of any transaction.
func statement(t testing.TB, d *DB, what string) {
	t.Helper()
	if err := d.bare(t.Context(), func(ctx context.Context, q Tx) error { return Exec(ctx, q, what) }); err != nil {
		t.Fatal(err)
	}
}

func store(ctx context.Context, d *DB, v any) error {
	return d.Do(ctx, func(ctx context.Context, q Tx) error { return Exec(ctx, q, insert, v) })
}

func stored(t testing.TB, d *DB) (n int) {
	t.Helper()
	err := d.Do(t.Context(), func(ctx context.Context, q Tx) error {
		return q.QueryRowContext(ctx, `SELECT count(*) FROM x`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What makes a commit durable is read back, and without it nothing opens.
func TestPragmas(t *testing.T) {
	for _, test := range []struct{ name, good, bad, reads string }{
		{"journal_mode", "wal", "DELETE", "delete"},
		{"synchronous", "FULL", "NORMAL", "1"},
		{"secure_delete", "1", "0", "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := sqliteAt(t, t.TempDir())
			if err := d.bare(t.Context(), checkPragmas); err != nil {
				t.Fatal(err)
			}
			statement(t, d, "PRAGMA "+test.name+"="+test.bad)
			err := d.bare(t.Context(), checkPragmas)
			if !errors.Is(err, errPragma) || !strings.Contains(err.Error(), test.name) || !strings.Contains(err.Error(), fmt.Sprintf("%q", test.reads)) {
				t.Errorf("%s=%s is taken: %v", test.name, test.bad, err)
			}
			statement(t, d, "PRAGMA "+test.name+"="+test.good)
			if err := d.bare(t.Context(), checkPragmas); err != nil {
				t.Error(err)
			}
		})
	}
	if n := sqliteAt(t, t.TempDir()).db.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d connections, want one writer", n)
	}
}

// The files are their owner's alone, even in a directory that was open to others.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a%20b?c#d", "data") // a name that an address would read otherwise
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := sqliteAt(t, dir)
	if err := store(t.Context(), d, "v"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is %v, %v", info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 4 { // the database, its two logs, the lock
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 && f.Name() != "lock" {
			t.Errorf("%s is %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// together has the writer take all of those at once.
func together(t *testing.T, d *DB, runs ...func(context.Context, Tx) error) []error {
	t.Helper()
	busy, release := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		if err := d.bare(context.Background(), func(context.Context, Tx) error { busy <- true; <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-busy
	errs := make([]error, len(runs))
	for i, run := range runs {
		all.Go(func() { errs[i] = d.Do(context.Background(), run) })
	}
	if !bottest.Eventually(func() bool { return len(d.ops) == len(runs) }) {
		t.Fatal("not all came to wait")
	}
	close(release)
	all.Wait()
	return errs
}

// Many small transactions share one sync of the disk, and none suffers from
// another's error.
func TestGroupCommit(t *testing.T) {
	errOwn := errors.New("changed my mind")
	for name, bad := range map[string]func(context.Context, Tx) error{
		"all good":      nil,
		"a constraint":  func(ctx context.Context, q Tx) error { return Exec(ctx, q, insert, nil) },
		"nonsense":      func(ctx context.Context, q Tx) error { return Exec(ctx, q, "SELEKT") },
		"its own error": func(context.Context, Tx) error { return errOwn },
		"after writing": func(ctx context.Context, q Tx) error {
			return errors.Join(Exec(ctx, q, insert, "half"), errOwn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bottest.NoneLeft(t)
			d := sqliteAt(t, t.TempDir())
			const n = 50
			var runs []func(context.Context, Tx) error
			calls := 0 // by the one writer
			for i := range n {
				runs = append(runs, func(ctx context.Context, q Tx) error {
					calls++
					return Exec(ctx, q, insert, fmt.Sprint(i))
				})
			}
			if bad != nil {
				runs = append(runs, bad)
			}
			for i, err := range together(t, d, runs...) {
				if (err != nil) != (i == n) {
					t.Errorf("transaction %d: %v", i, err)
				}
				if i == n && name == "its own error" && !errors.Is(err, errOwn) {
					t.Errorf("the bad one is told %v", err)
				}
			}
			if got := stored(t, d); got != n {
				t.Errorf("%d are stored, want %d", got, n)
			}
			if bad == nil && calls != n {
				t.Errorf("%d calls for %d transactions", calls, n)
			}
		})
	}
}

// A full disk stores nothing, breaks nothing, and is no matter once there is space.
func TestNoSpace(t *testing.T) {
	d := sqliteAt(t, t.TempDir())
	if err := store(t.Context(), d, "small"); err != nil {
		t.Fatal(err)
	}
	statement(t, d, "PRAGMA max_page_count=1") // is as few as it has
	big := make([]byte, 1<<20)
	if err := store(t.Context(), d, big); !errors.Is(err, ErrNoSpace) {
		t.Errorf("on a full disk: %v, want ErrNoSpace", err)
	}
	errs := together(t, d,
		func(ctx context.Context, q Tx) error { return Exec(ctx, q, insert, big) },
		func(ctx context.Context, q Tx) error { return Exec(ctx, q, `UPDATE x SET v='other'`) })
	if !errors.Is(errs[0], ErrNoSpace) || errs[1] != nil {
		t.Errorf("a big and a small one: %v", errs)
	}
	if n := stored(t, d); n != 1 || d.Broken() != nil {
		t.Errorf("%d are stored, broken: %v", n, d.Broken())
	}
	statement(t, d, "PRAGMA max_page_count=1000000")
	if err := store(t.Context(), d, big); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

// After an error of the disk no commit can be trusted: none is tried.
func TestBroken(t *testing.T) {
	const page = 4096
	for name, damage := range map[string]func(*os.File, int64) error{
		"cut": func(f *os.File, _ int64) error { return f.Truncate(page) },
		"noise": func(f *os.File, size int64) error {
			_, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(size)-page), page)
			return err
		},
		"no database": func(f *os.File, _ int64) error { _, err := f.WriteAt([]byte("something else"), 0); return err },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := sqliteAt(t, dir)
			for range 100 {
				if err := store(t.Context(), d, make([]byte, page)); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Wipe(t.Context()); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(filepath.Join(dir, "porchlight.db"), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(f, info.Size()); err != nil {
				t.Fatal(err)
			}
			statement(t, d, "PRAGMA shrink_memory") // so that the file is read anew
			harmless := func(context.Context, Tx) error { return nil }
			errs := together(t, d, func(ctx context.Context, q Tx) error { return Exec(ctx, q, `DELETE FROM x WHERE v<>'0'`) }, harmless)
			if !errors.Is(errs[0], ErrBroken) {
				t.Fatalf("the damage was not seen: %v", errs[0])
			}
			if errs[1] == nil {
				t.Error("what shared the commit was told that all is well")
			}
			bottest.Receive(t, "Breaks", d.Breaks())
			for what, err := range map[string]error{
				"Do": d.Do(t.Context(), harmless), "Wipe": d.Wipe(t.Context()), "Broken": d.Broken(), "store": store(t.Context(), d, "v"),
			} {
				if !errors.Is(err, ErrBroken) {
					t.Errorf("%s: %v, want ErrBroken", what, err)
				}
			}
		})
	}
}

// in names, for a process of its own, the directory it is to open.
const in = "DATABASE_TEST_DIRECTORY"

// TestSecondProcess is what TestInUse runs.
func TestSecondProcess(t *testing.T) {
	dir := os.Getenv(in)
	if dir == "" {
		return
	}
	d, err := Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err, errors.Is(err, ErrInUse))
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// A directory is one process's; the next may have it when that has ended.
func TestInUse(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	other := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestSecondProcess$")
		cmd.Env = append(os.Environ(), in+"="+dir)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	d := sqliteAt(t, dir)
	if out, err := other(); err == nil || !strings.Contains(out, ErrInUse.Error()) || !strings.Contains(out, dir) || !strings.Contains(out, "true") {
		t.Errorf("a second process: %v\n%s", err, out)
	}
	if err := store(t.Context(), d, "v"); err != nil {
		t.Errorf("the first process suffers: %v", err)
	}
	if _, err := Open(t.Context(), dir, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("the same process: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := other(); err != nil {
		t.Errorf("after the end of the first: %v\n%s", err, out)
	}
}

// A place that cannot be written is an error that names it.
func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	junk := t.TempDir()
	if err := os.WriteFile(filepath.Join(junk, "porchlight.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, place := range map[string]string{"a file": file, "below a file": filepath.Join(file, "data"), "no database": junk} {
		t.Run(name, func(t *testing.T) {
			bottest.NoneLeft(t)
			if _, err := Open(t.Context(), place, nil); err == nil || !strings.HasPrefix(err.Error(), "open database: ") {
				t.Errorf("opened: %v", err)
			}
		})
	}
	t.Run("read-only", func(t *testing.T) {
		dir := t.TempDir()
		if os.Geteuid() != 0 {
			if err := os.Chmod(dir, 0o500); err != nil {
				t.Fatal(err)
			}
		} else { // whom no mode holds up
			if out, err := exec.CommandContext(t.Context(), "chattr", "+i", dir).CombinedOutput(); err != nil {
				t.Skipf("root, and no directory can be made read-only here: %v %s", err, out)
			}
			t.Cleanup(func() {
				if out, err := exec.CommandContext(context.Background(), "chattr", "-i", dir).CombinedOutput(); err != nil {
					t.Errorf("%v %s", err, out)
				}
			})
		}
		if _, err := Open(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("opened: %v", err)
		}
	})
}

// Wipe leaves nothing in the log, or says that it could not.
func TestWipe(t *testing.T) {
	dir := t.TempDir()
	d := sqliteAt(t, dir)
	log := func() int64 {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, "porchlight.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if err := store(t.Context(), d, "words"); err != nil || log() == 0 {
		t.Fatalf("%v, %d bytes", err, log())
	}
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "porchlight.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	reading, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Exec(t.Context(), reading, "CREATE TEMP TABLE y AS SELECT * FROM x"); err != nil {
		t.Fatal(err)
	}
	if err := store(t.Context(), d, "more words"); err != nil {
		t.Fatal(err)
	}
	statement(t, d, "PRAGMA busy_timeout=1")
	if err := d.Wipe(t.Context()); !errors.Is(err, errBusy) {
		t.Errorf("while another reads: %v, %d bytes", err, log())
	}
	if err := reading.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := d.Wipe(t.Context()); err != nil || log() != 0 {
		t.Errorf("%v, %d bytes are left", err, log())
	}
}

// Changes of the schema are made once, those of a newer program are no harm, and
// one that fails leaves what was before.
func TestMigrate(t *testing.T) {
	for _, e := range []struct {
		name  string
		place func(testing.TB) string
	}{{"sqlite", func(t testing.TB) string { return t.TempDir() }}, {"postgres", emptyPostgres}} {
		t.Run(e.name, func(t *testing.T) {
			d, err := Open(t.Context(), e.place(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			first, second := `CREATE TABLE a(k {serial}, v {blob})`, `CREATE TABLE b(v INTEGER)`
			for _, step := range []struct {
				schema []string
				want   string
			}{
				{[]string{first}, ""},
				{[]string{first}, ""},
				{[]string{first, second, `CREATE NONSENSE`}, "change 3 of the schema"},
				{[]string{first, second}, ""}, // which fails when b is there already
				{[]string{first}, ""},         // an older program
			} {
				err := d.Migrate(t.Context(), step.schema)
				if (err == nil) != (step.want == "") || err != nil && !strings.Contains(err.Error(), step.want) {
					t.Errorf("%d changes: %v, want %q", len(step.schema), err, step.want)
				}
			}
		})
	}
}

// Close waits for what was begun, and nothing is begun after it.
func TestClose(t *testing.T) {
	bottest.NoneLeft(t)
	dir := t.TempDir()
	d := sqliteAt(t, dir)
	began, release, closed := make(chan bool), make(chan bool), make(chan error, 1)
	done := make(chan error, 1)
	go func() {
		done <- d.Do(context.Background(), func(ctx context.Context, q Tx) error {
			began <- true
			<-release
			return Exec(ctx, q, insert, "v")
		})
	}()
	<-began
	go func() { closed <- d.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("closed while a transaction ran: %v", err)
	case <-time.After(10 * time.Millisecond): // long enough for one that does not wait
	}
	close(release)
	for what, c := range map[string]chan error{"the transaction": done, "Close": closed} {
		if err := bottest.Receive(t, what, c); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := store(t.Context(), d, "v"); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := d.Wipe(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if n := stored(t, sqliteAt(t, dir)); n != 1 {
		t.Errorf("%d are stored, want 1", n)
	}
}
