package index

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

func built(o Options, bodies ...string) *Index {
	var all []Passage
	for _, b := range bodies {
		all = append(all, Passage{Body: b})
	}
	return Build(o, slices.Values(all))
}

// found is the numbers of the passages found, best first.
func found(x *Index, question string) []int {
	out := []int{}
	for _, h := range x.Search(Query{Text: question, Limit: 20}).Hits {
		out = append(out, h.Passage)
	}
	return out
}

// What people type and what stands in a passage are the same word, or are not.
func TestSameWord(t *testing.T) {
	for _, c := range []struct {
		lang, passage, question string
		want                    bool
	}{
		{"en", "H-2A workers", "h2a", true},
		{"en", "H2A workers", "h-2a", true},
		{"en", "h2a workers", "H-2A", true},
		{"en", "H-2A workers", "h2b", false},
		{"en", "You can't leave", "cant", true},
		{"en", "You cant leave", "can't", true},
		{"en", "You can’t leave", "can't", true},
		{"en", "the worker's rights", "workers", true},
		{"en", "the U.S. border", "us", true},
		{"en", "ＰＡＳＳＰＯＲＴ", "passport", true},
		{"en", "passport", "pass\u00adport", true},
		{"en", "\u202bpassport\u202c", "passport", true},
		{"en", "\u2066passport\u2069", "passport", true},
		{"en", "passport", "\u200fpassport", true},
		{"en", "\ufeffpassport", "passport", true},
		{"en", "passport", "\ufeffpassport", true},
		{"en", "ﬁnance", "finance", true},
		{"en", "naïve", "naive", true},
		{"es", "el patrón", "patron", true},
		{"es", "el patron", "patrón", true},
		{"es", "el patrón", "PATRO\u0301N", true}, // the accent as a mark of its own
		{"es", "los pasaportes", "pasaporte", true},
		{"fr", "de l'argent", "argent", true},
		{"fr", "de l’argent", "d'argent", true},
		{"fr", "l'argent", "L'ARGENT", true},
		{"fr", "ce qu'il doit", "il", true},
		{"fr", "aujourd'hui", "hui", false},
		{"fr", "aujourd'hui", "aujourd’hui", true},
		{"tr", "IŞIK", "ışık", true},
		{"tr", "İSTANBUL", "istanbul", true},
		{"tr", "İstanbul'da", "istanbul", true},
		{"tr", "ışık", "isik", true}, // typed without the Turkish letters
		{"en", "IT", "it", true},
		{"vi", "đường", "đường", true},
		{"vi", "đường", "đuong", true},
		{"vi", "đường", "duong", true},
		{"vi", "Đường", "duong", true},
		{"vi", "duong", "đường", true},
		{"vi", "m\u0061\u0301", "má", true}, // a and its tone apart
		{"vi", "má", "ma", true},
		{"pl", "Łódź", "lodz", true},
		{"th", "นายจ้างเก็บหนังสือเดินทาง", "หนังสือ", true},
		{"th", "นายจ้างเก็บหนังสือเดินทาง", "ครู", false},
		{"zh", "老板拿走了我的护照", "护照", true},
		{"zh", "老板拿走了我的护照", "护", false}, // pairs only
		{"zh", "老板拿走了我的护照", "走护", false},
		{"ja", "パスポートを取られた", "パスポート", true},
		{"ko", "회사를 그만두고", "회사가", true},
		{"ko", "회사를", "회사", true},
		{"ko", "여권을", "여권", true},
		{"ru", "паспорта", "ПАСПОРТ", true},
		{"ar", "جَوَاز", "جواز", true},
		{"hi", "पासपोर्ट", "पासपोर्ट", true},
		{"el", "διαβατήριο", "διαβατηριο", true},
		{"de", "Straße", "STRASSE", true},
		{"", "plain words", "words", true},
	} {
		x := built(Options{Lang: c.lang}, c.passage, "7 8 9")
		got := slices.Contains(found(x, c.question), 0)
		if got != c.want {
			t.Errorf("%s: %q found by %q: %v, want %v", c.lang, c.passage, c.question, got, c.want)
		}
	}
}

