package llmtwin

import (
	"slices"
	"strconv"
	"strings"
)

// KeepAlive puts so many comments in front of event number at.
func KeepAlive(at, n int) Fault {
	return insert("keep-alive", at, slices.Repeat([]string{": keep-alive\n\n"}, n)...)
}

// BareComments puts so many lines of a colon alone in front of event number at, as
// llama.cpp does.
func BareComments(at, n int) Fault {
	return insert("bare comments", at, slices.Repeat([]string{":\n"}, n)...)
}

// MidError puts an error in front of event number at and ends the stream there; before
// is what stands in front of it, such as a comment or "event: error\n".
func MidError(at int, before string) Fault {
	return midError("error in mid-stream", at, before+"data: "+errorBody("The server had an error", "server_error", "", "")+"\n\n")
}

// MidErrorSpaced is MidError with a space behind the brace; MidErrorText one with a
// text where others have an object; MidErrorBare is llama.cpp's, which is no data.
func MidErrorSpaced(at int) Fault {
	return midError("spaced error", at, `data: { "error": {"message": "boom", "code": 500}}`+"\n\n")
}

// MidErrorText is an error in mid-stream that is a text.
func MidErrorText(at int) Fault { return midError("text error", at, `data: {"error":"boom"}`+"\n\n") }

// MidErrorBare is an error in mid-stream that has a field of its own.
func MidErrorBare(at int) Fault {
	return midError("bare error", at, `error: {"code":500,"message":"boom","type":"server_error"}`+"\n\n")
}

func midError(name string, at int, event string) Fault {
	return change(name, func(e []string) []string { return append(slices.Clone(e[:min(at, lastPiece(e))]), event) })
}

// NoFinish leaves out why the model stopped, and all behind it, but for the mark at the
// end of the stream if done.
func NoFinish(done bool) Fault {
	return change("no finish", func(e []string) []string {
		e = slices.Clone(e[:lastPiece(e)])
		if done {
			e = append(e, "data: [DONE]\n\n")
		}
		return e
	})
}

// NoDone leaves out the mark at the end of the stream, which is no fault.
func NoDone() Fault {
	return change("no done", func(e []string) []string { return slices.Clone(e[:len(e)-1]) })
}

// NoNewline leaves out the last line feeds of a stream that ends with why the model
// stopped.
func NoNewline() Fault {
	return change("no newline", func(e []string) []string {
		e = slices.Clone(e[:lastPiece(e)+1])
		e[len(e)-1] = strings.TrimRight(e[len(e)-1], "\n")
		return e
	})
}

// Finish gives another reason why the model stopped.
func Finish(reason string) Fault {
	return change("finish "+reason, func(e []string) []string {
		e = slices.Clone(e)
		e[lastPiece(e)] = Event(map[string]any{}, reason)
		return e
	})
}

// Empty answers with no text at all.
func Empty() Fault {
	return change("empty", func(e []string) []string { return slices.Delete(slices.Clone(e), 1, lastPiece(e)) })
}

// Says puts other pieces in the place of the answer's.
func Says(pieces ...string) Fault {
	return change("says", func(e []string) []string {
		var said []string
		for _, p := range pieces {
			said = append(said, Event(map[string]any{"content": p}, ""))
		}
		return slices.Replace(slices.Clone(e), 1, lastPiece(e), said...)
	})
}

// SaysBytes is Says with bytes that need not be UTF-8, as a server sends them that
// splits characters between pieces. The bytes need no escape in JSON.
func SaysBytes(pieces ...string) Fault {
	return change("says bytes", func(e []string) []string {
		var said []string
		for _, p := range pieces {
			said = append(said, `data: {"choices":[{"index":0,"delta":{"content":"`+p+`"},"finish_reason":null}]}`+"\n\n")
		}
		return slices.Replace(slices.Clone(e), 1, lastPiece(e), said...)
	})
}

