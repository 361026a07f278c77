package answer

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"porchlight/bot/conversation"
	"porchlight/knowledge"
	"porchlight/knowledge/index"
	"porchlight/prompts"
)

// plan is how a message is to be answered.
type plan struct {
	forget  bool
	more    bool   // the rest of the last topic
	repeat  bool   // the last topic again, in the language chosen
	topic   string // a suggestion was taken
	query   index.Query
	follows string             // the topic that the question continues, or ""
	found   *knowledge.Finding // what such a question leads to
	outside bool               // it is for none of the topics
}

// bare is how telling the most telling word is in a question that names nothing.
const bare = 0.6

// followers are the phrases of follow-ups, folded once.
type followers struct {
	langs  []string
	byLang map[string]follower
}

type follower struct {
	yes, more, forget map[string]bool
	language          map[string]string // phrase -> language asked for
	pick              map[string]int
	about, tells      []string // with a space behind
	turns             []string // between spaces
	refers            map[string]bool
	then              map[string][]then // by the first word
	cues              []cue
}

// then is a phrase that leads to a topic.
type then struct {
	ask    []string // words; * stands for one to three of any
	topic  string
	always bool
}

// starts tells whether words start with those of a phrase.
func starts(words, phrase []string) bool {
	for i, p := range phrase {
		if p == "*" {
			for skip := 1; skip <= 3 && i+skip < len(words); skip++ {
				if starts(words[i+skip:], phrase[i+1:]) {
					return true
				}
			}
			return false
		}
		if i >= len(words) || words[i] != p {
			return false
		}
	}
	return true
}

type cue struct {
	ask   []string
	words map[string]bool
	digit bool
}

func newFollowers(p *prompts.Phrases) followers {
	f := followers{langs: p.Langs(), byLang: map[string]follower{}}
	for _, lang := range f.langs {
		raw := p.Follow(lang)
		x := follower{
			yes: set(raw.Yes), more: set(raw.More), forget: set(raw.Forget), refers: set(raw.Refers),
			language: map[string]string{}, pick: map[string]int{}, then: map[string][]then{},
		}
		for to, phrases := range raw.Language {
			for _, s := range phrases {
				x.language[fold(s)] = to
			}
		}
		for n, phrases := range raw.Pick {
			for _, s := range phrases {
				x.pick[fold(s)] = n
			}
		}
		for _, s := range raw.About {
			x.about = append(x.about, fold(s)+" ")
		}
		for _, s := range raw.Tells {
			x.tells = append(x.tells, fold(s)+" ")
		}
		for _, s := range raw.Turns {
			x.turns = append(x.turns, " "+fold(s)+" ")
		}
		for _, y := range raw.Then {
			for _, s := range y.Ask {
				t := then{phrase(s), y.Topic, y.Always}
				x.then[t.ask[0]] = append(x.then[t.ask[0]], t)
			}
		}
		for _, c := range raw.Cues {
			k := cue{words: set(c.Words), digit: slices.Contains(c.Words, "#")}
			for _, s := range c.Ask {
				k.ask = append(k.ask, " "+fold(s)+" ")
			}
			x.cues = append(x.cues, k)
		}
		f.byLang[lang] = x
	}
	return f
}

func set(phrases []string) map[string]bool {
	m := make(map[string]bool, len(phrases))
	for _, s := range phrases {
		m[fold(s)] = true
	}
	return m
}

// phrase are the folded words of a phrase, in which * stays.
func phrase(s string) (out []string) {
	for w := range strings.FieldsSeq(s) {
		if w == "*" {
			out = append(out, w)
		} else {
			out = append(out, strings.Fields(fold(w))...)
		}
	}
	return out
}

// fold is a text in lower case without accents, its words apart by one space.
// Only the first few hundred bytes count: a follow-up is short.
func fold(s string) string {
	const most = 400
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s)) // a transform.Chain would take 8 kB each time
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// tie decides how the message hangs together with what was said before.
func (j *job) tie() plan {
	said := fold(j.text)
	q := index.Query{Text: j.text, Limit: 6, Explain: j.why != nil}
	if j.forgets() {
		return plan{forget: true}
	}
	last, ok := j.state.Last()
	if !ok || len(last.Topics) == 0 {
		return plan{query: q}
	}
	if p, ok := j.fixed(said, last); ok {
		return p
	}
	return j.continued(said, last, q)
}

// forgets tells whether a person asks to be forgotten.
func (j *job) forgets() bool {
	said := fold(j.text)
	return slices.ContainsFunc(j.follow.langs, func(lang string) bool { return j.follow.byLang[lang].forget[said] })
}

