package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"porchlight/adapters/slack"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

// The secrets of these tests. None may be printed.
const (
	hush      = "topsecret"
	botToken  = "xoxb-" + hush
	appToken  = "xapp-" + hush
	masterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	otherKey  = "HxECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

// examine runs the checks of one name with the settings of a command line.
func examine(t *testing.T, change func(*doctor), what string, args ...string) string {
	t.Helper()
	var c struct{ settings }
	o := &origins{from: map[string]string{}}
	parser, err := kong.New(&c, kong.Exit(func(int) { t.Fatal("exit") }), kong.Resolvers(o))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil || len(o.wrong) > 0 {
		t.Fatal(err, o.wrong)
	}
	d := &doctor{settings: c.settings, g: &globals{}, o: o, now: time.Now, patience: 10 * time.Second, known: map[string]string{}}
	if change != nil {
		change(d)
	}
	var out strings.Builder
	for _, check := range d.checks() {
		if strings.HasPrefix(check.what, what) {
			for _, f := range d.bounded(t.Context(), check) {
				f.Detail, f.Mend = d.clean(f.Detail), d.clean(f.Mend)
				fmt.Fprintln(&out, f)
			}
		}
	}
	if s := out.String(); strings.Contains(s, hush) || strings.Contains(s, masterKey) {
		t.Errorf("a secret is printed:\n%s", s)
	}
	return out.String()
}

// says tells whether a line of out matches each pattern, and that nothing fails
// which no pattern says.
func says(t *testing.T, out string, want ...string) {
	t.Helper()
	failures := 0
	for _, w := range want {
		if !regexp.MustCompile("(?m)^" + w).MatchString(out) {
			t.Errorf("no line is %q:\n%s", w, out)
		}
		if strings.HasPrefix(w, "FAIL") {
			failures++
		}
	}
	if n := strings.Count("\n"+out, "\nFAIL"); n != failures {
		t.Errorf("%d failures, want %d:\n%s", n, failures, out)
	}
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "ok ") && !strings.Contains(line, "—") && !strings.Contains(line, "is running here") {
			t.Errorf("no mend: %s", line)
		}
	}
}

// A fakeSlack answers the two methods that doctor calls.
type fakeSlack struct {
	scopes     string // "" is no header
	auth, open string // answers
	status     int
	skew       time.Duration
	hang       bool
}

