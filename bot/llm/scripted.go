package llm

import (
	"context"
	"iter"
	"slices"
	"sync"
	"unicode/utf8"
)

// Scripted is a Model for tests, that says what it was told to. The zero value says
// nothing and is content with it. It may be used by many goroutines at once; its fields
// are not changed once it is in use.
type Scripted struct {
	// Write, if any, gives the answer to a prompt, and an error that follows it.
	Write func(Prompt) (string, error)
	// Drafts, without Write, are the answers to one prompt after the other; the last one
	// answers all that come later.
	Drafts []string
	// Size is the most bytes of a piece; 0 gives the answer in one. Characters stay whole.
	Size int
	// Err, if any, ends each answer after its first After bytes.
	Err   error
	After int
	// Wait, if any, is called before each piece, the last one included; its error ends
	// the answer. It is where a test holds a model up: see Steps.
	Wait func(context.Context) error
	// Usage is what the last piece says; the zero Usage is estimated.
	Usage Usage

	mu   sync.Mutex
	seen []Prompt
}

// Steps makes a Wait that lets one piece pass for each value received, and all once the
// channel is closed.
func Steps(steps <-chan struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-steps:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Prompts are the prompts so far, in the order in which they came.
func (s *Scripted) Prompts() []Prompt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// Generate implements Model.
func (s *Scripted) Generate(ctx context.Context, p Prompt) iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		text, end := s.answer(p)
		if s.Err != nil {
			text, end = text[:border(text, s.After)], s.Err
		}
		usage := s.Usage
		if usage == (Usage{}) {
			usage = Usage{Prompt: tokens(p.Static) + tokens(p.Data), Completion: tokens(text), Estimated: true}
		}
		for text != "" {
			n := len(text)
			if s.Size > 0 {
				_, first := utf8.DecodeRuneInString(text)
				n = max(first, border(text, s.Size))
			}
			if !s.step(ctx, Piece{Text: text[:n]}, nil, yield) {
				return
			}
			text = text[n:]
		}
		if end != nil {
			usage = Usage{}
		}
		s.step(ctx, Piece{Usage: usage}, end, yield)
	}
}

// answer remembers a prompt and says what answers it.
func (s *Scripted) answer(p Prompt) (string, error) {
	s.mu.Lock()
	n := len(s.seen)
	s.seen = append(s.seen, p)
	s.mu.Unlock()
	if s.Write != nil {
		return s.Write(p)
	}
	if len(s.Drafts) == 0 {
		return "", nil
	}
	return s.Drafts[min(n, len(s.Drafts)-1)], nil
}

// step waits and yields; false ends the answer.
func (s *Scripted) step(ctx context.Context, piece Piece, err error, yield func(Piece, error) bool) bool {
	ended := ctx.Err()
	if ended == nil && s.Wait != nil {
		ended = s.Wait(ctx)
	}
	if ended != nil {
		yield(Piece{}, ended)
		return false
	}
	return yield(piece, err) && err == nil
}

// border is the last border between characters within the first n bytes.
func border(text string, n int) int {
	if n >= len(text) {
		return len(text)
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return max(n, 0)
}
