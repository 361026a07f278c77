package answer

import (
	_ "embed" // the weights
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"porchlight/bot"
	"porchlight/bot/safety"
	"porchlight/knowledge"
	"porchlight/knowledge/index"
)

// A message that follows an answer is tied to it by weighing every topic that it
// may lead to: the one before, its neighbours, and what the search finds for the
// message alone and together with the title of the topic before. What each trait
// weighs was learned from conversations with known answers; TestLearned in this
// package learns anew.

//go:embed follow.weights.tsv
var weightsFile string

// weights are what each trait of a candidate weighs, in the order of traits.
var weights = sync.OnceValue(func() []float64 {
	w, err := readWeights(weightsFile)
	if err != nil {
		panic(err) // a file of ours, made by a test
	}
	return w
})

// readWeights reads lines of a trait's name, a tab and its weight. A trait
// without one counts for nothing.
func readWeights(file string) ([]float64, error) {
	byName := map[string]float64{}
	for line := range strings.Lines(file) {
		name, number, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		w, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return nil, fmt.Errorf("follow.weights.tsv: %s: %w", name, err)
		}
		byName[name] = w
	}
	out := make([]float64, len(traits))
	for i, t := range traits {
		out[i] = byName[t.name]
	}
	return out, nil
}

// deep is how many topics of each search are weighed.
const deep = 8

// wide is how many topics of each search are looked through for those weighed.
const wide = 20

// asked is what is known of a follow-up, whichever topic it leads to.
type asked struct {
	before       *knowledge.Topic
	kind         bot.Kind
	program      float64 // how much it weighs like a question about this program
	words        float64
	question     bool           // holds a question mark
	about        bool           // begins like a follow-up
	tells        bool           // begins to tell something
	turns        bool           // says that it turns to something else
	refers       bool           // holds a word that points back
	elliptic     bool           // is only the kind of a question
	led          map[string]int // how many words of it lead to a topic
	most         int            // of these
	alone, joint knowledge.Finding
	likeliest    float64 // the most that was learned of one topic
}

// candidate is a topic that a follow-up may lead to; topic nil stands for none.
type candidate struct {
	*asked
	topic                  *knowledge.Topic
	hit, jointly           index.Hit // of the searches alone and joint
	foundFirst, jointFirst bool
}

// trait is one thing that speaks for or against a candidate.
type trait struct {
	name string
	of   func(c *candidate) float64
}

// traits are all of them. What is the same for all candidates counts only where
// it meets something that is not.
var traits = slices.Concat(placeTraits, foundTraits, beforeTraits, noneTraits)

// placeTraits are where the topic stands to what was spoken of.
var placeTraits = []trait{
	{"before", func(c *candidate) float64 { return is(c.same()) }},
	{"related", func(c *candidate) float64 { return is(c.related()) }},
	{"related back", func(c *candidate) float64 {
		return is(c.topic != nil && slices.Contains(c.topic.Related, c.before.ID))
	}},
	{"then", func(c *candidate) float64 { return is(c.ledBy() > 0) }},
	{"then: three words", func(c *candidate) float64 { return is(c.ledBy() > 2) }},
	{"then: most words", func(c *candidate) float64 { return is(c.ledBy() > 0 && c.ledBy() == c.most) }},
	{"about the program", func(c *candidate) float64 { return is(c.topic != nil && c.topic.Section == "about") * c.program }},
}

// foundTraits are what the searches say of the topic.
var foundTraits = []trait{
	{"alone: first", func(c *candidate) float64 { return is(c.foundFirst) }},
	{"alone: first, confident", func(c *candidate) float64 { return is(c.foundFirst) * c.alone.Confident }},
	{"alone: first, certain", func(c *candidate) float64 { return is(c.foundFirst && c.alone.Band == knowledge.Certain) }},
	{"alone: first, refers", func(c *candidate) float64 { return is(c.foundFirst && c.refers) }},
	{"alone: pair", func(c *candidate) float64 { return c.hit.Pair }},
	{"alone: learned", func(c *candidate) float64 { return c.learned(&c.alone) }},
	{"alone: score by words", func(c *candidate) float64 { return share(c.hit, c.alone) * min(c.words, 12) / 12 }},
	{"alone: score by peak", func(c *candidate) float64 { return share(c.hit, c.alone) * c.alone.Peak }},
	{"joint: score", func(c *candidate) float64 { return share(c.jointly, c.joint) }},
	{"joint: first", func(c *candidate) float64 { return is(c.jointFirst) }},
	{"joint: like", func(c *candidate) float64 { return c.jointly.Like }},
	{"joint: learned", func(c *candidate) float64 { return c.learned(&c.joint) }},
}

