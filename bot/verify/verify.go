package verify

import (
	"fmt"
	"strings"

	lang "porchlight/knowledge/language"
)

// A Claim is one sentence that nobody has checked.
type Claim struct {
	Text  string
	Cites []int // passages it rests on, from 0
}

// A Verdict says whether a claim may be shown, and if not why. The zero Verdict
// is a refusal.
type Verdict struct {
	Shown  bool
	Reason string  // a constant word: "number", "verdict", "unsupported" …; "" when shown
	Doubt  float64 // 0 to 1: how likely the claim is unfaithful; 1 where a rule refused it
}

// Checker checks sentences of some languages. It may be used by any number of
// goroutines.
type Checker struct {
	langs  map[string]*language
	never  map[string][]refusal
	forest *forest
	limits map[string]float64 // the highest doubt shown, by language
}

// New makes a checker of the languages it has words for. never are phrases by
// language that no reply may hold, besides its own.
func New(never map[string][]string) (*Checker, error) { return newChecker(never, forestFile) }

func newChecker(never map[string][]string, trees string) (*Checker, error) {
	c := &Checker{langs: map[string]*language{}, never: map[string][]refusal{}}
	for _, code := range Langs {
		l, err := loadLanguage(code, lang.Common(code))
		if err != nil {
			return nil, err
		}
		c.langs[code] = l
		for _, s := range never[code] {
			if w := foldPhrase(s); len(w) > 0 {
				c.never[code] = append(c.never[code], refusal{"never", w})
			}
		}
	}
	var err error
	c.forest, c.limits, err = readForest(trees)
	return c, err
}

// Langs are the languages whose sentences can be checked.
var Langs = []string{"en", "es"}

// Prepare makes passages ready to check claims in a language. ok is false for a
// language without words: nothing in it can be shown.
func (c *Checker) Prepare(code string, passages []Passage) (e *Evidence, ok bool) {
	l := c.langs[code]
	if l == nil {
		return nil, false
	}
	e = &Evidence{language: l, checker: c}
	for _, p := range passages {
		e.passages = append(e.passages, l.prepare(p))
	}
	e.ground = newGround(e.passages)
	return e, true
}

// Statement is a sentence without a yes or no that it begins with: to what that
// says yes no passage knows, so it is neither checked nor to be shown.
func (e *Evidence) Statement(sentence string) string { return e.statement(sentence) }

// Check judges one claim, as of its Statement. It takes any text, asks nobody, and
// never fails.
func (e *Evidence) Check(claim Claim) Verdict {
	v, reason, copied := e.judge(claim)
	if reason != "" {
		return refuse(reason)
	}
	if copied {
		return Verdict{Shown: true}
	}
	doubt := e.checker.forest.doubt(&v)
	if v.astray() || v.plain() {
		doubt = 1
	}
	if doubt > e.checker.limits[e.code] {
		return Verdict{Reason: "unsupported", Doubt: doubt}
	}
	return Verdict{Shown: true, Doubt: doubt}
}

// judge gives the signs of a claim, or the rule that refuses it, or tells that
// it is a passage's own sentence.
func (e *Evidence) judge(claim Claim) (v values, reason string, copied bool) {
	claim.Text = e.Statement(claim.Text)
	if reason := e.unfit(claim.Text); reason != "" {
		return v, reason, false
	}
	cited, ok := e.cited(claim.Cites)
	if !ok {
		return v, "citation", false
	}
	s := e.read(claim.Text)
	if reason := e.rules(claim.Text, s, cited); reason != "" {
		return v, reason, false
	}
	if e.copies(s, cited) {
		return v, "", true
	}
	return e.signs(s, claim.Cites), "", false
}

// astray tells whether a claim strays so far from its passages that nothing
// could be said about it: no pairs like it were learned from.
func (v *values) astray() bool { return v[unknown] > 0.5 || v[near] > 0.7 }