// Typed with tones a word means just that word; typed without, any of them.
func TestVietnameseTones(t *testing.T) {
	x := built(Options{Lang: "vi"}, "con ma", "con má", "con mà", "con mã")
	for q, want := range map[string][]int{"má": {1}, "mà": {2}, "mã": {3}} {
		if got := found(x, q); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", q, got, want)
		}
	}
	if got := found(x, "ma"); len(got) != 4 || !slices.Contains(got, 0) {
		t.Errorf("ma: got %v, want all four", got)
	}
	if got := found(x, "mạ"); len(got) != 4 {
		t.Errorf("tones that nobody here uses: got %v, want what the bare word finds", got)
	}
}

func explained(x *Index, q string) []Word {
	return x.Search(Query{Text: q, Explain: true}).Words
}

func TestCorrectsUnknownWordsOnly(t *testing.T) {
	x := built(Options{Lang: "en", Common: []string{"the", "thanks", "house"}},
		"form letters passport passport identification", "farm animals", "horse", "former")
	for q, want := range map[string]string{
		"pasport":          "passport", // a letter lost
		"psasport":         "passport", // neighbours swapped
		"passpirt":         "passport", // another key
		"passsport":        "passport", // a letter twice
		"identifficatoin":  "identif",  // two slips, long word: as a term
		"form":             "",         // known, though farm is near
		"farms":            "",         // known through its stem
		"house":            "",         // an everyday word, though horse is near
		"fm":               "",         // too short to guess
		"pssprt":           "",         // three letters lost
		"qzxwvk":           "",
		"passportpassport": "",
	} {
		w := explained(x, q)
		if len(w) != 1 || w[0].Text != q || w[0].Corrected != want {
			t.Errorf("%q: got %+v, want it taken for %q", q, w, want)
		}
	}
	if got := found(x, "house"); len(got) != 0 {
		t.Errorf("house found %v", got)
	}
}

func TestSynonyms(t *testing.T) {
	o := Options{Lang: "en", Synonyms: []Synonym{
		{Say: []string{"foreman", "crew leader"}, Means: []string{"employer"}},
		{Say: []string{"papers"}, Means: []string{"passport", "identity documents"}},
		{Say: []string{"jefe"}, Means: []string{"nothing of this stands here"}},
	}}
	x := built(o, "the employer pays", "your passport", "identity documents", "paper cups", "the leader")
	for q, want := range map[string][]int{
		"foreman":           {0},
		"my foremans":       {0}, // the table is stemmed as questions are
		"crew leader":       {4, 0},
		"leader":            {4},
		"leader of my crew": {4},
		"jefe":              {},
		"employer":          {0},
	} {
		if got := found(x, q); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", q, got, want)
		}
	}
	if got := found(x, "papers"); len(got) != 3 || !slices.Contains(got, 3) {
		t.Errorf("papers: got %v, want the word itself and both meanings", got)
	}
	// A misspelt word before the phrase must not shift the table.
	if got := found(x, "pasport foreman"); !slices.Contains(got, 0) {
		t.Errorf("pasport foreman: got %v, want the employer too", got)
	}
	if got := found(x, "emploier pasport pasport foreman"); !slices.Contains(got, 0) {
		t.Errorf("after a repeated misspelling: got %v, want the employer too", got)
	}
	w := explained(x, "foreman")
	if len(w) != 1 || !slices.Equal(w[0].Also, []string{"employ"}) {
		t.Errorf("explained: %+v", w)
	}
}

func TestTiesGoToTheLowerPassage(t *testing.T) {
	x := built(Options{Lang: "en"}, slices.Repeat([]string{"the same words in each passage"}, 50)...)
	for range 3 {
		got := found(x, "same words")
		want := make([]int, 20)
		for i := range want {
			want[i] = i
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want 0 to 19", got)
		}
	}
}

