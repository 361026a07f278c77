package index

// synonyms maps phrases of a question, as terms joined by spaces, to terms of
// the index.
type synonyms struct {
	phrases *dict
	means   [][]alternative // the words of one meaning share its weight
	first   map[string]bool // words that a phrase begins with
	longest int
}

const maxPhrase = 4

func newSynonyms(x *Index, a *analyzer, list []Synonym) synonyms {
	s := synonyms{phrases: newDict(len(list) * 4), first: map[string]bool{}}
	for _, y := range list {
		var means []alternative
		for _, m := range y.Means {
			from := len(means)
			a.words(m, func(raw string) bool {
				own, _ := a.pair(a.form(raw))
				if t, ok := x.terms.findString(own); ok {
					means = append(means, alternative{term: t})
				}
				return true
			})
			for i := from; i < len(means); i++ {
				means[i].weight = max(other, int32(2*synonym/(len(means)-from+1)))
			}
		}
		if len(means) == 0 {
			continue
		}
		for _, say := range y.Say {
			var key []byte
			n := 0
			first := ""
			a.words(say, func(raw string) bool {
				own, _ := a.pair(a.form(raw))
				if n == 0 {
					first = string(append([]byte(nil), own...))
				}
				key = appendKey(key, own)
				n++
				return true
			})
			if n == 0 || n > maxPhrase {
				continue
			}
			s.first[first] = true
			s.longest = max(s.longest, n)
			id := s.phrases.add(string(key))
			if int(id) == len(s.means) {
				s.means = append(s.means, nil)
			}
			s.means[id] = append(s.means[id], means...)
		}
	}
	s.phrases.clip()
	return s
}

func appendKey(key []byte, term string) []byte {
	if len(key) > 0 {
		key = append(key, ' ')
	}
	return append(key, term...)
}

// starts tells whether a phrase begins with a term.
func (s *synonyms) starts(term string) bool { return s.first[term] }
