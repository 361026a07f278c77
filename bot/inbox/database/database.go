// Package database is one database behind two engines: SQLite in this process,
// or a Postgres beside it. What is done returns once it is on disk.
//
// It knows transactions, disks and clocks. It must not know what is stored.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	lite "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

var (
	// ErrInUse says that another process has the directory.
	ErrInUse = errors.New("database: another process uses this directory; stop it, or give each its own")
	// ErrBroken says that the disk or the file can no longer be trusted. Nothing
	// more is stored; the process should end, and a new one will recover.
	ErrBroken = errors.New("database: the disk or the database file is damaged, ending before anything is lost")
	// ErrClosed says that Close was called.
	ErrClosed = errors.New("database: closed")
	// ErrNoSpace says that nothing was stored, and that more can be once there is space.
	ErrNoSpace = errors.New("database: no space left on the disk; nothing was stored")
)

// A DB is one database, SQLite in this process or a Postgres. See Open.
type DB struct {
	db      *sql.DB
	dialect dialect
	now     func() time.Time
	clock   clock
	lock    *flock.Flock
	// patience is how long a transaction may take on Postgres: a server that is
	// gone without a word would hold it for a quarter of an hour.
	patience time.Duration

	ops    chan *op     // SQLite: what waits for the writer
	open   sync.RWMutex // held for reading while an op waits
	closed chan struct{}
	idle   sync.WaitGroup

	mu     sync.Mutex
	broken error // why nothing is stored any more
	stop   chan struct{}
}

// An op is one small transaction. run may be called twice, when a transaction
// that it shared with others failed.
type op struct {
	run  func(context.Context, Tx) error
	bare bool // outside of any transaction
	done chan error
}

// A Tx is a transaction.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Open opens, and makes if need be, the database at a place: a directory for
// SQLite, which this process alone may use, or a postgres:// address for many
// processes. now is the clock, nil means time.Now. ctx bounds the opening only.
func Open(ctx context.Context, place string, now func() time.Time) (*DB, error) {
	if now == nil {
		now = time.Now
	}
	d := &DB{now: now, patience: 15 * time.Second, closed: make(chan struct{}), stop: make(chan struct{})}
	d.clock.base = now()
	err := d.connect(ctx, place)
	if err == nil {
		err = d.SetClock(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), d.Close())
	}
	return d, nil
}

// IsPostgres tells whether a place is the address of a Postgres.
func IsPostgres(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

func (d *DB) connect(ctx context.Context, place string) error {
	if IsPostgres(place) {
		return d.connectPostgres(ctx, place)
	}
	d.dialect = sqlite
	if err := d.own(place); err != nil {
		return err
	}
	file := filepath.Join(place, "porchlight.db")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil { // SQLite gives its other files the same mode
		return err
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: "_pragma=busy_timeout(5000)" +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(1000)"}
	if d.db, err = sql.Open(d.dialect.driver, dsn.String()); err != nil {
		return err
	}
	d.db.SetMaxOpenConns(1)
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	d.ops = make(chan *op, 1024)
	d.idle.Go(func() { d.write(context.WithoutCancel(ctx), conn) })
	return d.bare(ctx, checkPragmas)
}

// own takes the directory for this process.
func (d *DB) own(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory needs its x
			return fmt.Errorf("%s can be read by others: %w", dir, err)
		}
	}
	d.lock = flock.New(filepath.Join(dir, "lock"))
	ok, err := d.lock.TryLock()
	if err == nil && !ok {
		d.lock = nil
		return fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	return err
}

// vacuumed is up to how many pages, 8 MB, a database is written anew by Wipe: it
// takes some 50 ms, for which everyone waits.
const vacuumed = 2048

// Wipe empties SQLite's write-ahead log, where overwritten pages linger, and
// writes a small database anew: where rows moved to another page, secure_delete
// leaves a copy in the free part of the old one. Postgres has no such step.
func (d *DB) Wipe(ctx context.Context) error {
	if d.dialect != sqlite {
		return nil
	}
	return d.bare(ctx, func(ctx context.Context, q Tx) error {
		var size, busy, pages, moved int
		empty := func() error {
			return q.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
		}
		err := errors.Join(empty(), q.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&size)) // first, or the two need more space than a full disk has
		if err == nil && busy == 0 && size <= vacuumed {
			err = errors.Join(Exec(ctx, q, `VACUUM`), empty())
		}
		if err == nil && busy != 0 {
			err = errBusy
		}
		return err
	})
}

