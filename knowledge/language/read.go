package language

// A reading is what Detect noticed in one text.
type reading struct {
	t        *tables
	letters  [scripts]int  // of words that say something
	score    [scored]int32 // log likelihood, all evidence, in units
	words    [scored]int32 // the part of it that known words gave
	hits     [scored]int32 // different words known
	misspelt [scored]int32 // words with a letter the language does not use
	total    int           // words read
	fresh    int32         // different words of scored scripts
	foreign  int32         // of them, with a letter none of ours uses
	chinese  int           // ideographs that only Chinese uses
	seen     [128]uint64   // words met, by hash: a forgetful set
}

// take lets one word speak.
func (r *reading) take(w string, k key, s script) {
	langs := groups[s]
	if k.langs != 0 && k.langs&langs.set() != langs.set() {
		r.spell(k, langs)
	}
	if k.length < 2 {
		r.single(k, s)
		return
	}
	says, known := r.t.find(k.typed)
	if known && len(says) == 0 || k.digits && !known {
		return // neutral, or a number
	}
	r.letters[s] += k.length
	if r.again(k) {
		return
	}
	r.fresh++
	if k.langs == 0 {
		r.foreign++
	}
	cost := int32(0)
	if !known && k.bare != k.typed {
		says, known = r.t.find(k.bare)
		cost = bareCost
	}
	for _, p := range says {
		if v := int32(p.score) - cost; v > 0 {
			r.score[p.lang] += v
			r.words[p.lang] += v
			r.hits[p.lang]++
		}
	}
	if !known {
		r.pairs(w, langs)
	}
}

// again reports whether a word was met before, as far as seen remembers. Once
// is evidence, ten times is not ten times as much.
func (r *reading) again(k key) bool {
	at := &r.seen[k.typed%uint64(len(r.seen))]
	if *at == k.typed {
		return true
	}
	*at = k.typed
	return false
}

// single reads a word of one letter. It is no evidence (there are initials and
// "T visa"), but beside real words "y" or "i" may tip the balance.
func (r *reading) single(k key, s script) {
	if s != latin {
		r.letters[s]++
		return
	}
	if r.again(k) {
		return
	}
	says, _ := r.t.find(k.typed)
	for _, p := range says {
		r.score[p.lang] += int32(p.score) / singleShare
	}
}

// spell counts against languages that do not use a letter of the word.
func (r *reading) spell(k key, langs group) {
	for l := langs.from; l < langs.to; l++ {
		if !k.langs.has(l) && r.misspelt[l] < misspeltMost {
			r.misspelt[l]++
			r.score[l] -= misspeltCost
		}
	}
}

// pairs lets an unknown word speak by its neighbouring letters.
func (r *reading) pairs(w string, langs group) {
	var sum [scored]int32
	prev := uint8(0)
	for sym := range r.t.symbols(w) {
		row := &r.t.pairs[prev][sym]
		for l := langs.from; l < langs.to; l++ {
			sum[l] += int32(row[l])
		}
		prev = sym
	}
	row := &r.t.pairs[prev][0]
	for l := langs.from; l < langs.to; l++ {
		r.score[l] += max(-pairsMost, min(pairsMost, sum[l]+int32(row[l])))
	}
}

// mainScript returns the script most of the text is written in.
func (r *reading) mainScript() script {
	best, most := none, 0
	for s := range scripts {
		if n := r.share(s); n > most {
			best, most = s, n
		}
	}
	return best
}

// share returns how much of the text a script has. Chinese characters and kana
// are one writing.
func (r *reading) share(s script) int {
	if s == han || s == kana {
		return r.letters[han]*han.weight() + r.letters[kana]
	}
	return r.letters[s] * s.weight()
}

// clear tells whether a script has by far most of the text.
func (r *reading) clear(s script) bool {
	all := 0
	for o, n := range r.letters {
		all += n * script(o).weight()
	}
	return 3*r.share(s) >= 2*all
}

// chineseOrJapanese: any kana makes it Japanese. A few characters alone may be
// either, and then a prior of Japanese holds.
func (r *reading) chineseOrJapanese(prior []string) Guess {
	h, k := r.letters[han], r.letters[kana]
	g := Guess{Lang: "zh", Second: "ja", Margin: min(maxMargin, float64(2*h+k))}
	if k > 0 {
		g.Lang, g.Second, g.Sure = "ja", "zh", k > 1
		return g
	}
	g.Sure = r.chinese > 0 || h > 3
	if g.Sure {
		return g
	}
	for _, p := range prior {
		switch base(p) {
		case "zh":
			return g
		case "ja":
			return Guess{Lang: "ja", Second: "zh"}
		}
	}
	return g
}
