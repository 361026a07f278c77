package answer

import (
	"slices"
	"strings"

	"porchlight/bot"
	"porchlight/bot/verify"
	"porchlight/knowledge"
)

// checked is a sentence that verify let pass. There is no other way to make one.
type checked struct {
	text   string // help lines by their names
	draft  string // and as tokens
	lines  []string
	topics []*knowledge.Topic // that it cites
}

// material is what a model may write from, and what its sentences are held
// against.
type material struct {
	topics   []*knowledge.Topic
	passages []verify.Passage
	evidence *verify.Evidence
}

// verify checks one draft. The reason is "" when it may be shown.
func (m *material) verify(d draft, name func(id string) string) (c checked, reason string, doubt float64) {
	d.text = m.evidence.Statement(d.text)
	v := m.evidence.Check(verify.Claim{Text: d.text, Cites: d.cites})
	if !v.Shown {
		return c, v.Reason, v.Doubt
	}
	c.text = lineToken.ReplaceAllStringFunc(d.text, func(t string) string {
		id := t[1 : len(t)-1]
		s := name(id)
		if s == "" {
			reason = "token"
		}
		if !slices.Contains(c.lines, id) {
			c.lines = append(c.lines, id)
		}
		return s
	})
	if reason != "" {
		return checked{}, reason, 1
	}
	for _, n := range d.cites {
		if t := m.topics[n]; !slices.Contains(c.topics, t) {
			c.topics = append(c.topics, t)
		}
	}
	c.text, c.draft = upperFirst(c.text), d.text
	return c, "", v.Doubt
}

// archived tells whether a sentence rests on an archived source.
func (c checked) archived() bool {
	return slices.ContainsFunc(c.topics, func(t *knowledge.Topic) bool { return t.Archived })
}

// written makes sections of sentences: one, or more where archived sources and
// others take turns, so that the mark stands where it belongs. The heading is
// that of the topic cited first.
func (j *job) written(all []checked) (out []bot.Section) {
	for i := 0; i < len(all); {
		n := i + 1
		for n < len(all) && all[n].archived() == all[i].archived() {
			n++
		}
		out = append(out, j.stretch(all[i:n]))
		i = n
	}
	return out
}

// stretch is a section of sentences that are all archived or all not: the first
// one and bullets, as every answer is, so that none moves when another comes.
func (j *job) stretch(all []checked) bot.Section {
	lead := all[0].topics[0]
	s := bot.Section{Heading: lead.Title}
	var topics []*knowledge.Topic
	s.Text = all[0].text
	for i, c := range all {
		if i > 0 {
			s.Bullets = append(s.Bullets, c.text)
		}
		for _, t := range c.topics {
			if !slices.Contains(topics, t) {
				topics = append(topics, t)
			}
			if t.Archived {
				lead, s.Archived = t, true
			}
		}
	}
	for _, t := range topics {
		for _, c := range j.base.Cite(t) {
			if !slices.ContainsFunc(s.Cites, func(x bot.Citation) bool { return x.ID == c.ID }) {
				s.Cites = append(s.Cites, c)
			}
		}
	}
	if s.Archived {
		s.Mark = strings.ReplaceAll(j.say("archived"), "{date}", j.date(lead.AsOf))
	}
	s.Source = j.source(s.Cites)
	return s
}

// upperFirst begins a sentence with a capital, which the name of a help line
// that opens it has not.
func upperFirst(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
