package llm

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// The kinds of errors, for errors.Is. An error that came of the caller's ctx is of
// none of them but context.Canceled or context.DeadlineExceeded.
var (
	ErrUnavailable = errors.New("llm: the model cannot be reached")        // or is broken, or was so until just now
	ErrBusy        = errors.New("llm: the model has too much to do")       // by our own limit or by the server's
	ErrSilent      = errors.New("llm: the model took too long")            // to begin, to go on, or to end
	ErrTruncated   = errors.New("llm: the answer is cut off")              // by the connection or by MaxTokens
	ErrRefused     = errors.New("llm: the model will not answer")          // or a filter did not let it
	ErrMalformed   = errors.New("llm: that is no answer of a model")       // not of the protocol, empty, or a call of a tool
	ErrTooLong     = errors.New("llm: the prompt or answer is too long")   // for the model or for Options.MaxBytes
	ErrConfig      = errors.New("llm: the settings do not suit the model") // key, address, model; or the prompt is empty
)

// A why is one cause of failure. Its words are constant, so that no error holds
// anything that a person, a model or a server said.
type why struct {
	reason string // for metrics
	kind   error
	text   string
	mend   string // what an operator does about it, if anything
	again  bool   // trying once more may help
	ill    bool   // it tells of a server that is better left alone for a while
}

const (
	mendURL   = "look whether the URL is that of a server like OpenAI's, up to and with /v1"
	mendKey   = "put a key that is in force for this server"
	mendModel = "choose a model that the server offers"
)

var (
	whyConnect  = &why{"connect", ErrUnavailable, "nothing answers there", "start the server, or correct the URL", true, true}
	whyName     = &why{"name", ErrUnavailable, "the name of the server is not known", "correct the URL, or the name service", true, true}
	whyTLS      = &why{"tls", ErrUnavailable, "no trusted encrypted connection", "look at the server's certificate and at the URL", false, true}
	whyReset    = &why{"reset", ErrUnavailable, "the connection broke", "", true, true}
	whyServer   = &why{"server", ErrUnavailable, "the server failed", "look at the server's own log", true, true}
	whyOpen     = &why{"open", ErrUnavailable, "the server kept failing and is left alone for a moment", "", false, false}
	whyBusy     = &why{"busy", ErrBusy, "as many answers as allowed are being written", "raise the number of answers in flight, if the server can take it", false, false}
	whyLimited  = &why{"limited", ErrBusy, "the server says that it is asked too often", "ask the server's owner for more", true, true}
	whyFirst    = &why{"first_token", ErrSilent, "the answer did not begin in time", "see whether the model is too big for its machine", false, true}
	whyIdle     = &why{"idle", ErrSilent, "the answer stopped coming", "", false, true}
	whySlow     = &why{"slow", ErrSilent, "the answer did not end in time", "see whether the model is too big for its machine", false, true}
	whyCut      = &why{"cut", ErrTruncated, "the stream ended before the answer did", "", true, true}
	whyLength   = &why{"length", ErrTruncated, "the answer needs more tokens than it was given", "", false, false}
	whyRefusal  = &why{"refusal", ErrRefused, "the model declined", "", false, false}
	whyFilter   = &why{"filter", ErrRefused, "a content filter stepped in", "", false, false}
	whyPage     = &why{"page", ErrMalformed, "a page came, not an answer", mendURL, false, true}
	whyNoStream = &why{"no_stream", ErrMalformed, "something other than a stream came", mendURL, false, true}
	whyJSON     = &why{"json", ErrMalformed, "the answer cannot be read", mendURL, false, false}
	whyTools    = &why{"tools", ErrMalformed, "the model called a tool", "", false, false}
	whyFinish   = &why{"finish", ErrMalformed, "the answer ended for an unknown reason", "", false, false}
	whyEmpty    = &why{"empty", ErrMalformed, "the answer is empty", "", false, false}
	whyThought  = &why{"thought", ErrMalformed, "the answer was mixed with what the model thought", "have the server set thoughts apart, or switch them off", false, false}
	whyCount    = &why{"count", ErrMalformed, "not one vector for each text", "", false, false}
	whyLengths  = &why{"dimension", ErrMalformed, "vectors of different lengths", "", false, false}
	whyVector   = &why{"vector", ErrMalformed, "a vector without a direction", "", false, false}
	whyPrompt   = &why{"prompt_too_long", ErrTooLong, "the prompt is longer than the model can read", "give the model a larger context", false, false}
	whyAnswer   = &why{"answer_too_long", ErrTooLong, "the answer is longer than allowed", "", false, false}
	whyWire     = &why{"wire_too_long", ErrTooLong, "the server sends more than any answer has", "", false, true}
	whyKey      = &why{"key", ErrConfig, "the server does not take the key", mendKey, false, false}
	whyQuota    = &why{"quota", ErrConfig, "the account has no credit left", "add credit to the account that the key is of", false, false}
	whyModel    = &why{"model", ErrConfig, "the server does not have the model", mendModel, false, false}
	whyNotFound = &why{"not_found", ErrConfig, "the server has nothing at that address", mendURL, false, false}
	whyRedirect = &why{"redirect", ErrConfig, "the server points elsewhere", "set the URL to where the server is; redirects are not followed, since a prompt goes nowhere else", false, false}
	whyRequest  = &why{"request", ErrConfig, "the server does not take such a request", "choose another model or server", false, false}
	whyAbroad   = &why{"abroad", ErrConfig, "the address of this machine leads to another", "write 127.0.0.1 in the URL", false, false}
	whyNothing  = &why{"nothing", ErrConfig, "there is nothing to send", "", false, false}
	whyUnset    = &why{"unset", ErrConfig, "no such model is set", "name one in the settings", false, false}
)

// A failure is one why, where it befell. Its fields are numbers and our own words.
type failure struct {
	*why
	status int           // of HTTP, or 0
	after  time.Duration // how long the server asks to be left alone, or 0
	field  string        // of the request that the server does not take, or ""
	detail string        // of our own settings, or ""
	begun  bool          // something of the answer had come
	cause  error         // the caller's, or nil; why is nil then
}

func fail(w *why) *failure { return &failure{why: w} }

func (f *failure) Error() string {
	if f.cause != nil {
		return "llm: " + f.cause.Error()
	}
	s := f.kind.Error() + ": " + f.text
	if f.status != 0 {
		s += " (status " + strconv.Itoa(f.status) + ")"
	}
	if f.detail != "" {
		s += " (" + f.detail + ")"
	}
	if f.mend != "" {
		s += "; " + f.mend
	}
	return s
}

func (f *failure) Unwrap() error {
	if f.cause != nil {
		return f.cause
	}
	return f.kind
}

func (f *failure) reasonWord() string {
	switch {
	case f.cause == nil:
		return f.reason
	case errors.Is(f.cause, context.DeadlineExceeded):
		return "deadline"
	default:
		return "canceled"
	}
}

// Reason is a constant word for the cause of an error, for metrics: "ok" for nil,
// "other" for an error that is not of this package and not of a ctx.
func Reason(err error) string {
	if err == nil {
		return "ok"
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.reasonWord()
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.Is(err, context.Canceled):
		return "canceled"
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.word
		}
	}
	return "other"
}

// kinds have words too, for errors of another Model.
var kinds = []struct {
	err  error
	word string
}{
	{ErrUnavailable, "unavailable"},
	{ErrBusy, "busy"},
	{ErrSilent, "silent"},
	{ErrTruncated, "truncated"},
	{ErrRefused, "refused"},
	{ErrMalformed, "malformed"},
	{ErrTooLong, "too_long"},
	{ErrConfig, "config"},
}
