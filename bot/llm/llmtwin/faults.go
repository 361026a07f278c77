package llmtwin

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault is what happens instead of a good answer. The zero Fault is none.
type Fault struct {
	Name string // what Request.Fault says
	// Hang never answers, until the client gives up or Release, which then breaks the
	// connection; Reset breaks it at once.
	Hang, Reset bool
	// Status, Header, Type and Body stand in the place of the answer, if Status or Body
	// is set.
	Status     int
	Header     map[string]string
	Type, Body string
	// Events, if any, makes other events of those of a good stream.
	Events func([]string) []string
	// Stall waits for Release before event number After, from 0.
	Stall bool
	// Cut ends the stream after After bytes, by breaking the connection; with Clean in a
	// way that only its reader could tell from a good end.
	Cut, Clean bool
	After      int
	// Vectors, if any, makes other vectors of the good ones.
	Vectors func([]map[string]any) []map[string]any
}

// Hang takes the request and never answers.
func Hang() Fault { return Fault{Name: "hang", Hang: true} }

// Reset breaks the connection in place of an answer.
func Reset() Fault { return Fault{Name: "reset", Reset: true} }

// StallAt stops before event number n, from 0, until Release.
func StallAt(n int) Fault { return Fault{Name: "stall", Stall: true, After: n} }

// CutAt breaks the connection after n bytes of the stream.
func CutAt(n int) Fault { return Fault{Name: "cut", Cut: true, After: n} }

// CutCleanAt ends the stream after n bytes as if that were all.
func CutCleanAt(n int) Fault { return Fault{Name: "clean cut", Cut: true, Clean: true, After: n} }

// Refused is an error as OpenAI writes it.
func Refused(status int, message, kind, code, param string) Fault {
	return Fault{Name: strconv.Itoa(status), Status: status, Body: errorBody(message, kind, code, param)}
}

// Unauthorized is the answer to a wrong key, which it repeats.
func Unauthorized(key string) Fault {
	return Refused(http.StatusUnauthorized, "Incorrect API key provided: "+key+".", "invalid_request_error", "invalid_api_key", "")
}

// RateLimited is a 429 that says for how long, in whole seconds; RateLimitedBare one
// that does not.
func RateLimited(after time.Duration) Fault {
	f := RateLimitedBare()
	f.Name, f.Header = "429 after", map[string]string{"Retry-After": strconv.Itoa(int(after.Seconds()))}
	return f
}

// RateLimitedBare is a 429 that does not say for how long.
func RateLimitedBare() Fault {
	return Refused(http.StatusTooManyRequests, "Rate limit reached for requests", "requests", "rate_limit_exceeded", "")
}

// Quota is a 429 that no waiting mends.
func Quota() Fault {
	return Refused(http.StatusTooManyRequests, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota", "")
}

// ContextTooLong is the answer to a prompt that the model cannot read.
func ContextTooLong() Fault {
	return Refused(http.StatusBadRequest, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
		"invalid_request_error", "context_length_exceeded", "messages")
}

// Filtered is the answer to a prompt that Azure does not let pass.
func Filtered() Fault {
	return Refused(http.StatusBadRequest, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", "", "content_filter", "prompt")
}

// OllamaNotFound is Ollama's 404: a text where others have an object.
func OllamaNotFound(model string) Fault {
	return Fault{Name: "404 text", Status: http.StatusNotFound, Body: `{"error":"model '` + model + `' not found"}`}
}

// NoPage is the 404 of a server that knows nothing of the API.
func NoPage() Fault {
	return Fault{Name: "404", Status: http.StatusNotFound, Type: "text/plain", Body: "404 page not found"}
}

// Broken is an error of a proxy, as a page: 500, 502, 503, 504, 529.
func Broken(status int) Fault {
	return Fault{
		Name: strconv.Itoa(status), Status: status, Type: "text/html",
		Body: "<html><body><h1>" + strconv.Itoa(status) + " " + http.StatusText(status) + "</h1></body></html>",
	}
}

// HTML is a page with status 200, as a captive portal sends it.
func HTML() Fault {
	return Fault{Name: "html", Type: "text/html; charset=utf-8", Body: "<!DOCTYPE html><html><body>Sign in</body></html>"}
}

// ErrorObject is an error with status 200.
func ErrorObject() Fault {
	return Fault{Name: "200 error", Body: errorBody("The engine is overloaded", "server_error", "", "")}
}

// Garbage is a status of 200 with what is not JSON.
func Garbage() Fault { return Fault{Name: "garbage", Body: `{"id": "chat`} }

// NotStreamed answers as a whole what was asked as a stream.
func NotStreamed(text string) Fault {
	return Fault{Name: "not streamed", Body: compact(map[string]any{
		"object": "chat.completion", "choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": text}}},
	})}
}

// Redirect points elsewhere.
func Redirect(to string) Fault {
	return Fault{Name: "redirect", Status: http.StatusTemporaryRedirect, Header: map[string]string{"Location": to}}
}

// GzipBomb is a stream of so many bytes of one comment, packed into a thousandth.
func GzipBomb(size int) Fault { return bomb("text/event-stream", size) }

// GzipBombObject is the same as one object.
func GzipBombObject(size int) Fault { return bomb("application/json", size) }

func bomb(kind string, size int) Fault {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	line := []byte(": " + strings.Repeat(" ", 8189) + "\n")
	for range size / len(line) {
		_, _ = z.Write(line) // a buffer takes all
	}
	_ = z.Close()
	return Fault{Name: "gzip bomb", Type: kind, Body: packed.String(), Header: map[string]string{"Content-Encoding": "gzip"}}
}

// change is a fault that makes other events of those of a good stream.
func change(name string, events func([]string) []string) Fault {
	return Fault{Name: name, Events: events}
}

// insert puts events in front of event number at, or at the end of the pieces if there
// are fewer.
func insert(name string, at int, more ...string) Fault {
	return change(name, func(e []string) []string { return slices.Insert(e, min(at, lastPiece(e)), more...) })
}

// lastPiece is the number of the event that says why the model stopped.
func lastPiece(events []string) int {
	for i, e := range events {
		if strings.Contains(e, `"finish_reason":"`) {
			return i
		}
	}
	return len(events)
}
