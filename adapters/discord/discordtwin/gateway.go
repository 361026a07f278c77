package discordtwin

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// mostPayload is what a client may send in one message.
const mostPayload = 4096

// An Opening is how a WebSocket begins that goes wrong at once. The zero value is
// one that goes well.
type Opening struct {
	Refuse  int           // a status in the place of the upgrade
	Wait    time.Duration // before the upgrade
	NoHello bool          // nothing is ever said
	Late    time.Duration // before Hello
	Close   int           // a close code in the place of Hello
	Drop    bool          // the connection ends after Hello
	// OnIdentify is a close code, NoReady silence and Invalid op 9 in answer to
	// Identify or Resume; Resumable is what op 9 then says.
	OnIdentify         int
	NoReady            bool
	Invalid, Resumable bool
	// NoACK never acknowledges a heartbeat: a zombie from the start.
	NoACK bool
}

// OpenNext has the next n WebSockets begin so; later ones after those planned before.
func (tw *Twin) OpenNext(n int, o Opening) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	for range n {
		tw.openings = append(tw.openings, o)
	}
}

// Openings is how many of those that OpenNext planned are still to come.
func (tw *Twin) Openings() int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return len(tw.openings)
}

func (tw *Twin) nextOpening() Opening {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if len(tw.openings) == 0 {
		return Opening{}
	}
	o := tw.openings[0]
	tw.openings = tw.openings[1:]
	return o
}

func (tw *Twin) serveGateway(w http.ResponseWriter, r *http.Request) {
	if !websocket.IsWebSocketUpgrade(r) || r.URL.Path != "/" && r.URL.Path != "/resume" && r.URL.Path != "/resume/" {
		http.NotFound(w, r)
		return
	}
	o := tw.nextOpening()
	if o.Wait > 0 && !tw.pause(o.Wait, r.Context().Done()) {
		return
	}
	if o.Refuse != 0 {
		http.Error(w, http.StatusText(o.Refuse), o.Refuse)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s := newSocket(tw, conn, o)
	s.Query, s.OnResumeURL = r.URL.Query(), r.URL.Path != "/"
	if !tw.opens(s) {
		_ = conn.Close()
		return
	}
	defer s.cut()
	s.begin()
	s.read()
}

// opens registers a socket, and tells whether the twin still takes any.
func (tw *Twin) opens(s *Socket) bool {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if tw.closed || tw.server == nil {
		return false
	}
	tw.opened++
	s.Number = tw.opened
	tw.live = append(tw.live, s)
	tw.running.Add(1)
	go s.write()
	tw.touch()
	return true
}

// begin says Hello, or what the opening has instead.
func (s *Socket) begin() {
	o := s.opening
	if o.NoHello {
		return
	}
	if o.Late > 0 && !s.tw.pause(o.Late, s.gone) {
		return
	}
	if o.Close != 0 {
		s.Close(o.Close)
		return
	}
	v := s.Query.Get("v")
	if v != "" && v != "9" && v != "10" {
		s.Close(InvalidVersion)
		return
	}
	if e := s.Query.Get("encoding"); e != "" && e != "json" || s.Query.Get("compress") != "" {
		s.Close(DecodeError) // which the twin lacks
		return
	}
	s.say(map[string]any{"op": opHello, "s": nil, "t": nil, "d": map[string]any{
		"heartbeat_interval": s.tw.options.Heartbeat.Milliseconds(), "_trace": []any{},
	}})
	if o.Drop {
		s.flush()
		s.cut()
	}
}

// sent is a message of the client.
type sent struct {
	Op *int            `json:"op"`
	D  json.RawMessage `json:"d"`
}

// read takes what the client sends until the socket ends. Who is silent for two
// heartbeats is sent away.
func (s *Socket) read() {
	for {
		_ = s.conn.SetReadDeadline(time.Now().Add(2 * s.tw.options.Heartbeat))
		if s.still() || s.opening.NoHello {
			_ = s.conn.SetReadDeadline(time.Time{}) // of one that is half open nothing is noticed, and the other is silent
		}
		_, raw, err := s.conn.ReadMessage()
		var timeout interface{ Timeout() bool }
		switch {
		case errors.As(err, &timeout) && timeout.Timeout() && !s.still():
			s.Close(SessionTimedOut)
			s.wait()
			return
		case err != nil:
			s.left(err)
			return
		case s.still(), s.isLeaving():
			continue
		}
		s.tw.mu.Lock()
		within := !s.tw.options.RateLimits || s.sends.take(s.tw.now(), Bucket{120, time.Minute})
		s.tw.mu.Unlock()
		var m sent
		switch {
		case !within:
			s.Close(RateLimitedSends)
		case len(raw) > mostPayload || json.Unmarshal(raw, &m) != nil || m.Op == nil:
			s.Close(DecodeError)
		default:
			s.hear(*m.Op, m.D)
		}
	}
}

// hear does what one message asks.
func (s *Socket) hear(op int, d json.RawMessage) {
	switch op {
	case opHeartbeat:
		var seq int64
		_ = json.Unmarshal(d, &seq) // null is none
		s.tw.mu.Lock()
		s.heartbeats++
		if s.session != nil {
			s.session.told = max(s.session.told, seq)
		}
		quiet := s.mute
		s.tw.touch()
		s.tw.mu.Unlock()
		if !quiet {
			s.say(map[string]any{"op": opACK})
		}
	case opIdentify, opResume:
		s.enter(op, d)
	case opPresence, opVoice, opMembers:
		if s.Session() == "" {
			s.Close(NotAuthenticated)
		}
	default:
		s.Close(UnknownOpcode)
	}
}

// left is the end of a socket by the client: with 1000 or 1001 its session ends, too.
func (s *Socket) left(err error) {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	var bye *websocket.CloseError
	if errors.As(err, &bye) && s.leaving == 0 && !s.frozen {
		s.closedBy = bye.Code
		if bye.Code == websocket.CloseNormalClosure || bye.Code == websocket.CloseGoingAway {
			s.tw.end(s.session)
		}
	}
}
