package slacktwin

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// An Opening is how a socket begins, for OpenNext. The zero value is well.
type Opening struct {
	Refuse  int           // an HTTP status in the place of the upgrade
	Wait    time.Duration // before the upgrade
	Late    time.Duration // before the hello
	NoHello bool
	NoPings bool
	// Disconnect is the reason of a disconnect message right after the hello, upon
	// which the socket is closed.
	Disconnect string
	Drop       bool // ends right after the hello, without a close frame
}

// OpenNext has the next n sockets begin like that.
func (tw *Twin) OpenNext(n int, o Opening) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.openings = append(tw.openings, slices.Repeat([]Opening{o}, n)...)
}

// admit uses a ticket up, and says how the socket begins.
func (tw *Twin) admit(ticket string) (Opening, bool) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if !tw.tickets[ticket] {
		return Opening{}, false
	}
	delete(tw.tickets, ticket)
	var o Opening
	if len(tw.openings) > 0 {
		o, tw.openings = tw.openings[0], tw.openings[1:]
	}
	return o, true
}

func (tw *Twin) serveSocket(w http.ResponseWriter, r *http.Request) {
	o, good := tw.admit(r.URL.Query().Get("ticket"))
	if !good {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	if o.Wait > 0 && !tw.pause(o.Wait, r.Context().Done()) {
		return
	}
	if o.Refuse != 0 {
		http.Error(w, http.StatusText(o.Refuse), o.Refuse)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }, WriteBufferSize: 32 << 10}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	conn.SetReadLimit(1 << 20)
	s := &Socket{tw: tw, conn: conn, gone: make(chan struct{}), mute: o.NoPings}
	s.end = sync.OnceFunc(func() { close(s.gone) })
	defer s.cut()
	if s.greet(o) {
		s.read()
	}
}

// greet says hello, and tells whether the socket is to be used. It is in Sockets
// from before the hello, but gets no envelope earlier.
func (s *Socket) greet(o Opening) bool {
	tw := s.tw
	s.write.Lock() // until the hello is written
	tw.mu.Lock()
	full := len(tw.sockets) >= tw.options.MaxSockets
	tw.opened++
	s.Number = tw.opened
	count := len(tw.sockets) + 1
	usable := !full && o.Disconnect == "" && !o.Drop && !o.NoHello
	closed := tw.closed
	tw.live = append(tw.live, s)
	if usable && !closed && o.Late == 0 {
		tw.sockets = append(tw.sockets, s)
	}
	tw.mu.Unlock()
	fine := !closed && (o.Late == 0 || tw.pause(o.Late, s.gone))
	if fine && !o.NoHello {
		fine = s.put(map[string]any{
			"type": "hello", "num_connections": count,
			"debug_info":      map[string]any{"host": "applink-twin", "build_number": 1, "approximate_connection_time": 18060},
			"connection_info": map[string]any{"app_id": App},
		}) == nil
	}
	s.write.Unlock()
	if full {
		o.Disconnect = "too_many_websockets"
	}
	if fine && o.Disconnect != "" {
		s.disconnect(o.Disconnect)
		s.Close()
		fine = false
	}
	tw.mu.Lock()
	if usable && fine && o.Late > 0 && !tw.closed {
		tw.sockets = append(tw.sockets, s)
	}
	tw.touch()
	tw.mu.Unlock()
	if !fine || o.Drop {
		return false
	}
	if tw.begin() {
		go s.ping()
	}
	return true
}
