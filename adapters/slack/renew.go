package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// tendEvery is how often tokens are looked at.
const tendEvery = 5 * time.Minute

// tend renews the tokens that end soon, and drops installs that were begun and left,
// until ctx ends.
func (a *Adapter) tend(ctx context.Context) {
	t := time.NewTicker(tendEvery)
	defer t.Stop()
	for {
		if err := errors.Join(a.renewAll(ctx), a.sweepStates(ctx)); err != nil && ctx.Err() == nil {
			a.o.Log.Error("tokens not looked after, tried again soon", "err", err)
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

func (a *Adapter) renewAll(ctx context.Context) error {
	all, err := a.o.Vault.Scopes(ctx, keptInstall)
	if err != nil {
		return err
	}
	var wrong []error
	for _, scope := range all {
		in, err := a.load(ctx, scope)
		if err == nil && in != nil && in.due(a.o.Now()) {
			err = a.renew(ctx, scope)
		}
		if err != nil && !errors.Is(err, errBusy) && !errors.Is(err, errRefused) { // refusals were logged once
			wrong = append(wrong, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(wrong...)
}

// sweepStates drops the states of installs that nobody came back from.
func (a *Adapter) sweepStates(ctx context.Context) error {
	all, err := a.o.Vault.Scopes(ctx, keptState)
	if err != nil {
		return err
	}
	for _, scope := range all {
		until, err := a.o.Setting(ctx, scope, keptState)
		if err != nil {
			return err
		}
		if n, _ := strconv.ParseInt(until, 10, 64); a.o.Now().Unix() < n {
			continue
		}
		if _, err := a.o.Vault.Unset(ctx, scope, keptState); err != nil {
			return err
		}
	}
	return nil
}

// renewals is what this process knows of renewals that went wrong.
type renewals struct {
	mu      sync.Mutex
	unkept  map[string]unkept
	refused map[string]string // install to the refresh token that Slack refused
}

// unkept is an install with tokens that Slack has given and the vault has not
// taken. They are used only once it has: a process that dies must leave the next
// one tokens that work.
type unkept struct {
	instead string // the refresh token before it
	install *install
}

func (r *renewals) forget(scope string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.unkept, scope)
	delete(r.refused, scope)
}

// waiting is what is still to be kept of an install, if it still stands as it was.
func (r *renewals) waiting(scope string, now *install) *install {
	r.mu.Lock()
	defer r.mu.Unlock()
	u, ok := r.unkept[scope]
	if !ok || u.instead != now.Refresh {
		delete(r.unkept, scope)
		return nil
	}
	return u.install
}

func (r *renewals) wait(scope string, u unkept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unkept == nil {
		r.unkept = make(map[string]unkept)
	}
	r.unkept[scope] = u
}

// refuse notes a refusal; first tells whether it is the first of that token.
func (r *renewals) refuse(scope, refresh string) (first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused == nil {
		r.refused = make(map[string]string)
	}
	first = r.refused[scope] != refresh
	r.refused[scope] = refresh
	return first
}

func (r *renewals) isRefused(scope, refresh string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused[scope] == refresh
}

// renew gets new tokens for an install that is due, in one process at a time: a
// refresh token is good once. The new ones are on disk before they are used; until
// then, and while Slack does not answer, the old access token goes on working.
func (a *Adapter) renew(ctx context.Context, scope string) error {
	return a.alone(ctx, scope, func(ctx context.Context) error {
		in, err := a.load(ctx, scope)
		if err != nil || in == nil {
			return err
		}
		now := a.o.Now()
		if !in.due(now) { // another process was quicker
			a.spaces.Remove(scope)
			return nil
		}
		fresh := a.renewals.waiting(scope, in)
		if fresh == nil {
			if fresh, err = a.refresh(ctx, scope, in); err != nil {
				return err
			}
			a.renewals.wait(scope, unkept{in.Refresh, fresh})
		}
		if err := a.keep(ctx, scope, fresh); err != nil {
			return err
		}
		a.renewals.forget(scope)
		a.spaces.Remove(scope)
		a.o.Count("slack.renewed")
		return nil
	})
}

// refreshRefusals are errors after which a refresh token never works again.
var refreshRefusals = []string{"invalid_refresh_token", "token_expired", "token_revoked", "invalid_auth", "account_inactive"}

// refresh trades the refresh token of an install.
func (a *Adapter) refresh(ctx context.Context, scope string, in *install) (*install, error) {
	if a.renewals.isRefused(scope, in.Refresh) {
		return nil, a.refused(ctx, scope, in)
	}
	call, cancel := context.WithTimeout(ctx, a.o.Call)
	defer cancel()
	r, err := slack.RefreshOAuthV2TokenContext(call, a.web, a.o.ClientID, a.o.ClientSecret, in.Refresh, slack.OAuthOptionAPIURL(a.o.APIURL))
	if code := codeOf(err); slices.Contains(refreshRefusals, code) {
		if a.renewals.refuse(scope, in.Refresh) {
			a.o.Count("slack.renewal_refused")
			a.o.Log.Error("slack renews the token of a workspace no more; it works until it ends, then the app must be installed there again",
				"name", scope, "err", refusal(code), "after", in.Expires.Sub(a.o.Now()))
		}
		return nil, a.refused(ctx, scope, in)
	}
	if later := limited(err); later != nil {
		return nil, later
	}
	if err != nil {
		return nil, fmt.Errorf("renew install %s: %w", scope, safe(err))
	}
	now := a.o.Now()
	fresh := *in
	fresh.Token, fresh.Refresh, fresh.Issued = r.AccessToken, r.RefreshToken, now
	fresh.Expires = now.Add(time.Duration(r.ExpiresIn) * time.Second)
	if r.RefreshToken == "" || r.ExpiresIn <= 0 { // switched off, if that were possible
		fresh.Refresh, fresh.Expires = "", time.Time{}
	}
	return &fresh, nil
}

// refused is errRefused while the token of an install still works. After that the
// token goes, and what the workspace chose waits for the next install.
func (a *Adapter) refused(ctx context.Context, scope string, in *install) error {
	if a.o.Now().Before(in.Expires) {
		return errRefused
	}
	if _, err := a.o.Vault.Unset(ctx, scope, keptInstall); err != nil {
		return err
	}
	a.renewals.forget(scope)
	a.spaces.Remove(scope)
	a.o.Count("slack.token_ended")
	return errRefused
}

// keep stores an install; it does not give up soon, for what it holds is nowhere else.
func (a *Adapter) keep(ctx context.Context, scope string, in *install) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := a.save(ctx, scope, in)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("renew install %s: not kept: %w", scope, err)
		}
	}
}
