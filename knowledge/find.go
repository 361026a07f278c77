package knowledge

import (
	"math"
	"strings"

	"porchlight/knowledge/index"
)

// A Band says how much to trust what was found.
type Band int

// The bands, from nothing to an answer.
const (
	Unknown Band = iota // the question is about something else
	Nearest             // offer the nearest topics: "did you mean"
	Certain             // answer with the first topic
)

func (b Band) String() string { return [...]string{"unknown", "nearest", "certain"}[b] }

// A Finding is what the knowledge base has on a question.
type Finding struct {
	Band  Band
	Lang  string // of the topics: another one when only it has the answer
	Found []Found
	// Outside names the subject that the question is nearer to than to any of
	// ours, or "".
	Outside string
	Words   []index.Word // how each word was understood; only when asked to explain
	Peak    float64      // how telling the most telling word is, 0 to 1
	// Confident is the probability that the first topic is about the question.
	Confident float64

	corpus  *corpus
	learned []float32 // by class of its model
}

// Found is one topic found.
type Found struct {
	Topic *Topic
	index.Hit
}

// Thresholds of the bands, and weights of the signals that decide them: a
// logistic regression on testdata/dev.*.tsv (right first topic against wrong
// one or none). TestQuestions prints what they do to testdata/questions.*.tsv,
// which it has not seen.
const (
	certain = 0.45
	nearest = 0.12
	foreign = 0.80 // for an answer from the other language's topics
	glue    = 0.10 // a question whose most telling word says less asks nothing
)

// confident is the likelihood that a topic is what the question asks for. next
// is the topic behind it, outside the best subject that is not ours.
func confident(h, next, outside index.Hit, telling float64) float64 {
	z := -3.69 +
		2.30*h.Coverage + 2.19*h.Match*h.Coverage + 1.64*h.Pair +
		2.80*min(telling, 6)/6 // a longer question has more to go by
	if h.Score > 0 {
		z += 1.85*(1-next.Score/h.Score) - 3.51*min(outside.Score/h.Score, 1.5)
	}
	p := 1 / (1 + math.Exp(-z))
	// A known way of asking needs no other evidence.
	switch {
	case h.Like < outside.Like:
	case h.Like >= 0.75:
		p = max(p, 0.7)
	case h.Like >= 0.6:
		p = max(p, certain)
	}
	return p
}

// Find looks a question up in a language; when that language has nothing and
// another is sure, in that one: its topics are given in the first language
// where they are written in it. It blocks for microseconds and never fails.
func (b *Base) Find(lang string, q index.Query) Finding {
	best := b.FindIn(lang, q)
	if best.Band != Unknown || len(best.Found) > 0 && best.Peak < glue {
		return best
	}
	for _, other := range b.Langs() {
		if other == lang {
			continue
		}
		if f := b.FindIn(other, q); f.Confident >= foreign {
			for i := range f.Found {
				if t, ok := b.Topic(f.Found[i].Topic.ID, lang); ok {
					f.Found[i].Topic = t
				}
			}
			return f
		}
	}
	return best
}

// FindIn looks a question up in one language only.
func (b *Base) FindIn(lang string, q index.Query) Finding {
	c := b.indexes[lang]
	if c == nil {
		return Finding{Lang: lang}
	}
	limit := q.Limit
	f, r, outside := b.search(c, lang, q)
	if len(f.Found) == 0 {
		return f
	}
	var like float64
	var taught bool
	f.corpus, f.learned = c, c.model.Scores(q.Text)
	f.Found, like, taught = c.learn(f.Found, f.learned)
	best, next := f.Found[0].Hit, index.Hit{}
	if len(f.Found) > 1 {
		next = f.Found[1].Hit
	}
	if len(f.Found) > 1 && 1.08*next.Score > best.Score && next.Coverage > best.Coverage+0.1 && next.Like >= best.Like-0.02 {
		// As good a match, and it knows more of the question.
		f.Found[0], f.Found[1] = f.Found[1], f.Found[0]
		best, next = next, best
	}
	// What is asked word for word is what is meant, whatever else scores.
	if i := exact(f.Found); i > 0 {
		hit := f.Found[i]
		copy(f.Found[1:i+1], f.Found[:i])
		f.Found[0] = hit
		best, next = hit.Hit, best
	}
	f.Confident = confident(best, next, outside, r.Telling)
	if taught && strings.ContainsAny(strings.TrimSpace(q.Text), " ?") { // one word alone teaches nothing
		f.Confident = moved(f.Confident, like)
	}
	if r.Peak < glue {
		f.Confident = min(f.Confident, nearest/2)
	}
	switch {
	case f.Confident >= certain:
		f.Band = Certain
	case f.Confident >= nearest:
		f.Band = Nearest
	}
	if limit > 0 && len(f.Found) > limit {
		f.Found = f.Found[:limit]
	}
	if outside.Score < best.Score || f.Band == Certain {
		f.Outside = ""
	}
	return f
}

// search asks the index of a language for more than is wanted, and parts our
// topics from the best passage that is none of our subjects.
func (b *Base) search(c *corpus, lang string, q index.Query) (f Finding, r index.Result, outside index.Hit) {
	q.Limit = 20
	r = c.Search(q)
	f = Finding{Lang: lang, Words: r.Words, Peak: r.Peak, Found: make([]Found, 0, q.Limit+1)}
	for _, h := range r.Hits {
		switch {
		case h.Passage < len(c.topics):
			f.Found = append(f.Found, Found{Topic: c.topics[h.Passage], Hit: h})
		case outside.Score == 0:
			outside = h
			f.Outside = b.outside[lang][h.Passage-len(c.topics)].ID
		}
	}
	return f, r, outside
}

// exact is the place of a topic that the question asks for nearly word for word
// when the first is not such a one; 0 otherwise.
func exact(found []Found) int {
	at := 0
	for i, x := range found {
		if x.Like >= 0.95 && found[0].Like < 0.85 && x.Like > found[at].Like {
			at = i
		}
	}
	return at
}
