package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func master(t testing.TB, b byte) *Master {
	t.Helper()
	m, err := NewMaster(bytes.Repeat([]byte{b}, Size))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func box(t testing.TB, m *Master, day int) *Box {
	t.Helper()
	b, err := m.Box(day, m.Wrap(BoxName(day)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What was sealed opens for its place, day and key, and for nothing else.
func TestSeal(t *testing.T) {
	m := master(t, 1)
	b := box(t, m, 20781)
	sealed := b.Seal([]byte("my marigold"), "row 1")
	if day, ok := Day(sealed); day != 20781 || !ok {
		t.Errorf("sealed on day %d, %v", day, ok)
	}
	if bytes.Contains(sealed, []byte("marigold")) {
		t.Error("it can be read")
	}
	if bytes.Equal(sealed, b.Seal([]byte("my marigold"), "row 1")) {
		t.Error("the same text is sealed alike twice")
	}
	for _, test := range []struct {
		name   string
		box    *Box
		sealed []byte
		place  string
		want   error
	}{
		{"as it was", b, sealed, "row 1", nil},
		{"another place", b, sealed, "row 2", ErrNotOpen},
		{"another key of that day", box(t, m, 20781), sealed, "row 1", ErrNotOpen},
		{"another day", box(t, m, 20782), sealed, "row 1", ErrNotOpen},
		{"one bit", b, append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1), "row 1", ErrNotOpen},
		{"short", b, sealed[:20], "row 1", ErrNotOpen},
		{"only the day", b, sealed[:dayLen], "row 1", ErrNotOpen},
		{"nothing", b, nil, "row 1", ErrNotOpen},
	} {
		text, err := test.box.Open(test.sealed, test.place)
		if !errors.Is(err, test.want) || (err == nil) != (string(text) == "my marigold") {
			t.Errorf("%s: %q, %v; want %v", test.name, text, err, test.want)
		}
	}
}

// A key is unwrapped by the master and under the name that it was wrapped with.
func TestWrap(t *testing.T) {
	one, two := master(t, 1), master(t, 2)
	day, names := one.Wrap(BoxName(7)), one.Wrap(NamerName)
	if _, err := one.Box(7, day); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another master":     second(two.Box(7, day)),
		"another day":        second(one.Box(8, day)),
		"names as a day":     second(one.Box(7, names)),
		"a day as names":     second(one.Namer(day)),
		"names, other":       second(two.Namer(names)),
		"cut":                second(one.Box(7, day[:len(day)-1])),
		"nothing":            second(one.Box(7, nil)),
		"rewrap from":        second(two.Rewrap(one, NamerName, names)),
		"rewrap under a day": second(one.Rewrap(two, BoxName(7), names)),
	} {
		if !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: %v, want ErrWrongKey", name, err)
		}
	}
	sealed := mustBox(t, one, day).Seal([]byte("text"), "")
	moved, err := one.Rewrap(two, BoxName(7), day)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := mustBox(t, two, moved).Open(sealed, ""); string(text) != "text" || err != nil {
		t.Errorf("after a change of masters it reads %q, %v", text, err)
	}
	if _, err := one.Box(7, moved); !errors.Is(err, ErrWrongKey) {
		t.Errorf("the old master still opens it: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func mustBox(t *testing.T, m *Master, wrapped []byte) *Box {
	t.Helper()
	b, err := m.Box(7, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewMaster(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewMaster(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes is taken", n)
		}
	}
}

// Equal parts have equal names, no other parts have, and nobody without the key
// can tell.
func TestName(t *testing.T) {
	m := master(t, 1)
	wrapped := m.Wrap(NamerName)
	n, err := m.Namer(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]string)
	for _, parts := range [][]string{{"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"a", "b", "c"}, {"a", "bc"}, {"ab", "c"}} {
		name := n.Name(parts[0], parts[1:]...)
		if len(name) != 22 || strings.ContainsAny(name, "+/=") {
			t.Errorf("%q is named %q", parts, name)
		}
		if before := seen[name]; before != "" {
			t.Errorf("%q is named as %s", parts, before)
		}
		seen[name] = strings.Join(parts, "|")
	}
	again, err := m.Namer(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.Namer(m.Wrap(NamerName))
	if err != nil {
		t.Fatal(err)
	}
	if again.Name("person", "U1") != n.Name("person", "U1") || other.Name("person", "U1") == n.Name("person", "U1") {
		t.Error("a name does not go with its key")
	}
}

func TestParse(t *testing.T) {
	key := bytes.Repeat([]byte{0xfb, 0xff}, Size/2) // + and / in base64
	std := base64.StdEncoding.EncodeToString(key)
	for _, s := range []string{
		std, " " + std + "\n", strings.TrimRight(std, "="), base64.URLEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key),
	} {
		if got, err := Parse(s); err != nil || !bytes.Equal(got, key) {
			t.Errorf("Parse(%q): %x, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "=", "sesame", std[:20], std + std, std[:42] + "!", strings.Repeat("\x00", 44)} {
		_, err := Parse(s)
		if err == nil {
			t.Errorf("Parse(%q) took it", s)
			continue
		}
		if s == "sesame" && strings.Contains(err.Error(), s) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}

// A key is made once, for its owner alone.
func TestKeyFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	if _, err := KeyFile(name, false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	key, err := KeyFile(name, true)
	if err != nil || len(key) != Size {
		t.Fatalf("%d bytes, %v", len(key), err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	for _, create := range []bool{true, false} {
		if again, err := KeyFile(name, create); err != nil || !bytes.Equal(again, key) {
			t.Errorf("read again it is another, %v", err)
		}
	}
	left, err := filepath.Glob(name + "*")
	if err != nil || len(left) != 1 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// A key file that is not as it should be is refused, and never replaced.
func TestKeyFileRefused(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, Size))
	for _, test := range []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"read by others", good, 0o644, "chmod 600"},
		{"read by the group", good, 0o640, "chmod 600"},
		{"half written", good[:20], 0o600, "base64"},
		{"empty", "", 0o600, "base64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(name, []byte(test.text), test.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(name, test.mode); err != nil { // whatever the umask
				t.Fatal(err)
			}
			_, err := KeyFile(name, true)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), name) {
				t.Errorf("the error is %v, want %s and the name", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), good[:20]) {
				t.Errorf("the error holds the key: %v", err)
			}
			if text, err := os.ReadFile(name); err != nil || string(text) != test.text {
				t.Errorf("the file is %q now, %v", text, err)
			}
		})
	}
}

// A crash while a key was made leaves none, and the next start makes one.
func TestKeyFileAfterCrash(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name+".new", []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	key, err := KeyFile(name, true)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := KeyFile(name, false); err != nil || !bytes.Equal(key, again) {
		t.Errorf("read again it is another, %v", err)
	}
	if _, err := KeyFile(filepath.Join(t.TempDir(), "nowhere", "key"), true); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
}

// Of processes that start at once, all have the one key that is kept.
func TestKeyFileAtOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	keys := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], err = KeyFile(name, true); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, k := range keys {
		if !bytes.Equal(k, keys[0]) {
			t.Fatal("they have different keys")
		}
	}
}

// Whatever lies on a disk, opening it never panics, and what was never sealed
// never opens.
func FuzzOpen(f *testing.F) {
	m := master(f, 1)
	b := box(f, m, 20781)
	sealed := b.Seal([]byte("text"), "here")
	f.Add([]byte(nil), "")
	f.Add(sealed, "there")
	f.Add(sealed[:7], "here")
	f.Add([]byte("\x00\x00\x51\x2d"), "here")
	f.Fuzz(func(t *testing.T, raw []byte, place string) {
		Day(raw)
		if text, err := b.Open(raw, place); err == nil && (place != "here" || !bytes.Equal(raw, sealed)) {
			t.Errorf("%x opened as %q", raw, text)
		}
		if _, err := m.Namer(raw); err == nil {
			t.Errorf("%x was taken for a key", raw)
		}
		if key, err := Parse(string(raw)); err == nil && len(key) != Size {
			t.Errorf("%q was taken for a key of %d bytes", raw, len(key))
		}
	})
}
