package safety

import (
	"cmp"
	"slices"
)

// Triage says how urgent a text is. It waits for nothing, changes nothing and
// may be called by any number of goroutines. The first call reads the signs.
func Triage(text string, c Context) Finding { return shipped().triage(text, c) }

// scan is what reading one text needs; it is reused.
type scan struct {
	reader
	seen []bool  // by sign: found already
	hits []int32 // signs found

	// for weighing
	hashes []uint64 // by token
	units  []unit
	once   [1024]uint64 // features of this segment that were seen
	turn   uint64       // tells segments apart in once
	runes  []rune
	feats  []uint64
	sums   []tally
	pieces []piece
}

// widest is how far, in words, a guard can lie from the sign it blocks.
const widest = 40

// largest is the room that is kept for the next text, in words.
const largest = 4096

func (s *signs) triage(text string, c Context) Finding {
	sc, _ := s.readers.Get().(*scan) // New makes nothing else
	sc.split(text)
	s.scan(sc, c)
	f := s.decide(sc, c, s.weigh(sc, s.weights))
	if cap(sc.tokens) <= largest {
		s.readers.Put(sc)
	}
	return f
}

// scan collects the signs that stand in the text.
func (s *signs) scan(sc *scan, c Context) {
	if sc.seen == nil {
		sc.seen = make([]bool, len(s.all))
	}
	clear(sc.seen)
	sc.hits = sc.hits[:0]
	for pos := range sc.tokens {
		t := &sc.tokens[pos]
		s.anchored(sc, c, t.id, pos)
		s.anchored(sc, c, t.stem, pos)
	}
}

func (s *signs) anchored(sc *scan, c Context, w word, pos int) {
	posts := s.found.anchored(w)
	if w == 0 || len(posts) == 0 {
		return
	}
	t := &sc.tokens[pos]
	line := field{sc.tokens, near(sc.segs[t.seg].span, pos, pos+1)}
	whole := field{sc.tokens, near(sc.sents[t.sent], pos, pos+1)}
	for _, i := range posts {
		p := &s.found.progs[i]
		if sc.seen[p.owner] {
			continue
		}
		sign := &s.all[p.owner]
		if sign.after != nil && !slices.Contains(sign.after, c.Kind) {
			continue
		}
		// The segment comes first, so that nothing in another line can take a
		// sign away; then the sentence.
		if s.stands(sc, p, sign, line, pos) || whole.span != line.span && s.stands(sc, p, sign, whole, pos) {
			sc.seen[p.owner] = true
			sc.hits = append(sc.hits, p.owner)
		}
	}
}

func (s *signs) stands(sc *scan, p *prog, sign *sign, f field, pos int) bool {
	at, ok := s.found.runs(p, f, pos)
	return ok && !s.blocked(sc, p, sign, at)
}

// near cuts a span to what lies around from..to.
func near(s span, from, to int) span {
	return span{max(s.from, from-widest), min(s.to, to+widest)}
}

// blocked says whether what was found does not count.
func (s *signs) blocked(sc *scan, p *prog, sign *sign, at span) bool {
	seg := &sc.segs[sc.tokens[at.to-1].seg]
	if sign.quiet && !seg.loud || sign.question && seg.asks {
		return true
	}
	if s.denied(sc, p.lang, at.from) {
		return true
	}
	if len(sign.unless) == 0 {
		return false
	}
	lines := span{sc.segs[sc.tokens[at.from].seg].from, seg.to}
	f := field{sc.tokens, near(lines, at.from, at.to)}
	for pos := f.from; pos < f.to; pos++ {
		t := &sc.tokens[pos]
		if s.guarded(f, sign, at, t.id, pos) || s.guarded(f, sign, at, t.stem, pos) {
			return true
		}
	}
	return false
}

func (s *signs) guarded(f field, sign *sign, at span, w word, pos int) bool {
	if w == 0 {
		return false
	}
	for _, i := range s.guards.anchored(w) {
		p := &s.guards.progs[i]
		if _, named := slices.BinarySearch(sign.unless, p.owner); !named {
			continue
		}
		if g, ok := s.guards.runs(p, f, pos); ok && (!s.groups[p.owner].before || g.from < at.from) {
			return true
		}
	}
	return false
}

// denied says whether a word of denial stands right before what was found. It
// does not deny across a comma, nor a statement of its own ("no he hit me").
func (s *signs) denied(sc *scan, lang uint8, from int) bool {
	if from == 0 || s.subjects[lang].holds(&sc.tokens[from]) {
		return false
	}
	not := &s.found.deny[lang]
	for i := from; i > 0 && !sc.tokens[i].soft && sc.tokens[i-1].seg == sc.tokens[i].seg && from-i < 2; i-- {
		if not.holds(&sc.tokens[i-1]) {
			return true
		}
		if !s.between[lang].holds(&sc.tokens[i-1]) {
			return false
		}
	}
	return false
}

// rank orders what was found. A refusal that gives way comes after a tip.
func (s *sign) rank() int {
	switch s.Kind {
	case Danger:
		return 0
	case SelfHarm:
		return 1
	case Refusal:
		if s.yields {
			return 5
		}
		return 2
	case Disclosure:
		return 3
	case Tip:
		return 4
	case onTopic:
		return 6
	case OffTopic:
		return 7
	case About:
		return 8
	default:
		return 9
	}
}

// Places of kinds in weighed.
const (
	kindDanger = iota
	kindSelfHarm
	kindDisclosure
	kindTip
	kindRefusal
	kindOffTopic
	kindAbout
	kindEither
)

