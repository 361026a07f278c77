package near

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"porchlight/bot/llm/llmtwin"
	"porchlight/knowledge"
)

// words makes vectors of the words of a text, and counts how often it is asked.
type words struct {
	model string
	texts int
	err   error
}

func (w *words) Embed(_ context.Context, texts []string) (out [][]float32, err error) {
	if w.err != nil {
		return nil, w.err
	}
	w.texts += len(texts)
	for _, t := range texts {
		out = append(out, llmtwin.Vector(t, 512))
	}
	return out, nil
}

func (w *words) EmbeddingModel() string { return w.model }

func base(t *testing.T) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNear(t *testing.T) {
	b, w := base(t), &words{model: "m"}
	x := &Index{Embedder: w, Base: func() *knowledge.Base { return b }}
	if _, err := x.Near(t.Context(), "en", "debt"); !errors.Is(err, ErrNotReady) {
		t.Fatalf("before Prepare: %v", err)
	}
	if err := x.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"using a debt to make a person work, debt bondage": "debt-bondage", "la visa T para víctimas de trata": "t-visa"} {
		lang := "en"
		if want == "t-visa" {
			lang = "es"
		}
		ids, err := x.Near(t.Context(), lang, text)
		if err != nil || !slices.Contains(ids, want) || len(ids) != limit {
			t.Errorf("%q: %v %v", text, ids, err)
		}
	}
}

// TestKept computes vectors once for a model and a content, and anew for others
// or where the file is damaged.
func TestKept(t *testing.T) {
	b, dir := base(t), t.TempDir()
	load := func(model string) int {
		w := &words{model: model}
		x := &Index{Embedder: w, Base: func() *knowledge.Base { return b }, Dir: dir}
		if err := x.load(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.texts
	}
	first := load("m")
	if first == 0 || load("m") != 0 || load("other") != first {
		t.Error("vectors are computed once for a model")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "vectors-*"))
	if len(files) != 2 {
		t.Fatalf("%v", files)
	}
	for _, name := range files {
		if err := os.WriteFile(name, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if load("m") != first {
		t.Error("damaged vectors are used")
	}
	x := &Index{Embedder: &words{model: "m"}, Base: func() *knowledge.Base { return b }, Dir: dir}
	if _, err := x.read("another version"); !errors.Is(err, errOther) {
		t.Errorf("of another content: %v", err)
	}
}

// TestPrepare goes on until its context ends, and outlives a failing server.
func TestPrepare(t *testing.T) {
	b, w := base(t), &words{model: "m", err: errors.New("down")}
	x := &Index{Embedder: w, Base: func() *knowledge.Base { return b }, Patience: time.Microsecond}
	if err := x.load(t.Context()); err == nil {
		t.Fatal("no error")
	}
	w.err = nil
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- x.Prepare(ctx) }()
	for x.current() == nil {
		select {
		case err := <-done:
			t.Fatal(err)
		default:
			runtime.Gosched()
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
