package discordtwin_test

import (
	"maps"
	"time"

	"github.com/gorilla/websocket"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot/bottest"
)

// line is a gateway client without any wits.
type line struct {
	*world
	*websocket.Conn
}

func (w *world) dial(address string) *line {
	w.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(w.ctx, address+"/?v=9&encoding=json", nil)
	w.must(err)
	_ = resp.Body.Close()
	w.Cleanup(func() { _ = conn.Close() })
	w.must(conn.SetReadDeadline(time.Now().Add(bottest.Patience)))
	return &line{w, conn}
}

func (l *line) read() obj {
	l.Helper()
	var v obj
	l.must(l.ReadJSON(&v))
	return v
}

// next is the data of the next event of a name.
func (l *line) next(name string) obj {
	l.Helper()
	for {
		if v := l.read(); v["t"] == name {
			return at[obj](v, "d")
		}
	}
}

func (l *line) say(op int, d any) {
	l.Helper()
	l.must(l.WriteJSON(obj{"op": op, "d": d}))
}

// closed reads until the connection ends, and gives the close code; 0 is none.
func (l *line) closed() int {
	for {
		if _, _, err := l.ReadMessage(); err != nil {
			if bye, ok := err.(*websocket.CloseError); ok { //nolint:errorlint // it is not wrapped
				if bye.Code == websocket.CloseAbnormalClosure {
					return 0
				}
				return bye.Code
			}
			return 0
		}
	}
}

const least = 1 | 1<<9 | 1<<12 // guilds, their messages, direct messages

func identity(more obj) obj {
	d := obj{"token": discordtwin.Token, "intents": least, "properties": obj{"os": "linux"}}
	maps.Copy(d, more)
	return d
}

// identified is a line that is through, with its READY; more is for Identify.
func (w *world) identified(more obj) (*line, obj) {
	w.Helper()
	l := w.dial(w.GatewayURL())
	l.read()
	l.say(2, identity(more))
	ready := l.next("READY")
	return l, ready
}
