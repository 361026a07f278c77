package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"porchlight/knowledge/index"
)

// summary is a finding in one line, for comparing.
func summary(f Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %.4f", f.Band, f.Lang, f.Confident)
	for _, x := range f.Found {
		fmt.Fprintf(&b, " %s.%s %.4f", x.Topic.ID, x.Topic.Lang, x.Score)
	}
	return b.String()
}

// TestFindAsks: a question that stands in a topic finds that topic.
func TestFindAsks(t *testing.T) {
	b := embeddedBase(t)
	for _, lang := range b.Langs() {
		n, first, sure := 0, 0, 0
		for _, topic := range b.Topics(lang) {
			for _, a := range topic.Asks {
				n++
				f := b.Find(lang, index.Query{Text: a, Limit: 3})
				if len(f.Found) > 0 && f.Found[0].Topic == topic {
					first++
					if f.Band == Certain {
						sure++
					}
				}
			}
		}
		t.Logf("%s: %d asks, %d find their topic first, %d of them surely", lang, n, first, sure)
		if first < n*95/100 || sure < n*75/100 {
			t.Errorf("%s: of %d asks %d find their topic first, %d surely", lang, n, first, sure)
		}
	}
}

// TestFindOtherLanguage: when only the other language is sure, its hit is
// given, in this language where the topic is written in it.
func TestFindOtherLanguage(t *testing.T) {
	b := embeddedBase(t)
	for _, way := range [][2]string{{"en", "es"}, {"es", "en"}} {
		lang, other := way[0], way[1]
		n := 0
		for _, topic := range b.Topics(other) {
			for _, a := range topic.Asks[:8] { // the others show no more, and -race is slow
				q := index.Query{Text: a, Limit: 3}
				here, there := b.FindIn(lang, q), b.FindIn(other, q)
				got := b.Find(lang, q)
				if here.Band != Unknown || there.Confident < foreign {
					if summary(got) != summary(here) {
						t.Fatalf("%s %q: got %s, want its own %s", lang, a, summary(got), summary(here))
					}
					continue
				}
				n++
				if got.Band != there.Band || got.Confident != there.Confident || len(got.Found) != len(there.Found) {
					t.Fatalf("%s %q: got %s, want as %s", lang, a, summary(got), summary(there))
				}
				for i, x := range got.Found {
					if x.Topic.Lang != lang || x.Topic.ID != there.Found[i].Topic.ID {
						t.Fatalf("%s %q: got %s, want %s in %s", lang, a, summary(got), summary(there), lang)
					}
				}
			}
		}
		t.Logf("%s: %d questions were answered by way of %s", lang, n, other)
		if n < 100 {
			t.Errorf("%s: only %d questions go by way of %s", lang, n, other)
		}
	}
}

// TestFindUntranslated: a topic that is only in the other language is given in it.
func TestFindUntranslated(t *testing.T) {
	b := mustLoad(t, Embedded(), edited(t, edit{pay, "", "-"}, edit{papers, "", "-"}, edit{"topics/pay.es.md", "", "-"}, edit{"topics/papers.es.md", "", "-"},
		edit{us, "", "-"}, edit{words, "", "-"},
		edit{"topics/quarry.es.md", "", smallTopic("quarry", "es", "La cantera de pizarra", "la cantera de pizarra sin guantes", "La cantera.\n")}))
	f := b.Find("en", index.Query{Text: "la cantera de pizarra sin guantes uno", Limit: 3})
	if f.Lang != "es" || len(f.Found) == 0 || f.Found[0].Topic.ID != "quarry" || f.Found[0].Topic.Lang != "es" {
		t.Errorf("got %s", summary(f))
	}
}

