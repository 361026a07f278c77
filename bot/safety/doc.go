// Package safety decides how urgent a message is, before anything else happens
// and without a network.
//
// It knows the signs of danger, of self-harm, of exploitation and of misuse in
// several languages, as data files that a non-programmer can extend (see
// signs/README.md). Text goes in, a [Finding] comes out. It must not know who
// wrote, keep a person's words, log them, or decide what is answered.
//
// # How it works
//
// A text is folded (case, look-alike letters, accents, stretched letters, chat
// shorthand) and split once into words, segments (lines, trailing dots) and
// sentences. Patterns are compiled once; each is found by its rarest word, its
// anchor, and only then read to the left and to the right. What a sign's guards
// name (a question, a novel, the news) blocks it only in its own segment, so
// that text in another sentence can never lower a level.
//
// Beside the signs, the text is weighed as a whole: by its words, pairs and
// triples of them, their classes (lexicon/) and their letters, with weights that
// were learned from invented messages (examples/). What weighs enough counts
// without a sign; a sign in plainly harmless company does not count. Stretches
// of a text are weighed apart and the heaviest decides, so that what stands
// beside a cry for help cannot lower it.
//
// # Why
//
// Signs alone say why they spoke, and are silent on what nobody foresaw: of cries
// for help written by people who had not seen them they found two in five. Weights
// alone are no promise: "he has a gun" must be danger whatever the weights say.
// Together they find nearly all, and a person can mend either: a sign by a line,
// a weight by an example. A linear scorer was chosen over a network because it
// is read in microseconds, trained in seconds, and its weights add up, so that
// each stretch of a text can be weighed at no extra cost.
//
// Regular expressions over the text were the other way: some two thousand of
// them in twelve languages would read each message two thousand times. Word
// patterns read it once, and people who are not programmers can write them.
package safety
