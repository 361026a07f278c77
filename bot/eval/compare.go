package eval

// Changes are what differs from an earlier run.
type Changes struct {
	Before  string    `json:"before"` // content version
	Better  []Outcome `json:"better,omitempty"`
	Worse   []Outcome `json:"worse,omitempty"`
	Changed []Outcome `json:"changed,omitempty"` // as right or wrong as before, in other words
	Added   int       `json:"added"`
	Gone    int       `json:"gone"`
}

// Compare notes what got better, worse or another answer since an earlier run.
func (r *Report) Compare(before *Report) {
	old := map[string]Outcome{}
	for _, o := range before.Cases {
		old[o.ID] = o
	}
	c := &Changes{Before: before.Content}
	for _, o := range r.Cases {
		was, ok := old[o.ID]
		delete(old, o.ID)
		switch {
		case !ok:
			c.Added++
		case o.Right && !was.Right:
			c.Better = append(c.Better, o)
		case !o.Right && was.Right:
			c.Worse = append(c.Worse, o)
		case o.Answer != was.Answer:
			c.Changed = append(c.Changed, o)
		}
	}
	c.Gone = len(old)
	r.Compared = c
}