func TestFindBands(t *testing.T) {
	b := embeddedBase(t)
	for _, lang := range b.Langs() {
		seen := map[Band]int{}
		for _, q := range questions(t, lang) {
			f := b.FindIn(lang, index.Query{Text: q.text, Limit: 5})
			want := Unknown
			switch {
			case f.Confident >= certain:
				want = Certain
			case f.Confident >= nearest:
				want = Nearest
			}
			if f.Band > want || f.Outside == "" && f.Band != want || f.Lang != lang || f.Confident < 0 || f.Confident > 1 || len(f.Found) > 5 {
				t.Errorf("%q: %s, outside %q", q.text, summary(f), f.Outside)
			}
			if len(f.Found) == 0 && (f.Band != Unknown || f.Confident != 0) {
				t.Errorf("%q: %s", q.text, summary(f))
			}
			seen[f.Band]++
		}
		t.Logf("%s: %v", lang, seen)
		if seen[Unknown] == 0 || seen[Nearest] == 0 || seen[Certain] == 0 {
			t.Errorf("%s: bands %v", lang, seen)
		}
	}
	if got := fmt.Sprint(Unknown, Nearest, Certain); got != "unknown nearest certain" {
		t.Errorf("bands are called %s", got)
	}
}

// TestFindNothing: whatever is asked, there is an answer or plainly none.
func TestFindNothing(t *testing.T) {
	b := embeddedBase(t)
	for _, q := range []string{
		"", " ", "?", "😀😀", "xqzv wvkj zzyx", "\xff\xfe\x80", "{nhth}", "1234567", "- - -", "\u200b\u202e", "日本語で",
		strings.Repeat("a", 1<<16),
	} {
		for _, lang := range []string{"en", "es", "fr", ""} {
			if f := b.Find(lang, index.Query{Text: q, Limit: 5}); f.Band != Unknown {
				t.Errorf("%.20q in %q: %s", q, lang, summary(f))
			}
		}
	}
	if f := b.FindIn("fr", index.Query{Text: "passport"}); f.Band != Unknown || f.Lang != "fr" || f.Found != nil {
		t.Errorf("a language without topics: %s", summary(f))
	}
	f := b.Find("fr", index.Query{Text: "my boss has my passport and wont give it back", Limit: 3})
	if f.Band != Certain || f.Lang != "en" || f.Found[0].Topic.ID != "document-confiscation" {
		t.Errorf("from a language without topics: %s", summary(f))
	}
}

// TestFindStable: equal content gives equal findings, from one goroutine or
// from eight. It wants -race.
func TestFindStable(t *testing.T) {
	b := embeddedBase(t)
	other := mustLoad(t, Embedded())
	if b.Version() != other.Version() {
		t.Fatal("two versions of the same content")
	}
	type ask struct{ lang, text, want string }
	var asks []ask
	for _, lang := range b.Langs() {
		qs := questions(t, lang)
		for _, q := range qs[:min(100, len(qs))] {
			asks = append(asks, ask{lang, q.text, summary(b.Find(lang, index.Query{Text: q.text, Limit: 5}))})
		}
	}
	for _, a := range asks {
		if got := summary(other.Find(a.lang, index.Query{Text: a.text, Limit: 5})); got != a.want {
			t.Fatalf("loaded again, %q: %s, was %s", a.text, got, a.want)
		}
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			mine := slices.Concat(asks[g*len(asks)/8:], asks[:g*len(asks)/8])
			for _, a := range mine {
				if got := summary(b.Find(a.lang, index.Query{Text: a.text, Limit: 5})); got != a.want {
					t.Errorf("goroutine %d, %q: %s, was %s", g, a.text, got, a.want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestFindExplain(t *testing.T) {
	b := embeddedBase(t)
	q := index.Query{Text: "boss has my pasport", Limit: 3, Explain: true}
	f := b.Find("en", q)
	if len(f.Words) == 0 || len(f.Found) == 0 {
		t.Fatalf("got %s", summary(f))
	}
	if !slices.ContainsFunc(f.Words, func(w index.Word) bool { return w.Text == "pasport" }) {
		t.Errorf("words %+v", f.Words)
	}
	q.Explain = false
	if f := b.Find("en", q); f.Words != nil {
		t.Errorf("words that nobody asked for: %+v", f.Words)
	}
}
