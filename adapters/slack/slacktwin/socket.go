package slacktwin

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// A Socket is one WebSocket of the app. Its methods are the ways in which it goes
// wrong; after it has ended they do nothing.
type Socket struct {
	// Number counts the sockets of the twin, from 1.
	Number int

	tw     *Twin
	conn   *websocket.Conn
	gone   chan struct{} // closed when it has ended
	end    func()
	write  sync.Mutex
	mute   bool // no pings; under tw.mu
	frozen bool // nothing is written or read any more; under tw.mu
}

// Sockets are those that are open, the oldest first.
func (tw *Twin) Sockets() []*Socket {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.sockets)
}

// Opened is how many sockets there have been.
func (tw *Twin) Opened() int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.opened
}

// AwaitSocket waits until the n-th socket that ever was is open, or n or more of
// them have been, and returns the newest that is open now; nil when none is.
func (tw *Twin) AwaitSocket(ctx context.Context, n int) (*Socket, error) {
	var newest *Socket
	err := tw.Await(ctx, func() bool {
		tw.mu.Lock()
		defer tw.mu.Unlock()
		newest = nil
		if l := len(tw.sockets); l > 0 {
			newest = tw.sockets[l-1]
		}
		return tw.opened >= n
	})
	return newest, err
}

// openSocket is apps.connections.open: an address that is good for one socket.
func (r *request) openSocket() answer {
	ticket := strconv.FormatUint(r.random.Uint64(), 16)
	r.tickets[ticket] = true
	return answer{"url": "ws" + strings.TrimPrefix(r.url, "http") + "/link?ticket=" + ticket + "&app_id=" + App}
}

// put writes one message. It wants s.write held.
func (s *Socket) put(v any) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return s.conn.WriteJSON(v)
}

// send writes one message, unless the socket is frozen, which nobody notices.
func (s *Socket) send(v any) error {
	if s.still() {
		return nil
	}
	s.write.Lock()
	defer s.write.Unlock()
	return s.put(v)
}

func (s *Socket) still() bool {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	return s.frozen
}

func (s *Socket) ping() {
	defer s.tw.running.Done()
	tick := time.NewTicker(s.tw.options.Ping)
	defer tick.Stop()
	for {
		select {
		case <-s.gone:
			return
		case <-s.tw.done:
			return
		case <-tick.C:
		}
		s.tw.mu.Lock()
		quiet := s.mute || s.frozen
		s.tw.mu.Unlock()
		if !quiet {
			_ = s.conn.WriteControl(websocket.PingMessage, []byte("Ping from applink-twin"), time.Now().Add(time.Second))
		}
	}
}

// read takes acknowledgements until the socket ends.
func (s *Socket) read() {
	for {
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		if s.still() {
			select {
			case <-s.gone:
			case <-s.tw.done:
			}
			return
		}
		var said struct {
			ID      string          `json:"envelope_id"`
			Payload json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(raw, &said) == nil && said.ID != "" {
			s.tw.acked(s, said.ID, said.Payload, len(raw))
		}
	}
}

// cut ends the socket without a close frame.
func (s *Socket) cut() {
	s.end()
	_ = s.conn.NetConn().Close()
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	s.tw.sockets = without(s.tw.sockets, s)
	s.tw.live = without(s.tw.live, s)
	s.tw.touch()
}
