package llm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// lines is a stream of server-sent events in the one form that the library reads
// without surprises: "data: { …", each on its own, with nothing in between and nothing
// left out at the end.
//
// Behind a comment, an "event:" or a blank too many the library loses errors that come
// in mid-stream; it drops a last line without a line feed; it reads lines of any
// length. A space behind the brace keeps it from treating errors in its own way, so
// that they come to us like everything else.
type lines struct {
	body io.ReadCloser
	in   *bufio.Reader
	line []byte // in the making
	out  []byte // not read yet
	left int    // bytes that may still come
	most int    // of one line
	err  error  // what comes after out
	done bool   // the mark at the end was read
}

func newLines(body io.ReadCloser, mostLine, mostAll int) *lines {
	return &lines{body: body, in: bufio.NewReaderSize(body, 8<<10), left: mostAll, most: mostLine}
}

// Close ends the body. Behind the mark at the end it first reads what little may be
// left, since a connection whose body was not read to its end cannot be used again.
func (l *lines) Close() error {
	if l.done && l.err == nil {
		_, _ = io.CopyN(io.Discard, l.in, 4<<10)
	}
	return l.body.Close()
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.out) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		l.next()
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

// next reads on until a line is whole, or to the end.
func (l *lines) next() {
	part, err := l.in.ReadSlice('\n')
	l.line = append(l.line, part...)
	l.left -= len(part)
	switch {
	case l.left < 0 || len(l.line) > l.most:
		l.err = fail(whyWire)
	case err == nil:
		l.out = payload(l.line)
		l.done = l.done || bytes.HasSuffix(bytes.TrimSpace(l.out), done)
		l.line = l.line[:0]
	case errors.Is(err, bufio.ErrBufferFull):
	default:
		l.err = err
		if last := payload(l.line); whole(last) {
			l.out = last
		}
	}
}

var (
	prefixData  = []byte("data:")
	prefixError = []byte("error:")
	done        = []byte("[DONE]")
)

// payload is what a line says, as an event of its own, or nil if it says nothing.
// Some servers write an error without "data:" in front.
func payload(line []byte) []byte {
	line = bytes.TrimSpace(line)
	if data, ok := bytes.CutPrefix(line, prefixData); ok {
		return event(bytes.TrimSpace(data))
	}
	if said, ok := bytes.CutPrefix(line, prefixError); ok {
		return event([]byte(`{"error":` + string(bytes.TrimSpace(said)) + `}`))
	}
	if bytes.HasPrefix(line, []byte("{")) {
		return event(line)
	}
	return nil
}

func event(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	out := append(make([]byte, 0, len(data)+16), "data: "...)
	if data[0] == '{' {
		out, data = append(out, "{ "...), data[1:]
	}
	return append(append(out, data...), "\n\n"...)
}

// whole tells whether the stream was not cut off in the middle of this event.
func whole(event []byte) bool {
	data := bytes.TrimSpace(bytes.TrimPrefix(event, prefixData))
	return bytes.Equal(data, done) || json.Valid(data)
}
