package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"porchlight/bot/inbox/seal"
)

// keptDay is the day of the key that settings are sealed with. No sweep drops a
// key of that day, as none drops the one of pseudonyms: a setting stays until it
// is taken away.
const keptDay = 0

// SetSealed is Set for what nobody may read in the database: a token, say. Only
// under the same scope and name can it be opened.
func (s *Store) SetSealed(ctx context.Context, scope, name, value string) error {
	text := []byte(value)
	if s.vault.master != nil {
		b, err := s.keptBox(ctx)
		if err != nil {
			return fmt.Errorf("seal setting: %w", err)
		}
		text = b.Seal(text, settingPlace(scope, name))
	}
	err := s.Set(ctx, scope, name, base64.StdEncoding.EncodeToString(text))
	s.dirty() // the log may hold what stood there before
	return err
}

// Sealed returns what SetSealed has set, "" when nothing was. The error is
// seal.ErrNotOpen where something else stands there.
func (s *Store) Sealed(ctx context.Context, scope, name string) (string, error) {
	value, err := s.Setting(ctx, scope, name)
	if err != nil || value == "" {
		return "", err
	}
	text, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return "", fmt.Errorf("open setting: %w", seal.ErrNotOpen)
	}
	if s.vault.master != nil {
		b, err := s.keptBox(ctx)
		if err != nil {
			return "", fmt.Errorf("open setting: %w", err)
		}
		if text, err = b.Open(text, settingPlace(scope, name)); err != nil {
			return "", fmt.Errorf("open setting: %w", err)
		}
	}
	return string(text), nil
}

// Unset takes away what Set or SetSealed has set; was tells whether there was
// something. Of any number of callers at once it is true for one. It is wiped from
// SQLite's log as answered messages are.
func (s *Store) Unset(ctx context.Context, scope, name string) (was bool, err error) {
	n := 0
	err = s.do(ctx, func(ctx context.Context, q tx) (err error) {
		n, err = changed(ctx, q, unset, scope, name)
		return err
	})
	if err == nil && n > 0 {
		s.dirty()
	}
	return err == nil && n > 0, err
}

// Scopes returns the scopes under which a name is set, sorted.
func (s *Store) Scopes(ctx context.Context, name string) (all []string, err error) {
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		all = nil
		rows, err := q.QueryContext(ctx, scopes, name)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var scope string
			if err := rows.Scan(&scope); err != nil {
				return err
			}
			all = append(all, scope)
		}
		return rows.Err()
	})
	return all, err
}

// settingPlace is what a sealed setting is bound to; quoted, so that no two are alike.
func settingPlace(scope, name string) string { return fmt.Sprintf("setting %q %q", scope, name) }

// keptBox is the key of sealed settings, made the first time.
func (s *Store) keptBox(ctx context.Context) (*seal.Box, error) {
	v := s.vault
	v.mu.Lock()
	b := v.kept
	v.mu.Unlock()
	if b != nil {
		return b, nil
	}
	wrapped, err := s.epoch(ctx, v.master, seal.BoxName(keptDay), keptDay)
	if errors.Is(err, sql.ErrNoRows) {
		err = seal.ErrNotOpen
	}
	if err != nil {
		return nil, err
	}
	if b, err = v.master.Box(keptDay, wrapped); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept = b
	return b, nil
}
