package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/jackc/pgx/v5"

	"porchlight/adapters/local"
	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// doctorCmd looks whether serve would run well with the same settings. A store
// that is there is opened as serve does, and written to; none is made.
type doctorCmd struct {
	settings

	JSON bool `name:"json" help:"Write one JSON document."`
}

// A finding is what was looked at, what was found, and what to do about it.
type finding struct {
	State  state  `json:"state"`
	What   string `json:"what"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

type state string

// The states of a finding. Only a failure keeps serve from doing its work.
const (
	healthy state = "ok"
	warning state = "warn"
	failure state = "fail"
)

func ok(what, detail string) finding         { return finding{healthy, what, detail, ""} }
func warn(what, detail, mend string) finding { return finding{warning, what, detail, mend} }
func fail(what, detail, mend string) finding { return finding{failure, what, detail, mend} }

// failOf splits an error that ends in its mend.
func failOf(what string, err error, mend string) finding {
	detail, own, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "slack: "), "discord: "), "; ")
	return fail(what, detail, cmp.Or(own, mend))
}

func (f finding) String() string {
	label := string(f.State)
	if f.State == failure {
		label = "FAIL"
	}
	s := fmt.Sprintf("%-4s  %s: %s", label, f.What, f.Detail)
	if f.Mend != "" {
		s += " — " + f.Mend
	}
	return s
}

// errDoctor ends a doctor that found a failure; it has been printed.
var errDoctor = errors.New("doctor: serve would not run well")

// Run looks at one thing after another. The error is errDoctor if any is wrong.
func (c *doctorCmd) Run(ctx context.Context, k *kong.Context, g *globals, o *origins) error {
	d := &doctor{settings: c.settings, g: g, o: o, now: time.Now, patience: 20 * time.Second, known: map[string]string{}}
	var all []finding
	for f := range d.findings(ctx) {
		all = append(all, f)
		if !c.JSON {
			fmt.Fprintln(k.Stdout, f)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	n := map[state]int{}
	for _, f := range all {
		n[f.State]++
	}
	if c.JSON {
		report := map[string]any{"checks": all, "ok": n[healthy], "warn": n[warning], "fail": n[failure]}
		if err := writeJSON(k.Stdout, report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(k.Stdout, "%d ok, %d warn, %d FAIL\n", n[healthy], n[warning], n[failure])
	}
	if n[failure] > 0 {
		return errDoctor
	}
	return nil
}

// A doctor is one look at everything.
type doctor struct {
	settings
	g        *globals
	o        *origins
	now      func() time.Time // decides which reviews are overdue
	patience time.Duration    // for most checks

	mu      sync.Mutex
	known   map[string]string // secrets that were fetched, by setting
	hidden  []string          // what must not be printed
	running bool              // a serve is here already
}

// A check looks at one thing. Most find one thing to say.
type check struct {
	what string
	run  func(context.Context) []finding
	most time.Duration // how long it may take; 0 is as long as most
}

func (d *doctor) checks() []check {
	all := []check{{what: "settings", run: d.theSettings}, {what: "knowledge", run: d.theKnowledge, most: 2 * time.Minute}} // all of it is read
	if d.Store.set() {
		all = append(all, check{what: "postgres", run: d.thePostgres})
	}
	all = append(all, check{what: "store", run: d.theStore}, check{what: "admin address", run: d.theAdmin})
	if d.Local != "" {
		all = append(all, check{what: "local address", run: d.theLocal})
	}
	if d.onSlack() {
		all = append(all, d.slackChecks()...)
	}
	if d.DiscordBotToken.set() {
		all = append(all, d.discordChecks()...)
	}
	return all
}

// findings yields what the checks find, one after another, without a secret.
func (d *doctor) findings(ctx context.Context) func(yield func(finding) bool) {
	return func(yield func(finding) bool) {
		for _, c := range d.checks() {
			if ctx.Err() != nil {
				return
			}
			for _, f := range d.bounded(ctx, c) {
				f.Detail, f.Mend = d.clean(f.Detail), d.clean(f.Mend)
				if !yield(f) {
					return
				}
			}
		}
	}
}

// bounded runs a check, and leaves one alone that does not end: a disk that hangs
// heeds no ctx.
func (d *doctor) bounded(ctx context.Context, c check) []finding {
	most := cmp.Or(c.most, d.patience)
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	done := make(chan []finding, 1)
	go func() { done <- c.run(ctx) }()
	select {
	case f := <-done:
		return f
	case <-ctx.Done():
	}
	select { // most do heed it, and have more to say
	case f := <-done:
		return f
	case <-time.After(time.Second):
		return []finding{fail(c.what, fmt.Sprintf("no answer within %v", most), "look whether the disk or the network hangs")}
	}
}

// reveal fetches a secret once, and has it hidden from then on.
func (d *doctor) reveal(ctx context.Context, name string, s secret) (string, error) {
	d.mu.Lock()
	v, ok := d.known[name]
	d.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := s.reveal(ctx)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[name] = v
	d.hidden = append(d.hidden, v)
	if u, err := url.Parse(v); err == nil && u.User != nil {
		p, _ := u.User.Password()
		d.hidden = append(d.hidden, p, url.QueryEscape(p), url.PathEscape(p), u.Query().Get("password"))
	}
	return v, nil
}

// clean is a text on one line without the secrets. None puts one in; this is for
// the errors of others.
func (d *doctor) clean(s string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.hidden {
		if len(h) > 3 {
			s = strings.ReplaceAll(s, h, "(hidden)")
		}
	}
	return strings.Join(strings.Fields(s), " ")
}

func (d *doctor) isRunning() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running
}

func (d *doctor) nowRunning() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = true
}

func (d *doctor) theSettings(context.Context) (all []finding) {
	for _, p := range d.problems(d.o) {
		all = append(all, failOf("settings", p, "porchlight config shows where each comes from"))
	}
	slices.SortFunc(all, func(a, b finding) int { return strings.Compare(a.Detail, b.Detail) })
	if d.Local == "" && !d.onSlack() && !d.DiscordBotToken.set() {
		all = append(all, failOf("settings", errNobody, ""))
	}
	if len(all) == 0 {
		all = append(all, ok("settings", "all can be used; porchlight config shows them"))
	}
	return all
}

func (d *doctor) theKnowledge(context.Context) []finding {
	const what, lint = "knowledge", "porchlight kb lint lists all"
	base, err := d.g.load()
	if problems, bad := errors.AsType[knowledge.Problems](err); bad && len(problems) > 0 {
		return []finding{fail(what, fmt.Sprintf("the overlay is refused for %d problems, the first: %v", len(problems), problems[0]), lint+"; serve would answer from the embedded content alone")}
	}
	if err != nil {
		return []finding{fail(what, err.Error(), "give another --knowledge")}
	}
	phrases, err := prompts.Load()
	if err != nil {
		return []finding{fail(what, err.Error(), "mend that file and build again")}
	}
	fixed := map[string]string{}
	for _, lang := range phrases.Langs() {
		for key, s := range phrases.All(lang) {
			fixed["prompts/phrases/"+lang+".yaml: "+key] = s
		}
	}
	if r := base.Lint(d.now(), fixed); len(r.Errors) > 0 {
		return []finding{fail(what, fmt.Sprintf("%d errors, the first: %v", len(r.Errors), r.Errors[0]), lint)}
	}
	if n, first := overdue(base, d.now()); n > 0 {
		return []finding{warn(what, fmt.Sprintf("%d reviews are overdue, the first since %s", n, first.Format(time.DateOnly)), "have them checked and dated anew; "+lint)}
	}
	return []finding{ok(what, fmt.Sprintf("version %s, %d topics, languages %s, next review by %s",
		base.Version(), len(base.Topics("en")), strings.Join(base.Langs(), " "), base.NextReview().Format(time.DateOnly)))}
}

// overdue counts the topics and help lines whose review was due before a day.
func overdue(b *knowledge.Base, now time.Time) (n int, first time.Time) {
	dates := []knowledge.Date{}
	for _, lang := range b.Langs() {
		for _, t := range b.Topics(lang) {
			dates = append(dates, t.ReviewBy)
		}
	}
	for _, r := range b.Resources() {
		dates = append(dates, r.ReviewBy)
	}
	for _, d := range dates {
		if t, ok := d.Time(); ok && t.Before(now.UTC().Truncate(24*time.Hour)) {
			n++
			if first.IsZero() || t.Before(first) {
				first = t
			}
		}
	}
	return n, first
}

var errNoPostgres = errors.New("the address does not begin with postgres://; it looks like postgres://user@host:5432/database")

// where is the place of the store.
func (d *doctor) where(ctx context.Context) (string, error) {
	if !d.Store.set() {
		return d.Data, nil
	}
	place, err := d.reveal(ctx, "store", d.Store)
	if err == nil && !database.IsPostgres(place) {
		err = errNoPostgres
	}
	return place, err
}

// Bounds of the clocks.
const (
	postgresSkew = 5 * time.Second
	slackSkew    = 60 * time.Second
	discordSkew  = 60 * time.Second
)

func (d *doctor) thePostgres(ctx context.Context) []finding {
	const what = "postgres"
	place, err := d.where(ctx)
	if err != nil {
		return []finding{failOf(what, err, "look at the setting store")}
	}
	conn, err := pgx.Connect(ctx, place)
	if err != nil {
		return []finding{fail(what, "not reached: "+err.Error(), "look whether it runs, and at the address, user and password in the setting store")}
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var version, commit, sync string
	var standby bool
	var ms float64
	began := time.Now()
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version'), current_setting('synchronous_commit'), current_setting('fsync'),
		pg_is_in_recovery(), (extract(epoch FROM clock_timestamp())*1000)::float8`).Scan(&version, &commit, &sync, &standby, &ms)
	if err != nil {
		return []finding{fail(what, err.Error(), "look at its log")}
	}
	middle := began.Add(time.Since(began) / 2)
	clock := d.skew("clock", "the Postgres", time.UnixMilli(int64(ms)).Sub(middle), postgresSkew, warning, "have both machines keep the time with NTP")
	switch {
	case commit == "off":
		return []finding{fail(what, "version "+version+", synchronous_commit is off: what was acknowledged may be lost", "set synchronous_commit to on"), clock}
	case sync != "on":
		return []finding{fail(what, "version "+version+", fsync is "+sync+": what was acknowledged may be lost", "set fsync to on"), clock}
	case standby:
		return []finding{fail(what, "version "+version+", a standby, which takes no writes", "give the address of the primary"), clock}
	}
	return []finding{ok(what, "version "+version+", synchronous_commit is "+commit), clock}
}