// How signs and what a text weighs are held against each other. A weight of
// zero is where a kind counts by itself (see TestWeights).
const (
	harmless = -4  // an urgent sign in company that weighs less does not count
	onceMore = 1   // added to danger after somebody confided, to what has a little of it
	fewWords = 9   // of a question about the bot that no sign tells
	strange  = 1   // off topic though it holds a word of the topic
	perhaps  = -.5 // the other urgent kind is named too from here on
)

// bonus is what a sign adds to the weight of its kind where several kinds
// that are not urgent apply.
var bonus = [len(weighed)]float32{kindDisclosure: 2.5, kindTip: 2, kindRefusal: 4}

// decide weighs the signs against each other, and against what the text weighs
// as a whole: a sign of danger in plainly harmless company does not count, and
// a kind that the text weighs enough for needs no sign.
func (s *signs) decide(sc *scan, c Context, m scores) Finding {
	if (c.Kind.Urgent() || c.Kind == Disclosure) && s.weights != nil && m[kindEither] > s.weights.bias[kindEither]+onceMore/2 {
		m[kindDanger] += onceMore
		m[kindEither] += onceMore
	}
	sc.hits = slices.DeleteFunc(sc.hits, func(i int32) bool {
		return s.all[i].Kind.Urgent() && s.all[i].after == nil && m[kindEither] < harmless
	})
	slices.SortStableFunc(sc.hits, func(a, b int32) int {
		x, y := &s.all[a], &s.all[b]
		return cmp.Or(cmp.Compare(x.rank(), y.rank()), cmp.Compare(foreign(x, c), foreign(y, c)))
	})
	var f Finding
	var flagged uint8
	topic, shown := false, 0
	var first [len(weighed)]*sign
	for _, i := range sc.hits {
		sign := &s.all[i]
		flagged |= sign.flags
		f.Country = country(f.Country, sign.country)
		topic = topic || sign.Kind == onTopic
		if k := slices.Index(weighed[:], sign.Kind); k >= 0 {
			shown++
			if first[k] == nil {
				first[k] = sign
			}
		}
	}
	s.choose(&f, &first, m, len(sc.tokens), topic)
	s.fill(&f, sc.hits, shown, flagged)
	return f
}

// choose picks the kind, and the next one that applies.
func (s *signs) choose(f *Finding, signed *[len(weighed)]*sign, m scores, words int, topic bool) {
	counts := func(k int) bool { return signed[k] != nil || m[k] > 0 }
	var order [len(weighed)]int
	n := 0
	add := func(k int) {
		if counts(k) {
			order[n] = k
			n++
		}
	}
	add(kindDanger)
	add(kindSelfHarm)
	switch { // by what is said, unless a sign says it plainly
	case n == 0 && m[kindEither] > 0:
		order[0], n = kindDanger, 1
		if m[kindSelfHarm] > m[kindDanger] {
			order[0] = kindSelfHarm
		}
	case n == 2 && signed[kindDanger] == nil && m[kindSelfHarm] > m[kindDanger]:
		order[0], order[1] = kindSelfHarm, kindDanger
	}
	if n == 1 && m[1-order[0]] > perhaps { // danger and self-harm are 0 and 1
		order[1], n = 1-order[0], 2
	}
	from := n
	add(kindRefusal)
	add(kindDisclosure)
	add(kindTip)
	slices.SortStableFunc(order[from:n], func(a, b int) int { return cmp.Compare(weight(b, signed, m), weight(a, signed, m)) })
	if n > from && signed[order[from]] == nil && m[kindOffTopic] > max(m[order[from]], 0) {
		n = from // it weighs more like another subject
	}
	// A long text that only weighs like a question about the bot is none.
	if n == 0 && (signed[kindAbout] != nil || m[kindAbout] > 0 && words >= 2 && words <= fewWords) && (!topic || signed[kindAbout] != nil && signed[kindAbout].about == "what_are_you") {
		add(kindAbout)
	}
	if (n == 0 || n == 1 && order[0] == kindAbout && signed[kindAbout] == nil && m[kindOffTopic] > m[kindAbout]) &&
		(signed[kindOffTopic] != nil || words >= 2) && (!topic || m[kindOffTopic] > strange) {
		n = 0
		add(kindOffTopic)
	}
	if n > 0 {
		f.Kind = weighed[order[0]]
		if sign := signed[order[0]]; sign != nil {
			f.About = sign.about
		} else if f.Kind == About {
			f.About = "what_are_you"
		}
	}
	if n > 1 {
		f.Also = weighed[order[1]]
	}
	f.weighed = m
}

func weight(k int, signed *[len(weighed)]*sign, m scores) float32 {
	switch w := m[k]; {
	case signed[k] == nil || signed[k].yields:
		return w
	default:
		return max(w, 0) + bonus[k]
	}
}

func (s *signs) fill(f *Finding, hits []int32, shown int, flagged uint8) {
	if shown > 0 {
		f.Signs = make([]Match, 0, shown)
		for _, i := range hits {
			if m := s.all[i].Match; m.Kind != onTopic && m.Kind != Ordinary {
				f.Signs = append(f.Signs, m)
			}
		}
	}
	if flagged == 0 {
		return
	}
	f.Flags = make([]Flag, 0, 4)
	for i, name := range flags {
		if flagged&(1<<i) != 0 {
			f.Flags = append(f.Flags, name)
		}
	}
}

func foreign(s *sign, c Context) int {
	if s.Lang == c.Lang {
		return 0
	}
	return 1
}

// country prefers a country that is known.
func country(have, found string) string {
	if have == "" || have == UnknownCountry && found != "" {
		return found
	}
	return have
}
