package discordtwin

import (
	"context"
	"net/url"
	"slices"
	"sync"

	"github.com/gorilla/websocket"
)

// A Socket is one WebSocket of the app. Its methods are the ways in which it goes
// wrong; after it has ended they do nothing.
type Socket struct {
	// Number counts the sockets of the twin, from 1.
	Number int
	// Query is that of its address; OnResumeURL tells that it came to ResumeURL.
	Query       url.Values
	OnResumeURL bool

	tw      *Twin
	conn    *websocket.Conn
	opening Opening
	gone    chan struct{} // closed when it has ended
	end     func()
	wake    chan struct{}

	// Under tw.mu:
	session    *session
	resumed    bool
	closedBy   int // the code with which the client has
	leaving    int // the code with which Discord has closed it
	mute       bool
	frozen     bool // nothing is written or read any more
	heartbeats int
	sends      window
	out        []frame
	busy       bool // something is being written
}

func newSocket(tw *Twin, conn *websocket.Conn, o Opening) *Socket {
	gone := make(chan struct{})
	return &Socket{
		tw: tw, conn: conn, opening: o, gone: gone, end: sync.OnceFunc(func() { close(gone) }),
		wake: make(chan struct{}, 1), mute: o.NoACK,
	}
}

// Sockets are those that have identified or resumed and are open, the oldest first.
func (tw *Twin) Sockets() []*Socket {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var in []*Socket
	for _, s := range tw.live {
		if s.session != nil && s.leaving == 0 {
			in = append(in, s)
		}
	}
	return in
}

// Opened is how many sockets there have been.
func (tw *Twin) Opened() int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.opened
}

// AwaitSocket waits until a socket with at least that Number has identified or
// resumed, and returns the newest such.
func (tw *Twin) AwaitSocket(ctx context.Context, number int) (*Socket, error) {
	var found *Socket
	err := tw.Await(ctx, func() bool {
		in := tw.Sockets()
		if len(in) == 0 || in[len(in)-1].Number < number {
			return false
		}
		found = in[len(in)-1]
		return true
	})
	return found, err
}

// Session is the id of its session, or "" before it has one.
func (s *Socket) Session() string {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	if s.session == nil {
		return ""
	}
	return s.session.id
}

// Resumed tells whether it took up a session that there was.
func (s *Socket) Resumed() bool {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	return s.resumed
}

// Shard is the shard that it identified as, of how many.
func (s *Socket) Shard() (id, of int) {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	if s.session == nil {
		return 0, 0
	}
	return s.session.shard, s.session.shards
}

// Intents are those that it identified with.
func (s *Socket) Intents() int {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	if s.session == nil {
		return 0
	}
	return s.session.intents
}

// ClosedBy is the code with which the client closed it, once it has; 0 is none.
func (s *Socket) ClosedBy() int {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	return s.closedBy
}

// Heartbeats is how many came.
func (s *Socket) Heartbeats() int {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	return s.heartbeats
}

func (s *Socket) still() bool {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	return s.frozen
}

func (s *Socket) isLeaving() bool {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	return s.leaving != 0
}

func (s *Socket) wait() {
	select {
	case <-s.gone:
	case <-s.tw.done:
	}
}

// detach takes the socket from its session, which stays. It wants tw.mu held.
func (s *Socket) detach() {
	if p := s.session; p != nil && p.socket == s {
		p.socket, p.away = nil, s.tw.now()
	}
	s.tw.touch()
}

// cut ends the socket without a close frame.
func (s *Socket) cut() {
	s.end()
	_ = s.conn.NetConn().Close()
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	s.detach()
	s.tw.live = slices.DeleteFunc(slices.Clone(s.tw.live), func(o *Socket) bool { return o == s })
	s.tw.touch()
}
