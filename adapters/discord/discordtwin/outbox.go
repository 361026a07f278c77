package discordtwin

import (
	"encoding/json"
	"time"

	"github.com/gorilla/websocket"
)

// say puts a message that is no event into the queue.
func (s *Socket) say(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("discordtwin: " + err.Error())
	}
	s.tw.mu.Lock()
	defer s.tw.mu.Unlock()
	s.queue(frame{raw: raw})
}

// queue wants tw.mu held.
func (s *Socket) queue(f frame) {
	s.out = append(s.out, f)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// write writes the queue until the socket ends. A frozen one keeps what it has.
func (s *Socket) write() {
	defer s.tw.running.Done()
	for {
		select {
		case <-s.wake:
		case <-s.gone:
			return
		}
		for {
			s.tw.mu.Lock()
			if len(s.out) == 0 || s.frozen || s.leaving != 0 {
				s.busy = false
				s.tw.touch()
				s.tw.mu.Unlock()
				break
			}
			f := s.out[0]
			s.out = s.out[1:]
			s.busy = true
			if f.seq > 0 && s.session != nil {
				s.session.written = max(s.session.written, f.seq)
			}
			s.tw.mu.Unlock()
			_ = s.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
			kind := websocket.TextMessage
			if f.binary {
				kind = websocket.BinaryMessage
			}
			if s.conn.WriteMessage(kind, f.raw) != nil {
				s.cut()
				return
			}
		}
	}
}

// flush waits until the queue is written, or the socket has ended.
func (s *Socket) flush() {
	for {
		s.tw.mu.Lock()
		changed, empty := s.tw.changed, len(s.out) == 0 && !s.busy || s.frozen
		s.tw.mu.Unlock()
		if empty {
			return
		}
		select {
		case <-changed:
		case <-s.gone:
			return
		}
	}
}
