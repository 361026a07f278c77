package store

import (
	"bytes"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/inbox/seal"
)

func sealing(t testing.TB, now func() time.Time) *Store {
	t.Helper()
	m, err := seal.NewMaster(bytes.Repeat([]byte{7}, seal.Size))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), t.TempDir(), m, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.prepare(t.Context(), s.today()); err != nil {
		t.Fatal(err)
	}
	return s
}

// Whatever lies in a row, reading it never panics; and what was not sealed there
// is not read.
func FuzzLetter(f *testing.F) {
	s := sealing(f, nil)
	plain := &Store{vault: &vault{}}
	good, err := s.pack(letter{Text: "words"}, "one")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(nil))
	f.Add(good)
	f.Add(good[:5])
	f.Add([]byte(`{"Text":"words","At":"2026-11-24T06:30:00Z"}`))
	f.Add([]byte(`{"From":{"Adapter":3}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var l letter
		if err := s.unpack(raw, "another", &l); err == nil {
			t.Errorf("%q was never sealed", raw)
		}
		if err := plain.unpack(raw, "", &l); err != nil {
			return
		}
		m := l.message(bot.Message{ID: "1"})
		again, err := plain.pack(l, "")
		if err != nil {
			return // a time of the year 10,000
		}
		var back letter
		if err := plain.unpack(again, "", &back); err != nil {
			t.Fatal(err)
		}
		got := back.message(bot.Message{ID: "1"})
		if !got.At.Equal(m.At) {
			t.Errorf("At is %v, was %v", got.At, m.At)
		}
		got.At = m.At
		if got != m {
			t.Error("a letter does not come back as it was")
		}
	})
}

// A key of days ago stays in memory while others of such days are read beside it,
// and goes from there with the next day.
func TestOldKeys(t *testing.T) {
	var ahead time.Duration
	s := sealing(t, func() time.Time { return time.Now().Add(ahead) })
	prepare := func(day int) {
		t.Helper()
		if err := s.prepare(t.Context(), day); err != nil {
			t.Fatal(err)
		}
	}
	first := s.today()
	for range 4 {
		prepare(s.today())
		ahead += 24 * time.Hour
	}
	today := s.today()
	prepare(today)
	for d := first; d < today; d++ {
		prepare(d)
	}
	for d := first; d <= today; d++ {
		if s.vault.have(d) == nil {
			t.Errorf("the key of %d days ago is gone", today-d)
		}
	}
	ahead += 24 * time.Hour
	prepare(s.today())
	for d := first; d <= s.today(); d++ {
		if got, want := s.vault.have(d) != nil, d >= today; got != want {
			t.Errorf("the key of %d days ago is there: %v, want %v", s.today()-d, got, want)
		}
	}
}

// The waits by default grow to five minutes, and no two are quite alike.
func TestBackoff(t *testing.T) {
	o := Options{}.defaults()
	for n := 1; n < 200; n++ {
		mean := min(time.Second<<min(n-1, 10), 5*time.Minute)
		if d := o.Backoff(n); d < mean/2 || d >= mean*3/2 {
			t.Errorf("after error %d it rests for %v, want %v or half as much more or less", n, d, mean)
		}
	}
}

func TestExcess(t *testing.T) {
	for _, test := range []struct {
		n, limit int
		window   time.Duration
		want     time.Duration
	}{
		{0, 12, time.Minute, 0},
		{11, 12, time.Minute, 0},
		{12, 12, time.Minute, 5 * time.Second},
		{23, 12, time.Minute, time.Minute},
		{1000, 12, time.Minute, 10 * time.Minute},
		{1000, -1, time.Minute, 0},
	} {
		if got := excess(test.n, test.limit, test.window); got != test.want {
			t.Errorf("after %d of %d it waits %v, want %v", test.n, test.limit, got, test.want)
		}
	}
}
