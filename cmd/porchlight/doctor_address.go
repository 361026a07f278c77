package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"porchlight/adapters/local"
)

func (d *doctor) theAdmin(ctx context.Context) []finding {
	const what = "admin address"
	if d.Admin == "off" {
		return []finding{ok(what, "off: no health, no metrics")}
	}
	err := listens(ctx, d.Admin)
	if errors.Is(err, syscall.EADDRINUSE) && lives(ctx, d.Admin) {
		d.nowRunning()
	}
	return []finding{d.address(what, d.Admin, "--admin", err)}
}

func (d *doctor) theLocal(ctx context.Context) []finding {
	const what = "local address"
	token, err := d.reveal(ctx, "local-token", d.LocalToken)
	if err == nil {
		err = local.Options{Addr: d.Local, Token: token}.Validate()
	}
	if err != nil {
		return []finding{fail(what, err.Error(), "see --local and --local-token")}
	}
	return []finding{d.address(what, d.Local, "--local", listens(ctx, d.Local))}
}

// address tells whether one is free, by what became of listening there.
func (d *doctor) address(what, addr, flag string, err error) finding {
	switch {
	case err == nil:
		return ok(what, addr+" is free")
	case errors.Is(err, syscall.EADDRINUSE) && d.isRunning():
		return warn(what, addr+" is in use: serve is running here", "")
	case errors.Is(err, syscall.EADDRINUSE):
		return fail(what, addr+" is in use by another program", "stop it, or give another address with "+flag)
	}
	return fail(what, err.Error(), "give another address with "+flag)
}

func listens(ctx context.Context, addr string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}

// lives tells whether a serve has its health there.
func lives(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/livez", http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 8))
	return err == nil && answer.StatusCode == http.StatusOK && strings.TrimSpace(string(said)) == "ok"
}
