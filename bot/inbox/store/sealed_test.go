package store_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

func keepSealed(t *testing.T, s *store.Store, scope, name, value string) {
	t.Helper()
	if err := s.SetSealed(t.Context(), scope, name, value); err != nil {
		t.Fatal(err)
	}
}

func wantSealed(t *testing.T, s *store.Store, scope, name, want string) {
	t.Helper()
	got, err := s.Sealed(t.Context(), scope, name)
	if err != nil || got != want {
		t.Errorf("%s of %s: %q, %v; want %q", name, scope, got, err, want)
	}
}

// A sealed setting comes back as it was, is replaced, listed and taken away.
func TestSealedSettings(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		for name, m := range map[string]*seal.Master{"sealing": master(t, 1), "without a master": nil} {
			t.Run(name, func(t *testing.T) {
				place := e.place(t)
				s := open(t, place, m, quick())
				wantSealed(t, s, "a", "token", "")
				keepSealed(t, s, "b", "token", "marigold")
				keepSealed(t, s, "a", "token", "first")
				keepSealed(t, s, "a", "token", "token of a\x00 \"")
				wantSealed(t, s, "a", "token", "token of a\x00 \"")
				wantSealed(t, s, "b", "token", "marigold")
				wantSealed(t, s, "b", "other", "")
				got, err := s.Scopes(t.Context(), "token")
				if err != nil || !slices.Equal(got, []string{"a", "b"}) {
					t.Errorf("scopes %v, %v", got, err)
				}
				if m != nil {
					all := dump(t, place)
					if bytes.Contains(all, []byte("marigold")) || bytes.Contains(all, []byte(base64.StdEncoding.EncodeToString([]byte("marigold")))) {
						t.Error("it can be read in the database")
					}
				}
				for _, want := range []bool{true, false} {
					if was, err := s.Unset(t.Context(), "a", "token"); err != nil || was != want {
						t.Errorf("unset: %t, %v; want %t", was, err, want)
					}
				}
				wantSealed(t, s, "a", "token", "")
				if got, err = s.Scopes(t.Context(), "token"); err != nil || !slices.Equal(got, []string{"b"}) {
					t.Errorf("scopes %v, %v", got, err)
				}
			})
		}
	})
}

// What was sealed for one setting opens as no other, and not when it was changed.
func TestSealedSettingMoved(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.place(t), master(t, 1), quick())
		keepSealed(t, s, "a", "token", "words")
		raw, err := s.Setting(t.Context(), "a", "token")
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct{ scope, name, value string }{
			"another scope":     {"b", "token", raw},
			"another name":      {"a", "other", raw},
			"shifted":           {"a\" \"token", "", raw},
			"changed":           {"a", "token", raw[:len(raw)-8] + strings.Repeat("A", 8)},
			"short":             {"a", "token", "AAAA"},
			"no base64":         {"a", "token", "words"},
			"never sealed":      {"a", "token", base64.StdEncoding.EncodeToString([]byte("words, and some more of them"))},
			"with another key":  {"a", "token", base64.StdEncoding.EncodeToString(append([]byte{0, 0, 0, 9}, raw...))},
			"an empty envelope": {"a", "token", "AAAAAA=="},
		} {
			if err := s.Set(t.Context(), c.scope, c.name, c.value); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Sealed(t.Context(), c.scope, c.name); !errors.Is(err, seal.ErrNotOpen) || got != "" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	})
}

// The key of settings outlives the days, restarts and a change of the master.
func TestSealedSettingsStay(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		var now atomic.Int64
		now.Store(time.Now().UnixMilli())
		o := quick()
		o.Now = func() time.Time { return time.UnixMilli(now.Load()) }
		place := e.place(t)
		s := open(t, place, master(t, 1), o)
		keepSealed(t, s, "a", "token", "words")
		put(t, s, one())
		now.Add((500 * 24 * time.Hour).Milliseconds())
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantSealed(t, s, "a", "token", "words")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		wantSealed(t, open(t, place, master(t, 1), o), "a", "token", "words")
	})
}

func TestSealedSettingsRekey(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		s := open(t, place, master(t, 1), quick())
		keepSealed(t, s, "a", "token", "words")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := store.Rekey(t.Context(), place, master(t, 1), master(t, 2)); err != nil {
			t.Fatal(err)
		}
		s = open(t, place, master(t, 2), quick())
		wantSealed(t, s, "a", "token", "words")
		keepSealed(t, s, "a", "token", "others")
		wantSealed(t, s, "a", "token", "others")
	})
}

// Of many that take a setting away at once, one is told that it was there; and
// many that seal the first one use one key.
func TestSealedSettingsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.place(t), master(t, 1), quick())
		var all sync.WaitGroup
		var won atomic.Int32
		for i := range 8 {
			all.Go(func() {
				if err := s.SetSealed(t.Context(), "a", string(rune('a'+i)), "words"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := range 8 {
			wantSealed(t, s, "a", string(rune('a'+i)), "words")
			all.Go(func() {
				if was, err := s.Unset(t.Context(), "a", "a"); err != nil {
					t.Error(err)
				} else if was {
					won.Add(1)
				}
			})
			if i == 0 {
				all.Wait()
			}
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d took it away", won.Load())
		}
	})
}
