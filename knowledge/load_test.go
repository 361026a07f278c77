package knowledge

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEmbeddedLoads(t *testing.T) {
	b := embeddedBase(t)
	if !slices.Equal(b.Langs(), []string{"en", "es"}) {
		t.Errorf("languages %v", b.Langs())
	}
	if len(b.Version()) != 12 {
		t.Errorf("version %q", b.Version())
	}
	if want := []string{"AU", "CA", "GB", "MX", "US"}; !slices.Equal(b.Countries(), want) {
		t.Errorf("countries %v, want %v", b.Countries(), want)
	}
}

// TestSmall shows that the content all refusals start from is good.
func TestSmall(t *testing.T) {
	b := mustLoad(t, small())
	topic, ok := b.Topic("pay", "en")
	if !ok {
		t.Fatal("no topic")
	}
	if want := "You can call the Hotline or the Wage Office."; topic.Details[1] != want {
		t.Errorf("got %q, want %q", topic.Details[1], want)
	}
	if !topic.Needs() || topic.File() != pay {
		t.Errorf("needs %t, file %s", topic.Needs(), topic.File())
	}
	if want := []string{"nhth", "wages"}; !slices.Equal(topic.Mentions, want) {
		t.Errorf("mentions %v", topic.Mentions)
	}
	es, _ := b.Topic("pay", "es")
	if got, want := strings.Join(es.Details, "|"), "Llame a la Línea o al 911.|El número del 911 es gratis."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, ok := b.Topic("pay", "fr"); ok {
		t.Error("a topic in French")
	}
	c := b.Cite(topic)
	if len(c) != 1 || c[0].Publisher != "Labor Department" || c[0].Published != "2020-05" || c[0].URL != "https://pay.example.gov/all" {
		t.Errorf("cited %+v", c)
	}
	if es := b.Cite(es); es[0].Publisher != "Departamento de Trabajo" {
		t.Errorf("cited in Spanish %+v", es)
	}
}

// TestForgiven: what editors of other systems add changes nothing, not even
// the version.
func TestForgiven(t *testing.T) {
	want := mustLoad(t, small())
	changes := map[string]func(string) string{
		"line ends of Windows": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"byte order mark":      func(s string) string { return "\ufeff" + s },
		"both":                 func(s string) string { return "\ufeff" + strings.ReplaceAll(s, "\n", "\r\n") },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			m := small()
			for f := range m {
				m[f] = file(change(string(m[f].Data)))
			}
			b := mustLoad(t, m)
			if b.Version() != want.Version() {
				t.Errorf("version %s, want %s", b.Version(), want.Version())
			}
			a, _ := want.Topic("pay", "en")
			z, _ := b.Topic("pay", "en")
			if a.Answer != z.Answer || !slices.Equal(a.Details, z.Details) || !slices.Equal(a.Asks, z.Asks) {
				t.Errorf("got %+v", z)
			}
		})
	}
}

// TestForgivenLines: problems in such files are still called by their line.
func TestForgivenLines(t *testing.T) {
	m := edited(t,
		edit{pay, "- You can call", "You can call"},
		edit{pay, "section: rights", "section: wrong"},
		edit{us, "authority: government", "authority: king"},
		edit{srcs, "title: An old article", ""})
	for f := range m {
		m[f] = file("\ufeff" + strings.ReplaceAll(string(m[f].Data), "\n", "\r\n"))
	}
	expect(t, problems(t, m), []string{
		us + ":4: help line wages: authority is \"king\"; use one of …",
		srcs + ":7: source seed has no title; add title: as the page has it",
		pay + ":4: section is \"wrong\"; use one of basics, …",
		pay + ":29: text after the bullets; put it in the paragraph on top or make it a bullet (- …)",
	})
}

func TestVersion(t *testing.T) {
	a, b := mustLoad(t, small()), mustLoad(t, small())
	if a.Version() != b.Version() {
		t.Error("equal files have different versions")
	}
	c := mustLoad(t, edited(t, edit{pay, "every hour", "each hour"}))
	if a.Version() == c.Version() {
		t.Error("different files have the same version")
	}
}

// TestOrder: topics come by section, then id, in any order of files.
func TestOrder(t *testing.T) {
	m := edited(t, edit{papers, "section: rights", "section: basics"},
		edit{"topics/papers.es.md", "section: rights", "section: basics"})
	for range 20 {
		var ids []string
		for _, x := range mustLoad(t, m).Topics("en") {
			ids = append(ids, x.ID)
		}
		if !slices.Equal(ids, []string{"papers", "pay"}) {
			t.Fatalf("order %v", ids)
		}
	}
}

func TestTextIn(t *testing.T) {
	for _, c := range []struct {
		text Text
		lang string
		want string
	}{
		{nil, "en", ""},
		{Text{"en": "a", "es": "b"}, "es", "b"},
		{Text{"en": "a", "es": "b"}, "fr", "a"},
		{Text{"pt": "c", "es": "b", "it": "d"}, "fr", "b"}, // always the same one
	} {
		for range 10 {
			if got := c.text.In(c.lang); got != c.want {
				t.Fatalf("%v in %s: %q, want %q", c.text, c.lang, got, c.want)
			}
		}
	}
}

func TestDate(t *testing.T) {
	for s, want := range map[Date]string{
		"2014": "2014-01-01", "2014-11": "2014-11-01", "2014-11-18": "2014-11-18",
		"": "", "2014-13": "", "2014-02-30": "", "14-11-18": "", "Nov 2014": "", "2014-11-18T00:00": "",
	} {
		d, ok := s.Time()
		if ok != (want != "") || ok && d.Format("2006-01-02") != want {
			t.Errorf("%q: %v %t, want %q", s, d, ok, want)
		}
	}
}

// locked is content of which one file or folder cannot be opened.
type locked struct {
	fstest.MapFS
	name string
}

func (l locked) Open(name string) (fs.File, error) {
	if name == l.name {
		return nil, &fs.PathError{Op: "open", Path: "/home/somebody/" + name, Err: errors.New("permission denied")}
	}
	return l.MapFS.Open(name)
}

func (l locked) ReadFile(name string) ([]byte, error) {
	if name == l.name {
		_, err := l.Open(name)
		return nil, err
	}
	return l.MapFS.ReadFile(name)
}

func (l locked) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == l.name {
		_, err := l.Open(name)
		return nil, err
	}
	return l.MapFS.ReadDir(name)
}

func BenchmarkLoad(bb *testing.B) {
	bb.ReportAllocs()
	for bb.Loop() {
		if _, err := Load(Embedded()); err != nil {
			bb.Fatal(err)
		}
	}
}