func (f fakeSlack) start(t *testing.T) string {
	t.Helper()
	ended := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.hang {
			select {
			case <-r.Context().Done():
			case <-ended:
			}
			return
		}
		token, answer := botToken, f.auth
		if strings.HasSuffix(r.URL.Path, "/apps.connections.open") {
			token, answer = appToken, f.open
		}
		if r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+token {
			answer = `{"ok":false,"error":"not_authed"}`
		}
		if f.scopes != "" {
			w.Header().Set("X-OAuth-Scopes", f.scopes)
		}
		w.Header().Set("Date", time.Now().Add(f.skew).UTC().Format(http.TimeFormat))
		if f.status != 0 {
			w.WriteHeader(f.status)
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(func() {
		close(ended)
		s.Close()
	})
	return s.URL + "/api/"
}

const (
	authOK = `{"ok":true,"team":"Twin","team_id":"T1","user_id":"U1","bot_id":"B1","url":"https://twin.slack.com/"}`
	openOK = `{"ok":true,"url":"wss://wss.slack.test/link?ticket=` + hush + `"}`
)

// granted are all scopes but some, in the form of the header.
func granted(without ...string) string {
	var list []string
	for _, g := range slack.Scopes() {
		if !strings.Contains(strings.Join(without, " "), g.Name) {
			list = append(list, g.Name)
		}
	}
	return strings.Join(list, ",")
}

func TestDoctorSlack(t *testing.T) {
	secrets := folder(t, map[string]string{"bot": botToken, "app": appToken, "sign": hush, "wrong": "xapp-" + hush, "empty": ""})
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	socket := []string{"--slack-bot-token=file:" + secrets + "/bot", "--slack-app-token=file:" + secrets + "/app"}
	overHTTP := []string{socket[0], "--slack-transport=http", "--slack-listen=127.0.0.1:0"}
	signed := slices.Concat(overHTTP, []string{"--slack-signing-secret=file:" + secrets + "/sign"})
	who := `ok    slack: workspace Twin \(T1\), bot U1$`
	for name, c := range map[string]struct {
		fake fakeSlack
		args []string
		want []string
	}{
		"all is well": {fakeSlack{scopes: granted(), auth: authOK, open: openOK}, socket, []string{
			`ok    slack settings: .*Socket Mode`, who, `ok    slack scopes: all that are needed$`, `ok    slack clock`, `ok    slack socket: the app token opens one`,
		}},
		"a scope is missing": {fakeSlack{scopes: granted("im:write"), auth: authOK, open: openOK}, socket, []string{
			who, `FAIL  slack scopes: im:write is missing: .* — take the manifest of porchlight slack manifest`,
		}},
		"an optional scope was declined": {fakeSlack{scopes: granted("users:read"), auth: authOK, open: openOK}, socket, []string{
			`ok    slack scopes: all that are needed`, `warn  slack scopes: users:read was not granted: .* — .*optional`,
		}},
		"a scope too many":   {fakeSlack{scopes: granted() + ", chat:write.public", auth: authOK, open: openOK}, socket, []string{`warn  slack scopes: more than is used: chat:write.public — `}},
		"no word of scopes":  {fakeSlack{auth: authOK, open: openOK}, socket, []string{who, `warn  slack scopes: Slack did not say`}},
		"a revoked token":    {fakeSlack{auth: `{"ok":false,"error":"token_revoked"}`, open: openOK}, socket, []string{`FAIL  slack: Slack says token_revoked — the token was revoked: install the app again`, `ok    slack clock`}},
		"an unknown error":   {fakeSlack{auth: `{"ok":false,"error":"odd"}`, open: openOK}, socket, []string{`FAIL  slack: Slack says odd — look it up`}},
		"a person's token":   {fakeSlack{scopes: granted(), auth: `{"ok":true,"team":"Twin","team_id":"T1","user_id":"U1"}`, open: openOK}, socket, []string{`FAIL  slack: the token is that of a person`}},
		"too many calls":     {fakeSlack{status: http.StatusTooManyRequests}, socket, []string{`warn  slack: too many calls`, `warn  slack socket: too many calls`}},
		"no Slack":           {fakeSlack{auth: "<html>", open: "<html>", status: http.StatusBadGateway}, socket, []string{`FAIL  slack: what answers is not Slack's API \(status 502\)`, `FAIL  slack socket: what answers`}},
		"a clock behind":     {fakeSlack{scopes: granted(), auth: authOK, open: openOK, skew: 2 * time.Minute}, socket, []string{`FAIL  slack clock: that of Slack is (2m0s|1m59s|2m1s) ahead of this one — .*NTP`}},
		"a clock ahead":      {fakeSlack{scopes: granted(), auth: authOK, open: openOK, skew: -time.Hour}, socket, []string{`FAIL  slack clock: that of Slack is .* behind this one`}},
		"a little ahead":     {fakeSlack{scopes: granted(), auth: authOK, open: openOK, skew: -50 * time.Second}, socket, []string{`ok    slack clock`}},
		"Socket Mode is off": {fakeSlack{scopes: granted(), auth: authOK, open: `{"ok":false,"error":"link_disabled"}`}, socket, []string{`FAIL  slack socket: Slack says link_disabled — Socket Mode is switched off`}},
		"tokens mixed up": {fakeSlack{scopes: granted(), auth: authOK, open: openOK}, []string{"--slack-bot-token=file:" + secrets + "/wrong", socket[1]}, []string{
			`FAIL  slack settings: the bot token must begin with xoxb- — it stands at OAuth & Permissions`, `FAIL  slack: Slack says not_authed`,
		}},
		"no app token": {fakeSlack{scopes: granted(), auth: authOK}, socket[:1], []string{who, `FAIL  slack settings: the app token must begin with xapp- — it stands at Basic Information`}},
		"an empty secret": {fakeSlack{scopes: granted(), auth: authOK, open: openOK}, []string{socket[0], "--slack-app-token=file:" + secrets + "/empty"}, []string{
			`FAIL  slack settings: slack-app-token: file .*/empty: holds nothing — `, `FAIL  slack socket: slack-app-token: .*holds nothing — `,
		}},
		"it hangs":          {fakeSlack{hang: true}, socket, []string{`FAIL  slack: not reached: context deadline exceeded — look whether this machine may reach Slack`, `FAIL  slack socket: not reached`}},
		"over HTTP":         {fakeSlack{scopes: granted(), auth: authOK}, signed, []string{`ok    slack settings: .*over HTTP`, who, `ok    slack address: 127.0.0.1:0 is free`}},
		"no signing secret": {fakeSlack{scopes: granted(), auth: authOK}, overHTTP, []string{who, `FAIL  slack settings: the HTTP transport needs the signing secret — it stands at Basic Information`}},
		"the address is in use": {fakeSlack{scopes: granted(), auth: authOK}, append(slices.Clip(signed), "--slack-listen="+taken.Addr().String()), []string{
			`FAIL  slack address: 127.0.0.1:\d+ is in use by another program — .*--slack-listen`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			hurry := func(d *doctor) {
				if c.fake.hang {
					d.patience = 200 * time.Millisecond
				}
			}
			says(t, examine(t, hurry, "slack", append(slices.Clip(c.args), "--slack-api-url="+c.fake.start(t))...), c.want...)
		})
	}
	t.Run("nobody is there", func(t *testing.T) {
		says(t, examine(t, nil, "slack", append(slices.Clip(signed), "--slack-api-url=http://"+free(t)+"/api/")...), `FAIL  slack: not reached: .*connection refused`)
	})
}

// free is an address where nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// made is a folder with a store in it, under a key, and a file with another key.
func made(t *testing.T) string {
	t.Helper()
	dir := folder(t, map[string]string{"data/key": masterKey, "other": otherKey, "key": masterKey, "short": "abc", "file": "x"})
	key, err := seal.Parse(masterKey)
	if err != nil {
		t.Fatal(err)
	}
	master, err := seal.NewMaster(key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), filepath.Join(dir, "data"), master, store.Options{})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDoctorStore(t *testing.T) {
	chmod := func(name string, mode os.FileMode) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		args   []string // DIR is the folder
		want   []string
	}{
		"all is well":      {nil, nil, []string{`ok    master key: .*data/key can be read, by its owner alone; it opens the store`, `ok    store: .*data opens, takes writes, and has them on disk; 0 messages wait`}},
		"a key of its own": {nil, []string{"--master-key=file:DIR/key"}, []string{`ok    master key: .*; it opens the store`, `ok    store`}},
		"others may read the key": {chmod("key", 0o644), []string{"--master-key=file:DIR/key"}, []string{
			`warn  master key: .*/key can be read by others \(mode 0644\); it opens the store — run chmod 600`, `ok    store`,
		}},
		"others may read DIR/key": {chmod("data/key", 0o640), nil, []string{`FAIL  master key: master key: .*data/key can be read by others — run chmod 600 on it`}},
		"the wrong key":           {nil, []string{"--master-key=file:DIR/other"}, []string{`FAIL  master key: not the one that the store in .*data was sealed with — give that one`}},
		"no key at all":           {nil, []string{"--master-key=file:DIR/short"}, []string{`FAIL  master key: seal: a master key is 32 bytes in base64.* — `}},
		"no file of the key":      {nil, []string{"--master-key=file:DIR/none"}, []string{`FAIL  master key: master-key: file .*none: .*no such file.* — `}},
		"the key is lost": {func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Remove(filepath.Join(dir, "data", "key")); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{`FAIL  master key: .*data/key is missing, and the store is there — bring it back`}},
		"no store yet":          {nil, []string{"--data=DIR/new/deep"}, []string{`ok    master key: none yet; serve makes one in .*new/deep/key`, `ok    store: none yet; serve makes it in .*new/deep`}},
		"no folder can be made": {nil, []string{"--data=DIR/file/new"}, []string{`ok    master key`, `FAIL  store: cannot be made in .*file/new: .* — run this as the user that serve runs as`}},
		"no database": {func(t *testing.T, dir string) {
			t.Helper()
			for _, end := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(filepath.Join(dir, "data", "porchlight.db"+end)) // not all are there
			}
			if err := os.WriteFile(filepath.Join(dir, "data", "porchlight.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{`ok    master key`, `FAIL  store: .* — look at the disk; where the file itself is damaged`}},
		"in use": {func(t *testing.T, dir string) {
			t.Helper()
			s, err := store.Open(t.Context(), filepath.Join(dir, "data"), nil, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}, nil, []string{`ok    master key: .*; not held against the store, which is in use`, `warn  store: serve is running here`}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := made(t)
			if c.change != nil {
				c.change(t, dir)
			}
			args := []string{"--data=" + filepath.Join(dir, "data")}
			for _, a := range c.args {
				args = append(args, strings.ReplaceAll(a, "DIR", dir))
			}
			says(t, examine(t, nil, "store", args...), c.want...)
			if left, err := filepath.Glob(filepath.Join(dir, "porchlight-doctor-*")); err != nil || len(left) > 0 {
				t.Error("left behind: ", left, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
				t.Error("a store was made")
			}
		})
	}
}

func TestDoctorPostgres(t *testing.T) {
	dir := folder(t, map[string]string{
		"gone": "postgres://u:" + hush + "@" + free(t) + "/d?connect_timeout=2", "odd": "postgres://u:" + hush + "@[/d", "mysql": "mysql://u:" + hush + "@h/d", "key": masterKey,
	})
	for name, c := range map[string][]string{
		"gone":  {`FAIL  postgres: not reached: .* — look whether it runs`},
		"odd":   {`FAIL  postgres: not reached: .* — look whether it runs`},
		"mysql": {`FAIL  postgres: the address does not begin with postgres:// — it looks like`},
		"none":  {`FAIL  postgres: store: file .*none: .*no such file`},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"--store=file:" + dir + "/" + name, "--master-key=file:" + dir + "/key"}
			says(t, examine(t, nil, "postgres", args...), c...)
			out := examine(t, nil, "store", args...)
			if !strings.Contains(out, "FAIL  store") {
				t.Error(out)
			}
		})
	}
	t.Run("there", func(t *testing.T) {
		at := ownPostgres(t)
		write := func(name, text string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("there", at.String())
		q := at.Query()
		q.Set("synchronous_commit", "off")
		at.RawQuery = q.Encode()
		write("careless", at.String())
		write("other", otherKey)
		args := []string{"--store=file:" + dir + "/there", "--master-key=file:" + dir + "/key"}
		says(t, examine(t, nil, "postgres", args...), `ok    postgres: version \d+.*, synchronous_commit is on`, `ok    clock`)
		says(t, examine(t, nil, "store", args...), `ok    master key`, `ok    store: the Postgres opens, takes writes`)
		says(t, examine(t, nil, "store", args[0], "--master-key=file:"+dir+"/other"), `FAIL  master key: not the one`)
		says(t, examine(t, nil, "store", args[0]), `FAIL  master key: none is set — `)
		says(t, examine(t, nil, "postgres", "--store=file:"+dir+"/careless"), `FAIL  postgres: .*synchronous_commit is off: .* — set synchronous_commit to on`)
	})
}

// ownPostgres is a database of this test's own, where a Postgres is at hand.
func ownPostgres(t *testing.T) *url.URL {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	if base == "" {
		if os.Getenv("TEST_POSTGRES_REQUIRED") != "" {
			t.Fatal("no Postgres although there must be one here")
		}
		t.Skip("no Postgres: set TEST_POSTGRES to the address of one")
	}
	db, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	name := "porchlight_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u
}

func TestDoctorAddresses(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	serving := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }))
	defer serving.Close()
	host := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	for name, c := range map[string]struct {
		what string
		args []string
		want string
	}{
		"free":                 {"admin", []string{"--admin=127.0.0.1:0"}, `ok    admin address: 127.0.0.1:0 is free`},
		"off":                  {"admin", []string{"--admin=off"}, `ok    admin address: off`},
		"another program":      {"admin", []string{"--admin=" + host(taken)}, `FAIL  admin address: .* is in use by another program — .*--admin`},
		"serve itself":         {"admin", []string{"--admin=" + host(serving)}, `warn  admin address: .* is in use: serve is running here`},
		"no such address":      {"admin", []string{"--admin=192.0.2.1:1"}, `FAIL  admin address: .* — give another address with --admin`},
		"local, free":          {"local", []string{"--local=127.0.0.1:0"}, `ok    local address`},
		"local, another's":     {"local", []string{"--local=" + host(taken)}, `FAIL  local address: .* is in use by another program — .*--local`},
		"local, for everybody": {"local", []string{"--local=0.0.0.0:0"}, `FAIL  local address: local listens on 127\.0\.0\.1 only.* — `},
	} {
		t.Run(name, func(t *testing.T) { says(t, examine(t, nil, c.what, c.args...), c.want) })
	}
}

