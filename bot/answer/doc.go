// Package answer makes answers: triage, then finding, then words, then checks.
//
// It knows the pipeline, how turns of a conversation hang together, and which
// fixed phrase belongs where. It must not know platforms, stores, or how a
// reply looks on a screen; and it never writes a contact: those come as cards
// from the registry.
package answer