// beforeTraits are what makes a message stay with the topic before.
var beforeTraits = []trait{
	{"before: refers", func(c *candidate) float64 { return is(c.same() && c.refers && !c.tells) }},
	{"before: elliptic", func(c *candidate) float64 { return is(c.same() && c.elliptic) }},
	{"before: question", func(c *candidate) float64 { return is(c.same() && c.question) }},
	{"before: words", func(c *candidate) float64 { return is(c.same()) * c.length() }},
	{"before: at most three words", func(c *candidate) float64 { return is(c.same() && c.words <= 3) }},
	{"before: peak", func(c *candidate) float64 { return is(c.same()) * c.alone.Peak }},
	{"before: begins as follow-up", func(c *candidate) float64 { return is(c.same() && c.about) }},
	{"before: tells", func(c *candidate) float64 { return is(c.same() && c.tells) }},
	{"before: turns", func(c *candidate) float64 { return is(c.same() && c.turns) }},
	{"alone: turns", func(c *candidate) float64 { return is(c.foundFirst && c.turns) }},
	{"before: full help", func(c *candidate) float64 { return is(c.same() && c.topic.Needs()) }},
}

// noneTraits are what makes a message one for none of the topics.
var noneTraits = []trait{
	{"none", func(c *candidate) float64 { return is(c.none()) }},
	{"none: off topic", func(c *candidate) float64 { return is(c.none() && c.kind == bot.OffTopic) }},
	{"none: outside", func(c *candidate) float64 { return is(c.none() && c.alone.Outside != "") }},
	{"none: peak", func(c *candidate) float64 { return is(c.none()) * c.alone.Peak }},
	{"none: learned alone", func(c *candidate) float64 { return is(c.none()) * c.likeliest }},
	{"none: learned outside", func(c *candidate) float64 { return is(c.none()) * c.alone.LearnedOutside() }},
	{"none: words", func(c *candidate) float64 { return is(c.none()) * c.length() }},
	{"none: refers", func(c *candidate) float64 { return is(c.none() && c.refers) }},
}

