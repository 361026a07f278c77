package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox"
)

// start runs a server and returns where it is and what ends it.
func start(t *testing.T, o Options, accept accepter) (s *Server, addr string, stop func()) {
	t.Helper()
	s = New(o)
	stop = bottest.Start(t, "Run", func(ctx context.Context) error { return s.Run(ctx, accept) })
	addr, err := s.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, addr, stop
}

// open begins a stream and returns when its headers are here.
func open(t *testing.T, client *http.Client, addr, path string) io.Reader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res.Body
}

func TestServe(t *testing.T) {
	bottest.NoneLeft(t)
	ctx, stop := context.WithCancel(t.Context())
	s := New(Options{})
	if l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "[::1]:0"); err == nil { // where there is IPv6
		_ = l.Close()
		s = New(Options{Addr: "[::1]:0"})
	}
	served := make(chan error, 1)
	go func() { served <- bot.Serve(ctx, &inbox.Memory{}, parrot{}, s) }()
	client := newClient()
	status, body, err := call(ctx, client, s, http.MethodPost, "", `{"conversation":"c","text":"good morning"}`)
	id, _ := strings.CutPrefix(strings.TrimSuffix(body, "\"}\n"), `{"id":"`)
	if err != nil || status != http.StatusAccepted {
		t.Fatal(status, body, err)
	}
	status, body, err = call(ctx, client, s, http.MethodGet, "/"+id, "")
	if err != nil || status != http.StatusOK || !slices.Equal(leads(t, body), []string{"good morning"}) {
		t.Error(status, body, err)
	}
	stop()
	if err := bottest.Receive(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
}

// parrot is an answerer for tests.
type parrot struct{}

func (parrot) Answer(_ context.Context, m bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) { yield(reply(m.Text, true), nil) }
}

// What was accepted before a restart is answered after it, to whoever asks by
// the old id; meanwhile they wait.
func TestRestart(t *testing.T) {
	bottest.NoneLeft(t)
	name, client := names(), newClient()
	heard := make(chan bot.Message, 1)
	old, _, stop := start(t, Options{Name: name}, func(_ context.Context, m bot.Message) error {
		heard <- m
		return nil
	})
	if status, body, err := call(t.Context(), client, old, http.MethodPost, "", hello); err != nil || status != http.StatusAccepted {
		t.Fatal(status, body, err)
	}
	m := bottest.Receive(t, "the message", heard)
	err := old.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
		stop() // the program ends while it answers
		yield(reply("too late", true), nil)
	})
	if !errors.Is(err, errStopped) || errors.Is(err, bot.ErrGiveUp) {
		t.Errorf("Deliver where nobody can fetch: %v", err)
	}
	s, addr, _ := start(t, Options{Name: name}, stored)
	body := open(t, client, addr, "/v1/messages/"+string(m.ID))
	deliver(t, s, m.ID, func() {}, reply("at last", true))
	got, err := io.ReadAll(body)
	if err != nil || !slices.Equal(leads(t, string(got)), []string{"at last"}) {
		t.Errorf("%v %s", err, got)
	}
}

func TestShutdown(t *testing.T) {
	bottest.NoneLeft(t)
	storing := make(chan struct{}, 1)
	s, addr, stop := start(t, Options{}, func(ctx context.Context, _ bot.Message) error {
		storing <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	s.box.put("half", reply("one", false))
	var streams []io.Reader
	for _, id := range []string{"half", "half", "none"} {
		streams = append(streams, open(t, client, addr, "/v1/messages/"+id+"?wait=60s"))
	}
	statuses := make(chan int, 2)
	post := func(method, path string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+"/v1/messages"+path, strings.NewReader(hello))
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		_ = res.Body.Close()
		statuses <- res.StatusCode
	}
	go post(http.MethodPost, "")
	bottest.Receive(t, "the message", storing)
	go post(http.MethodGet, "/half?wait=60s")
	if !bottest.Eventually(func() bool {
		s.box.mu.Lock()
		defer s.box.mu.Unlock()
		return len(s.box.bells["half"]) == 3
	}) {
		t.Fatal("not all are listening")
	}
	stop()
	for range 2 {
		if status := bottest.Receive(t, "the answer", statuses); status != http.StatusServiceUnavailable {
			t.Errorf("one who waited got %d", status)
		}
	}
	for _, body := range streams {
		if body, err := io.ReadAll(body); err != nil || !strings.HasSuffix(string(body), "ask again\n\n") {
			t.Errorf("a stream ended with %v: %q", err, body)
		}
	}
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr); err == nil {
		t.Error("it still listens")
	}
}

// Who does not finish a request is not waited for.
func TestShutdownCutsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		network, ended := newPipes(), make(chan error, 1)
		s := New(Options{})
		go func() { ended <- s.serve(ctx, network, stored) }()
		conn, err := network.dial(ctx, "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = fmt.Fprint(conn, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		synctest.Wait()
		began := time.Now()
		stop()
		synctest.Wait()
		if s.box.put("m", reply("x", true)) {
			t.Error("a reply is kept where nobody can fetch it any more")
		}
		if err := <-ended; err != nil || time.Since(began) != stopWithin {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// The limit for reading a request does not end the wait for its answer.
func TestWaitOutlastsTheReadLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		network, ended := newPipes(), make(chan error, 1)
		s := New(Options{})
		go func() { ended <- s.serve(ctx, network, stored) }()
		client := &http.Client{Transport: &http.Transport{DialContext: network.dial, DisableKeepAlives: true}}
		body := open(t, client, "localhost", "/v1/messages/m?wait=60s")
		var delivered sync.WaitGroup
		delivered.Go(func() {
			deliver(t, s, "m", func() { time.Sleep(maxWait - time.Second) }, // of a time that is not real
				reply("one", false), reply("two", false), reply("three", false), reply("four", true))
		})
		all, err := io.ReadAll(body)
		if got := leads(t, string(all)); err != nil || len(got) != 4 {
			t.Errorf("%v %q", err, got)
		}
		delivered.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestRunOnce(t *testing.T) {
	bottest.NoneLeft(t)
	if err := New(Options{}).Ready(); !errors.Is(err, errNotYet) {
		t.Errorf("before Run it is ready, or %v", err)
	}
	s, addr, stop := start(t, Options{}, stored)
	if err := s.Ready(); err != nil {
		t.Errorf("it listens and is %v", err)
	}
	if err := s.Run(t.Context(), stored); !errors.Is(err, errTwice) {
		t.Errorf("the second Run returned %v", err)
	}
	second := New(Options{Addr: addr})
	if err := second.Run(t.Context(), stored); err == nil || !strings.Contains(err.Error(), "in use") || !errors.Is(second.Ready(), err) {
		t.Errorf("Run on a port that is taken returned %v; ready: %v", err, second.Ready())
	}
	stop()
	if err := s.Ready(); !errors.Is(err, errStopped) {
		t.Errorf("after Run it is ready, or %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Options{}).Run(ended, stored); err != nil {
		t.Errorf("Run with a ctx that ended returned %v", err)
	}
	if _, err := New(Options{}).Addr(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Addr before Run: %v", err)
	}
}

func TestServeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newPipes()
		_ = network.Close()
		s := New(Options{})
		if err := s.serve(t.Context(), network, stored); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
		if s.box.put("m", reply("x", true)) {
			t.Error("a reply is kept where nobody can fetch it")
		}
	})
}
