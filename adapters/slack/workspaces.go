package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"porchlight/bot"
)

// A Vault keeps the tokens of workspaces, sealed, and gives each to one process at
// a time. *store.Store is one, and says what each method promises.
type Vault interface {
	SetSealed(ctx context.Context, scope, name, value string) error
	Sealed(ctx context.Context, scope, name string) (string, error)
	Unset(ctx context.Context, scope, name string) (was bool, err error)
	Scopes(ctx context.Context, name string) ([]string, error)
	Hold(ctx context.Context, name string, ttl time.Duration) (ok bool, state string, err error)
	Leave(ctx context.Context, name string) error
}

// An install is the app in a workspace, or in all of an organisation: what is kept
// of it, sealed.
type install struct {
	Org     string    `json:"org,omitempty"`  // enterprise_id
	Team    string    `json:"team,omitempty"` // "" where it is all of Org
	User    string    `json:"user"`           // this program there
	Token   string    `json:"token"`
	Refresh string    `json:"refresh,omitempty"` // "" where Token does not expire
	Since   time.Time `json:"since"`
	Issued  time.Time `json:"issued,omitzero"` // of Token
	Expires time.Time `json:"expires,omitzero"`
}

// due tells whether the token is to be renewed: in the last quarter of its life, so
// that there are hours to try.
func (i *install) due(now time.Time) bool {
	return i.Refresh != "" && now.After(i.Expires.Add(-i.Expires.Sub(i.Issued)/4))
}

// ending tells whether the token is no longer good, or not for long enough.
func (i *install) ending(now time.Time) bool {
	return !i.Expires.IsZero() && now.After(i.Expires.Add(-time.Minute))
}

// String is said instead of the tokens, wherever one is printed.
func (*install) String() string { return "install" }

// A workspace is where a token is good: each has its own, and its own pace.
type workspace struct {
	install
	scope string // under which it is kept; "" for the token of the settings
	api   *client
	pace  *pacer
	read  time.Time
}

// Names of what is kept under the pseudonym of an install or a workspace.
const (
	keptInstall  = "install"
	keptState    = "state" // of an install under way
	keptPublic   = "public"
	keptChannels = "channels" // sealed
	keptLanguage = "language"
	keptCountry  = "country"
	keptOrg      = "org" // the install that a workspace has the app by, where it is one of its organisation
)

// choiceNames are all that a workspace can choose, and what belongs to it.
var choiceNames = []string{keptPublic, keptChannels, keptLanguage, keptCountry, keptOrg}

var (
	errNoToken = errors.New("slack: the app is not installed in that workspace")
	errBusy    = errors.New("slack: another process is at that workspace")
	errChanged = errors.New("slack: the workspace has another token by now")
	errRefused = errors.New("slack: the token was not renewed; the workspace has to install the app again")
)

// reread is how long a token is used before the vault is asked whether it is still
// the one: another process may have renewed it, or taken it away.
const reread = 5 * time.Minute

// installs tells whether workspaces can install the app by themselves.
func (o Options) installs() bool { return o.ClientID != "" }

