package answer

import (
	"fmt"
	"strings"

	"porchlight/bot"
	"porchlight/knowledge"
)

// explain tells staff what was considered.
func (j *job) explain(f knowledge.Finding, p plan) {
	if j.why == nil {
		return
	}
	j.why.Follow, j.why.Query, j.why.Band = p.follows, p.query.Text, f.Band.String()
	for _, w := range f.Words {
		s := fmt.Sprintf("%s -> %s (%.2f, in %d)", w.Text, w.Term, w.Telling, w.Passages)
		if w.Corrected != "" {
			s += " corrected"
		}
		if len(w.Also) > 0 {
			s += " + " + strings.Join(w.Also, " ")
		}
		j.why.Words = append(j.why.Words, s)
	}
	for i, x := range f.Found {
		c := bot.Candidate{
			ID: x.Topic.ID, Score: x.Score, Confidence: x.Confidence,
			Match: x.Match, Coverage: x.Coverage, Like: x.Like, Pair: x.Pair,
		}
		if i+1 < len(f.Found) && x.Score > 0 {
			c.Margin = 1 - f.Found[i+1].Score/x.Score
		}
		j.why.Candidates = append(j.why.Candidates, c)
	}
	if len(f.Found) > 0 {
		j.why.Chosen = f.Found[0].Topic.ID
	}
}