// Equal searches give equal results, whoever searches at the same time.
func TestManySearchersAtOnce(t *testing.T) {
	for _, lang := range []string{"en", "vi", "zh", "ko", "tr"} {
		x := trialIn(lang)
		var queries []Query
		for i, text := range append(slices.Clone(nasty), "my boss holds my papers", "ông chủ giữ hộ chiếu", "老板拿走了我的护照", "pasport patron crew leader") {
			queries = append(queries, Query{Text: text, Context: nasty[i%len(nasty)], Explain: i%3 == 0, Limit: i % 21})
		}
		want := make([]Result, len(queries))
		for i, q := range queries {
			want[i] = x.Search(q)
		}
		var all sync.WaitGroup
		wrong := make(chan string, 8)
		for g := range 8 {
			all.Go(func() {
				for round := range 5 {
					for k := range queries {
						i := (k*(2*g+1) + round) % len(queries)
						if got := x.Search(queries[i]); !reflect.DeepEqual(got, want[i]) {
							wrong <- fmt.Sprintf("%s, %q: got %+v, want %+v", lang, queries[i].Text, got, want[i])
							return
						}
					}
				}
			})
		}
		all.Wait()
		close(wrong)
		for w := range wrong {
			t.Error(w)
		}
	}
}

// A question of any length is answered, and by what stands at its beginning.
func TestVeryLongTexts(t *testing.T) {
	long := "my boss keeps my passport. " + strings.Repeat("and then he said that I owe him money for the bus ", 2000)
	letters := strings.Repeat("a", 1_000_000)
	marks := "passport" + strings.Repeat("\u0301", 100_000)
	joined := strings.Repeat("👩\u200d", 50_000)
	words := func() string {
		var b strings.Builder
		for i := range 20_000 {
			fmt.Fprintf(&b, "w%d ", i)
		}
		return b.String()
	}()
	for _, lang := range known() {
		x := trialIn(lang)
		for name, text := range map[string]string{"100 kB": long, "a million letters": letters, "marks": marks, "joined": joined, "all different": words} {
			q := Query{Text: text, Context: text, Explain: true}
			if wrong := sound(x, q, x.Search(q)); wrong != "" {
				t.Errorf("%s, %s: %s", lang, name, wrong)
			}
		}
	}
	if got := found(trialIn("en"), long); len(got) == 0 || got[0] != 0 {
		t.Errorf("a long message that begins with the passport: got %v", got)
	}
	var strange strings.Builder
	for i := range 200 {
		fmt.Fprintf(&strange, "qz%dxv ", i)
	}
	if got := found(trialIn("en"), strange.String()+"my boss keeps my passport"); len(got) == 0 || got[0] != 0 {
		t.Errorf("after 200 words that nobody knows: got %v", got)
	}
	x := built(Options{Lang: "en"}, long, letters, marks, words, "the zebra")
	if got := found(x, "zebra"); !slices.Equal(got, []int{4}) {
		t.Errorf("beside long passages: got %v", got)
	}
	if got := found(x, "boss"); !slices.Equal(got, []int{0}) {
		t.Errorf("in a long passage: got %v", got)
	}
	if got := found(x, "w19999"); !slices.Equal(got, []int{3}) {
		t.Errorf("at the end of a long passage: got %v", got)
	}
}

// A word said twice is one word.
func TestRepeatedWords(t *testing.T) {
	x := trialIn("en")
	for once, twice := range map[string]string{"passport zebra": "passport zebra zebra zebra zebra", "boss": "boss boss"} {
		a, b := x.Search(Query{Text: once, Explain: true}), x.Search(Query{Text: twice, Explain: true})
		if len(a.Words) != len(b.Words) || a.Telling != b.Telling {
			t.Errorf("%q: %d words, telling %.2f; %q: %d words, telling %.2f", once, len(a.Words), a.Telling, twice, len(b.Words), b.Telling)
		}
	}
}

// What was said before tips the balance and finds nothing new to be sure of.
func TestContextIsNoEvidence(t *testing.T) {
	x := built(Options{Lang: "en"}, "wages in the field", "wages in the kitchen", "a visa")
	for before, want := range map[string]int{"i pick in the field": 0, "the kitchen": 1} {
		r := x.Search(Query{Text: "wages", Context: before})
		if len(r.Hits) == 0 || r.Hits[0].Passage != want {
			t.Errorf("after %q: got %+v, want passage %d", before, r.Hits, want)
		}
	}
	r := x.Search(Query{Text: "zebra", Context: "a visa"})
	for _, h := range r.Hits {
		if h.Coverage > 0 || h.Confidence > 0 {
			t.Errorf("context alone counts as evidence: %+v", h)
		}
	}
}
