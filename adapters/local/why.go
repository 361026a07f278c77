package local

import "porchlight/bot"

// reasons is bot.Explanation as JSON, as the console's machine form has it.
type reasons struct {
	Signs      []string    `json:"signs"`
	Lang       string      `json:"lang"`
	Follow     string      `json:"follow"`
	Query      string      `json:"query"`
	Words      []string    `json:"words"`
	Candidates []candidate `json:"candidates"`
	Band       string      `json:"band"`
	Chosen     string      `json:"chosen"`
	Steps      []step      `json:"steps"`
}

type candidate struct {
	ID         string  `json:"id"`
	Score      float64 `json:"score"`
	Confidence float64 `json:"confidence"`
	Match      float64 `json:"match"`
	Coverage   float64 `json:"coverage"`
	Like       float64 `json:"like"`
	Pair       float64 `json:"pair"`
	Margin     float64 `json:"margin"`
}

type step struct {
	Name   string `json:"name"`
	TookUS int64  `json:"took_us"`
}

// newReasons is nil of nil.
func newReasons(e *bot.Explanation) *reasons {
	if e == nil {
		return nil
	}
	return &reasons{
		Signs: items(e.Signs), Lang: e.Lang, Follow: e.Follow, Query: e.Query,
		Words: items(e.Words), Band: e.Band, Chosen: e.Chosen,
		Candidates: each(e.Candidates, func(c bot.Candidate) candidate {
			return candidate{
				c.ID, tidy(c.Score), tidy(c.Confidence), tidy(c.Match),
				tidy(c.Coverage), tidy(c.Like), tidy(c.Pair), tidy(c.Margin),
			}
		}),
		Steps: each(e.Steps, func(s bot.Step) step { return step{s.Name, s.Took.Microseconds()} }),
	}
}
