package index

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

// trial is a small collection for one language.
var trial = []Passage{
	{Title: "Passport", Asks: []string{"my boss holds my passport", "they took my papers"}, Body: "Nobody may keep your passport or other identity papers. An employer who does commits a crime."},
	{Title: "Wages", Asks: []string{"i can't get my pay"}, Body: "You must be paid. H-2A workers too, every two weeks."},
	{Title: "Pasaporte", Asks: []string{"el patrón me quitó el pasaporte"}, Body: "Nadie puede quedarse con su pasaporte. ¿Qué hacer? Llame."},
	{Title: "Đường dây nóng", Body: "Ông chủ giữ hộ chiếu của tôi. Gọi cho đường dây nóng."},
	{Title: "หนังสือเดินทาง", Body: "นายจ้างเก็บหนังสือเดินทางของฉัน"},
	{Title: "护照", Body: "老板拿走了我的护照。我该怎么办？"},
	{Title: "여권", Body: "사장님이 제 여권을 가져갔어요. 회사를 그만두고 싶어요."},
	{Title: "Pasaport", Body: "İstanbul'da patron pasaportumu aldı. IŞIK yok."},
	{Title: "L'argent", Body: "L'employeur garde l’argent qu'il me doit. Aujourd'hui aussi."},
	{Title: "Паспорт", Body: "Начальник забрал мой паспорт и не отдаёт."},
	{Title: "جواز السفر", Body: "صاحب العمل أخذ جواز سفري."},
	{Title: "", Body: ""},
}

var trialOptions = Options{
	Common:   []string{"the", "you", "to", "my", "is", "i", "el", "de", "is"},
	Synonyms: []Synonym{{Say: []string{"patron", "crew leader"}, Means: []string{"boss", "employer"}}, {Say: []string{"护照"}, Means: []string{"passport"}}},
}

var trials sync.Map

func trialIn(lang string) *Index {
	if x, ok := trials.Load(lang); ok {
		return x.(*Index) //nolint:errcheck // nothing else is stored
	}
	o := trialOptions
	o.Lang = lang
	x := Build(o, slices.Values(trial))
	trials.Store(lang, x)
	return x
}

// known are the languages with rules, and one without.
func known() []string {
	out := []string{""}
	for lang := range languages {
		out = append(out, lang)
	}
	slices.Sort(out)
	return out
}

// sound says what is wrong with a result, or "".
func sound(x *Index, q Query, r Result) string {
	limit := q.Limit
	if limit <= 0 {
		limit = 10
	}
	if len(r.Hits) > min(limit, 20) {
		return fmt.Sprintf("%d hits for a limit of %d", len(r.Hits), q.Limit)
	}
	if r.Telling < 0 || math.IsNaN(r.Telling) || math.IsInf(r.Telling, 0) {
		return fmt.Sprint("telling ", r.Telling)
	}
	seen := map[int]bool{}
	for i, h := range r.Hits {
		if h.Passage < 0 || h.Passage >= x.Len() || seen[h.Passage] {
			return fmt.Sprintf("passage %d out of range or twice", h.Passage)
		}
		seen[h.Passage] = true
		if !(h.Score > 0) || math.IsInf(h.Score, 0) {
			return fmt.Sprintf("score %v", h.Score)
		}
		for name, v := range map[string]float64{"match": h.Match, "coverage": h.Coverage, "like": h.Like, "pair": h.Pair, "confidence": h.Confidence} {
			if !(v >= 0 && v <= 1) {
				return fmt.Sprintf("%s is %v", name, v)
			}
		}
		if i == 0 {
			continue
		}
		if p := r.Hits[i-1]; h.Score > p.Score || h.Score == p.Score && h.Passage < p.Passage {
			return fmt.Sprintf("hit %d out of order: %+v after %+v", i, h, p)
		}
	}
	return ""
}

var nasty = []string{
	"", " ", "\x00", "\xff\xfe", "'", "''''", "’s", "-", "H-2A", "u.s.", "a.b.c.d.", "can't", "l'", "l''argent", "'s",
	"my boss has my pasport", "МОЙ ПАСПОРТ", "IİıiŞş'da", "ßẞſ", "ﬁnance", "ＰＡＳＳＰＯＲＴ", "pass\u00adport", "\ufeffpassport",
	"e\u0301\u0301\u0301", strings.Repeat("\u0301", 300), "👩\u200d👩\u200d👧\u200d👦", "\u202epassport\u202c", "\u2066a\u2069",
	"หนังสือ", "护照护", "여권을", "ああ", "ກຂ", "क्षि", "جَوَاز", "\U0010ffff", "a\u200db", "1,000.5", "911", "h-2a-2b-3c",
	"patron crew leader patron", "pasport patron", strings.Repeat("ab ", 600), strings.Repeat("x", 4000),
}

// FuzzSearch asks anything in every language there are rules for.
func FuzzSearch(f *testing.F) {
	for i, text := range nasty {
		f.Add(text, nasty[(i+7)%len(nasty)], uint8(i), int8(i-3), i%2 == 0)
	}
	langs := known()
	f.Fuzz(func(t *testing.T, text, before string, lang uint8, limit int8, explain bool) {
		x := trialIn(langs[int(lang)%len(langs)])
		q := Query{Text: text, Context: before, Limit: int(limit), Explain: explain}
		r := x.Search(q)
		if wrong := sound(x, q, r); wrong != "" {
			t.Fatalf("%q in %q: %s", text, langs[int(lang)%len(langs)], wrong)
		}
	})
}

// FuzzBuild indexes anything, beside one passage that must stay findable.
func FuzzBuild(f *testing.F) {
	for i, text := range nasty {
		f.Add(text, nasty[(i+5)%len(nasty)], uint8(i))
	}
	langs := known()
	f.Fuzz(func(t *testing.T, title, body string, lang uint8) {
		o := Options{Lang: langs[int(lang)%len(langs)], Common: strings.Fields(title), Synonyms: []Synonym{{Say: []string{title, body}, Means: []string{body, "anchor"}}}}
		x := Build(o, slices.Values([]Passage{{Title: title, Asks: []string{body, title}, Body: body}, {Title: "anchor zebra", Body: "anchor"}}))
		for _, text := range []string{title, body, title + " anchor zebra"} {
			q := Query{Text: text, Explain: true}
			r := x.Search(q)
			if wrong := sound(x, q, r); wrong != "" {
				t.Fatalf("%q in %q: %s", text, o.Lang, wrong)
			}
		}
		if r := x.Search(Query{Text: "anchor"}); !slices.ContainsFunc(r.Hits, func(h Hit) bool { return h.Passage == 1 }) {
			t.Fatalf("lost beside %q, %q in %q", title, body, o.Lang)
		}
	})
}
