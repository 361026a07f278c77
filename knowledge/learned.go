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

// learn puts the topics found in the order of what the search and the learned
// weights say together, and adds the topic that was learned where the search
// missed it. It gives what was learned of the first one, and whether anything was.
func (c *corpus) learn(found []Found, text string) ([]Found, float64, bool) {
	scores := c.model.Scores(text)
	if len(scores) == 0 || len(found) == 0 {
		return found, 0, false
	}
	best := found[0].Score
	if t := c.likeliest(scores); t != nil && !slices.ContainsFunc(found, func(x Found) bool { return x.Topic == t }) {
		found = append(found, Found{Topic: t, Hit: index.Hit{Score: learnedOnly * best, Passage: -1}})
	}
	value := func(x Found) float64 {
		s, ok := scores[x.Topic.ID]
		if !ok { // a topic of an organisation's own
			s = -0.9
		}
		return x.Score/best + learnedShare*s
	}
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Compare(value(b), value(a)) })
	s, ok := scores[found[0].Topic.ID]
	return found, s, ok
}

// moved is a likelihood after what was learned of the topic.
func moved(p, learned float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	z := math.Log(p/(1-p)) + learnedOdds*(max(learned, -1)-learnedEven)
	return 1 / (1 + math.Exp(-z))
}

// likeliest is the topic that the learned weights like best, nil when a
// question looks like none.
func (c *corpus) likeliest(scores map[string]float64) *Topic {
	var best *Topic
	for _, t := range c.topics {
		if s, ok := scores[t.ID]; ok && (best == nil || s > scores[best.ID]) {
			best = t
		}
	}
	if best != nil && scores[best.ID] < scores[foreignClass] {
		return nil
	}
	return best
}
