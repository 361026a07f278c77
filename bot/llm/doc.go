// Package llm talks to a language model over HTTP: a server that speaks the
// protocol of OpenAI's chat completions and embeddings, on this machine (Ollama,
// llama.cpp, vLLM, LM Studio) or elsewhere (OpenAI, Azure, gateways).
//
// It knows prompts, pieces of text, tokens, and all the ways in which a server can
// fail to finish what it began. It must not know what is asked or what is answered:
// it reads no text but to cut out what a model thought aloud, keeps none, and puts
// none into an error, a log line or a metric.
//
// # What a caller can rely on
//
// An iteration of Generate ends in one of two ways. After its last Piece without an
// error, the answer is whole: the server said that it stopped by itself. After an
// error, whatever came before may be incomplete. The errors are of few kinds, see
// ErrUnavailable and those beside it; Reason has a constant word for each cause.
//
// # Why
//
// The library go-openai makes addresses and requests and takes streams apart. It
// neither retries nor limits anything, leaves out a temperature of zero, takes a
// stream that was cut off for a whole one, and puts what the server said into its
// errors. So all that passes between it and the server goes through a transport of
// our own, which adds to the request what the library cannot say, judges the answer
// before the library sees it, and hands on a stream in the one form that the library
// reads without surprises. Its client-side checks by the name of a model never see
// anything to object to.
//
// What a server does not take (max_tokens or max_completion_tokens, a temperature, a
// system message, usage in a stream) is learned from its refusal, once, and not set
// by hand: models and servers change more often than settings do.
//
// Retries are few, within the caller's deadline, and only until the first piece: a
// person waits, and there is an answer without a model. A server that keeps failing
// is left alone for a while, so that nobody waits for it.
package llm
