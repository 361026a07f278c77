package local

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"porchlight/bot"
)

type accepter = func(context.Context, bot.Message) error

func stored(context.Context, bot.Message) error { return nil }

// ask gives h a request and returns the whole answer; headers are names and
// values in turn.
func ask(ctx context.Context, h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, "http://127.0.0.1"+target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = []string{headers[i+1]}
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// said is the id in the answer to a POST.
func said(t *testing.T, w *httptest.ResponseRecorder) bot.MessageID {
	t.Helper()
	var a accepted
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusAccepted || a.ID == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return a.ID
}

// complaint is the one line of a refusal.
func complaint(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var f failure
	if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || f.Error == "" || strings.Contains(f.Error, "\n") {
		t.Errorf("no line that says what is wrong: %d %q", w.Code, w.Body)
	}
	return f.Error
}

func reply(lead string, final bool) bot.Reply {
	return bot.Reply{Kind: bot.Answer, Lang: "en", Lead: lead, Final: final}
}

// deliver gives the replies, and does between after each.
func deliver(t *testing.T, s *Server, id bot.MessageID, between func(), replies ...bot.Reply) {
	t.Helper()
	err := s.Deliver(t.Context(), bot.Message{ID: id}, func(yield func(bot.Reply, error) bool) {
		for _, r := range replies {
			if !yield(r, nil) {
				return
			}
			between()
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func leads(t *testing.T, stream string) (all []string) {
	t.Helper()
	for _, a := range answers(t, stream) {
		all = append(all, a.Lead)
	}
	return all
}

// record is a log that can be read while it is written.
type record struct {
	mu sync.Mutex
	bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Buffer.Write(p)
}

func (r *record) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// pipes are a network in memory, for tests whose time is not real.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{dialed: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialed:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.dialed <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
