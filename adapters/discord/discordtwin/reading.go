package discordtwin

import (
	"slices"
	"strconv"
)

func (r *request) message() answer {
	c, no := r.here(ReadMessageHistory)
	if no != nil {
		return *no
	}
	p, no := r.there(c)
	if no != nil {
		return *no
	}
	return fine(r.readable(p))
}

// readable is a message as the app may read it by REST.
func (r *request) readable(p *Post) map[string]any {
	m := r.json(p)
	delete(m, "nonce")
	if r.options.MessageContent {
		return m
	}
	return hidden(m, r.isPrivate(p), r.repliesToPrivate(p))
}

// messages are those of a channel, the latest first.
func (r *request) messages() answer {
	c, no := r.here(0)
	if no != nil {
		return *no
	}
	limit := 50
	if s := r.Query.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 100 {
			return invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
		}
		limit = n
	}
	found := []any{}
	if !c.allows(ReadMessageHistory) {
		return fine(found)
	}
	before, after := r.Query.Get("before"), r.Query.Get("after")
	var kept []*Post
	for _, p := range r.inside[c.ID] {
		if p.Deleted || p.EphemeralTo != "" || before != "" && !earlier(p.ID, before) || after != "" && !earlier(after, p.ID) {
			continue
		}
		kept = append(kept, p)
	}
	switch {
	case len(kept) <= limit:
	case after != "" && before == "":
		kept = kept[:limit]
	default:
		kept = kept[len(kept)-limit:]
	}
	slices.Reverse(kept)
	for _, p := range kept {
		found = append(found, r.readable(p))
	}
	return fine(found)
}
