package llmtwin

import (
	"hash/fnv"
	"math"
	"net/http"
	"strings"
	"unicode"
)

func (tw *Twin) embed(w http.ResponseWriter, q Request, f Fault) {
	data := []map[string]any{}
	for i, text := range q.Inputs {
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": Vector(text, tw.options.Dimensions)})
	}
	if f.Vectors != nil {
		data = f.Vectors(data)
	}
	say(w, compact(map[string]any{
		"object": "list", "model": q.Model, "data": data, "usage": map[string]any{"prompt_tokens": len(q.Inputs), "total_tokens": len(q.Inputs)},
	}))
}

// Vector is a text as a vector of length 1: its words, and the threes of letters in
// them, each in a place of its own as far as there are places. Texts that share words,
// or parts of words, are near.
func Vector(text string, dimensions int) []float32 {
	v := make([]float32, dimensions)
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		add(v, word, 1)
		letters := []rune("^" + word + "$")
		for i := 0; i+3 <= len(letters); i++ {
			add(v, string(letters[i:i+3]), 0.4)
		}
	}
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func add(v []float32, feature string, weight float32) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(feature))
	n := h.Sum64()
	if n>>63 == 1 {
		weight = -weight
	}
	v[n%uint64(len(v))] += weight
}
