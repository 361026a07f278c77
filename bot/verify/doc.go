// Package verify checks, sentence by sentence, whether what a model wrote
// stands in the passages that it cites.
//
// It knows words: which claim a sentence makes, and which words turn one claim
// into another. It must not know models, messages, topics or replies, and it
// asks nobody: the same sentence and passages give the same verdict everywhere.
//
// # How a sentence is judged
//
// First what no passage can excuse: other scripts and markup, contacts in any
// spelling, verdicts, promises, orders to confront, questions, blame, another
// language. Then what must stand in the passages as it is: numbers with their
// units, dates, names, quotations, orders. A passage's own sentence, or two that
// follow each other, needs no more.
//
// Of any other sentence each clause is laid beside the one sentence of the
// passages that bears it out best, word by word. From that come signs: what
// nothing bears out, what is denied on one side only, what is said more strongly,
// which number or name belongs to another statement, which condition is gone.
// Some signs refuse by themselves (see plain); a sentence too far from its
// passages is refused as well; for the rest small trees add up a doubt, and
// sentences in doubt are refused. The trees and the limits are learned from
// sentences that were marked as faithful or not; see forest.tsv.
//
// Some of those sentences a language model wrote when it was asked as models
// are asked here; those count most. The others were worded as freely as writers could,
// which no model does that keeps to its prompt: they teach what a false sentence
// looks like, and cost most of the true ones that are refused.
//
// # What it cannot do
//
// In the marked sentences those that are false keep closer to the words of the
// passage than those that are true, and the trees have learned that too. So a
// false sentence in quite other words is less sure to be refused than the figures
// say, and a true one close to the passage may be refused.
//
// # Why no model judges
//
// A second model would err where the first does, and cost as much. Words err
// too, but in one direction that can be chosen: a faithful sentence refused
// costs elegance, since the passage's own words are shown instead.
package verify