// ours tells whether the token of the settings is the one for a place. It is for
// all, where there can be no other.
func (a *Adapter) ours(p place) bool {
	if a.o.BotToken == "" {
		return false
	}
	if !a.o.installs() || p.Team == "" {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.team != "" && (p.Team == a.team || p.Org == a.team)
}

// workspace is the one of a place: that of the token of the settings, or one that
// installed the app. The error is errNoToken where there is none.
func (a *Adapter) workspace(ctx context.Context, p place) (*workspace, error) {
	if a.ours(p) {
		return a.home, nil
	}
	for _, scope := range a.installScopes(p.Org, p.Team) {
		w, err := a.installed(ctx, scope)
		if err != nil {
			return nil, err
		}
		if w != nil {
			a.users.Add(p.Team, w.User)
			return w, nil
		}
	}
	a.mu.Lock()
	unsure := a.team == ""
	a.mu.Unlock()
	if a.o.BotToken != "" && unsure { // Slack has not said yet whose the token is
		return a.home, nil
	}
	return nil, errNoToken
}

// fit is workspace with a token that is good for a while.
func (a *Adapter) fit(ctx context.Context, p place) (*workspace, error) {
	w, err := a.workspace(ctx, p)
	if err != nil || !w.ending(a.o.Now()) {
		return w, err
	}
	if err := a.renew(ctx, w.scope); err != nil {
		if a.o.Now().Before(w.Expires) {
			return w, nil
		}
		return nil, err
	}
	return a.workspace(ctx, p)
}

// known tells whether there is a token for a place; when the vault cannot say, it
// is taken to have one, and who answers will find out.
func (a *Adapter) known(ctx context.Context, p place) bool {
	_, err := a.workspace(ctx, p)
	return !errors.Is(err, errNoToken)
}

// installScope is the pseudonym under which an install is kept.
func (a *Adapter) installScope(org, team string) string {
	return a.o.Name("install", name, org, team)
}

// installScopes are where the install for a workspace may be kept: its own, its
// own from before it joined an organisation, that of the organisation.
func (a *Adapter) installScopes(org, team string) (all []string) {
	if !a.o.installs() {
		return nil
	}
	if team != "" {
		all = append(all, a.installScope(org, team))
		if org != "" {
			all = append(all, a.installScope("", team))
		}
	}
	if org != "" {
		all = append(all, a.installScope(org, ""))
	}
	return all
}

// installed is the workspace kept under a scope, nil if there is none.
func (a *Adapter) installed(ctx context.Context, scope string) (*workspace, error) {
	now := a.o.Now()
	had, ok := a.spaces.Get(scope)
	if ok && now.Sub(had.read) < reread && !had.ending(now) {
		return had, nil
	}
	in, err := a.load(ctx, scope)
	switch {
	case err != nil && ok && !had.ending(now):
		return had, nil // what was read before is good for now
	case err != nil:
		return nil, err
	case in == nil:
		a.spaces.Remove(scope)
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	w := &workspace{install: *in, scope: scope, read: now}
	if ok {
		w.pace = had.pace
	} else {
		w.pace = newPacer()
	}
	if ok && had.Token == w.Token {
		w.api = had.api
	} else {
		w.api = a.newClient(w.Token)
	}
	a.spaces.Add(scope, w)
	return w, nil
}

// load reads an install, nil if there is none.
func (a *Adapter) load(ctx context.Context, scope string) (*install, error) {
	raw, err := a.o.Vault.Sealed(ctx, scope, keptInstall)
	if err != nil || raw == "" {
		return nil, err
	}
	in := &install{}
	if err := json.Unmarshal([]byte(raw), in); err != nil {
		return nil, fmt.Errorf("slack: install %s cannot be read", scope) // the text of err may hold some of it
	}
	return in, nil
}

func (a *Adapter) save(ctx context.Context, scope string, in *install) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return a.o.Vault.SetSealed(ctx, scope, keptInstall, string(raw))
}

// alone does something with an install while nobody else does, in this process or
// another. What was begun is not cut short by the end of ctx.
func (a *Adapter) alone(ctx context.Context, scope string, do func(context.Context) error) error {
	wait, cancel := context.WithTimeout(ctx, a.o.Call)
	defer cancel()
	unlock, err := a.turns.lock(wait, scope)
	if err != nil {
		return &bot.LaterError{After: time.Second, Err: errBusy}
	}
	defer unlock()
	lease := "slack install " + scope
	for {
		ok, _, err := a.o.Vault.Hold(wait, lease, 4*a.o.Call)
		if ok {
			break
		}
		if err != nil {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-wait.Done():
			return &bot.LaterError{After: time.Second, Err: errBusy}
		}
	}
	work, done := context.WithTimeout(context.WithoutCancel(ctx), 3*a.o.Call)
	defer done()
	err = do(work)
	last, end := context.WithTimeout(context.WithoutCancel(ctx), a.o.Call)
	defer end()
	if left := a.o.Vault.Leave(last, lease); left != nil {
		a.o.Log.Warn("lease not given up, it ends by itself", "err", left)
	}
	return err
}

// turns are locks by name.
type turns struct {
	mu   sync.Mutex
	held map[string]chan struct{} // closed when given back
}

func (t *turns) lock(ctx context.Context, name string) (unlock func(), err error) {
	for {
		t.mu.Lock()
		held, ok := t.held[name]
		if !ok {
			mine := make(chan struct{})
			if t.held == nil {
				t.held = make(map[string]chan struct{})
			}
			t.held[name] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				defer t.mu.Unlock()
				delete(t.held, name)
				close(mine)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// goneCodes are the errors after which a token never works again.
var goneCodes = []string{"invalid_auth", "account_inactive", "token_revoked"}

// settle makes of an error of a call what follows for the workspace: a token that
// is no longer good is deleted, with all that belongs to it.
func (a *Adapter) settle(ctx context.Context, w *workspace, p place, err error) error {
	code := codeOf(err)
	switch {
	case err == nil:
		w.pace.release()
		return nil
	case errors.Is(err, errEndless):
		return &bot.LaterError{After: w.pace.brake(), Err: errEndless}
	case w.scope == "" && slices.Contains(barCodes, code):
		return a.bar(code)
	case w.scope == "":
		return err
	case code == "token_expired":
		a.spaces.Remove(w.scope)
		return errors.Join(err, a.renew(ctx, w.scope))
	case !slices.Contains(goneCodes, code):
		return err
	}
	if lost := a.lost(ctx, w, p, code); lost != nil {
		return lost // the message comes back, and with it this question
	}
	return fmt.Errorf("slack says %s: %w: %w", code, errNoToken, bot.ErrGiveUp)
}

// lost deletes an install whose token Slack refuses, unless it has another one by
// now, or Slack takes the token when it is asked again.
func (a *Adapter) lost(ctx context.Context, w *workspace, p place, code string) error {
	return a.alone(ctx, w.scope, func(ctx context.Context) error {
		a.spaces.Remove(w.scope)
		in, err := a.load(ctx, w.scope)
		switch {
		case err != nil || in == nil:
			return err
		case in.Token != w.Token:
			return errChanged
		}
		if works, err := a.works(ctx, w.api); err != nil || works {
			return errors.Join(err, errChanged)
		}
		a.o.Log.Error("slack refuses the token of a workspace for good", "name", w.scope, "err", refusal(code))
		return a.erase(ctx, w.scope, in, p.Team)
	})
}

// works asks Slack whether a token is still good.
func (a *Adapter) works(ctx context.Context, api *client) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, a.o.Call)
	defer cancel()
	_, err := api.AuthTestContext(ctx)
	code := codeOf(err)
	if err == nil || code == "token_expired" { // that one says nothing of the app
		return true, nil
	}
	if slices.Contains(goneCodes, code) {
		return false, nil
	}
	return false, safe(err)
}

// erase deletes an install and what its workspaces chose. It may be done twice.
func (a *Adapter) erase(ctx context.Context, scope string, in *install, team string) error {
	teams := []string{a.scope(team)}
	if in.Team == "" {
		of, err := a.workspacesOf(ctx, scope)
		if err != nil {
			return err
		}
		teams = append(teams, of...)
	}
	for _, t := range teams {
		if err := a.unchoose(ctx, t); err != nil {
			return err
		}
	}
	if _, err := a.o.Vault.Unset(ctx, scope, keptInstall); err != nil {
		return err
	}
	a.spaces.Remove(scope)
	a.renewals.forget(scope)
	a.o.Count("slack.uninstalled")
	a.o.Log.Info("slack app removed, its token and settings are deleted", "name", scope)
	return nil
}

// workspacesOf are the workspaces that have the app by an install of their
// organisation and have chosen something.
func (a *Adapter) workspacesOf(ctx context.Context, scope string) (of []string, err error) {
	all, err := a.o.Vault.Scopes(ctx, keptOrg)
	if err != nil {
		return nil, err
	}
	for _, team := range all {
		by, err := a.o.Setting(ctx, team, keptOrg)
		if err != nil {
			return nil, err
		}
		if by == scope {
			of = append(of, team)
		}
	}
	return of, nil
}

// unchoose deletes what a workspace chose.
func (a *Adapter) unchoose(ctx context.Context, team string) error {
	a.chosen.Remove(team)
	if a.o.Vault == nil {
		return a.o.Set(ctx, team, keptPublic, "")
	}
	for _, name := range choiceNames {
		if _, err := a.o.Vault.Unset(ctx, team, name); err != nil {
			return err
		}
	}
	return nil
}

// leaveEach is leave for the workspaces of an organisation that the app may not be
// used in any more. The token of all of it still works; what each chose goes.
func (a *Adapter) leaveEach(ctx context.Context, p place) error {
	for _, team := range p.Lost {
		one := p
		one.Team, one.Lost = team, nil
		if a.ours(one) {
			if err := a.unchoose(ctx, a.scope(team)); err != nil {
				return err
			}
			continue
		}
		if err := a.leave(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// leave does what is to be done when the app was removed, as an event says; p.Arg
// is when that was. An event may come late: then Slack is asked.
func (a *Adapter) leave(ctx context.Context, p place) error {
	if len(p.Lost) > 0 {
		return a.leaveEach(ctx, p)
	}
	if a.ours(p) {
		if works, err := a.works(ctx, a.api); err != nil || works {
			return err
		}
		return a.unchoose(ctx, a.scope(p.Team))
	}
	at, _ := strconv.ParseInt(p.Arg, 10, 64) // 0 is before every install
	for _, scope := range a.installScopes(p.Org, p.Team) {
		left := false
		err := a.alone(ctx, scope, func(ctx context.Context) error {
			a.spaces.Remove(scope)
			in, err := a.load(ctx, scope)
			if err != nil || in == nil {
				return err
			}
			left = true
			if in.Team == "" || !time.Unix(at, 0).After(in.Since) { // of all workspaces, or installed again since
				works, err := a.works(ctx, a.newClient(in.Token))
				switch {
				case err != nil:
					return err
				case works && in.Team == "":
					return a.unchoose(ctx, a.scope(p.Team))
				case works:
					return nil
				}
			}
			return a.erase(ctx, scope, in, p.Team)
		})
		if err != nil || left {
			return err
		}
	}
	return a.unchoose(ctx, a.scope(p.Team))
}
