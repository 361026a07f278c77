package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A secret is where a token or key comes from: file:PATH, cmd:COMMAND, env:NAME,
// or, from an environment variable only, the thing itself. It is never printed.
type secret struct{ source string }

// errSecretLines says that a secret has line ends in it.
var errSecretLines = errors.New("a secret is one line")

// UnmarshalText takes any line; whether it may stand where it stands is checked
// once all is read.
func (s *secret) UnmarshalText(text []byte) error {
	s.source = strings.TrimSpace(string(text))
	if strings.ContainsAny(s.source, "\r\n") {
		s.source = ""
		return errSecretLines
	}
	return nil
}

var secretForms = []string{"file:", "cmd:", "env:"}

// literal tells whether the source is the secret itself.
func (s secret) literal() bool {
	for _, f := range secretForms {
		if strings.HasPrefix(s.source, f) {
			return false
		}
	}
	return s.source != ""
}

func (s secret) set() bool { return s.source != "" }

// errEmptySecret says that a source holds nothing.
var errEmptySecret = errors.New("holds nothing")

// reveal fetches the secret, "" when none is set. Spaces around it go. No error
// holds any of it.
func (s secret) reveal(ctx context.Context) (string, error) {
	form, where, ok := strings.Cut(s.source, ":")
	if !ok || s.literal() {
		return s.source, nil
	}
	var raw []byte
	var err error
	switch form {
	case "file":
		raw, err = os.ReadFile(where)
	case "env":
		raw = []byte(os.Getenv(where))
	case "cmd":
		raw, err = output(ctx, where)
	}
	raw = bytes.TrimSpace(raw)
	if err == nil && len(raw) == 0 {
		err = errEmptySecret
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", form, where, err)
	}
	return string(raw), nil
}

// output runs a command with a bound. What it writes to its standard error is
// not shown: it may say too much.
func output(ctx context.Context, command string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command) //nolint:gosec // the operator's own command
	cmd.WaitDelay = time.Second
	raw, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("ended with %d", exit.ExitCode())
	}
	return raw, err
}

// String shows where a secret comes from, never the secret.
func (s secret) String() string {
	if s.literal() {
		return "(set)"
	}
	return s.source
}

// GoString is String.
func (s secret) GoString() string { return s.String() }

// LogValue is String.
func (s secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
