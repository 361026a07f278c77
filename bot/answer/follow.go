package answer

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"porchlight/bot"
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
}

// bare is how telling the most telling word is in a question that names nothing.
const bare = 0.6

// What tie goes by: the shares of the two searches, and what speaks for a topic.
// Found by trying on conversations with known answers.
const (
	tieAlone   = 0.5
	tieJoint   = 0.5
	tieOwn     = 0.1  // stays with the topic before
	tieRefers  = 0.1  // stays when a word points back
	tieRelated = 0.15 // is a neighbour of the topic before
	tieSection = 0.08 // is of its section
)

// empty is how telling the most telling word is in a question that says nothing.
const empty = 0.45

// standsAlone is how sure a short question must be to stand alone though it names
// nothing rare.
const standsAlone = 0.85

// followers are the phrases of follow-ups, folded once.
type followers struct {
	langs  []string
	byLang map[string]follower
}

type follower struct {
	yes, more, forget map[string]bool
	language          map[string]string // phrase -> language asked for
	pick              map[string]int
	about, tells      []string // about: longest first
	refers            map[string]bool
	then              []then
	cues              []cue
}

type then struct {
	ask    string
	topic  string
	always bool
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
			language: map[string]string{}, pick: map[string]int{},
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
		slices.SortFunc(x.about, func(a, b string) int { return len(b) - len(a) })
		for _, y := range raw.Then {
			for _, s := range y.Ask {
				x.then = append(x.then, then{" " + fold(s) + " ", y.Topic, y.Always})
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

// plan decides how the message hangs together with what was said before.
func (j *job) plan() plan {
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

// continued ties a question to the topic before it, where it cannot stand alone.
func (j *job) continued(said string, last conversation.Turn, q index.Query) plan {
	f := j.follow.byLang[j.lang]
	p := plan{query: q}
	t, ok := j.base.Topic(last.Topics[0], j.lang)
	if !ok {
		return p
	}
	words := strings.Fields(said)
	begins := func(a string) bool { return strings.HasPrefix(said+" ", a) && len(said) > len(a) }
	about := slices.ContainsFunc(f.about, begins)
	tells := len(words) >= 4 && !strings.ContainsAny(j.text, "?") && slices.ContainsFunc(f.tells, begins)
	refers := len(words) <= 12 && slices.ContainsFunc(words, func(w string) bool { return f.refers[w] })
	alone := j.base.FindIn(j.lang, q)
	if alone.Band != knowledge.Unknown && (tells || !about && bot.Kind(j.risk.Kind).Personal() && j.signed(bot.Kind(j.risk.Kind))) {
		return p // what somebody tells is no question about the topic before
	}
	if to, always := j.next(said, last, len(words)); to != "" && (always || alone.Band != knowledge.Certain || alone.Found[0].Like < 0.85) {
		return plan{topic: to}
	}
	names := alone.Peak >= bare && !j.elliptic(said) || leads(alone, t)
	known := 0.75 // as a way of asking: clear by itself
	if refers {
		known = 0.9
	}
	switch {
	case !about && !refers && alone.Peak >= bare && alone.Confident >= standsAlone && alone.Found[0].Coverage > 0.9:
		return p // every word of it fits a topic
	case !about && !refers && len(words) > 4,
		!about && !refers && (alone.Band == knowledge.Certain || names && !among(alone, t)):
		return p // a subject of its own
	case !about && alone.Peak >= bare && alone.Band == knowledge.Certain && alone.Found[0].Like > known:
		return p // clear by itself, whatever it refers to
	}
	p.follows = t.ID
	if alone.Peak < empty {
		alone.Found = nil // it names no subject at all: "who runs it?"
	}
	if refers && alone.Peak < bare && j.elliptic(said) {
		alone.Found, q.Text = nil, "" // nor does it lead elsewhere: "how long does it take?"
	}
	found := j.tie(alone, t, q, refers)
	p.found = &found
	return p
}

// next is the topic that a short follow-up leads to, or "", and whether it does
// so whatever else it may ask for. Whoever confides is led elsewhere by few.
func (j *job) next(said string, last conversation.Turn, words int) (topic string, always bool) {
	if words > 10 {
		return "", false
	}
	confided := last.Kind == bot.Disclosure || last.Topics[0] == "i-think-it-is-me"
	for _, t := range j.follow.byLang[j.lang].then {
		if strings.Contains(" "+said+" ", t.ask) && t.topic != last.Topics[0] && (t.always || !confided) {
			return t.topic, t.always
		}
	}
	return "", false
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

// tie chooses between the topic before and those that a follow-up leads to: by
// what it says alone, and by what it says together with the title of that topic.
func (j *job) tie(f knowledge.Finding, t *knowledge.Topic, q index.Query, refers bool) knowledge.Finding {
	joint := j.base.FindIn(j.lang, index.Query{Text: t.Title + ". " + q.Text})
	score := map[string]float64{}
	all := map[string]knowledge.Found{t.ID: {Topic: t}}
	for _, by := range []struct {
		found []knowledge.Found
		share float64
	}{{f.Found, tieAlone}, {joint.Found, tieJoint}} {
		most := topScore(by.found)
		for _, x := range by.found {
			all[x.Topic.ID] = x
			score[x.Topic.ID] += by.share * x.Score / most
		}
	}
	best := t.ID
	score[best] += tieOwn
	if refers {
		score[best] += tieRefers
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		switch {
		case id == t.ID:
		case slices.Contains(t.Related, id):
			score[id] += tieRelated
		case all[id].Topic.Section == t.Section:
			score[id] += tieSection
		}
		if score[id] > score[best] {
			best = id
		}
	}
	x := all[best]
	x.Confidence = max(x.Confidence, sure)
	rest := slices.DeleteFunc(slices.Clone(f.Found), func(y knowledge.Found) bool { return y.Topic.ID == best })
	f.Found = append([]knowledge.Found{x}, rest...)
	f.Lang, f.Band, f.Confident, f.Outside = j.lang, knowledge.Certain, max(f.Confident, sure), ""
	return f
}

// topScore is the highest score of what was found; not zero.
func topScore(found []knowledge.Found) float64 {
	most := 1e-9
	for _, x := range found {
		most = max(most, x.Score)
	}
	return most
}

// among tells whether a topic is one of those found.
func among(f knowledge.Finding, t *knowledge.Topic) bool {
	return slices.ContainsFunc(f.Found, func(x knowledge.Found) bool { return x.Topic.ID == t.ID })
}

// leads tells whether a question that could continue a topic plainly asks for
// one of its neighbours ("is it anonymous?" after how to report), or what to do.
func leads(alone knowledge.Finding, t *knowledge.Topic) bool {
	if alone.Band != knowledge.Certain {
		return false
	}
	best := alone.Found[0]
	return best.Like > 0.7 && slices.Contains(t.Related, best.Topic.ID) ||
		best.Like > 0.7 && best.Topic.Section == "action"
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
