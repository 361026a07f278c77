package llm

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
)

// A Prompt is what a model continues.
type Prompt struct {
	// Static comes first, as the system message. It is the same bytes for every
	// question, so that servers cache it. It may be empty.
	Static string
	// Data is what differs: passages, what was said, the question. It is never empty.
	Data string
	// MaxTokens bounds the answer; 0 is 1024.
	MaxTokens int
	// Name is a constant word saying what for, for logs: "write".
	Name string
}

// String is the name and the lengths; a prompt holds what a person wrote.
func (p Prompt) String() string {
	return fmt.Sprintf("%s(%d+%d bytes)", p.Name, len(p.Static), len(p.Data))
}

// LogValue is what String is.
func (p Prompt) LogValue() slog.Value { return slog.StringValue(p.String()) }

// A Piece is text as it comes: whole characters, never a part of one. The last one of
// an answer has no text and the usage.
type Piece struct {
	Text  string
	Usage Usage
}

// String is the length; a piece may repeat what a person wrote.
func (p Piece) String() string { return fmt.Sprintf("%d bytes", len(p.Text)) }

// LogValue is what String is.
func (p Piece) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Usage is what an answer took, in tokens.
type Usage struct {
	Prompt     int
	Cached     int  // of Prompt, those that the server had read before
	Completion int  // with those that it only thought
	Estimated  bool // the server did not say; counted from the lengths of the texts
}

// A Model continues a prompt, piece by piece. An error ends it; whatever came before
// may be incomplete. It does nothing until somebody iterates, and asks anew each time
// somebody does; nothing of it is left when the iteration ends, early or not. ctx ends
// it with an error that is ctx's.
//
// A Model may be used by many goroutines at once.
type Model interface {
	Generate(ctx context.Context, p Prompt) iter.Seq2[Piece, error]
}

// An Embedder makes vectors of texts, one each and in their order, all of one length
// and none of them zero. Vectors of different models say nothing about each other.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	// EmbeddingModel names the model, to know later which vectors go together.
	EmbeddingModel() string
}
