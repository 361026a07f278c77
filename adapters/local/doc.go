// Package local is the adapter for programs on the same machine: tests, and
// tools of the staff. It speaks JSON over HTTP, on loopback alone.
//
// It knows HTTP, the form of a question and an answer as JSON, and who may knock:
//
//	POST /v1/messages      {"conversation","text"} and, where wanted, "id",
//	                       "person", "command", "lang", "private", "share", "explain"
//	                       gives 202 {"id"} once the message is stored
//	GET /v1/messages/{id}  waits for the final answer, ?wait=30s and at most 60s:
//	                       200 and the answer, 204 while it is being worked on,
//	                       404 when nobody heard of it
//	                       with "Accept: text/event-stream": a "reply" event for
//	                       each answer, which replaces the one before, until the
//	                       one with "final": true; silence for as long as wait
//	                       ends the stream, too
//
// Everything else is refused with {"error"}: one line of what, where and how to
// mend it. 503 has a Retry-After; a message sent again with its id is the same
// message.
//
// # Why
//
// Answers are kept in memory, for ten minutes: what people are told can endanger
// them, and a caller of this kind asks at once. When the program ends, answers
// that were made and not fetched are gone; those still being made are reported as
// undelivered, so that the inbox has them made anew, and then any id from before
// can be asked for. Think again if a caller needs answers to outlive the program.
//
// A stream skips to the newest answer when its reader is slow. No word is lost:
// each answer holds all that came before it.
//
// Browsers are refused by their headers, not by the token alone: any page that
// the staff have open could otherwise ask here in their name.
//
// It must not know how an answer is made, where a message is kept, or any other
// platform; of Porchlight it sees package bot alone. It must not listen where
// another machine could reach it, nor log what people say.
package local
