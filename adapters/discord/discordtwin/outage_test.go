package discordtwin_test

import (
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

func TestOutage(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour})
	l, ready := w.identified(nil)
	l.next("GUILD_CREATE")
	w.Down()
	w.Down()
	same(t, "code", l.closed(), 0)
	if resp, err := w.try("", "GET", "gateway", nil); err == nil {
		_ = resp.Body.Close()
		t.Error("it answers during an outage")
	}
	same(t, "kept", w.Send(w.DM(discordtwin.Ana, "meanwhile")), 1)
	w.Up()
	w.Up()
	same(t, "REST", w.call("GET", "gateway", nil).status, 200)
	back := w.dial(w.ResumeURL()).resume(at[string](ready, "session_id"), 2)
	same(t, "replayed", at[string](back.next("MESSAGE_CREATE"), "content"), "meanwhile")
	w.Close()
	w.Close()
	w.Up()
	if resp, err := w.try("", "GET", "gateway", nil); err == nil {
		_ = resp.Body.Close()
		t.Error("it answers after Close")
	}
}
