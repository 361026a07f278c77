package classify

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"
)

func lessons() (out []Example) {
	for class, texts := range map[string][]string{
		"bread": {"how do i bake bread", "bread recipe", "why is my loaf flat", "sourdough bread at home", "knead the dough"},
		"bikes": {"my bike has a flat tire", "how do i fix a chain", "bicycle brakes squeak", "pump up the tires", "bike repair"},
		"birds": {"which bird sings at night", "feed birds in winter", "a bird in my garden", "nest box for birds", "bird song"},
	} {
		for _, s := range texts {
			out = append(out, Example{class, s})
		}
	}
	return out
}

func trained(t testing.TB) *Model {
	t.Helper()
	m, err := Read(string(Train(sorted(lessons()), 42)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sorted makes the lessons come in one order.
func sorted(in []Example) []Example {
	return slices.SortedFunc(slices.Values(in), func(a, b Example) int { return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Text, b.Text)) })
}

func TestScores(t *testing.T) {
	m := trained(t)
	if got := strings.Join(m.Classes(), " "); got != "bikes birds bread" || m.Digest() != 42 {
		t.Fatalf("classes %q, digest %d", got, m.Digest())
	}
	for text, want := range map[string]string{
		"baking bread for the first time": "bread", "BREAD!": "bread", "brakes of a bicycle": "bikes",
		"bycicle brake": "bikes", "the birds' song": "birds", "tíres": "bikes",
	} {
		s := m.Scores(text)
		for i, class := range m.Classes() {
			if class != want && s[i] >= s[slices.Index(m.Classes(), want)] {
				t.Errorf("%q: %v, want %s", text, s, want)
			}
		}
	}
	for _, text := range []string{"", "??", "zzz qqq", "\xff\xfe", strings.Repeat("word ", 10_000)} {
		for i, x := range m.Scores(text) {
			if x > 0 {
				t.Errorf("%.20q looks like %s (%.2f)", text, m.Classes()[i], x)
			}
		}
	}
}

// TestTrainTwice: equal examples give equal weights.
func TestTrainTwice(t *testing.T) {
	if a, b := Train(sorted(lessons()), 1), Train(sorted(lessons()), 1); string(a) != string(b) {
		t.Error("the weights differ")
	}
}

func TestNil(t *testing.T) {
	var m *Model
	if m.Scores("bread") != nil || m.Digest() != 0 || m.Classes() != nil {
		t.Error("no model knows something")
	}
}

// TestDamaged: a file that was cut or changed in its head is refused.
func TestDamaged(t *testing.T) {
	file := string(Train(sorted(lessons()), 1))
	for _, n := range []int{0, 3, 8, 20, 40, len(file) / 2, len(file) - 1} {
		if _, err := Read(file[:n]); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(file))
		}
	}
	if _, err := Read(file + "x"); err == nil {
		t.Error("more bytes than there should be are read")
	}
}

func FuzzScores(f *testing.F) {
	m := trained(f)
	for _, s := range []string{"", "bread", "h\u0301e", strings.Repeat("a", 300), "١٢٣", "字字字"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := m.Scores(text)
		if len(s) != 3 {
			t.Errorf("%d classes", len(s))
		}
		for class, x := range s {
			if math.IsNaN(float64(x)) || x > 20 || x < -20 {
				t.Errorf("class %d: %v", class, x)
			}
		}
	})
}

func BenchmarkScores(b *testing.B) {
	m := trained(b)
	const text = "how do i fix the chain of my bike before winter comes"
	b.ReportAllocs()
	for b.Loop() {
		m.Scores(text)
	}
}
