package safety

import (
	"bytes"
	"os"
	"slices"
	"sync"
	"testing"
)

// compileOnce reads the data files.
var compileOnce = sync.OnceValues(func() (*signs, error) { return load(data) })

// compiled is what the data files say now.
func compiled(t testing.TB) *signs {
	t.Helper()
	s, err := compileOnce()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCompiled wants signs.bin to be what the data files say. With -update it
// makes it anew.
func TestCompiled(t *testing.T) {
	s, err := load(data)
	if err != nil {
		t.Fatal(err)
	}
	file := s.pack()
	if *update {
		if err := os.WriteFile("signs.bin", file, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(file) != signsFile {
		t.Fatal("signs.bin was not made of signs/, words/ and places.yaml as they are; run: go test ./bot/safety -run Compiled -update")
	}
	again, err := unpack(signsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.pack(), file) {
		t.Error("what was read packs otherwise")
	}
}

// TestCompiledAlike: what is read from the file finds what the data files find.
func TestCompiledAlike(t *testing.T) {
	fresh := compiled(t)
	hits := func(of *signs, text string) []int32 {
		sc := &scan{reader: reader{v: of.v}}
		sc.split(text)
		of.scan(sc, Context{})
		return sc.hits
	}
	for _, e := range fresh.entries {
		for _, l := range slices.Concat(e.examples, e.benign) {
			if want, got := hits(fresh, l.text), hits(shipped(), l.text); !slices.Equal(got, want) {
				t.Errorf("%s:%d: signs %v, from the file %v", e.file, l.at, want, got)
			}
		}
	}
}

// TestDamagedSigns: a file that was cut is refused, and none makes it panic.
func TestDamagedSigns(t *testing.T) {
	for n := 0; n < len(signsFile); n += 1 + len(signsFile)/200 {
		if _, err := unpack(signsFile[:n]); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(signsFile))
		}
	}
	if _, err := unpack(signsFile + "\x00"); err == nil {
		t.Error("more bytes than there should be are read")
	}
}
