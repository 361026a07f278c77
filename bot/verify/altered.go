package verify

// altered tells how much a claim that is nearly a copy of its sentence, four
// words of five in their order, changes by the words that it changes: a denial,
// a mark, an opposite or a word of another meaning.
func (x *laid) altered() float64 {
	if x.main < 0 {
		return 0
	}
	s := x.on.said[x.main]
	mine, theirs := differ(x.claim, s)
	n := max(len(x.claim.words), len(s.words))
	if (n-max(len(mine), len(theirs)))*5 < n*4 {
		return 0
	}
	shape := func(list []*token) (not int, marks mark) {
		for _, t := range list {
			not += int(b2f(t.has(tagNegator)))
			marks |= t.marks
		}
		return not, marks
	}
	not, marks := shape(mine)
	ofNot, ofMarks := shape(theirs)
	if not != ofNot || marks&^ofMarks&^careful != 0 || ofMarks&^marks&^linking != 0 {
		return 1
	}
	most := 0.0
	for _, t := range mine {
		most = max(most, x.strange(t, theirs))
	}
	return most
}

const (
	careful = may | some | about         // what may be added: it claims less
	linking = because | therefore | will // and left out: the two facts stand beside each other
)

// strange is the weight of a new word that no word gone stands for, 1 where one
// says the opposite.
func (x *laid) strange(t *token, gone []*token) float64 {
	best := 0.0
	for _, b := range gone {
		best = max(best, bears(t, b))
	}
	switch {
	case best == contrary:
		return 1
	case best > contrary:
		return 0
	}
	return t.weight
}

// differ are the words of each of two sentences that are not part of what they
// have in common, in order.
func differ(a, b *sentence) (ofA, ofB []*token) {
	n, m := len(a.words), len(b.words)
	same := make([]int16, (n+1)*(m+1)) // how many words the rests share
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if a.word(i).word == b.word(j).word {
				same[i*(m+1)+j] = same[(i+1)*(m+1)+j+1] + 1
			} else {
				same[i*(m+1)+j] = max(same[(i+1)*(m+1)+j], same[i*(m+1)+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < n && j < m {
		switch {
		case a.word(i).word == b.word(j).word:
			i, j = i+1, j+1
		case same[(i+1)*(m+1)+j] >= same[i*(m+1)+j+1]:
			ofA, i = append(ofA, a.word(i)), i+1
		default:
			ofB, j = append(ofB, b.word(j)), j+1
		}
	}
	for ; i < n; i++ {
		ofA = append(ofA, a.word(i))
	}
	for ; j < m; j++ {
		ofB = append(ofB, b.word(j))
	}
	return ofA, ofB
}