// fixed recognises messages that are a follow-up as a whole: yes, more, a
// number, another language.
func (j *job) fixed(said string, last conversation.Turn) (plan, bool) {
	for _, lang := range j.order() {
		f := j.follow.byLang[lang]
		n := f.pick[said]
		if len(said) == 1 && said[0] >= '1' && said[0] <= '9' {
			n = int(said[0] - '0')
		}
		if f.yes[said] {
			n = 1
		}
		to := f.language[said]
		switch {
		case to != "" && j.answers(to):
			j.lang = to // from now on likelier; only /lang outweighs what they write in
			if j.state.Pinned != "" {
				j.state.Pinned = to
			}
			return plan{repeat: true, follows: last.Topics[0]}, true
		case n > 0 && n <= len(last.Offered) && last.Offered[n-1].Topic != "":
			return plan{topic: last.Offered[n-1].Topic}, true
		case f.more[said] || f.yes[said]:
			return plan{more: true, follows: last.Topics[0]}, true
		}
	}
	return plan{}, false
}

// order is the answer's language first, then the others.
func (j *job) order() []string {
	return merge([]string{j.lang}, j.follow.langs)
}

// continued ties a message to the topic before it, or to one that it leads to
// from there, where it does not stand by itself.
func (j *job) continued(said string, last conversation.Turn, q index.Query) plan {
	p := plan{query: q}
	t, ok := j.base.Topic(last.Topics[0], j.lang)
	if !ok {
		return p
	}
	if to := j.always(said, last); to != "" {
		return plan{topic: to}
	}
	a := j.asked(said, t, q)
	best := likeliest(j.candidates(a), weights())
	switch {
	case best.none():
		p.outside = true
		return p
	case best.foundFirst && a.alone.Band == knowledge.Certain && !best.same():
		return p // as it would be answered by itself
	}
	found := best.tied(j.lang)
	p.follows, p.found = t.ID, &found
	return p
}

// always is the topic that a short follow-up leads to whatever it may be tied
// to, or "".
func (j *job) always(said string, last conversation.Turn) string {
	words := strings.Fields(said)
	if len(words) > 10 {
		return ""
	}
	for _, t := range j.thens(words) {
		if t.always && t.topic != last.Topics[0] {
			return t.topic
		}
	}
	return ""
}

// thens are the phrases in a message that lead to a topic.
func (j *job) thens(words []string) (out []then) {
	all := j.follow.byLang[j.lang].then
	for i, w := range words {
		for _, t := range all[w] {
			if starts(words[i:], t.ask) {
				out = append(out, t)
			}
		}
	}
	return out
}

// elliptic tells whether a message is only the kind of a question ("when?",
// "how long?") and names nothing to ask it about.
func (j *job) elliptic(said string) bool {
	padded := " " + said + " "
	for _, c := range j.follow.byLang[j.lang].cues {
		for _, a := range c.ask {
			if _, rest, ok := strings.Cut(padded, a); ok && strings.HasPrefix(padded, a) {
				return strings.TrimSpace(rest) == "" || j.base.FindIn(j.lang, index.Query{Text: rest, Limit: 1}).Peak < bare
			}
		}
	}
	return false
}

// topScore is the highest score of what was found; not zero.
func topScore(found []knowledge.Found) float64 {
	most := 1e-9
	for _, x := range found {
		most = max(most, x.Score)
	}
	return most
}

// cued is how well a sentence answers the sort of question asked, 0 or more.
func (j *job) cued(said, sentence string) int { return answers(j.cuesOf(said), sentence) }

// cuesOf are the sorts of question that a message asks.
func (j *job) cuesOf(said string) (out []cue) {
	said = " " + said + " "
	for _, c := range j.follow.byLang[j.lang].cues {
		if slices.ContainsFunc(c.ask, func(a string) bool { return strings.Contains(said, a) }) {
			out = append(out, c)
		}
	}
	return out
}

// answers counts the cues that a sentence answers.
func answers(cues []cue, sentence string) (n int) {
	if len(cues) == 0 {
		return 0
	}
	sentence = fold(sentence)
	for _, c := range cues {
		hit := c.digit && strings.ContainsFunc(sentence, unicode.IsDigit)
		for w := range strings.FieldsSeq(sentence) {
			hit = hit || c.words[w]
		}
		if hit {
			n++
		}
	}
	return n
}

// cuedFirst puts the sentences that answer the sort of question asked first.
func (j *job) cuedFirst(said string, bullets []string) []string {
	cues := j.cuesOf(said)
	if len(cues) == 0 {
		return bullets
	}
	type scored struct {
		text string
		n    int
	}
	all := make([]scored, len(bullets))
	for i, b := range bullets {
		all[i] = scored{b, answers(cues, b)}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return b.n - a.n })
	for i, x := range all {
		bullets[i] = x.text
	}
	return bullets
}
