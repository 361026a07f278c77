package language

import (
	"slices"
	"strings"
)

// A Guess is the language of a text.
type Guess struct {
	// Lang is a code of Codes, or "" when nothing speaks for any language.
	Lang string
	// Sure is true when the text alone is evidence enough. A guess that is
	// not sure is still the likeliest, prior included.
	Sure bool
	// Second is the next likeliest language, "" when there is no other.
	Second string
	// Margin says how much likelier Lang is than Second: the natural logarithm
	// of the odds, from 0 (a tie, or nothing known) to 50.
	Margin float64
}

// Detect guesses the language of text. prior lists languages that are likelier
// (the conversation's last, then the platform's locale), each once, likeliest
// first; regions ("es-MX") and unknown codes do no harm. The prior tips the
// balance for short texts and never overrules clear evidence: where Detect is
// sure without a prior it gives the same Lang with any.
//
// Detect takes any bytes, reads about the first two thousand words, and may be
// called from many goroutines.
func Detect(text string, prior ...string) Guess {
	r := reading{t: loaded()}
	r.read(prepare(text))
	return r.guess(prior)
}

// Common returns the commonest words of a language, commonest first, lower
// case and without apostrophes ("dont"), each once; nil when there is no list.
// The slice is shared: do not change it.
func Common(lang string) []string { return loaded().common[lang] }

// Codes returns the codes of all languages Detect can name, sorted. Some have
// a script of their own and no list of words.
func Codes() []string { return slices.Clone(loaded().codes) }

// maxMargin bounds Guess.Margin.
const maxMargin = 50

// guess weighs what was read.
func (r *reading) guess(prior []string) Guess {
	s := r.mainScript()
	var g Guess
	switch {
	case s == none:
	case s.scored():
		g = r.weigh(groups[s], prior)
	case s == han || s == kana:
		g = r.chineseOrJapanese(prior)
	default:
		n := r.letters[s]
		g = Guess{Lang: scriptLang[s], Sure: n > 1, Margin: min(maxMargin, 2*float64(n))}
	}
	if g.Lang == "" {
		return Guess{Lang: firstKnown(prior)}
	}
	g.Sure = g.Sure && r.clear(s)
	return g
}

// weigh chooses among languages that share a script.
func (r *reading) weigh(langs group, prior []string) Guess {
	best, second := rank(&r.score, langs)
	if margin := r.score[best] - r.score[second]; r.sure(best, margin) {
		return guessed(best, second, margin, true)
	}
	if p := r.agreed(langs, prior); p != "" {
		return Guess{Lang: p}
	}
	total := r.score
	for l, b := range bonuses(prior) {
		total[l] += b
	}
	best, second = rank(&total, langs)
	margin := total[best] - total[second]
	if r.words[best] == 0 && r.fresh < 3 && margin < openMargin {
		return Guess{}
	}
	return guessed(best, second, margin, false)
}

func guessed(best, second id, margin int32, sure bool) Guess {
	return Guess{Lang: codes[best], Sure: sure, Second: codes[second], Margin: min(maxMargin, float64(margin)/unit)}
}

// agreed returns the prior that a text which is not sure can be left to: the
// first if there is little evidence or little text in a script not its own
// ("no" in a Russian conversation), else the first that knows every word.
func (r *reading) agreed(langs group, prior []string) string {
	first := firstKnown(prior)
	if first == "" {
		return ""
	}
	best, _ := rank(&r.words, langs)
	if r.words[best] < littleEvidence || r.fresh <= fewWords && !langs.has(first) {
		return first
	}
	for _, p := range prior {
		if l, ok := idOf(base(p)); ok && langs.has(codes[l]) && r.hits[l] == r.fresh {
			return codes[l]
		}
	}
	return ""
}

// bonuses are what is known before the text is read: who writes to us at all,
// and what the prior says.
func bonuses(prior []string) [scored]int32 {
	b := house
	next := int32(firstBonus)
	for _, p := range prior {
		if l, ok := idOf(base(p)); ok {
			b[l] = max(b[l], next)
		}
		next /= 2
	}
	return b
}

// rank returns the two best of a group; ties go to the earlier.
func rank(score *[scored]int32, langs group) (best, second id) {
	best, second = langs.from, langs.from+1
	if score[second] > score[best] {
		best, second = second, best
	}
	for l := langs.from + 2; l < langs.to; l++ {
		switch {
		case score[l] > score[best]:
			best, second = l, best
		case score[l] > score[second]:
			second = l
		}
	}
	return best, second
}

// base cuts a language tag to its first part and mends names that platforms use.
func base(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	for _, b := range []byte(tag) {
		if 'A' <= b && b <= 'Z' {
			tag = strings.ToLower(tag)
			break
		}
	}
	switch tag {
	case "fil":
		return "tl"
	case "iw":
		return "he"
	case "cmn", "yue":
		return "zh"
	}
	return tag
}

func firstKnown(prior []string) string {
	for _, p := range prior {
		b := base(p)
		if _, ok := slices.BinarySearch(loaded().codes, b); ok {
			return b
		}
	}
	return ""
}
