package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"porchlight/bot/inbox/seal"
)

const dayMS = 24 * 60 * 60 * 1000

// A vault holds the keys of the days, unwrapped, and the one of pseudonyms. With
// no master it leaves all as it is.
type vault struct {
	master *seal.Master
	namer  *seal.Namer
	mu     sync.Mutex
	boxes  map[int]*seal.Box
	kept   *seal.Box // of settings; see keptBox
}

// openVault reads or makes the key of pseudonyms, which is how a wrong master
// key is noticed before anything is sealed with it.
func openVault(ctx context.Context, s *Store, master *seal.Master) (*vault, error) {
	v := &vault{master: master, boxes: make(map[int]*seal.Box)}
	if master == nil {
		return v, nil
	}
	wrapped, err := s.epoch(ctx, master, seal.NamerName, 0)
	if err != nil {
		return nil, err
	}
	v.namer, err = master.Namer(wrapped)
	return v, err
}

// epoch reads the wrapped key of that name, and makes one if there is none. It is
// on disk before anything is sealed with it.
func (s *Store) epoch(ctx context.Context, master *seal.Master, name string, day int) (wrapped []byte, err error) {
	fresh := master.Wrap(name)
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		if err := exec(ctx, q, addEpoch, name, day, fresh); err != nil {
			return err
		}
		return q.QueryRowContext(ctx, getEpoch, name).Scan(&wrapped)
	})
	return wrapped, err
}

// Name is the pseudonym of a person, a conversation or an event; see seal.Namer.
// A store that seals nothing still hides names, with a key that anyone could know.
func (s *Store) Name(kind string, parts ...string) string {
	if s.vault.namer == nil {
		return (&seal.Namer{}).Name(kind, parts...)
	}
	return s.vault.namer.Name(kind, parts...)
}

// have is the key of a day if it is in memory: all that may be asked for within
// a transaction.
func (v *vault) have(day int) *seal.Box {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.boxes[day]
}

// prepare has the key of a day in memory. Only that of today is made where it is
// missing; the error is seal.ErrNotOpen where a day is forgotten.
func (s *Store) prepare(ctx context.Context, day int) error {
	v := s.vault
	if v.master == nil || v.have(day) != nil {
		return nil
	}
	today := s.today()
	var wrapped []byte
	var err error
	if day == today {
		wrapped, err = s.epoch(ctx, v.master, seal.BoxName(day), day)
	} else {
		err = s.do(ctx, func(ctx context.Context, q tx) error {
			return q.QueryRowContext(ctx, getEpoch, seal.BoxName(day)).Scan(&wrapped)
		})
	}
	if errors.Is(err, sql.ErrNoRows) {
		return seal.ErrNotOpen
	}
	if err != nil {
		return err
	}
	b, err := v.master.Box(day, wrapped)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for d := range v.boxes { // yesterday's is still needed, and older ones just now by those who read such a day
		if day == today && d < today-1 {
			delete(v.boxes, d)
		}
	}
	v.boxes[day] = b
	return nil
}

func (s *Store) today() int { return int(s.ms() / dayMS) }

// pack seals a value for its place. The key of today must have been prepared; a
// midnight between is no harm, the key of yesterday is there.
func (s *Store) pack(v any, place string) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil || s.vault.master == nil {
		return raw, err
	}
	b := cmp.Or(s.vault.have(s.today()), s.vault.have(s.today()-1))
	if b == nil {
		return nil, seal.ErrNotOpen
	}
	return b.Seal(raw, place), nil
}

// unpack opens what was packed for that place, if the key of its day was prepared.
func (s *Store) unpack(sealed []byte, place string, v any) error {
	if s.vault.master == nil {
		return json.Unmarshal(sealed, v)
	}
	day, ok := seal.Day(sealed)
	b := s.vault.have(day)
	if !ok || b == nil {
		return seal.ErrNotOpen
	}
	raw, err := b.Open(sealed, place)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// prepareFor prepares the key that something was sealed with.
func (s *Store) prepareFor(ctx context.Context, sealed []byte) error {
	day, ok := seal.Day(sealed)
	if !ok {
		return seal.ErrNotOpen
	}
	return s.prepare(ctx, day)
}

// Rekey wraps every key of the store at a place for another master. No other
// process may use the store meanwhile; what was sealed stays readable.
func Rekey(ctx context.Context, place string, from, to *seal.Master) error {
	s, err := Open(ctx, place, from, Options{})
	if err != nil {
		return err
	}
	err = s.do(ctx, func(ctx context.Context, q tx) error { return rewrap(ctx, q, from, to) })
	return errors.Join(err, s.db.Close())
}

func rewrap(ctx context.Context, q tx, from, to *seal.Master) error {
	rows, err := q.QueryContext(ctx, allEpochs)
	if err != nil {
		return err
	}
	defer rows.Close()
	again := make(map[string][]byte)
	for rows.Next() {
		var name string
		var wrapped []byte
		if err := rows.Scan(&name, &wrapped); err != nil {
			return err
		}
		if again[name], err = from.Rewrap(to, name, wrapped); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for name, wrapped := range again {
		if err := exec(ctx, q, setEpoch, wrapped, name); err != nil {
			return err
		}
	}
	return nil
}
