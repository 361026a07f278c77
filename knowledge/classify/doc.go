// Package classify tells which of some classes a short text belongs to, by
// linear weights learned beforehand: of its words, of pairs of them, and of
// letters by threes to fives.
//
// It knows texts and classes by name. It must not know what they are about.
//
// # Why
//
// A search ranks passages by the words they share with a question, each by how
// rare it is. It cannot learn that "keep" and "passport" together mean one topic
// and "renew" and "passport" another. Some seventy ways of asking for each topic
// are enough to learn that; beside the search it finds the right topic for one
// in two of the questions that the search gets wrong. The weights are a file,
// because learning takes seconds and a start should not.
package classify
