package discord

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// maxBody is the longest request taken; fresh is how old a signed one may be.
const (
	maxBody = 1 << 20
	fresh   = 5 * time.Minute
	late    = 2500 * time.Millisecond // Discord waits three seconds
)

// serve takes interactions over HTTP until ctx ends.
func (a *Adapter) serve(ctx context.Context, in *intake) error {
	key, err := a.o.key()
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.o.Listen)
	if err != nil {
		return fmt.Errorf("discord: %w; give another address with --discord-listen", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /discord/interactions", func(w http.ResponseWriter, r *http.Request) { a.take(w, r, in, key) })
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	a.o.Log.Info("discord is listened for", "addr", l.Addr().String())
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close()
		}
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("discord: %w", err)
	}
	return ctx.Err()
}

func (a *Adapter) take(w http.ResponseWriter, r *http.Request, in *intake, key ed25519.PublicKey) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too long or broken", http.StatusRequestEntityTooLarge)
		return
	}
	if !signed(r.Header, body, key, time.Now()) {
		http.Error(w, "the signature is wrong or old", http.StatusUnauthorized)
		return
	}
	var i interaction
	if err := json.Unmarshal(body, &i); err != nil {
		http.Error(w, "not an interaction", http.StatusBadRequest)
		return
	}
	if i.Type == typePing {
		reply(w, acknowledgement{Type: answerPong})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), late)
	defer cancel()
	answers, done := make(chan acknowledgement, 1), make(chan struct{})
	a.interact(ctx, in, i, func(_ context.Context, answer acknowledgement) error {
		answers <- answer
		return nil
	}, func(error) { close(done) })
	select {
	case <-done: // an answer is there by now, if there is one
	case <-ctx.Done():
	}
	select {
	case answer := <-answers:
		reply(w, answer)
	default:
		http.Error(w, "not stored", http.StatusServiceUnavailable)
	}
}

func reply(w http.ResponseWriter, answer acknowledgement) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // who does not wait for it asks again
}

// signed tells whether Discord signed a request, lately.
func signed(h http.Header, body []byte, key ed25519.PublicKey, now time.Time) bool {
	at, err1 := strconv.ParseInt(h.Get("X-Signature-Timestamp"), 10, 64)
	sig, err2 := hex.DecodeString(h.Get("X-Signature-Ed25519"))
	if err1 != nil || err2 != nil || len(sig) != ed25519.SignatureSize || now.Sub(time.Unix(at, 0)).Abs() > fresh {
		return false
	}
	return ed25519.Verify(key, append([]byte(h.Get("X-Signature-Timestamp")), bytes.Clone(body)...), sig)
}
