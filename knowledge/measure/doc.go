// Package measure asks an index questions whose answers are known and says how
// well it did: are the right passages found and put first, are questions without
// an answer told apart, how long does a question take.
//
// It knows collections of passages, questions and judgements, and how to damage
// questions the way people do. It must not know how the index works inside, nor
// any particular collection: what it measures is never tuned here.
package measure
