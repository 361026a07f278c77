package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"porchlight/bot"
)

// maxBody is the longest body of a POST, in bytes.
const maxBody = 256 << 10

// accepted is the answer to a POST.
type accepted struct {
	ID bot.MessageID `json:"id"`
}

// post has a message stored, and says so only then.
func (s *Server) post(w http.ResponseWriter, r *http.Request, accept func(context.Context, bot.Message) error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is longer than %d bytes: send a shorter text", maxBody))
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "the body ended early or came too slowly: send it again")
		return
	}
	req, err := decode(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	m := s.message(req)
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	if err := accept(ctx, m); err != nil {
		s.o.Log.Warn("message not stored", "message", m, "err", err)
		busy(w, err, "the message is not stored: send it again, with the same id if it has one")
		return
	}
	s.box.expect(m.ID)
	w.Header().Set("Location", "/v1/messages/"+url.PathEscape(string(m.ID)))
	write(w, http.StatusAccepted, encode(accepted{m.ID}))
}

// message is what a caller said, under the names it has here.
func (s *Server) message(r request) bot.Message {
	if r.id == "" {
		r.id = rand.Text()
	}
	m := bot.Message{
		ID:           bot.MessageID(s.o.Name("event", name, r.id)),
		Conversation: bot.ConversationID(s.o.Name("conversation", name, r.conversation)),
		From:         bot.Address{Adapter: name, Place: "mailbox"}, // there is one, by message id
		Command:      r.command,
		Text:         r.text,
		Lang:         r.lang,
		Private:      r.private,
		Share:        r.share,
		Explain:      r.explain,
		At:           time.Now(),
	}
	if r.person != "" {
		m.Person = bot.PersonID(s.o.Name("person", name, r.person))
	}
	return m
}

// busy says that asking again helps, and when.
func busy(w http.ResponseWriter, err error, why string) {
	rest := time.Second
	if later, ok := errors.AsType[*bot.LaterError](err); ok {
		rest = max(rest, later.After)
	}
	w.Header().Set("Retry-After", strconv.FormatInt(int64((rest+time.Second-1)/time.Second), 10))
	refuse(w, http.StatusServiceUnavailable, why)
}
