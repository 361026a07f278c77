package database

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A clock tells the time of the database, which for Postgres is the server's. It
// runs on by itself, so that neither a clock put back nor one that differs from
// machine to machine makes a message wait.
type clock struct {
	mu     sync.Mutex
	base   time.Time // with its monotonic reading
	offset time.Duration
}

// SetClock asks the server what time it is. SQLite has no clock of its own: its
// time goes on from when it was opened.
func (d *DB) SetClock(ctx context.Context) error {
	if d.dialect == sqlite {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	var ms float64
	began := d.now()
	if err := d.db.QueryRowContext(ctx, `SELECT extract(epoch FROM clock_timestamp())*1000`).Scan(&ms); err != nil {
		return fmt.Errorf("postgres: %w", d.judge(err))
	}
	half := d.now().Sub(began) / 2
	d.clock.mu.Lock()
	defer d.clock.mu.Unlock()
	d.clock.base = began
	d.clock.offset = time.UnixMilli(int64(ms)).Sub(began.Add(half))
	return nil
}

func (c *clock) now(wall time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Sub uses the monotonic readings where both have one.
	return c.base.Add(wall.Sub(c.base)).Add(c.offset)
}

// MS is the time of the database in milliseconds.
func (d *DB) MS() int64 { return d.clock.now(d.now()).UnixMilli() }