// Alone tells whether no other process can use the database.
func (d *DB) Alone() bool { return d.dialect == sqlite }

// checkPragmas reads back what the whole promise rests on: a name misspelt in an
// address is silently ignored.
func checkPragmas(ctx context.Context, q Tx) error {
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "secure_delete": "1"} {
		var got string
		if err := q.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil || got != want {
			return fmt.Errorf("pragma %s is %q, must be %q: %w", name, got, want, errors.Join(err, errPragma))
		}
	}
	return nil
}

var errBusy = errors.New("database: not wiped, another program reads the file")

var errPragma = errors.New("the store would not be durable")

func (d *DB) connectPostgres(ctx context.Context, place string) error {
	d.dialect = postgres
	config, err := pgx.ParseConfig(place)
	if err != nil {
		return errors.New("the address of the Postgres cannot be read; it looks like postgres://user@host:5432/database") // err holds the password
	}
	config.RuntimeParams["statement_timeout"] = "5000"
	config.RuntimeParams["application_name"] = "porchlight"
	d.db = stdlib.OpenDB(*config)
	d.db.SetMaxOpenConns(24)
	d.db.SetMaxIdleConns(24)
	d.db.SetConnMaxLifetime(30 * time.Minute)
	for what, want := range map[string]string{"fsync": "on", "synchronous_commit": "on remote_apply remote_write local", "pg_is_in_recovery": "false"} {
		var got string
		ask := "SHOW " + what
		if what == "pg_is_in_recovery" {
			ask = "SELECT pg_is_in_recovery()::text"
		}
		if err := d.db.QueryRowContext(ctx, ask).Scan(&got); err != nil {
			return fmt.Errorf("postgres: %w", err)
		}
		if !strings.Contains(want, got) {
			return fmt.Errorf("postgres: %s is %q, must be one of %q: %w", what, got, want, errPragma)
		}
	}
	return nil
}

