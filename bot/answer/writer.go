package answer

import (
	"context"
	"regexp"
	"slices"
	"time"

	"porchlight/bot"
	"porchlight/bot/llm"
	"porchlight/bot/verify"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// DefaultDeadline is how long after its message an answer that a model writes
// must be whole.
const DefaultDeadline = 8 * time.Second

// A Writer lets a model write what answers a question. Model, Prompts and
// Checker must be set. Without one, a Pipeline answers in the words of its
// knowledge base; with one it does so whenever the model fails.
type Writer struct {
	Model   llm.Model
	Name    string // of the model, for staff and the cache
	Prompts *prompts.Model
	Checker *verify.Checker
	// Local is set when the model runs on this machine.
	Local bool
	// Open lets a model elsewhere see what people tell of themselves. The zero
	// value keeps that here.
	Open bool
	// Redact takes personal detail out of what a person wrote. Without it a model
	// elsewhere is asked nothing.
	Redact func(lang, text string) string
	// Deadline is how long after its message an answer must be whole; 0 means
	// DefaultDeadline.
	Deadline time.Duration
	// Curated is how like a known way of asking a question must be, 0 to 1, to be
	// answered by the knowledge base without a model; 0 means 0.9, and more than
	// 1 that none is.
	Curated float64
	// Budget bounds what is spent; nil does not.
	Budget *Budget
	// Cache keeps what was written and checked; nil keeps nothing.
	Cache *Cache
	// Near gives topics by the meaning of a question, best first; nil leaves it
	// to the search by words, as an error does.
	Near func(ctx context.Context, lang, text string) (topics []string, err error)
	// Count is told what happens, in constant words; nil tells nobody.
	Count func(what, why string, n int)
}

func (w *Writer) count(what, why string, n int) {
	if w.Count != nil && n > 0 {
		w.Count(what, why, n)
	}
}

func (w *Writer) curated() float64 {
	if w.Curated > 0 {
		return w.Curated
	}
	return curated
}

func (w *Writer) deadline() time.Duration {
	if w.Deadline > 0 {
		return w.Deadline
	}
	return DefaultDeadline
}

const (
	curated      = 0.9  // so like a known way of asking that its answer is the one
	maxPassages  = 3    // given to a model
	maxMaterial  = 2300 // characters of them
	maxTokens    = 320  // of what it writes
	maxSentences = 6    // shown
	nearPatience = 1500 * time.Millisecond
)

var lineToken = regexp.MustCompile(`\{[a-z0-9-]+\}`)

// asksModel tells whether a model may write the answer of which offline is the
// knowledge base's own: never for what is urgent, harmful or about the program,
// for a help line, for what was asked word for word, or for what a person
// confides to a model elsewhere.
func (j *job) asksModel(offline bot.Reply) bool {
	w := j.Writer
	if w == nil || j.found == nil || j.m.Command != bot.NoCommand || j.foreign || w.Redact == nil && !w.Local {
		return false
	}
	if p := j.plan; p.more || p.repeat || p.topic != "" {
		return false
	}
	switch offline.Kind {
	case bot.Answer, bot.Tip:
	case bot.Disclosure:
		if !w.Local && !w.Open {
			return false
		}
	case bot.NoAnswer:
		if j.found.Band != knowledge.Nearest {
			return false
		}
	default:
		return false
	}
	if len(j.found.Found) == 0 {
		return false
	}
	best := j.found.Found[0]
	if j.found.Band == knowledge.Certain && best.Like >= w.curated() && len(offline.Sections) < 2 {
		return false
	}
	return best.Topic.Kind == "answer" && best.Topic.Section != "action" && best.Topic.Section != "about"
}

// gather takes the passages for a model: the topics found by words, fused with
// those found by meaning where there are such.
func (j *job) gather(ctx context.Context, asked string) (*material, bool) {
	m := &material{}
	size := 0
	for _, t := range j.fused(ctx, asked) {
		if t.Lang != j.lang || t.Kind != "answer" || len(m.topics) == maxPassages {
			continue
		}
		p := sourceOf(t)
		if size += length(p); size > maxMaterial && len(m.topics) > 0 {
			break
		}
		m.topics, m.passages = append(m.topics, t), append(m.passages, p.Passage)
	}
	e, ok := j.Writer.Checker.Prepare(j.lang, m.passages)
	m.evidence = e
	return m, ok && len(m.topics) > 0
}

// fused ranks topics by the sum of 1/(60+rank) in each ranking (reciprocal rank
// fusion: Cormack, Clarke and Büttcher, 2009).
func (j *job) fused(ctx context.Context, asked string) (out []*knowledge.Topic) {
	for _, x := range j.found.Found {
		out = append(out, x.Topic)
	}
	if j.Writer.Near == nil {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, nearPatience)
	defer cancel()
	ids, err := j.Writer.Near(ctx, j.lang, asked)
	if err != nil {
		j.Writer.count("near", llm.Reason(err), 1)
		return out
	}
	score := map[string]float64{}
	for i, t := range out {
		score[t.ID] += 1 / float64(60+i)
	}
	for i, id := range ids {
		if _, known := score[id]; !known {
			if t, ok := j.base.Topic(id, j.lang); ok {
				out = append(out, t)
			}
		}
		score[id] += 1 / float64(60+i)
	}
	slices.SortStableFunc(out, func(a, b *knowledge.Topic) int {
		switch x, y := score[a.ID], score[b.ID]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return out
}

// sourceText is a topic as a model is given it.
type sourceText struct {
	verify.Passage
	text    string
	details []string
}

// sourceOf is a topic as its file has it, help lines as tokens.
func sourceOf(t *knowledge.Topic) (s sourceText) {
	s.text, s.details = t.Written()
	s.Title, s.Sentences = t.Title, verify.Sentences(s.text)
	for _, d := range s.details {
		s.Sentences = append(s.Sentences, verify.Sentences(d)...)
	}
	return s
}

func length(s sourceText) (n int) {
	n = len(s.Title) + len(s.text)
	for _, d := range s.details {
		n += len(d) + 2
	}
	return n
}
