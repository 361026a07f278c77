package llm

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/sashabaranov/go-openai"
)

// The most that one request for vectors holds.
const (
	mostTexts     = 64
	mostTextBytes = 96 << 10
)

// Embed implements Embedder. Texts go in as many requests as they need, one after the
// other; a text is never empty. The vectors are as the server makes them, not scaled. An
// error is of the same kinds as Generate's; there are no vectors then.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	began := time.Now()
	vectors, err := c.embed(ctx, texts)
	c.options.Counted("embed", Reason(err))
	c.options.Log.LogAttrs(ctx, slog.LevelDebug, "the model was asked",
		slog.String("call", "embed"), slog.String("reason", Reason(err)),
		slog.Int("texts", len(texts)), slog.Duration("took", time.Since(began)))
	if err != nil {
		return nil, err
	}
	return vectors, nil
}

func (c *Client) embed(ctx context.Context, texts []string) (vectors [][]float32, err error) {
	if c.options.EmbeddingModel == "" {
		return nil, fail(whyUnset)
	}
	for _, t := range texts {
		switch {
		case t == "":
			return nil, fail(whyNothing)
		case len(t) > mostTextBytes:
			return nil, fail(whyPrompt)
		}
	}
	leave, err := c.embedding.enter()
	if err != nil {
		return nil, err
	}
	defer func() { leave(err) }()
	whole, stop := context.WithTimeoutCause(ctx, c.options.Whole, fail(whySlow))
	defer stop()
	for len(texts) > 0 {
		n := batch(texts)
		more, err := c.insist(whole, ctx, texts[:n])
		if err != nil {
			return nil, err
		}
		vectors, texts = append(vectors, more...), texts[n:]
	}
	return vectors, nil
}

// batch is how many of the texts go into one request.
func batch(texts []string) int {
	bytes := 0
	for i, t := range texts {
		if bytes += len(t); i == mostTexts || bytes > mostTextBytes {
			return i
		}
	}
	return len(texts)
}

// insist tries until the vectors came, or until trying again is of no use.
func (c *Client) insist(ctx, callers context.Context, texts []string) ([][]float32, error) {
	for tries := 1; ; tries++ {
		vectors, err := c.vectors(ctx, texts)
		if err == nil {
			return vectors, nil
		}
		f := explain(callers, err)
		if !c.again(ctx, tries, f) {
			return nil, ended(callers, f)
		}
	}
}

// vectors asks once.
func (c *Client) vectors(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, w := watch(ctx)
	defer w.stop()
	w.within(c.options.FirstToken, whyFirst)
	resp, err := c.api.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{
		Input: texts, Model: openai.EmbeddingModel(c.options.EmbeddingModel),
	})
	if err != nil {
		if err = w.cause(ctx, err); failed(err) {
			return nil, err
		}
		return nil, fail(whyJSON) // valid, but not what the library can take
	}
	return c.inOrder(resp.Data, len(texts))
}

// inOrder checks vectors that came in any order: one for each text, all of the length
// that this model has always had, none without a direction.
func (c *Client) inOrder(data []openai.Embedding, texts int) ([][]float32, error) {
	vectors := make([][]float32, texts)
	if len(data) != texts {
		return nil, fail(whyCount)
	}
	for _, d := range data {
		if d.Index < 0 || d.Index >= texts || vectors[d.Index] != nil {
			return nil, fail(whyCount)
		}
		if !directed(d.Embedding) {
			return nil, fail(whyVector)
		}
		c.length.CompareAndSwap(0, int64(len(d.Embedding)))
		if int64(len(d.Embedding)) != c.length.Load() {
			return nil, fail(whyLengths)
		}
		vectors[d.Index] = d.Embedding
	}
	return vectors, nil
}

// directed tells whether a vector is finite and not zero.
func directed(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum > 0 && !math.IsInf(sum, 0) && !math.IsNaN(sum)
}
