package local

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"porchlight/bot"
)

const (
	defaultWait = 30 * time.Second
	maxWait     = 60 * time.Second
	heartbeat   = 10 * time.Second
)

// get gives the answer to a message, whole or as it grows.
func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	wait, err := waitOf(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	id := bot.MessageID(r.PathValue("id"))
	if wantsStream(r.Header) {
		s.grow(w, r, id, wait)
		return
	}
	s.whole(w, r, id, wait)
}

func waitOf(r *http.Request) (time.Duration, error) {
	text := r.URL.Query().Get("wait")
	if text == "" {
		return defaultWait, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, errors.New("wait is no duration from 0s to 60s: write wait=30s, say")
	}
	return d, nil
}

func wantsStream(h http.Header) bool {
	for _, list := range h.Values("Accept") {
		for kind := range strings.SplitSeq(list, ",") {
			if kind, _, err := mime.ParseMediaType(kind); err == nil && kind == "text/event-stream" {
				return true
			}
		}
	}
	return false
}

// whole waits for the final answer.
func (s *Server) whole(w http.ResponseWriter, r *http.Request, id bot.MessageID, wait time.Duration) {
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	var final bot.Reply
	s.box.follow(ctx, id, wait, func(r bot.Reply) bool {
		final = r
		return !r.Final
	}, func() bool { return true })
	switch {
	case final.Final:
		write(w, http.StatusOK, render(id, final))
	case r.Context().Err() != nil:
		busy(w, nil, "the program is stopping: ask again when it is back")
	case s.box.knows(id):
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, http.StatusNotFound, "no message of this id was heard of: check it, or ask again if it was accepted a while ago")
	}
}

// grow streams each answer until the final one.
func (s *Server) grow(w http.ResponseWriter, r *http.Request, id bot.MessageID, wait time.Duration) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := stream{w, http.NewResponseController(w)}
	more := out.comment("waiting")
	if !more {
		return
	}
	s.box.follow(r.Context(), id, wait, func(r bot.Reply) bool {
		more = out.reply(id, r) && !r.Final
		return more
	}, func() bool {
		more = out.comment("waiting")
		return more
	})
	if more {
		out.comment("no more for now: ask again")
	}
}

// A stream writes server-sent events. Its methods tell whether someone may still
// be reading.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (s stream) reply(id bot.MessageID, r bot.Reply) bool {
	return s.send("event: reply\ndata: " + string(render(id, r)) + "\n\n")
}

func (s stream) comment(text string) bool { return s.send(": " + text + "\n\n") }

func (s stream) send(event string) bool {
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeWithin)) // a connection without deadlines waits
	_, err := s.w.Write([]byte(event))
	return err == nil && s.rc.Flush() == nil
}
