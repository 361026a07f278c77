package answer

import (
	"fmt"
	"slices"
	"strings"

	"porchlight/bot"
	"porchlight/knowledge"
	"porchlight/knowledge/index"
	"porchlight/knowledge/language"
)

// answers tells whether we can answer in a language.
func (j *job) answers(lang string) bool {
	return j.Phrases.Has(lang) && slices.Contains(j.base.Langs(), lang)
}

// chooseLanguage decides in which language to answer: the one the person
// pinned; else the one they write in, when that is sure; else what the
// conversation and the platform make likely, and where that leaves two, the
// one whose knowledge base has the better answer.
func (j *job) chooseLanguage() {
	var prior []string
	if last, ok := j.state.Last(); ok {
		prior = append(prior, last.Lang)
	}
	if l := platform(j.m.Lang); l != "" && !slices.Contains(prior, l) {
		prior = append(prior, l)
	}
	g := language.Detect(j.text, prior...)
	if j.why != nil {
		j.why.Lang = fmt.Sprintf("%s sure=%t second=%s margin=%.2f prior=%v pinned=%q", g.Lang, g.Sure, g.Second, g.Margin, prior, j.state.Pinned)
	}
	first := "en"
	for _, l := range prior {
		if j.answers(l) {
			first = l
			break
		}
	}
	switch {
	case j.state.Pinned != "" && j.answers(j.state.Pinned):
		j.lang = j.state.Pinned
	case j.m.Command != bot.NoCommand: // its text is an id or a code, in no language
		j.lang = first
	case g.Sure && j.answers(g.Lang):
		j.lang = g.Lang
	case g.Sure && !j.known(first):
		j.lang, j.foreign = first, true
		j.second = j.another(first)
	case bot.Kind(j.risk.Kind).Personal() && len(j.risk.Signs) > 0 && j.answers(j.risk.Signs[0].Lang):
		j.lang = j.risk.Signs[0].Lang // what was recognised is what they speak
	case j.answers(g.Lang) && g.Margin > 0:
		j.lang = j.better(g.Lang, g.Second, first)
	case len(j.risk.Signs) > 0 && j.answers(j.risk.Signs[0].Lang):
		j.lang = j.risk.Signs[0].Lang
	default:
		j.lang = j.better(first, g.Second, first)
	}
	j.native = j.ownLanguage(g)
	if !g.Sure && j.state.Pinned == "" && j.text != "" && len(prior) == 0 && len(j.risk.Signs) == 0 {
		j.second = j.another(j.lang)
	}
	j.step("language")
}

// ownLanguage is the language of a person whom we can answer only when it is
// urgent, or with where to find help: the one they write in when that is sure,
// else that of the first sign.
func (j *job) ownLanguage(g language.Guess) string {
	switch {
	case j.state.Pinned != "" || j.m.Command != bot.NoCommand:
	case g.Sure && j.foreign && j.Phrases.Urgent(g.Lang, "name") != "":
		return g.Lang
	case !g.Sure && bot.Kind(j.risk.Kind).Urgent():
		for _, l := range append(j.signLangs(), g.Lang) {
			if j.answers(l) && l != g.Lang {
				return ""
			}
			if j.Phrases.Urgent(l, "name") != "" {
				return l
			}
		}
	}
	return ""
}

// signLangs are the languages of the signs found, the most urgent first.
func (j *job) signLangs() (out []string) {
	for _, s := range j.risk.Signs {
		out = append(out, s.Lang)
	}
	return out
}

// known tells whether the knowledge base of a language recognises a question
// beyond doubt: names such as "T visa" look like many languages.
func (j *job) known(lang string) bool {
	return j.base.FindIn(lang, index.Query{Text: j.text, Limit: 2}).Confident > sure
}

// platform is the language of a locale such as es-MX or es_MX.UTF-8.
func platform(locale string) string {
	l, _, _ := strings.Cut(strings.ToLower(locale), "-")
	l, _, _ = strings.Cut(l, "_")
	return l
}

// another is the other language that we answer in, or "".
func (j *job) another(lang string) string {
	for _, l := range []string{"en", "es"} {
		if l != lang && j.answers(l) {
			return l
		}
	}
	return ""
}

// better is the likelier of two languages, unless only the other one's
// knowledge base recognises the question, or knows words that this one guesses.
func (j *job) better(likely, other, fallback string) string {
	if !j.answers(other) || other == likely {
		other = j.another(likely)
	}
	if other == "" || j.text == "" {
		return likely
	}
	q := index.Query{Text: j.text, Limit: 1, Explain: true}
	a, b := j.base.FindIn(likely, q), j.base.FindIn(other, q)
	if len(b.Found) > 0 && b.Confident >= a.Confident-0.05 && guesses(b) < guesses(a) {
		return other
	}
	if b.Confident > a.Confident+0.25 && fallback != likely || b.Confident > a.Confident+0.4 {
		return other
	}
	return likely
}

// guesses is how many words were unknown or taken for others.
func guesses(f knowledge.Finding) (n int) {
	for _, w := range f.Words {
		if w.Corrected != "" || w.Passages == 0 {
			n++
		}
	}
	return n
}
