// Package language guesses which language a short message is written in, and
// knows the commonest words of the languages Porchlight meets.
//
// It knows scripts, letters and common words. It must not know topics,
// messages, platforms or what an answer looks like.
//
// # Why
//
// Libraries were measured (shared/retrieval.md, section 5): on chat messages
// the best of them is right nine times in ten, knows no Haitian Creole, and
// costs 193 MB and five seconds. Counting common words costs two thirds of a
// megabyte and does better, because a short message is mostly common words.
//
// Three witnesses speak, in this order. The script decides alone where only
// one of our languages uses it. Otherwise every known word speaks for its
// languages by how common it is there (naive Bayes over Zipf's law), and a
// letter that a language does not use speaks against it. Last and least, words
// nobody knows speak by their pairs of neighbouring letters, learned from the
// same lists; that never makes a guess sure. What the conversation spoke
// before is asked only when these are not sure, so that it decides what is open
// and nothing else.
//
// Think again when a language is wanted that shares most common words with one
// of ours (Galician, Malay, Bulgarian): then words alone will not do.
package language