// Migrate applies the changes of the schema that are missing, one process at a time.
func (d *DB) Migrate(ctx context.Context, schema []string) error {
	return d.Do(ctx, func(ctx context.Context, q Tx) error {
		if d.dialect == postgres {
			if err := Exec(ctx, q, `SELECT pg_advisory_xact_lock(7461)`); err != nil {
				return err
			}
		}
		if err := Exec(ctx, q, `CREATE TABLE IF NOT EXISTS schema_version(version INTEGER PRIMARY KEY)`); err != nil {
			return err
		}
		var have int
		if err := q.QueryRowContext(ctx, `SELECT COALESCE(max(version),0) FROM schema_version`).Scan(&have); err != nil {
			return err
		}
		for i := have; i < len(schema); i++ { // a newer program may have added more: that is fine
			if err := Exec(ctx, q, d.dialect.speak(schema[i])); err != nil {
				return fmt.Errorf("change %d of the schema: %w", i+1, err)
			}
			if err := Exec(ctx, q, `INSERT INTO schema_version(version) VALUES($1)`, i+1); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close ends the store once what was begun is written. It must be the last call.
func (d *DB) Close() error {
	select {
	case <-d.closed:
		return nil
	default:
	}
	d.open.Lock()
	close(d.closed)
	d.open.Unlock()
	d.idle.Wait()
	var err error
	if d.db != nil {
		err = d.db.Close()
	}
	if d.lock != nil {
		err = errors.Join(err, d.lock.Unlock())
	}
	return err
}

// Do runs one small transaction and returns once it is on disk.
func (d *DB) Do(ctx context.Context, run func(context.Context, Tx) error) error {
	if d.dialect == sqlite {
		return d.wait(&op{run: run, done: make(chan error, 1)})
	}
	select {
	case <-d.closed:
		return ErrClosed
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	t, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return d.judge(err)
	}
	if err := run(ctx, t); err != nil {
		return d.judge(errors.Join(err, Ignore(t.Rollback(), sql.ErrTxDone)))
	}
	return d.judge(t.Commit())
}

// bare runs outside of any transaction; SQLite only.
func (d *DB) bare(_ context.Context, run func(context.Context, Tx) error) error {
	return d.wait(&op{run: run, bare: true, done: make(chan error, 1)})
}

// wait hands an op to the writer. It heeds no ctx: a commit takes milliseconds,
// and whoever waits must know what became of it.
func (d *DB) wait(o *op) error {
	d.open.RLock() // Close waits for those who wait
	defer d.open.RUnlock()
	select {
	case <-d.closed:
		return ErrClosed
	default:
	}
	if err := d.Broken(); err != nil {
		return err
	}
	d.ops <- o
	return <-o.done
}

// write puts whatever waits into one transaction, so that one sync of the disk
// serves all. If that fails, each is tried alone.
func (d *DB) write(ctx context.Context, conn *sql.Conn) {
	defer conn.Close()
	q := &prepared{conn, make(map[string]*sql.Stmt)}
	defer q.close()
	for {
		var first *op
		select {
		case first = <-d.ops:
		case <-d.closed:
			return
		}
		batch := []*op{first}
		for !first.bare && len(batch) < 256 && len(d.ops) > 0 {
			next := <-d.ops
			batch = append(batch, next)
			if next.bare {
				break
			}
		}
		d.settle(ctx, q, batch)
	}
}

func (d *DB) settle(ctx context.Context, q *prepared, batch []*op) {
	last := batch[len(batch)-1]
	if last.bare {
		batch = batch[:len(batch)-1]
		defer func() { last.done <- d.judge(last.run(ctx, q)) }()
	}
	if len(batch) == 0 {
		return
	}
	err := d.commit(ctx, q, batch)
	for _, o := range batch {
		each := err
		if err != nil && len(batch) > 1 && d.Broken() == nil {
			each = d.commit(ctx, q, []*op{o})
		}
		o.done <- each
	}
}

func (d *DB) commit(ctx context.Context, q *prepared, batch []*op) error {
	_, err := q.ExecContext(ctx, begin)
	for _, o := range batch {
		if err == nil {
			err = o.run(ctx, q)
		}
	}
	if err == nil {
		_, err = q.ExecContext(ctx, commit)
	}
	if err != nil {
		_, _ = q.ExecContext(ctx, "ROLLBACK") // fails where SQLite has rolled back by itself
	}
	return d.judge(err)
}

// judge keeps in mind an error after which no commit can be trusted: what the
// next sync of the disk says may be a lie.
func (d *DB) judge(err error) error {
	var e *lite.Error
	var p *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e.Code()&0xff == codes.SQLITE_FULL:
		return ErrNoSpace
	case errors.As(err, &e) && (e.Code()&0xff == codes.SQLITE_IOERR || e.Code()&0xff == codes.SQLITE_CORRUPT || e.Code()&0xff == codes.SQLITE_NOTADB),
		errors.As(err, &p) && strings.HasPrefix(p.Code, "XX"):
		err = fmt.Errorf("%w (%w)", ErrBroken, err)
		d.mu.Lock()
		if d.broken == nil {
			d.broken = err
			close(d.stop)
		}
		d.mu.Unlock()
	}
	return err
}

// Broken is why nothing is stored any more, nil as long as all is well.
func (d *DB) Broken() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.broken
}

// Breaks is closed when Broken has become an error.
func (d *DB) Breaks() <-chan struct{} { return d.stop }

// Exec runs a statement.
func Exec(ctx context.Context, q Tx, statement string, args ...any) error {
	_, err := q.ExecContext(ctx, statement, args...)
	return err
}

// Changed runs a statement and tells how many rows it changed.
func Changed(ctx context.Context, q Tx, statement string, args ...any) (int, error) {
	r, err := q.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

// Ignore is nil for one error.
func Ignore(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}