// is counts what holds as one.
func is(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// none tells whether it stands for none of the topics.
func (c *candidate) none() bool { return c.topic == nil }

// same tells whether it is the topic before.
func (c *candidate) same() bool { return c.topic != nil && c.topic.ID == c.before.ID }

// ledBy is how many words lead to the topic.
func (c *candidate) ledBy() int {
	if c.topic == nil {
		return 0
	}
	return c.led[c.topic.ID]
}

// related tells whether the topic before names it as a neighbour.
func (c *candidate) related() bool {
	return c.topic != nil && slices.Contains(c.before.Related, c.topic.ID)
}

// learned is how much the text of a search looks like asking for the topic, by
// what was learned; never below -1.
func (c *candidate) learned(f *knowledge.Finding) float64 {
	if c.topic == nil {
		return -1
	}
	return max(-1, f.Learned(c.topic))
}

// share is a score against the best of its search.
func share(h index.Hit, f knowledge.Finding) float64 {
	if h.Score == 0 {
		return 0
	}
	return h.Score / topScore(f.Found)
}

// length is the share of a long message that this one has.
func (a *asked) length() float64 { return min(a.words, 16) / 16 }

// asked gathers what is known of a follow-up to the topic before.
func (j *job) asked(said string, before *knowledge.Topic, q index.Query) *asked {
	f := j.follow.byLang[j.lang]
	words := strings.Fields(said)
	begins := func(a string) bool { return strings.HasPrefix(said+" ", a) && len(said) > len(a) }
	a := &asked{
		before: before, kind: bot.Kind(j.risk.Kind), program: min(j.risk.Weight(safety.About), 2),
		words: float64(len(words)), question: strings.Contains(j.text, "?"),
		about: slices.ContainsFunc(f.about, begins), tells: len(words) >= 4 && !strings.Contains(j.text, "?") && slices.ContainsFunc(f.tells, begins),
		turns:    slices.ContainsFunc(f.turns, func(p string) bool { return strings.Contains(" "+said+" ", p) }),
		refers:   slices.ContainsFunc(words, func(w string) bool { return f.refers[w] }),
		elliptic: j.elliptic(said), led: map[string]int{}, likeliest: -1,
	}
	for _, t := range j.thens(words) {
		a.led[t.topic] = max(a.led[t.topic], len(t.ask))
		a.most = max(a.most, len(t.ask))
	}
	q.Limit = wide
	a.alone = j.base.FindIn(j.lang, q)
	a.joint = j.base.FindIn(j.lang, index.Query{Text: before.Title + ". " + q.Text, Limit: wide})
	for _, x := range a.alone.Found {
		a.likeliest = max(a.likeliest, a.alone.Learned(x.Topic))
	}
	return a
}

// candidates are the topics that a follow-up may lead to, and none, each once.
func (j *job) candidates(a *asked) []candidate {
	out := []candidate{{asked: a}}
	add := func(t *knowledge.Topic) {
		if !slices.ContainsFunc(out, func(c candidate) bool { return c.topic != nil && c.topic.ID == t.ID }) {
			out = append(out, candidate{asked: a, topic: t})
		}
	}
	add(a.before)
	for _, id := range slices.Concat(a.before.Related, slices.Sorted(maps.Keys(a.led)), j.spokenOf()) {
		if t, ok := j.base.Topic(id, j.lang); ok {
			add(t)
		}
	}
	for _, found := range [][]knowledge.Found{a.alone.Found, a.joint.Found} {
		for _, x := range found[:min(deep, len(found))] {
			add(x.Topic)
		}
	}
	for i := range out {
		out[i].find()
	}
	return out
}

// spokenOf are the topics of the turns so far, and those offered with the last.
func (j *job) spokenOf() (ids []string) {
	for _, t := range j.state.Turns {
		ids = append(ids, t.Topics...)
	}
	last, _ := j.state.Last()
	for _, s := range last.Offered {
		ids = append(ids, s.Topic)
	}
	return ids
}

// find notes how the searches found the topic.
func (c *candidate) find() {
	if c.topic == nil {
		return
	}
	at := func(f knowledge.Finding) (h index.Hit, first bool) {
		i := slices.IndexFunc(f.Found, func(x knowledge.Found) bool { return x.Topic.ID == c.topic.ID })
		if i < 0 {
			return h, false
		}
		return f.Found[i].Hit, i == 0
	}
	c.hit, c.foundFirst = at(c.alone)
	c.jointly, c.jointFirst = at(c.joint)
}

// likeliest is the candidate for which its traits speak most.
func likeliest(all []candidate, w []float64) *candidate {
	best, most := 0, math.Inf(-1)
	for i := range all {
		value := 0.0
		for k, t := range traits {
			value += w[k] * t.of(&all[i])
		}
		if value > most {
			best, most = i, value
		}
	}
	return &all[best]
}

// tied is what was found for a follow-up once it is tied to a topic: that one
// first, as surely as if it had been asked for by name.
func (c *candidate) tied(lang string) knowledge.Finding {
	f := c.alone
	x := knowledge.Found{Topic: c.topic, Hit: c.hit}
	x.Confidence = max(x.Confidence, sure)
	rest := slices.DeleteFunc(slices.Clone(f.Found), func(y knowledge.Found) bool { return y.Topic.ID == c.topic.ID })
	f.Found = append([]knowledge.Found{x}, rest[:min(len(rest), deep)]...)
	f.Lang, f.Band, f.Confident, f.Outside = lang, knowledge.Certain, max(f.Confident, sure), ""
	return f
}
