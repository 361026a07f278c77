package llm

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// thoughts are the marks around what some models think aloud in the midst of an answer:
// what begins a thought, and what ends it.
var thoughts = map[string]string{
	"<think>":    "</think>",
	"<thinking>": "</thinking>",
}

// A speech makes text of the bytes that a model says: whole characters, without what it
// thought. Where one piece of bytes ends and the next begins means nothing.
type speech struct {
	held    []byte // may yet be a mark
	part    []byte // may yet be a character
	end     string // the mark that ends the thought it is in, or ""
	thought bool   // there was a thought
	spoken  bool   // there was text
}

// say takes more bytes and returns the text that is certain by now. It is false when a
// thought ends that never began: what was said before was none of the answer then.
func (s *speech) say(more []byte) (string, bool) {
	s.held = append(s.held, more...)
	var out []byte
	for len(s.held) > 0 {
		n := bytes.IndexByte(s.held, '<')
		if n < 0 {
			n = len(s.held)
		}
		if n > 0 {
			out = s.pass(out, n)
			continue
		}
		mark, sure := markOf(s.held)
		switch {
		case !sure:
			return s.text(out, false), true
		case mark == "", s.end != "" && mark != s.end:
			out = s.pass(out, max(1, len(mark)))
		case mark == s.end:
			s.begin("", len(mark))
		case thoughts[mark] != "":
			s.begin(thoughts[mark], len(mark))
		case s.spoken || len(out) > 0:
			return "", false
		default: // a thought began in the prompt, and was empty
			s.begin("", len(mark))
		}
	}
	return s.text(out, false), true
}

// rest is what was held back, at the end of the answer.
func (s *speech) rest() string {
	return s.text(s.pass(nil, len(s.held)), true)
}

// pass moves n bytes on, or drops them if they are thought.
func (s *speech) pass(out []byte, n int) []byte {
	if s.end == "" {
		out = append(out, s.held[:n]...)
	}
	s.held = s.held[n:]
	return out
}

// begin drops a mark of n bytes; end is the one that ends what begins behind it.
func (s *speech) begin(end string, n int) {
	s.thought, s.end, s.held = true, end, s.held[n:]
}

// text makes whole characters of bytes, and keeps the part of one for the next time
// unless this is the last. The lines left empty by a thought go with it.
func (s *speech) text(out []byte, last bool) string {
	s.part = append(s.part, out...)
	n := len(s.part)
	if !last {
		n -= unfinished(s.part)
	}
	t := strings.ToValidUTF8(string(s.part[:n]), "\uFFFD")
	s.part = append([]byte(nil), s.part[n:]...)
	if s.thought && !s.spoken {
		t = strings.TrimLeftFunc(t, unicode.IsSpace)
	}
	s.spoken = s.spoken || t != ""
	return t
}

// markOf is the mark that b begins with, "" if none; not sure while it may become one.
func markOf(b []byte) (mark string, sure bool) {
	for open, end := range thoughts {
		for _, m := range []string{open, end} {
			if bytes.HasPrefix(b, []byte(m)) {
				return m, true
			}
			if strings.HasPrefix(m, string(b)) {
				return "", false
			}
		}
	}
	return "", true
}

// unfinished is the length of the character at the end of b that lacks bytes.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// Bytes that are no UTF-8 stand as these characters, which nobody uses, while a JSON
// string is read: the decoder would make the same U+FFFD of all of them, and the halves
// of a character that was split between two strings could not be put together again.
const firstStandIn, lastStandIn = 0x10FE00, 0x10FEFF

// unquote is what a JSON string says, bytes that are no UTF-8 included; nil for null.
func unquote(raw json.RawMessage) ([]byte, error) {
	if !present(raw) {
		return nil, nil
	}
	var s string
	if utf8.Valid(raw) {
		err := json.Unmarshal(raw, &s)
		return []byte(s), err
	}
	if err := json.Unmarshal(standIns(raw), &s); err != nil {
		return nil, err
	}
	var out []byte
	for _, r := range s {
		if r >= firstStandIn && r <= lastStandIn {
			out = append(out, byte(r-firstStandIn))
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out, nil
}

func standIns(raw []byte) []byte {
	var out []byte
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 {
			r = firstStandIn + rune(raw[0])
		}
		out, raw = utf8.AppendRune(out, r), raw[n:]
	}
	return out
}
