package database

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"porchlight/bot/bottest"
)

// server is the Postgres for tests; each makes a database of its own there.
func server(t testing.TB) *url.URL {
	t.Helper()
	at := os.Getenv("TEST_POSTGRES")
	if at == "" {
		if os.Getenv("TEST_POSTGRES_REQUIRED") != "" {
			t.Fatal("no Postgres although there must be one here")
		}
		t.Skip("no Postgres: set TEST_POSTGRES to the address of one")
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func emptyPostgres(t testing.TB) string {
	t.Helper()
	u := server(t)
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	name := "porchlight_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := db.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		if err := errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

func postgresAt(t testing.TB, place string, now func() time.Time) *DB {
	t.Helper()
	d, err := Open(t.Context(), place, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// No error shows the password of an address.
func TestPassword(t *testing.T) {
	const secret = "sesame42"
	places := map[string]string{
		"no port":       "postgres://ann:" + secret + "@127.0.0.1:port/x",
		"no host":       "postgres://ann:" + secret + "@[127.0.0.1/x",
		"no mode":       "postgresql://ann:" + secret + "@127.0.0.1/x?sslmode=" + secret,
		"nobody there":  "postgres://ann:" + secret + "@127.0.0.1:1/x?connect_timeout=2",
		"in a question": "postgres://ann@127.0.0.1:1/x?password=" + secret,
		"broken":        "postgres://ann:" + secret + "%zz@127.0.0.1/x",
	}
	if os.Getenv("TEST_POSTGRES") != "" {
		u := server(t)
		u.User, u.Path = url.UserPassword("nobody_known", secret), "/nowhere"
		places["not let in"] = u.String()
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			bottest.NoneLeft(t)
			_, err := Open(t.Context(), place, nil)
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("the error is %v", err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "open database: ") {
				t.Errorf("the error does not say what was done: %v", err)
			}
		})
	}
}

// A server that acknowledges before it syncs is refused.
func TestPostgresDurable(t *testing.T) {
	u := server(t)
	q := u.Query()
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	if _, err := Open(t.Context(), u.String(), nil); !errors.Is(err, errPragma) || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("opened: %v", err)
	}
}

// The time is the server's, whatever the clock of this machine shows, and runs on.
func TestPostgresClock(t *testing.T) {
	place := emptyPostgres(t)
	for _, ahead := range []time.Duration{0, -time.Hour, 24 * time.Hour} {
		var mu sync.Mutex
		shift := ahead
		now := func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return time.Now().Round(0).Add(shift) // the wall alone
		}
		d := postgresAt(t, place, now)
		off := func() time.Duration { return time.Until(time.UnixMilli(d.MS())).Abs() }
		if off() > time.Second {
			t.Errorf("with a clock %v ahead the time is off by %v", ahead, off())
		}
		mu.Lock()
		shift -= time.Hour // a clock is put back
		mu.Unlock()
		if off() < time.Hour-time.Second {
			t.Fatal("the clock was not put back")
		}
		if err := d.SetClock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if off() > time.Second {
			t.Errorf("after the clock was put back the time is off by %v", off())
		}
	}
}

// Put back while the process runs, a clock changes nothing: what counts is the
// time since the start. (The wall cannot be put back in a test, but left out.)
func TestSQLiteClock(t *testing.T) {
	d := sqliteAt(t, t.TempDir())
	base := d.clock.base
	if got := d.clock.now(base.Add(time.Minute)); got.Sub(base) != time.Minute {
		t.Errorf("a minute later it is %v later", got.Sub(base))
	}
	if err := d.SetClock(t.Context()); err != nil || d.clock.offset != 0 {
		t.Errorf("%v, %v off", err, d.clock.offset)
	}
	if before, after := d.MS(), d.MS(); after < before || time.Until(time.UnixMilli(after)).Abs() > time.Second {
		t.Errorf("from %d to %d", before, after)
	}
}

// Of processes that start at once, one changes the schema and none fails.
func TestMigrateAtOnce(t *testing.T) {
	place := emptyPostgres(t)
	var all sync.WaitGroup
	for range 6 {
		d := postgresAt(t, place, nil)
		all.Go(func() {
			for range 2 {
				if err := d.Migrate(t.Context(), []string{`CREATE TABLE a(k {serial})`, `CREATE TABLE b(v {blob})`}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// A transaction on a server that says nothing ends, without the end of ctx.
func TestSilentServer(t *testing.T) {
	place := emptyPostgres(t)
	d, holder := postgresAt(t, place, nil), postgresAt(t, place, nil)
	if err := d.Migrate(t.Context(), []string{`CREATE TABLE x(k {serial}, v {blob} NOT NULL)`}); err != nil {
		t.Fatal(err)
	}
	d.patience = 50 * time.Millisecond
	err := holder.Do(t.Context(), func(ctx context.Context, q Tx) error {
		if err := Exec(ctx, q, `LOCK TABLE x`); err != nil {
			return err
		}
		if err := store(ctx, d, []byte("v")); !errors.Is(err, context.DeadlineExceeded) && !pgconn.Timeout(err) {
			t.Errorf("a statement that waits: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.patience = 15 * time.Second
	if err := store(t.Context(), d, []byte("v")); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// A server that takes a connection and never speaks is given up.
func TestDumbServer(t *testing.T) {
	bottest.NoneLeft(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, "postgres://ann@"+l.Addr().String()+"/x?sslmode=disable", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("opened: %v", err)
	}
}

// A transaction on Postgres is whole or nothing, and Close ends it all.
func TestPostgresDo(t *testing.T) {
	bottest.NoneLeft(t)
	place := emptyPostgres(t)
	d := postgresAt(t, place, nil)
	if d.Alone() {
		t.Error("it takes itself for alone")
	}
	if err := d.Migrate(t.Context(), []string{`CREATE TABLE x(k {serial}, v {blob} NOT NULL)`}); err != nil {
		t.Fatal(err)
	}
	errOwn := errors.New("changed my mind")
	err := d.Do(t.Context(), func(ctx context.Context, q Tx) error {
		return errors.Join(Exec(ctx, q, insert, []byte("half")), errOwn)
	})
	if !errors.Is(err, errOwn) || stored(t, d) != 0 {
		t.Errorf("%v, and %d are stored", err, stored(t, d))
	}
	if err := store(t.Context(), d, nil); err == nil || d.Broken() != nil {
		t.Errorf("a constraint: %v, broken: %v", err, d.Broken())
	}
	if err := d.Wipe(t.Context()); err != nil {
		t.Errorf("Wipe: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store(t.Context(), d, []byte("v")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// What Postgres says of its own disk ends all, and nothing else does.
func TestJudge(t *testing.T) {
	for code, broken := range map[string]bool{
		"XX001": true, // data corrupted
		"XX002": true, // index corrupted
		"57P01": false, "53100": false, "40P01": false, "57014": false, "": false,
	} {
		d := &DB{stop: make(chan struct{})}
		cause := &pgconn.PgError{Code: code}
		for range 2 { // the second time, too
			if err := d.judge(cause); errors.Is(err, ErrBroken) != broken || !errors.Is(err, cause) {
				t.Errorf("%q: %v", code, err)
			}
		}
		if (d.Broken() != nil) != broken {
			t.Errorf("%q: broken is %v", code, d.Broken())
		}
	}
}
