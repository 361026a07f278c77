package eval

import (
	"slices"
	"strings"

	"porchlight/knowledge"
	"porchlight/knowledge/index"
)

// baseline is what stands beside us: a keyword search over the titles and texts
// of the same topics, with no triage, no memory and no wordings of its own. It
// declines when nothing in a question is found.
type baseline struct {
	topics map[string][]*knowledge.Topic
	index  map[string]*index.Index
}

func newBaseline(b *knowledge.Base) *baseline {
	out := &baseline{topics: map[string][]*knowledge.Topic{}, index: map[string]*index.Index{}}
	for _, lang := range b.Langs() {
		topics := b.Topics(lang)
		out.topics[lang] = topics
		out.index[lang] = index.Build(index.Options{Lang: lang}, func(yield func(index.Passage) bool) {
			for _, t := range topics {
				if !yield(index.Passage{Title: t.Title, Body: t.Answer + "\n" + strings.Join(t.Details, "\n")}) {
					return
				}
			}
		})
	}
	return out
}

// right says whether the first topic found by the last turn's words is wanted,
// or, where nothing should be found, that nothing was.
func (b *baseline) right(c Case) bool {
	lang := c.Lang
	if b.index[lang] == nil {
		lang = "en"
	}
	found := ""
	if r := b.index[lang].Search(index.Query{Text: c.Turns[len(c.Turns)-1], Limit: 1}); len(r.Hits) > 0 {
		found = b.topics[lang][r.Hits[0].Passage].ID
	}
	switch c.Set {
	case Info, Follow:
		return slices.Contains(c.Topics, found)
	case OffTopic:
		return found == ""
	case Benign, Honest:
		return true // what raises no alarm raises no false one
	default:
		return false
	}
}
