// Package near finds topics by the meaning of a question: vectors of the topics
// are computed once, by a model of embeddings, and kept.
//
// It knows vectors, topics by their ids, and a file to keep the former in. It
// must not know answers or who asks, and it keeps no question.
package near

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"porchlight/bot/llm"
	"porchlight/knowledge"
)

// ErrNotReady says that the vectors of the content in force are not there yet.
var ErrNotReady = errors.New("near: no vectors of this content yet")

// Index finds topics by meaning. Embedder and Base must be set; the zero value of
// the rest is fine. It may be used by any number of goroutines.
type Index struct {
	Embedder llm.Embedder
	// Base is the content in force; it may change.
	Base func() *knowledge.Base
	// Dir is a folder that vectors are kept in, beside the model's name and the
	// version of the content; "" keeps them in memory alone.
	Dir string
	Log *slog.Logger // nil is silent
	// Patience is how long it waits after a failure before it computes vectors
	// anew; 0 means a minute.
	Patience time.Duration

	mu    sync.Mutex
	ready *vectors
}

// vectors are those of one content.
type vectors struct {
	Model, Version string
	Entries        []entry
}

// entry is a stretch of a topic.
type entry struct {
	Topic, Lang string
	Vector      []float32
}

// limit is how many topics are given.
const limit = 6

// Near gives the topics of a language that are nearest to a text, best first. It
// asks the embedder once. Until the vectors of the content in force are there it
// fails with ErrNotReady; see Prepare.
func (x *Index) Near(ctx context.Context, lang, text string) ([]string, error) {
	v := x.current()
	if v == nil {
		return nil, ErrNotReady
	}
	of, err := x.Embedder.Embed(ctx, []string{text})
	if err != nil {
		return nil, fmt.Errorf("near: %w", err)
	}
	return v.nearest(lang, of[0]), nil
}

// Prepare has the vectors of the content in force, from the file or computed, and
// blocks until they are there or cannot be had. It does so again whenever the
// content changes, until ctx ends.
func (x *Index) Prepare(ctx context.Context) error {
	for {
		err := x.load(ctx)
		if err != nil && x.Log != nil && ctx.Err() == nil {
			x.Log.Warn("topics are found by words alone", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(x.patience()):
		}
	}
}

func (x *Index) patience() time.Duration {
	if x.Patience > 0 {
		return x.Patience
	}
	return time.Minute
}

// current are the vectors of the content in force, nil while there are none.
func (x *Index) current() *vectors {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ready == nil || x.ready.Version != x.Base().Version() {
		return nil
	}
	return x.ready
}

// load takes the vectors of the content in force from the file, or computes them.
func (x *Index) load(ctx context.Context) error {
	if x.current() != nil {
		return nil
	}
	b := x.Base()
	v, err := x.read(b.Version())
	if err != nil {
		if v, err = x.compute(ctx, b); err != nil {
			return err
		}
		if err := x.write(v); err != nil && x.Log != nil {
			x.Log.Warn("vectors are not kept", "err", err)
		}
	}
	x.mu.Lock()
	x.ready = v
	x.mu.Unlock()
	return nil
}

// batch is how many texts are sent at once.
const batch = 64

func (x *Index) compute(ctx context.Context, b *knowledge.Base) (*vectors, error) {
	v := &vectors{Model: x.Embedder.EmbeddingModel(), Version: b.Version()}
	var texts []string
	for _, lang := range b.Langs() {
		for _, t := range b.Topics(lang) {
			for _, s := range stretches(t) {
				texts = append(texts, s)
				v.Entries = append(v.Entries, entry{Topic: t.ID, Lang: lang})
			}
		}
	}
	at := 0
	for some := range slices.Chunk(texts, batch) {
		got, err := x.Embedder.Embed(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("near: vectors of the topics: %w", err)
		}
		for _, one := range got {
			v.Entries[at].Vector = unit(one)
			at++
		}
	}
	return v, nil
}

// stretches are the texts that stand for a topic: what it says, and the first of
// the ways in which people ask for it.
func stretches(t *knowledge.Topic) []string {
	const asks = 12
	return []string{
		t.Title + ". " + t.Answer + " " + strings.Join(t.Details, " "),
		t.Title + ". " + strings.Join(t.Asks[:min(asks, len(t.Asks))], ". "),
	}
}

// unit is a vector of length one in the same direction.
func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	if sum == 0 {
		return out
	}
	n := float32(1 / math.Sqrt(sum))
	for i, x := range v {
		out[i] = x * n
	}
	return out
}

// nearest are the topics of a language whose best stretch is nearest.
func (v *vectors) nearest(lang string, of []float32) []string {
	of = unit(of)
	best := map[string]float32{}
	for _, e := range v.Entries {
		if e.Lang != lang || len(e.Vector) != len(of) {
			continue
		}
		var dot float32
		for i := range of {
			dot += of[i] * e.Vector[i]
		}
		if was, ok := best[e.Topic]; !ok || dot > was {
			best[e.Topic] = dot
		}
	}
	ids := make([]string, 0, len(best))
	for id := range best {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		switch {
		case best[a] > best[b]:
			return -1
		case best[a] < best[b]:
			return 1
		}
		return strings.Compare(a, b)
	})
	return ids[:min(limit, len(ids))]
}