func TestDoctorKnowledge(t *testing.T) {
	later := func(d *doctor) { d.now = func() time.Time { return time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC) } }
	says(t, examine(t, later, "knowledge"), `warn  knowledge: \d+ reviews are overdue, the first since 20\d\d-\d\d-\d\d — have them checked`)
	bad := func(d *doctor) {
		d.g.Knowledge = []string{folder(t, map[string]string{"topics/broken.en.md": "---\nid: [\n---\n"})}
	}
	says(t, examine(t, bad, "knowledge"), `FAIL  knowledge: the overlay is refused for \d+ problems, the first: .*broken.en.md.* — porchlight kb lint`)
}

// A check that hangs and heeds nothing is left alone.
func TestDoctorIsBounded(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	d := &doctor{patience: time.Millisecond}
	got := d.bounded(t.Context(), check{what: "disk", run: func(context.Context) []finding { <-release; return nil }})
	if len(got) != 1 || got[0].State != failure || got[0].What != "disk" {
		t.Error(got)
	}
}

// The command as an operator runs it: exit codes, both forms, no secret.
func TestDoctorCommand(t *testing.T) {
	api := fakeSlack{scopes: granted(), auth: authOK, open: openOK}.start(t)
	t.Setenv("PORCHLIGHT_SLACK_BOT_TOKEN", botToken) // themselves, as is allowed there
	t.Setenv("PORCHLIGHT_SLACK_APP_TOKEN", appToken)
	bad := folder(t, map[string]string{"topics/broken.en.md": "---\nid: [\n---\n"}) // it is refused at once, where reading all of it takes its time
	good := []string{"doctor", "--data", filepath.Join(t.TempDir(), "data"), "--admin=off", "--slack-api-url", api}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"well":      {good, 0, `(?s)^ok    settings: .*\nok    knowledge: version [^\n]*, languages en es, next review by .*\n\d+ ok, 0 warn, 0 FAIL\n$`},
		"not well":  {append(slices.Clip(good), "--workers=0", "--local=0.0.0.0:1", "--knowledge="+bad), exitFailure, `FAIL  settings: workers \(flag --workers\): must be 1 to 1024, is 0 — `},
		"as JSON":   {append(slices.Clip(good), "--json", "--knowledge="+bad), exitFailure, `"fail": 1,`},
		"a mistake": {append(slices.Clip(good), "--workers=many"), exitUsage, ``},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(c.args, &out, &errs); code != c.code {
				t.Errorf("exit code %d, want %d: %s%s", code, c.code, &out, &errs)
			}
			if !regexp.MustCompile(c.want).MatchString(out.String()) {
				t.Errorf("lacks %q:\n%s", c.want, &out)
			}
			if strings.Contains(out.String()+errs.String(), hush) {
				t.Errorf("a secret is printed:\n%s%s", &out, &errs)
			}
			if name == "as JSON" {
				var report struct{ Checks []finding }
				if err := json.Unmarshal(out.Bytes(), &report); err != nil || len(report.Checks) < 6 || report.Checks[0].State != healthy {
					t.Errorf("%v: %s", err, &out)
				}
			}
		})
	}
}

// The manifest is printed whole, and explained.
func TestManifestCommand(t *testing.T) {
	out, _, code := program(t, "", "slack", "manifest", "--http", "https://chat.example.org")
	if code != 0 || !json.Valid([]byte(out)) || !strings.Contains(out, `"https://chat.example.org/slack/interactions"`) {
		t.Errorf("exit %d: %s", code, out)
	}
	out, _, code = program(t, "", "slack", "manifest")
	if code != 0 || !json.Valid([]byte(out)) || strings.Contains(out, "request_url") || !strings.Contains(out, "What signs should I look for?") {
		t.Errorf("exit %d: %s", code, out)
	}
	out, _, code = program(t, "", "slack", "manifest", "--explain")
	for _, g := range append(slack.Scopes(), slack.Events()...) {
		if code != 0 || !strings.Contains(out, g.Name) || !strings.Contains(out, g.Why) || !strings.Contains(out, g.Without) {
			t.Errorf("exit %d, %s is not explained: %s", code, g.Name, out)
		}
	}
	_, errs, code := program(t, "", "slack", "manifest", "--http", "http://chat.example.org")
	if code != exitFailure || !strings.Contains(errs, "https") || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
}
