package local

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
)

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T) adaptertest.Harness { return newCallers(t) })
}

// callers are programs that ask over HTTP: the twin of this platform. A new
// server is asked for the ids that an old one gave.
type callers struct {
	t      *testing.T
	client *http.Client
	name   func(string, ...string) string
	asking sync.WaitGroup

	mu     sync.Mutex
	server *Server
	said   map[string]*utterance // by event
}

type utterance struct {
	conversation, text string
	acknowledged       bool
}

func newCallers(t *testing.T) *callers {
	c := &callers{t: t, client: newClient(), name: names(), said: map[string]*utterance{}}
	t.Cleanup(c.asking.Wait) // they end with the test's ctx
	return c
}

func (c *callers) Adapter(log *slog.Logger) bot.Adapter {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server = New(Options{Name: c.name, Log: log})
	return c.server
}

func (c *callers) Say(conversation, text string) string {
	c.mu.Lock()
	event := fmt.Sprintf("event-%d", len(c.said)+1)
	c.said[event] = &utterance{conversation: conversation, text: text}
	c.mu.Unlock()
	c.Redeliver(event)
	return event
}

func (c *callers) Redeliver(event string) {
	c.mu.Lock()
	server, said := c.server, c.said[event]
	body := encode(map[string]string{"id": event, "conversation": said.conversation, "person": "person-9", "text": said.text})
	c.mu.Unlock()
	c.asking.Go(func() {
		status, _, err := call(c.t.Context(), c.client, server, http.MethodPost, "", string(body))
		c.mu.Lock()
		defer c.mu.Unlock()
		said.acknowledged = said.acknowledged || err == nil && status == http.StatusAccepted
	})
}

func (c *callers) Acknowledged(event string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said[event].acknowledged
}

// Posts is what a stream shows at once.
func (c *callers) Posts(event string) (posts []adaptertest.Post) {
	c.mu.Lock()
	server := c.server
	c.mu.Unlock()
	path := "/" + c.name("event", name, event) + "?wait=0s"
	status, body, err := call(c.t.Context(), c.client, server, http.MethodGet, path, "")
	if err != nil || status != http.StatusOK {
		c.t.Errorf("GET %s: %d %v", path, status, err)
	}
	for _, a := range answers(c.t, body) {
		posts = append(posts, adaptertest.Post{Text: a.Text, Alone: a.Private})
	}
	return posts
}

func (c *callers) IDs(event string) []string {
	return []string{event, c.said[event].conversation, "person-9"}
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// call asks a server for a message, and for a stream where there is a choice.
func call(ctx context.Context, client *http.Client, s *Server, method, path, body string) (int, string, error) {
	addr, err := s.Addr(ctx)
	if err != nil {
		return 0, "", err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+addr+"/v1/messages"+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream, application/json;q=0.5")
	res, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, string(all), err
}

// answers are the reply events of a stream.
func answers(t *testing.T, stream string) (all []answer) {
	t.Helper()
	for event := range strings.SplitSeq(strings.TrimSuffix(stream, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "event: reply\ndata: ")
		if !ok {
			if !strings.HasPrefix(event, ": ") {
				t.Errorf("neither a reply nor a comment: %q", event)
			}
			continue
		}
		var a answer
		if err := json.Unmarshal([]byte(data), &a); err != nil {
			t.Errorf("%v: %q", err, data)
		}
		all = append(all, a)
	}
	return all
}