// skew tells how far another's clock is ahead of this one.
func (d *doctor) skew(what, whose string, by, most time.Duration, otherwise state, mend string) finding {
	off := by.Abs().Round(time.Second)
	side := "behind"
	if by > 0 {
		side = "ahead of"
	}
	if off <= most {
		return ok(what, fmt.Sprintf("no more than %v from that of %s", max(off, time.Second), whose))
	}
	return finding{otherwise, what, fmt.Sprintf("that of %s is %v %s this one", whose, off, side), mend}
}

// theStore looks at the master key and the store, which only together tell
// whether the key is right.
func (d *doctor) theStore(ctx context.Context) []finding {
	const what = "store"
	place, err := d.where(ctx)
	if err != nil {
		return []finding{fail(what, "not looked at: no address", "see postgres")}
	}
	fresh := false
	if !database.IsPostgres(place) {
		_, err := os.Stat(filepath.Join(place, "porchlight.db"))
		fresh = absent(err)
	}
	master, key := d.masterKey(ctx, place, fresh)
	if master == nil {
		return []finding{key}
	}
	if fresh {
		return []finding{key, trial(ctx, place, master)}
	}
	name := place
	if database.IsPostgres(place) {
		name = "the Postgres"
	}
	s, err := store.Open(ctx, place, master, store.Options{})
	switch {
	case errors.Is(err, database.ErrInUse):
		d.nowRunning()
		key.Detail += "; not held against the store, which is in use"
		return []finding{key, warn(what, "serve is running here", "stop it to have the store looked at")}
	case errors.Is(err, seal.ErrWrongKey):
		return []finding{fail("master key", "not the one that the store in "+name+" was sealed with", "give that one; without it nothing in the store can be read")}
	case err != nil:
		return []finding{key, failOf(what, err, storeMend(err))}
	}
	open, oldest, waitErr := s.Waiting(ctx)
	err = errors.Join(s.Ready(ctx), waitErr, s.Close()) //nolint:contextcheck // Close takes none
	if err != nil {
		return []finding{key, failOf(what, err, storeMend(err))}
	}
	key.Detail += "; it opens the store"
	return []finding{key, ok(what, fmt.Sprintf("%s opens, takes writes, and has them on disk; %d messages wait, the oldest for %v", name, open, oldest.Round(time.Second)))}
}

