package discordtwin

import (
	"time"

	"github.com/gorilla/websocket"
)

// Reconnect is op 7: the app is to go and resume. After Options.Grace the socket is
// closed; until then events still come on it, as with Discord.
func (s *Socket) Reconnect() {
	s.say(map[string]any{"op": opReconnect, "d": nil, "s": nil, "t": nil})
	s.later(s.tw.options.Grace, func() { s.Close(UnknownError) })
}

// Invalidate is op 9. The session ends, unless it is resumable.
func (s *Socket) Invalidate(resumable bool) {
	s.tw.mu.Lock()
	if !resumable {
		s.tw.end(s.session)
		s.session = nil
	}
	s.tw.mu.Unlock()
	s.say(map[string]any{"op": opInvalidSession, "d": resumable, "s": nil, "t": nil})
}

// AskHeartbeat is op 1: the app is to send a heartbeat at once.
func (s *Socket) AskHeartbeat() {
	s.say(map[string]any{"op": opHeartbeat, "d": nil, "s": nil, "t": nil})
}

// Close ends the socket with a close code, once what was said before is written;
// the client has a second to close its side. Some codes end the session, too.
func (s *Socket) Close(code int) {
	s.flush()
	s.tw.mu.Lock()
	if s.leaving != 0 {
		s.tw.mu.Unlock()
		return
	}
	s.leaving = code
	s.detach()
	frozen := s.frozen
	if endsSession(code) {
		s.tw.end(s.session)
	}
	s.tw.mu.Unlock()
	if frozen {
		s.cut()
		return
	}
	bye := websocket.FormatCloseMessage(code, reasons[code])
	_ = s.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
	s.later(time.Second, s.cut)
}

// later does something after a while, if the socket is there still.
func (s *Socket) later(d time.Duration, do func()) {
	if !s.tw.begin() {
		return
	}
	go func() {
		defer s.tw.running.Done()
		if s.tw.pause(d, s.gone) {
			do()
		}
	}()
}

// Mute acknowledges no heartbeat from now on; everything else goes on. To a client
// the connection is a zombie.
func (s *Socket) Mute() { s.set(func() { s.mute = true }) }

// Freeze leaves the connection half open: nothing is written or read any more, and
// nobody is told. Its session keeps what falls to it.
func (s *Socket) Freeze() {
	s.set(func() { s.frozen = true })
	_ = s.conn.NetConn().SetReadDeadline(time.Time{})
}

// Drop ends the connection without a close frame; the session stays.
func (s *Socket) Drop() { s.cut() }

// Reset ends the connection with an RST.
func (s *Socket) Reset() {
	hard(s.conn.NetConn())
	s.cut()
}

// Tear ends the connection in the middle of a frame.
func (s *Socket) Tear() {
	s.flush()
	s.Freeze()
	_, _ = s.conn.NetConn().Write([]byte{0x81, 126, 0x10, 0x00, '{', '"', 'o', 'p'}) // a text of 4096 bytes, four of them there
	s.cut()
}

// Garbage sends a text frame that is not JSON.
func (s *Socket) Garbage() { s.Say(`{"op":0,"t":"MESSAGE_CREATE", oh`) }

// Say sends any text as a frame.
func (s *Socket) Say(text string) {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	s.queue(frame{raw: []byte(text)})
}

// SayBinary sends a binary frame, as to a client that asked for compression.
func (s *Socket) SayBinary(raw []byte) {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	s.queue(frame{raw: raw, binary: true})
}

func (s *Socket) set(how func()) {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	how()
	s.tw.touch()
}
