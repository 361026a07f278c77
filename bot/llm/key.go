package llm

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const hidden = "[hidden]"

// A Key is what a server wants to see before it answers. It shows itself in no way of
// printing, logging or encoding, also inside another value. The zero Key is none.
type Key struct {
	text *string // a pointer, since fmt prints the unexported strings of a struct
}

// NewKey makes a key of its text, without the space around it that files have.
func NewKey(text string) Key {
	if text = strings.TrimSpace(text); text == "" {
		return Key{}
	}
	return Key{&text}
}

// IsZero tells whether there is none.
func (k Key) IsZero() bool { return k.text == nil }

func (k Key) reveal() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

// String is "[hidden]", or "" for the zero Key.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return hidden
}

// GoString is what String is.
func (k Key) GoString() string { return `llm.Key("` + k.String() + `")` }

// Format writes what String is, whatever the verb.
func (k Key) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = io.WriteString(f, k.GoString())
		return
	}
	_, _ = io.WriteString(f, k.String())
}

// LogValue is what String is.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is what String is.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalJSON is what String is.
func (k Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// sendable tells whether a header can hold the key.
func (k Key) sendable() bool {
	return !strings.ContainsFunc(k.reveal(), func(r rune) bool { return r <= ' ' || r > '~' })
}
