package knowledge

import (
	"maps"
	"slices"
	"time"
)

// Version names the content: equal for equal files.
func (b *Base) Version() string { return b.version }

// Langs lists the languages that topics are written in, sorted.
func (b *Base) Langs() []string { return slices.Sorted(maps.Keys(b.indexes)) }

// NextReview is when the first topic or help line is due to be checked again;
// the zero time when none has a date.
func (b *Base) NextReview() (first time.Time) {
	note := func(d Date) {
		if t, ok := d.Time(); ok && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, lang := range b.Langs() {
		for _, t := range b.Topics(lang) {
			note(t.ReviewBy)
		}
	}
	for _, r := range b.Resources() {
		note(r.ReviewBy)
	}
	return first
}

// Topic returns a topic in a language.
func (b *Base) Topic(id, lang string) (*Topic, bool) {
	t, ok := b.topics[id][lang]
	return t, ok
}

// Topics lists all topics of a language by section and id.
func (b *Base) Topics(lang string) []*Topic {
	out := make([]*Topic, 0, len(b.order))
	for _, id := range b.order {
		if t, ok := b.topics[id][lang]; ok {
			out = append(out, t)
		}
	}
	return out
}

// Cite returns the sources of a topic as its reader is shown them. The slice is
// shared; do not change it.
func (b *Base) Cite(t *Topic) []Citation {
	return t.cites
}

// Card returns a help line in a language, for a reader in a country ("" when
// unknown); ok is false when there is no such line or it must not be shown.
func (b *Base) Card(id, lang, country string) (c Card, ok bool) {
	r := b.resources[id]
	if r == nil || !r.Shown() {
		return Card{}, false
	}
	return b.card(r, lang, country), true
}

// Cards returns the help lines of these ids that may be shown, in order.
func (b *Base) Cards(lang, country string, ids ...string) []Card {
	out := make([]Card, 0, len(ids))
	for _, id := range ids {
		if c, ok := b.Card(id, lang, country); ok {
			out = append(out, c)
		}
	}
	return out
}

// Directory lists the lines that people in a country may be shown without a
// topic calling for it, in the order of the registry; country "" means all.
func (b *Base) Directory(country, lang string) []Card {
	var out []Card
	for _, id := range b.lines {
		r := b.resources[id]
		if r.Show == ShowYes && (country == "" || slices.Contains(r.Countries, country)) {
			out = append(out, b.card(r, lang, country))
		}
	}
	return out
}

// Resource returns the registry's own record, for staff.
func (b *Base) Resource(id string) (*Resource, bool) {
	r, ok := b.resources[id]
	return r, ok
}

// Resources lists all records, shown or not, for staff.
func (b *Base) Resources() []*Resource {
	out := make([]*Resource, 0, len(b.lines))
	for _, id := range b.lines {
		out = append(out, b.resources[id])
	}
	return out
}

// EmergencyLine is the id of a country's emergency line; ok is false when the
// registry has none.
func (b *Base) EmergencyLine(country string) (id string, ok bool) {
	id, ok = b.emergency[country]
	return id, ok
}

// Countries lists the countries that the registry has lines for, sorted.
func (b *Base) Countries() []string { return slices.Sorted(maps.Keys(b.emergency)) }

func (b *Base) labels(lang string) labels {
	if l, ok := b.words[lang]; ok {
		return l
	}
	return b.words["en"]
}
