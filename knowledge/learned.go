package knowledge

import (
	"cmp"
	_ "embed" // the files
	"math"
	"slices"
	"sync"

	"porchlight/knowledge/classify"
	"porchlight/knowledge/index"
)

// What was learned from the ways of asking for the embedded topics. TestLearned
// makes it anew and refuses it when topics have changed since. They are strings
// so that they need not be copied out of the program.
var (
	//go:embed learned/en.bin
	learnedEnglish string
	//go:embed learned/es.bin
	learnedSpanish string
)

// foreignClass is what questions are learned as that are for none of the topics.
const foreignClass = "~"

// models are what was learned, by language.
var models = sync.OnceValue(func() map[string]*classify.Model {
	out := map[string]*classify.Model{}
	for lang, file := range map[string]string{"en": learnedEnglish, "es": learnedSpanish} {
		m, err := classify.Read(file)
		if err != nil {
			panic(err) // a file of ours, made by a test
		}
		out[lang] = m
	}
	return out
})

// How what was learned is held against what the search found.
const (
	learnedShare = 1.0  // of a step of one in what was learned, against the best score of the search
	learnedOnly  = 0.55 // of the best score, for a topic that the search did not find
	learnedOdds  = 1.5  // how much what was learned moves the odds that the first topic is right
	learnedEven  = -0.5 // where it moves them neither way
)

// unlearned is how an organisation's own topic is held, of which nothing was learned.
const unlearned = -0.9

// teach notes which class of the model each topic is.
func (c *corpus) teach(m *classify.Model) {
	c.known = m.Classes()
	for _, t := range c.topics {
		at, ok := slices.BinarySearch(c.known, t.ID)
		if !ok {
			at = -1
		}
		c.class = append(c.class, at)
	}
	c.other = slices.Index(c.known, foreignClass)
	c.model = m
}

// Learned is how much a question looks like the ways of asking for a topic, found
// or not: above zero it does, and none is far below it.
func (f *Finding) Learned(t *Topic) float64 {
	if len(f.learned) == 0 {
		return unlearned
	}
	at, ok := slices.BinarySearch(f.corpus.known, t.ID)
	if !ok {
		return unlearned
	}
	return float64(f.learned[at])
}

// LearnedOutside is how much a question looks like those for none of the topics.
func (f *Finding) LearnedOutside() float64 {
	if len(f.learned) == 0 || f.corpus.other < 0 {
		return unlearned
	}
	return float64(f.learned[f.corpus.other])
}

// learn puts the topics found in the order of what the search and the learned
// weights say together, and adds the topic that was learned where the search
// missed it. It gives what was learned of the first one, and whether anything was.
func (c *corpus) learn(found []Found, scores []float32) ([]Found, float64, bool) {
	if len(scores) == 0 || len(found) == 0 {
		return found, 0, false
	}
	best := found[0].Score
	if t := c.likeliest(scores); t >= 0 && !slices.ContainsFunc(found, func(x Found) bool { return x.Topic == c.topics[t] }) {
		found = append(found, Found{Topic: c.topics[t], Hit: index.Hit{Score: learnedOnly * best, Passage: t}})
	}
	value := func(x Found) float64 {
		s := unlearned
		if k := c.class[x.Passage]; k >= 0 {
			s = float64(scores[k])
		}
		return x.Score/best + learnedShare*s
	}
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Compare(value(b), value(a)) })
	k := c.class[found[0].Passage]
	if k < 0 {
		return found, 0, false
	}
	return found, float64(scores[k]), true
}

// moved is a likelihood after what was learned of the topic.
func moved(p, learned float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	z := math.Log(p/(1-p)) + learnedOdds*(max(learned, -1)-learnedEven)
	return 1 / (1 + math.Exp(-z))
}

// likeliest is the place of the topic that the learned weights like best, -1
// when a question looks like none.
func (c *corpus) likeliest(scores []float32) int {
	best, most := -1, float32(-1e9)
	if c.other >= 0 {
		most = scores[c.other]
	}
	for i, k := range c.class {
		if k >= 0 && scores[k] > most {
			best, most = i, scores[k]
		}
	}
	return best
}
