package language

// Evidence is counted in units of a sixteenth of a natural logarithm: sixteen
// of them make a language e times likelier.
const unit = 16

// The weights were judged first and then nudged by the messages in testdata,
// langid and CLINC150. Accuracy is flat around them: half or double of any one
// moves it by less than a point on every set.
const (
	commonest = 0.03 // cap on the share of the commonest words
	unknown   = 2e-5 // share of a word that is in no list, the same for all languages

	bareCost    = 8 // for a word known only without its accents
	singleShare = 2 // a word of one letter counts one half

	misspeltCost = 32 // for a letter the language does not use
	misspeltMost = 4  // words; names are borrowed

	apostropheWorth = 24 // of l', 's, 'da

	pairSmooth = 1.0 // added to each count
	pairTrust  = 0.4 // lists are short, and neighbours not independent
	pairMost   = 24  // of one pair
	pairsMost  = 40  // of one word

	firstBonus = 24 // the first prior; the second has half of it, and so on

	littleEvidence = 16 // below it a prior decides
	fewWords       = 2  // up to as many, if not sure, a prior of another script decides
	openMargin     = 16 // below it one or two unknown words say nothing

	sureEvidence = 44 // of known words
	sureMargin   = 41 // over the next language
	strangeCost  = 10 // more margin for each word the language does not know
	foreignCost  = 64 // and for each with a letter none of ours uses
)

// house is who writes to us. It breaks the ties of single words such as "job".
var house = [scored]int32{en: 12, es: 8}

// sure tells whether the evidence for a language, and its distance to the
// next, are enough to go by. Words the language does not know ask for more.
func (r *reading) sure(l id, margin int32) bool {
	return r.words[l] >= sureEvidence &&
		margin >= sureMargin+strangeCost*(r.fresh-r.hits[l])+foreignCost*r.foreign
}