// Thinks puts what the model thinks in front of the answer, in a field of its own.
func Thinks(field string, pieces ...string) Fault {
	var thoughts []string
	for _, p := range pieces {
		thoughts = append(thoughts, Event(map[string]any{field: p, "content": nil}, ""))
	}
	return insert("thinks", 1, thoughts...)
}

// Declines has the model decline, in the field that is there for it.
func Declines(at int, text string) Fault {
	return insert("declines", at, Event(map[string]any{"refusal": text}, ""))
}

// CallsTool has the model call a tool that nobody offered.
func CallsTool() Fault {
	return insert("calls a tool", 1, Event(map[string]any{"tool_calls": []any{map[string]any{
		"index": 0, "id": "call_1", "type": "function", "function": map[string]any{"name": "phone", "arguments": "{}"},
	}}}, ""))
}

// BrokenJSON puts what is not JSON in front of event number at.
func BrokenJSON(at int) Fault { return insert("broken json", at, "data: {\"choices\":[{\n\n") }

// StrangeTypes puts a chunk whose content is a number in front of event number at.
func StrangeTypes(at int) Fault {
	return insert("strange types", at, `data: {"choices":[{"index":0,"delta":{"content":7}}]}`+"\n\n")
}

// GiantLine puts a line of n bytes in front of event number at.
func GiantLine(at, n int) Fault {
	return insert("giant line", at, "data: "+strings.Repeat("x", n)+"\n\n")
}

// EndlessLine is GiantLine that ends in no line feed.
func EndlessLine(at, n int) Fault {
	return change("endless line", func(e []string) []string {
		return append(slices.Clone(e[:min(at, lastPiece(e))]), slices.Repeat([]string{strings.Repeat("x", 4096)}, n/4096)...)
	})
}

// Babble goes on for n pieces of 1000 bytes.
func Babble(n int) Fault {
	piece := Event(map[string]any{"content": strings.Repeat("blah ", 200)}, "")
	return insert("babble", 1, slices.Repeat([]string{piece}, n)...)
}

// Carriage ends lines as some proxies do, names events and gives them ids; no fault.
func Carriage() Fault {
	return change("carriage returns", func(e []string) []string {
		var out []string
		for i, x := range e {
			out = append(out, "event: message\r\nid: "+strconv.Itoa(i)+"\r\nretry: 10\r\n"+strings.ReplaceAll(x, "\n", "\r\n"))
		}
		return out
	})
}

// Shuffled gives the vectors in another order, which is no fault.
func Shuffled() Fault {
	return Fault{Name: "shuffled", Vectors: func(d []map[string]any) []map[string]any {
		slices.Reverse(d)
		return d
	}}
}

// Missing leaves the last vector out.
func Missing() Fault {
	return Fault{Name: "missing", Vectors: func(d []map[string]any) []map[string]any { return d[:len(d)-1] }}
}

// Doubled gives all vectors the number of the first.
func Doubled() Fault { return each("doubled", func(d map[string]any) { d["index"] = 0 }) }

// Shorter gives vectors of two dimensions.
func Shorter() Fault {
	return each("shorter", func(d map[string]any) { d["embedding"] = []float32{1, 2} })
}

// Zero gives vectors without a direction; Huge and Nulls such that are no numbers.
func Zero() Fault {
	return each("zero", func(d map[string]any) { d["embedding"] = make([]float32, 256) })
}

// Huge gives vectors with numbers that are none.
func Huge() Fault {
	return each("huge", func(d map[string]any) { d["embedding"] = []float64{1e300, 1} })
}

// Nulls gives vectors of nothing.
func Nulls() Fault { return each("nulls", func(d map[string]any) { d["embedding"] = []any{nil, nil} }) }

func each(name string, do func(map[string]any)) Fault {
	return Fault{Name: name, Vectors: func(d []map[string]any) []map[string]any {
		for _, x := range d {
			do(x)
		}
		return d
	}}
}
