// Package eval measures the whole program against test sets: messages in the
// voices of people, each with what a good reply to it is. All checks are
// deterministic; no model judges.
//
// It knows sets, replies and the laws. It must not know how answers come about,
// nor be tuned to: what is written by looking at the test half measures nothing.
//
// # Why
//
// A figure that nobody can reproduce is worth little, and an average hides whom
// it fails. So the sets are files in the repository, every miss is listed, every
// share comes with the interval in which the true one lies 95 times of 100, and
// a plain keyword search over the same content stands beside it.
package eval
