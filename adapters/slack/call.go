package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// A client is the library's, but for posts. The library sends those as a form,
// with all blocks escaped once more, and reads back every block of the message
// that Slack repeats, which takes longer than to make it.
type client struct {
	*slack.Client
	web         *http.Client
	base, token string
}

func (a *Adapter) newClient(token string, more ...slack.Option) *client {
	all := append([]slack.Option{slack.OptionAPIURL(a.o.APIURL), slack.OptionHTTPClient(a.web)}, more...)
	return &client{slack.New(token, all...), a.web, a.o.APIURL, token}
}

// A note is a post as Slack's methods take it.
type note struct {
	Channel  string        `json:"channel"`
	User     string        `json:"user,omitempty"` // who alone sees it
	TS       string        `json:"ts,omitempty"`   // of the post that it takes the place of
	Thread   string        `json:"thread_ts,omitempty"`
	Text     string        `json:"text"`
	Blocks   []slack.Block `json:"blocks,omitzero"` // empty takes those of an edited post away, nil leaves them
	Metadata *stamp        `json:"metadata,omitempty"`
	// What Slack would show of an address.
	UnfurlLinks bool `json:"unfurl_links"`
	UnfurlMedia bool `json:"unfurl_media"`
}

// posted is what is read of Slack's answer to a post that it took.
type posted struct {
	OK      bool   `json:"ok"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// PostMessage posts l in its channel, and tells where it stands.
func (c *client) PostMessage(ctx context.Context, l note) (channel, ts string, err error) {
	at, err := c.send(ctx, "chat.postMessage", l)
	return at.Channel, at.TS, err
}

// PostEphemeral shows l to its User alone.
func (c *client) PostEphemeral(ctx context.Context, l note) error {
	_, err := c.send(ctx, "chat.postEphemeral", l)
	return err
}

// UpdateMessage puts l in the place of the post at its TS.
func (c *client) UpdateMessage(ctx context.Context, l note) error {
	_, err := c.send(ctx, "chat.update", l)
	return err
}

// A speech is what a stream takes: of its beginning, of more of it, or of its end.
type speech struct {
	Channel  string `json:"channel"`
	TS       string `json:"ts,omitempty"` // of the post, once it stands
	Thread   string `json:"thread_ts,omitempty"`
	Team     string `json:"recipient_team_id,omitempty"`
	User     string `json:"recipient_user_id,omitempty"`
	Text     string `json:"markdown_text,omitempty"`
	Chunks   []any  `json:"chunks,omitempty"` // instead of Text
	Metadata *stamp `json:"metadata,omitempty"`
}

// StartStream begins a post that grows, and tells where it stands.
func (c *client) StartStream(ctx context.Context, l speech) (channel, ts string, err error) {
	at, err := c.send(ctx, "chat.startStream", l)
	return at.Channel, at.TS, err
}

// AppendStream puts l behind what stands at its TS.
func (c *client) AppendStream(ctx context.Context, l speech) error {
	_, err := c.send(ctx, "chat.appendStream", l)
	return err
}

// StopStream makes a post like any other of what stands at the TS of l.
func (c *client) StopStream(ctx context.Context, l speech) error {
	_, err := c.send(ctx, "chat.stopStream", l)
	return err
}

// longestAnswer is how much is read of what Slack says of a post.
const longestAnswer = 1 << 20

var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// send calls a method. Its errors are those that the library would return.
func (c *client) send(ctx context.Context, method string, l any) (s posted, err error) {
	raw, err := json.Marshal(l)
	if err != nil {
		return s, fmt.Errorf("slack: %s: %w", method, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+method, bytes.NewReader(raw))
	if err != nil {
		return s, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := c.web.Do(r)
	if err != nil {
		return s, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return s, statusOf(answer)
	}
	b, _ := answers.Get().(*bytes.Buffer)
	defer answers.Put(b)
	b.Reset()
	if _, err := b.ReadFrom(io.LimitReader(answer.Body, longestAnswer)); err != nil {
		return s, err
	}
	err = read(b.Bytes(), &s)
	return s, err
}

// statusOf is the error of an answer with a status of its own.
func statusOf(answer *http.Response) error {
	after, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if answer.StatusCode == http.StatusTooManyRequests && err == nil {
		return &slack.RateLimitedError{RetryAfter: time.Duration(after) * time.Second}
	}
	return slack.StatusCodeError{Code: answer.StatusCode, Status: answer.Status}
}

// errUnsaid is an answer of Slack's that names neither success nor an error.
var errUnsaid = errors.New("slack: an answer that says nothing")

func read(raw []byte, s *posted) error {
	if err := json.Unmarshal(raw, s); err != nil || s.OK {
		return err
	}
	var no slack.SlackResponse
	if err := json.Unmarshal(raw, &no); err != nil {
		return err
	}
	if err := no.Err(); err != nil {
		return err
	}
	return errUnsaid
}
