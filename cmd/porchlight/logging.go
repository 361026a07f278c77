package main

import (
	"io"
	"log/slog"
	"slices"
	"strings"
)

// logged are the attributes that a log may hold: shapes, ids and errors, none of
// them a person's words. Whatever else is logged shows as "hidden".
var logged = []string{
	slog.TimeKey, slog.LevelKey, slog.MessageKey,
	"message", "id", "adapter", "runes", // bot.Message.LogValue
	"reply", "mode", "urgent", "sections", "final", // bot.Reply.LogValue
	"err", "step", "type", "panic", "stack", "tries", "after",
	"folders", "version", "languages", "topics", "addr", "why", "status", "store", "name", "reason", "took", "open",
	"call", "state", "field", "texts", "first", "bytes", "prompt_bytes", "prompt_tokens", "cached_tokens", "tokens", "failed_tries", // of a model
}

// newLog makes the log of a server.
func newLog(w io.Writer, form, level string) *slog.Logger {
	var least slog.Level
	_ = least.UnmarshalText([]byte(strings.ToUpper(level))) // the flag takes no other
	o := &slog.HandlerOptions{Level: least, ReplaceAttr: allowed}
	if form == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func allowed(_ []string, a slog.Attr) slog.Attr {
	if !slices.Contains(logged, a.Key) {
		return slog.String(a.Key, "hidden")
	}
	return a
}
