package slack

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

// TestFlow expects of an answer that grows to be shown: nothing where the whole comes
// soon, no part sooner than calm says, the newest
// each time, and the whole at once.
func TestFlow(t *testing.T) {
	const each = 100 * time.Millisecond
	for name, x := range map[string]struct {
		parts int // one each 100 ms, the whole behind them
		want  []int
	}{
		"a quick model":   {3, []int{3}},
		"just in time":    {6, []int{6}},
		"a slow model":    {9, []int{7, 9}},
		"a slower one":    {40, []int{7, 19, 31, 40}},
		"the whole alone": {0, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []int
				for r, err := range settled(func(yield func(bot.Reply, error) bool) {
					for i := range x.parts + 1 {
						if !yield(bot.Reply{Passages: make([]bot.Passage, i), Final: i == x.parts}, nil) {
							return
						}
						time.Sleep(each)
					}
				}, calm, nil) {
					if err != nil {
						t.Error(err)
					}
					got = append(got, len(r.Passages))
				}
				for i, n := range got { // at the very moment either is the newest
					if len(got) != len(x.want) || n != x.want[i] && n != x.want[i]-1 {
						t.Fatalf("shown %v, want %v", got, x.want)
					}
				}
				if got[len(got)-1] != x.parts {
					t.Errorf("ends with %v", got)
				}
			})
		})
	}
}

// TestFlowHalts expects the reply that was shown last once more, and nothing after
// it, at once though the next is not there yet.
func TestFlowHalts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		halt, began := make(chan struct{}), time.Now()
		var got []string
		for r, err := range settled(func(yield func(bot.Reply, error) bool) {
			for _, s := range []string{"one", "two", "three"} {
				if !yield(bot.Reply{Lead: s}, nil) {
					return
				}
				time.Sleep(10 * time.Second)
			}
		}, calm, halt) {
			got = append(got, r.Lead)
			if errors.Is(err, errHalted) {
				if took := time.Since(began); took != 3*time.Second {
					t.Errorf("it took %v", took)
				}
				continue
			}
			time.AfterFunc(3*time.Second-time.Since(began), func() { close(halt) })
		}
		if want := []string{"one", "one"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestGrowthKeepsThePace expects answers that grow for a minute, in one channel and in
// many at once, to make no more edits than Slack allows, and each to end whole.
func TestGrowthKeepsThePace(t *testing.T) {
	for name, x := range map[string]struct{ answers, channels, most int }{
		"one":         {1, 1, 52},
		"one channel": {3, 1, 66},    // an edit a second in it, and those at the end
		"a crowd":     {10, 10, 100}, // 50 at once and 50 a minute
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := &sentCalls{}
				a := New(Options{
					BotToken: "xoxb-1", Name: func(string, ...string) string { return "" }, Say: func(_, key string) string { return key },
				})
				a.web.Transport = sent
				errs := make(chan error, x.answers)
				for i := range x.answers {
					p := place{Team: "T1", Channel: "D" + string(rune('a'+i%x.channels)), User: "U1", TS: "1764000001.000100", Surface: bot.Direct}
					m := bot.Message{ID: bot.MessageID(rune('a' + i)), From: p.address(), At: time.Now()}
					go func() {
						errs <- a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
							for i := range 200 {
								if !yield(bot.Reply{Kind: bot.Answer, Lead: "x", Closing: strings.Repeat("y", i), Final: i == 199}, nil) {
									return
								}
								time.Sleep(300 * time.Millisecond)
							}
						})
					}()
				}
				for range x.answers {
					if err := <-errs; err != nil {
						t.Error(err)
					}
				}
				parts, wholes := sent.count("chat.update", false), sent.count("chat.update", true)
				if parts == 0 || parts+wholes > x.most || wholes != x.answers || sent.count("chat.postMessage", false) != x.answers {
					t.Errorf("%d edits for parts, %d for the whole of %d answers", parts, wholes, x.answers)
				}
			})
		})
	}
}

// sentCalls are posts to a Slack that takes all.
type sentCalls struct {
	mu  sync.Mutex
	all []struct {
		method string
		whole  bool
	}
}

// RoundTrip notes a post.
func (s *sentCalls) RoundTrip(r *http.Request) (*http.Response, error) {
	var note struct {
		Metadata stamp `json:"metadata"`
	}
	if r.Header.Get("Content-Type") != "" {
		_ = json.NewDecoder(r.Body).Decode(&note)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, struct {
		method string
		whole  bool
	}{path.Base(r.URL.Path), note.Metadata.Payload.Whole})
	said := `{"ok":true,"ts":"1764000001.000200"}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(said)), Request: r}, nil
}

func (s *sentCalls) count(method string, whole bool) (n int) {
	for _, c := range s.all {
		if c.method == method && c.whole == whole {
			n++
		}
	}
	return n
}
