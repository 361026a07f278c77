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
// # Why
//
// Regular expressions over the text were the other way: some two thousand of
// them in twelve languages would read each message two thousand times. Word
// patterns read it once, and people who are not programmers can write them.
// A trained classifier was left out because nobody could say why it was silent.
package safety