// absent tells whether there is no such file; below a file there is none either.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }

func storeMend(err error) string {
	switch {
	case errors.Is(err, database.ErrNoSpace):
		return "make room on the disk"
	case errors.Is(err, fs.ErrPermission):
		return "run this as the user that serve runs as, or give another --data"
	}
	return "look at the disk; where the file itself is damaged, move the folder away and start anew (go doc ./bot/inbox/store)"
}

// masterKey reads the key. There is no master where it cannot.
func (d *doctor) masterKey(ctx context.Context, place string, fresh bool) (*seal.Master, finding) {
	const what = "master key"
	var key []byte
	var err error
	found := ok(what, "can be read")
	switch name := filepath.Join(place, "key"); {
	case d.MasterKey.set():
		var text string
		if text, err = d.reveal(ctx, "master-key", d.MasterKey); err == nil {
			key, err = seal.Parse(text)
		}
		found = keyMode(d.MasterKey)
	case database.IsPostgres(place):
		return nil, fail(what, "none is set", "every process needs the same; make one with: openssl rand -base64 32")
	default:
		key, err = seal.KeyFile(name, false)
		found.Detail = name + " can be read, by its owner alone"
		if fresh && absent(err) {
			key, err = make([]byte, seal.Size), nil
			rand.Read(key) // never fails
			found.Detail = "none yet; serve makes one in " + name
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fail(what, name+" is missing, and the store is there", "bring it back from where it is kept; without it nothing in the store can be read")
		}
	}
	if err != nil {
		return nil, failOf(what, err, "give the key as file:PATH, cmd:COMMAND or env:NAME")
	}
	master, err := seal.NewMaster(key)
	if err != nil {
		return nil, failOf(what, err, "make one with: openssl rand -base64 32")
	}
	return master, found
}

