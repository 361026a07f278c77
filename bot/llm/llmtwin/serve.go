package llmtwin

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ServeHTTP implements http.Handler.
func (tw *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := readRequest(r)
	f := tw.take(&q)
	switch {
	case f.Hang:
		tw.stall(r)
		panic(http.ErrAbortHandler)
	case f.Reset:
		reset(w)
		return
	case f.Status != 0 || f.Body != "":
		f.play(w)
		return
	}
	if status, body := tw.check(q); status != 0 {
		(&Fault{Status: status, Body: body}).play(w)
		return
	}
	switch {
	case strings.HasSuffix(q.Path, "/models"):
		tw.models(w)
	case strings.HasSuffix(q.Path, "/embeddings"):
		tw.embed(w, q, f)
	case strings.HasSuffix(q.Path, "/chat/completions") && q.Stream:
		tw.stream(w, r, q, f)
	case strings.HasSuffix(q.Path, "/chat/completions"):
		tw.whole(w, q)
	default:
		http.NotFound(w, r)
	}
}

func say(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(body))
}

func (tw *Twin) models(w http.ResponseWriter) {
	var list []map[string]any
	for _, m := range []string{tw.options.Model, tw.options.EmbeddingModel} {
		if m != "" {
			list = append(list, map[string]any{"id": m, "object": "model", "created": 1686935002, "owned_by": "library"})
		}
	}
	say(w, compact(map[string]any{"object": "list", "data": list}))
}

// whole answers without a stream.
func (tw *Twin) whole(w http.ResponseWriter, q Request) {
	text := tw.options.Answer(q)
	say(w, compact(map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": q.Model,
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": text},
		}},
		"usage": usage(q, text),
	}))
}

func usage(q Request, text string) map[string]any {
	prompt, answer, cached := (len(q.System)+len(q.User)+3)/4, (len(text)+3)/4, 0
	if q.Cached {
		cached = len(q.System) / 4
	}
	return map[string]any{
		"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer,
		"prompt_tokens_details": map[string]any{"cached_tokens": cached},
	}
}

// stream writes the answer event by event, with what the fault does to it.
func (tw *Twin) stream(w http.ResponseWriter, r *http.Request, q Request, f Fault) {
	text := tw.options.Answer(q)
	events := tw.events(q, text)
	if f.Events != nil {
		events = f.Events(events)
	}
	out := &output{w: w, left: -1}
	if f.Cut {
		out.left = f.After
	}
	if f.Clean {
		conn := out.hijack()
		defer conn.Close()
	} else {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		out.flush()
	}
	for i, e := range events {
		if f.Stall && i == f.After && !tw.stall(r) {
			panic(http.ErrAbortHandler)
		}
		if !out.write(e) {
			break
		}
	}
	if f.Cut && !f.Clean {
		panic(http.ErrAbortHandler)
	}
}

// An output is where a stream goes, until its bytes are used up.
type output struct {
	w    http.ResponseWriter
	conn net.Conn // in place of w, if any
	left int      // bytes; below 0 there is no limit
}

// hijack takes the connection, so that its end is all that ends the body.
func (o *output) hijack() net.Conn {
	conn, _, err := http.NewResponseController(o.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	o.conn = conn
	_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"))
	return conn
}

func (o *output) write(s string) bool {
	cut := o.left >= 0 && len(s) > o.left
	if cut {
		s = s[:o.left]
	}
	if o.left >= 0 {
		o.left -= len(s)
	}
	if o.conn != nil {
		_, err := o.conn.Write([]byte(s))
		return err == nil && !cut
	}
	_, err := o.w.Write([]byte(s))
	o.flush()
	return err == nil && !cut
}

func (o *output) flush() { _ = http.NewResponseController(o.w).Flush() }

// events are the answer as a server streams it.
func (tw *Twin) events(q Request, text string) []string {
	events := []string{Event(map[string]any{"role": "assistant", "content": ""}, "")}
	for rest := text; rest != ""; {
		n := min(tw.options.Size, len(rest))
		for n < len(rest) && !utf8.RuneStart(rest[n]) {
			n++
		}
		events = append(events, Event(map[string]any{"content": rest[:n]}, ""))
		rest = rest[n:]
	}
	events = append(events, Event(map[string]any{}, "stop"))
	if q.Usage && !tw.options.NoUsage {
		events = append(events, "data: "+compact(map[string]any{
			"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": q.Model, "choices": []any{}, "usage": usage(q, text),
		})+"\n\n")
	}
	return append(events, "data: [DONE]\n\n")
}

// Event is one event of a stream: what comes new, and why the model stopped, if it did.
func Event(delta map[string]any, finish string) string {
	choice := map[string]any{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": nil}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	return "data: " + compact(map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "twin", "choices": []any{choice},
	}) + "\n\n"
}

// reset ends the connection as hard as it can be.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// play writes what stands in the place of an answer.
func (f *Fault) play(w http.ResponseWriter) {
	kind := f.Type
	if kind == "" {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	for k, v := range f.Header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
	w.WriteHeader(max(f.Status, http.StatusOK))
	_, _ = w.Write([]byte(f.Body))
}
