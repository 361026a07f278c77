package slacktwin

import (
	"time"

	"github.com/gorilla/websocket"
)

// The reasons of a disconnect message.
const (
	Warning          = "warning"
	RefreshRequested = "refresh_requested"
	LinkDisabled     = "link_disabled"
	TooMany          = "too_many_websockets"
)

// Permanent are the errors of apps.connections.open that no waiting heals, Temporary
// those that it does; for Fault and Refused.
var (
	Permanent = []string{
		"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
		"missing_scope", "no_permission", "org_login_required", "ekm_access_denied", "forbidden_team",
	}
	Temporary = []string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "ratelimited"}
)

// Disconnect tells the app to go elsewhere, and closes the socket after
// Options.Grace; until then envelopes still come on it, as with Slack.
func (s *Socket) Disconnect(reason string) {
	s.disconnect(reason)
	if !s.tw.begin() {
		return
	}
	go func() {
		defer s.tw.running.Done()
		if s.tw.pause(s.tw.options.Grace, s.gone) {
			s.Close()
		}
	}()
}

func (s *Socket) disconnect(reason string) {
	_ = s.send(map[string]any{
		"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-twin"},
	})
}

// Close ends the socket as one should, with a close frame.
func (s *Socket) Close() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = s.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
	s.cut()
}

// Mute sends no more pings; everything else goes on.
func (s *Socket) Mute() { s.set(func() { s.mute = true }) }

// Freeze leaves the connection half open: nothing is sent or read any more, and
// nobody is told. Envelopes that fall to it are lost until they come again.
func (s *Socket) Freeze() { s.set(func() { s.frozen = true }) }

// Drop ends the connection without a close frame.
func (s *Socket) Drop() { s.cut() }

// Reset ends the connection with an RST.
func (s *Socket) Reset() {
	hard(s.conn.NetConn())
	s.cut()
}

// Tear ends the connection in the middle of a frame.
func (s *Socket) Tear() {
	s.raw([]byte{0x81, 126, 0x10, 0x00, '{', '"', 't', 'y'}) // a text of 4096 bytes, four of them there
	s.cut()
}

// Garbage sends a text frame that is not JSON.
func (s *Socket) Garbage() { s.Say(`{"type":"events_api", oh`) }

// Say sends any text as a frame.
func (s *Socket) Say(text string) {
	s.write.Lock()
	defer s.write.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = s.conn.WriteMessage(websocket.TextMessage, []byte(text))
}

func (s *Socket) raw(b []byte) {
	s.write.Lock()
	defer s.write.Unlock()
	_, _ = s.conn.NetConn().Write(b)
}

func (s *Socket) set(how func()) {
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	how()
	s.tw.touch()
}