// keyMode looks who can read the file of a key. What is handed in below /run is
// for this process alone, whatever its mode.
func keyMode(s secret) finding {
	const what = "master key"
	path, isFile := strings.CutPrefix(s.source, "file:")
	if !isFile || strings.HasPrefix(path, "/run/") {
		return ok(what, "can be read")
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return warn(what, fmt.Sprintf("%s can be read by others (mode %04o)", path, info.Mode().Perm()), "run chmod 600 on it")
	}
	return ok(what, path+" can be read, by its owner alone")
}

// trial makes a store beside the one that is not there yet, and takes it away.
func trial(ctx context.Context, place string, master *seal.Master) finding {
	const what = "store"
	near := place
	for near != filepath.Dir(near) {
		if _, err := os.Stat(near); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		near = filepath.Dir(near)
	}
	dir, err := os.MkdirTemp(near, "porchlight-doctor-")
	if err != nil {
		return fail(what, fmt.Sprintf("cannot be made in %s: %v", place, err), "run this as the user that serve runs as, or give another --data")
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, dir, master, store.Options{})
	if err == nil {
		err = errors.Join(s.Ready(ctx), s.Close()) //nolint:contextcheck // Close takes none
	}
	if err != nil {
		return failOf(what, err, storeMend(err))
	}
	return ok(what, "none yet; serve makes it in "+place+", where one opens, takes writes, and has them on disk")
}

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
