package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"porchlight/bot"
)

// name is the Adapter of the addresses here.
const name = "local"

// How long a connection may take. A reader that waits for an answer has the time
// it asked for on top.
const (
	headerWithin = 5 * time.Second
	readWithin   = 30 * time.Second
	storeWithin  = 30 * time.Second
	writeWithin  = 10 * time.Second
	idleWithin   = 2 * time.Minute
	stopWithin   = 2 * time.Second
)

const maxHeader = 16 << 10

var (
	errTwice    = errors.New("local: Run was called before; make another with New")
	errNotYet   = errors.New("local: not listening yet")
	errNotFinal = errors.New("local: the answer ended before its last reply")
	errStopped  = errors.New("local: stopped, and nobody can fetch an answer")
)

// A Server is the adapter. Make one with New; it runs once.
type Server struct {
	o       Options
	box     *mailbox
	started atomic.Bool
	ready   chan struct{} // closed once addr or err is set
	addr    string
	err     error
}

var _ bot.Adapter = (*Server)(nil)

// New makes the adapter. What is wrong with o, Run says; see Options.Validate.
func New(o Options) *Server {
	o = o.filled()
	return &Server{o: o, box: newMailbox(o.Keep, o.MaxKept), ready: make(chan struct{})}
}

// Name is "local".
func (s *Server) Name() string { return name }

// Addr waits until the adapter listens and returns where, as host and port. The
// error is why it does not listen, or that ctx ended first.
func (s *Server) Addr(ctx context.Context) (string, error) {
	select {
	case <-s.ready:
		return s.addr, s.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Ready is nil while the adapter listens, else why it does not.
func (s *Server) Ready() error {
	select {
	case <-s.ready:
		if s.err == nil && s.box.isClosed() {
			return errStopped
		}
		return s.err
	default:
		return errNotYet
	}
}

// Run listens until ctx ends, closes what is open, and returns nil. It returns an
// error when it cannot listen, or was called before. From the end of ctx on,
// Deliver returns an error, so that the inbox keeps what nobody could fetch.
func (s *Server) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	if !s.started.CompareAndSwap(false, true) {
		return errTwice
	}
	l, err := s.listen(ctx)
	if err != nil {
		s.err = err
		close(s.ready)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // ctx ended first, and that is no failure
		}
		return err
	}
	s.addr = l.Addr().String()
	close(s.ready)
	s.o.Log.Info("local adapter listens", "addr", s.addr)
	return s.serve(ctx, l, accept)
}

func (s *Server) listen(ctx context.Context) (net.Listener, error) {
	if err := s.o.Validate(); err != nil {
		return nil, err
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", s.o.addr())
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	return l, nil
}

// serve answers on l, and closes it.
func (s *Server) serve(ctx context.Context, l net.Listener, accept func(context.Context, bot.Message) error) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	srv := s.server(ctx, accept)
	defer s.box.close()
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		leave()
		_ = srv.Close() // the error that counts is the one that ended Serve
		return fmt.Errorf("local: serve: %w", err)
	case <-ctx.Done():
	}
	s.box.close() // before the readers are gone: what comes from now on is kept by the inbox
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if srv.Shutdown(grace) != nil { // someone does not finish a request
		_ = srv.Close() // they are cut off, whatever it says
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) { // it failed as ctx ended
		return fmt.Errorf("local: serve: %w", err)
	}
	return nil
}

// server is the HTTP server whose requests end with ctx.
func (s *Server) server(ctx context.Context, accept func(context.Context, bot.Message) error) *http.Server {
	return &http.Server{
		Handler:           s.handler(accept),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       readWithin,
		WriteTimeout:      maxWait + storeWithin,
		IdleTimeout:       idleWithin,
		MaxHeaderBytes:    maxHeader,
	}
}

func (s *Server) handler(accept func(context.Context, bot.Message) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/messages", only(http.MethodPost, func(w http.ResponseWriter, r *http.Request) {
		s.post(w, r, accept)
	}))
	mux.HandleFunc("/v1/messages/{id}", only(http.MethodGet, s.get))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "no such path: use POST /v1/messages or GET /v1/messages/{id}")
	})
	return s.contain(s.guard(mux))
}