// plain tells whether signs say by themselves, whatever else speaks for a claim,
// that it is another claim than the passage's.
func (v *values) plain() bool {
	for _, x := range plainSigns {
		if v[x.by] >= x.from && v[x.also] >= x.over {
			return true
		}
	}
	return v[single] < 0.2 && v[isNew(after)] > 0
}

var plainSigns = [...]struct {
	by   sign
	from float64
	also sign
	over float64
}{
	{by: nameRival, from: 0.5}, {by: figureRival, from: 0.4}, {by: nameSwapped, from: 1}, {by: sectorNew, from: 1},
	{by: elsewhere, from: 0.3}, {by: undenied, from: 2}, {by: hardened, from: 1},
	{by: isNew(will), from: 1}, {by: isNew(only), from: 1}, {by: isNew(most), from: 1}, {by: isNew(before), from: 1},
	{by: closely(undenied), from: 0.7}, {by: changed, from: 0.9}, {by: licensed, from: 1}, {by: closely(dutyLost), from: 0.7}, {by: closely(denied), from: 0.8},
	{closely(stronger), 0.7, stronger, 3},
	{dutyLost, 1, denied, 1},
	{strictLost, 1, isLost(only), 1},
}

// copies tells whether a sentence is one of a passage word for word, or two that
// follow each other, joined by "and", or the beginning of one, see begins; a leading
// "also" may be gone.
func (e *Evidence) copies(s *sentence, cited []*passage) bool {
	mine := s.plain(e.language)
	for _, p := range cited {
		last := ""
		for _, t := range p.sentences {
			one := t.plain(e.language)
			if one == mine || last != "" && last+e.and+one == mine || e.begins(mine, one, t) {
				return true
			}
			last = one
		}
	}
	return false
}

// begins tells whether a claim is the beginning of a sentence, up to a mark or an "and",
// and what is left out is no condition, exception or caution. Both are given plain, too.
func (e *Evidence) begins(mine, one string, s *sentence) bool {
	if len(mine) < shortest || !strings.HasPrefix(one, mine+" ") {
		return false
	}
	at := len(s.words) - len(strings.Fields(one[len(mine):]))
	if at < 1 || s.word(at).clause == s.word(at-1).clause && " "+s.word(at).word+" " != e.and {
		return false
	}
	for k := at; k < len(s.words); k++ {
		if w := s.word(k); conditional[w.word] || w.marks&(even|unless|only|before) != 0 || e.caution[w.word] {
			return false
		}
	}
	return true
}

// shortest is how many bytes of a sentence are enough to be one.
const shortest = 20

// plain is a sentence without its marks and a leading word that says nothing.
func (s *sentence) plain(l *language) string {
	words := s.folded()
	for len(words) > 1 && l.lead[words[0]] {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

func refuse(reason string) Verdict { return Verdict{Reason: reason, Doubt: 1} }

// cited are the passages that a claim names.
func (e *Evidence) cited(cites []int) (in []*passage, ok bool) {
	for _, n := range cites {
		if n < 0 || n >= len(e.passages) {
			return nil, false
		}
		in = append(in, e.passages[n])
	}
	return in, len(in) > 0
}

// signs are those of a sentence that cites some passages.
func (e *Evidence) signs(s *sentence, cites []int) values {
	cited := make([]bool, len(e.passages))
	for _, n := range cites {
		cited[n] = true
	}
	return e.lay(s, e.ground, cited).weigh()
}

// Explain gives the signs of a claim, for staff. It is nil where a rule refuses
// the claim, or where it is a passage's own sentence.
func (e *Evidence) Explain(claim Claim) (out []string) {
	v, reason, copied := e.judge(claim)
	if reason != "" || copied {
		return nil
	}
	for k := range signs {
		if v[k] != 0 {
			out = append(out, fmt.Sprintf("%s %.2f", k, v[k]))
		}
	}
	return out
}
