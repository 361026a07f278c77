package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/seal"
)

// A Store is the durable inbox, the memory of conversations and what else must
// outlive the process. See Open.
type Store struct {
	Options
	db    *database.DB
	me    string // this process, in leases
	vault *vault
	wake  chan struct{} // something may be due

	mu     sync.Mutex
	counts map[string]int // counters not written yet
	stale  bool           // texts may linger in the write-ahead log
}

type tx = database.Tx

// Open opens, and makes if need be, the store at a place: a directory for
// SQLite, which this process alone may use, or a postgres:// address for many
// processes. master wraps the keys of what is sealed; with nil nothing is
// sealed, which is for tests. ctx bounds the opening only.
func Open(ctx context.Context, place string, master *seal.Master, o Options) (*Store, error) {
	s := &Store{Options: o.defaults(), me: rand.Text(), wake: make(chan struct{}, 1), counts: make(map[string]int)}
	s.stale = true // a process that was killed may have left some
	var err error
	if s.db, err = database.Open(ctx, place, s.Now); err != nil {
		return nil, err
	}
	if err = s.db.Migrate(ctx, schema); err == nil {
		s.vault, err = openVault(ctx, s, master)
	}
	if err == nil && s.db.Alone() { // what a dead process had in hand
		err = s.do(ctx, func(ctx context.Context, q tx) error { return exec(ctx, q, freeHeld, s.ms()) })
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.db.Close())
	}
	return s, nil
}

// Close ends the store once what was begun is written. It must be the last call.
func (s *Store) Close() error {
	err := s.flush(context.Background()) //nolint:forbidigo // counters are worth one more commit, whatever ended
	if s.db.Broken() != nil {
		err = nil
	}
	return errors.Join(err, s.db.Close())
}

// Broken is why nothing is stored any more, nil as long as all is well.
func (s *Store) Broken() error { return s.db.Broken() }

func (s *Store) do(ctx context.Context, run func(context.Context, tx) error) error {
	return s.db.Do(ctx, run)
}

// ms is the time of the store in milliseconds.
func (s *Store) ms() int64 { return s.db.MS() }

// rouse has Work look whether something is due.
func (s *Store) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

var (
	exec    = database.Exec
	changed = database.Changed
	ignore  = database.Ignore
)
