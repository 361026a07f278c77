package discordtwin_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

// endpoint is an app that checks signatures and answers as it is told to.
func endpoint(w *world, answer string, wait time.Duration) string {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		signature, err := hex.DecodeString(r.Header.Get("X-Signature-Ed25519"))
		stamp := r.Header.Get("X-Signature-Timestamp")
		if err != nil || !ed25519.Verify(w.PublicKey(), append([]byte(stamp), body...), signature) {
			http.Error(rw, "no", http.StatusUnauthorized)
			return
		}
		if wait > 0 {
			<-r.Context().Done()
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		if strings.Contains(string(body), `"type":1,`) && strings.Contains(string(body), `"user"`) {
			_, _ = io.WriteString(rw, `{"type":1}`)
			return
		}
		if answer == "" {
			rw.WriteHeader(http.StatusAccepted)
		}
		_, _ = io.WriteString(rw, answer)
	}))
	w.Cleanup(s.Close)
	return s.URL
}

func TestDelivers(t *testing.T) {
	w := start(t, discordtwin.Options{Forgive: true})
	url := endpoint(w, `{"type":4,"data":{"content":"hi","flags":64}}`, 0)
	w.must(w.VerifyURL(w.ctx, url))
	ask := func() discordtwin.Event { return w.Command(discordtwin.General, discordtwin.Ana, "ask") }
	e := ask()
	for _, sign := range []discordtwin.Sign{discordtwin.SignWrong, discordtwin.SignMissing, discordtwin.SignTampered, discordtwin.SignGarbage} {
		same(t, "badly signed", w.Deliver(w.ctx, url, e, sign).Status, 401)
	}
	same(t, "old", w.Deliver(w.ctx, url, ask(), discordtwin.SignOld).OK(), true) // this app does not look at the time
	same(t, "future", w.Deliver(w.ctx, url, ask(), discordtwin.SignFuture).OK(), true)
	if d := w.Deliver(w.ctx, url, e, discordtwin.SignWell); !d.OK() {
		t.Errorf("%+v", d)
	}
	same(t, "ephemerals", len(w.Ephemerals(discordtwin.Ana)), 3)
	same(t, "again", at[int](w.Deliver(w.ctx, url, e, discordtwin.SignWell).Refused, "code"), 40060)
	same(t, "nonsense", at[int](w.Deliver(w.ctx, endpoint(w, `oh`, 0), ask(), discordtwin.SignWell).Refused, "code"), 50109)
	same(t, "wrong", at[int](w.Deliver(w.ctx, endpoint(w, `{"type":8}`, 0), ask(), discordtwin.SignWell).Refused, "code"), 50035)
	if v := w.Violations(); len(v) == 0 || !strings.Contains(v[0], "over HTTP: ") {
		t.Errorf("violations: %q", v)
	}
	later := ask()
	same(t, "202", w.Deliver(w.ctx, endpoint(w, ``, 0), later, discordtwin.SignWell).OK(), true)
	same(t, "by callback", w.callback(later, deferPrivate).status, 204)
}

func TestDeliversToTheSlow(t *testing.T) {
	w := start(t, discordtwin.Options{AckWithin: 20 * time.Millisecond})
	url := endpoint(w, "", time.Hour)
	e := w.Command(discordtwin.General, discordtwin.Ana, "ask")
	if d := w.Deliver(w.ctx, url, e, discordtwin.SignWell); d.Err == nil || d.OK() {
		t.Errorf("%+v", d)
	}
	if w.VerifyURL(w.ctx, url) == nil {
		t.Error("verified")
	}
	w.must(w.Await(w.ctx, func() bool { i, _ := w.Interaction(e.ID); return i.Failed }))
	w.Close()
	if w.Deliver(w.ctx, url, e, discordtwin.SignWell).Err == nil {
		t.Error("delivered after Close")
	}
}
