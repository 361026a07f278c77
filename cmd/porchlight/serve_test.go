package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A server is `porchlight serve` in a process of its own.
type server struct {
	cmd          *exec.Cmd
	local, admin string // addresses
	log          *lockedBuffer
	ended        chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve starts one and waits until it is ready.
func serve(t *testing.T, dir string, args ...string) *server {
	t.Helper()
	s := &server{log: &lockedBuffer{}, ended: make(chan error, 1)}
	args = append([]string{"serve", "--data", dir, "--local", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log", "json"}, args...)
	s.cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	s.cmd.Env = []string{asProgram + "=1"}
	pipe, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addresses := make(chan [2]string, 4)
	var reading sync.WaitGroup
	reading.Go(func() {
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			fmt.Fprintln(s.log, lines.Text())
			var l struct{ Msg, Addr string }
			if json.Unmarshal(lines.Bytes(), &l) == nil && l.Addr != "" {
				addresses <- [2]string{l.Msg, l.Addr}
			}
		}
	})
	go func() {
		reading.Wait()
		s.ended <- s.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // gone already, if the test went well
	})
	for s.local == "" || s.admin == "" {
		select {
		case a := <-addresses:
			if a[0] == "health and metrics" {
				s.admin = "http://" + a[1]
			} else {
				s.local = "http://" + a[1]
			}
		case err := <-s.ended:
			t.Fatalf("ended at the start: %v\n%s", err, s.log)
		case <-time.After(20 * time.Second):
			t.Fatalf("did not start:\n%s", s.log)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		if code, _ := s.get(t, s.admin+"/readyz"); code == http.StatusOK {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("never ready:\n%s", s.log)
		}
	}
}

func (s *server) get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// ask posts a message and returns its id.
func (s *server) ask(t *testing.T, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.local+"/v1/messages", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct{ ID string }
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || answer.StatusCode != http.StatusAccepted {
		t.Fatalf("%d %v", answer.StatusCode, err)
	}
	return got.ID
}

func (s *server) answer(t *testing.T, id string) string {
	t.Helper()
	code, body := s.get(t, s.local+"/v1/messages/"+id+"?wait=20s")
	if code != http.StatusOK {
		t.Fatalf("%d %s\n%s", code, body, s.log)
	}
	return body
}

// stop ends it as systemd does, and waits.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("ended with %v:\n%s", err, s.log)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("did not end:\n%s", s.log)
	}
}

// A person is answered over the local interface, the conversation is remembered
// across a restart, and forgotten when they ask.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	got := s.answer(t, s.ask(t, `{"conversation":"c","person":"p","text":"what is a T visa?"}`))
	if !strings.Contains(got, `"final":true`) || !strings.Contains(got, "T visa") {
		t.Error(got)
	}
	if code, _ := s.get(t, s.admin+"/livez"); code != http.StatusOK {
		t.Error("not alive")
	}
	s.stop(t)

	s = serve(t, dir)
	got = s.answer(t, s.ask(t, `{"conversation":"c","person":"p","text":"more"}`))
	if !strings.Contains(got, "t-visa") && !strings.Contains(got, "T visa") {
		t.Errorf("the conversation was lost in a restart: %s", got)
	}
	got = s.answer(t, s.ask(t, `{"conversation":"c","person":"p","text":"forget me"}`))
	if !strings.Contains(got, "erased") && !strings.Contains(got, "emptied") {
		t.Errorf("not forgotten: %s", got)
	}
	_, metrics := s.get(t, s.admin+"/metrics")
	for _, want := range []string{
		`porchlight_messages_total{event="stored"} 2`, `porchlight_open_messages 0`, `porchlight_put_seconds_count 2`,
		`porchlight_replies_total{kind="about",mode="offline"}`, `porchlight_next_review_days`, `porchlight_delivery_seconds_count{adapter="local"} 2`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s:\n%s", want, metrics)
		}
	}
	s.stop(t)
}

// What people say, who they are and what they were told reaches no log and no
// metric, whatever happens.
func TestNothingOfAPersonIsLogged(t *testing.T) {
	s := serve(t, t.TempDir(), "--log-level", "debug")
	const words = "marigold"
	s.answer(t, s.ask(t, `{"id":"marigold-1","conversation":"marigold-c","person":"marigold-p","text":"my boss keeps my marigold passport"}`))
	s.answer(t, s.ask(t, `{"id":"marigold-2","conversation":"marigold-c","person":"marigold-p","command":"forget"}`))
	_, metrics := s.get(t, s.admin+"/metrics")
	s.get(t, s.local+"/v1/messages/marigold-unknown?wait=1ms")
	s.stop(t)
	if got := metrics + s.log.String(); strings.Contains(strings.ToLower(got), words) || strings.Contains(got, "passport") {
		t.Errorf("a person's words came out:\n%s", got)
	}
}

// An answer that was promised is given by the next process, though this one is
// killed without warning.
func TestServeAfterKill(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	var ids []string
	for i := range 20 {
		ids = append(ids, s.ask(t, fmt.Sprintf(`{"id":"q%d","conversation":"c%d","text":"what is forced labor?"}`, i, i)))
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err == nil {
		t.Fatal("ended by itself")
	}
	s = serve(t, dir)
	// What was answered before is in no mailbox any more; asking again is a no-op.
	_, metrics := s.get(t, s.admin+"/metrics")
	if !strings.Contains(metrics, "porchlight_open_messages 0") {
		for _, id := range ids {
			s.get(t, s.local+"/v1/messages/"+id+"?wait=100ms")
		}
		if _, metrics = s.get(t, s.admin+"/metrics"); !strings.Contains(metrics, "porchlight_open_messages 0") {
			t.Errorf("not all were answered:\n%s", metrics)
		}
	}
	if again := s.ask(t, `{"id":"q3","conversation":"c3","text":"what is forced labor?"}`); again != ids[3] {
		t.Errorf("the same event has the id %s, had %s", again, ids[3])
	}
	s.stop(t)
}

// A second signal ends it at once, though answers are under way.
func TestSecondSignal(t *testing.T) {
	s := serve(t, t.TempDir())
	for range 2 {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may be gone already, which is as good
	}
	select {
	case err := <-s.ended: // in order or not
		t.Log(err)
	case <-time.After(10 * time.Second):
		t.Fatal("still there")
	}
}

// A second process refuses the folder of the first.
func TestOneProcessAFolder(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "serve", "--data", dir, "--local", "127.0.0.1:0", "--admin", "off")
	cmd.Env = []string{asProgram + "=1"}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another process uses this directory") || strings.Count(strings.TrimSpace(string(out)), "\n") > 0 {
		t.Errorf("%v: %s", err, out)
	}
	s.stop(t)
}

// Every way of setting something, in its order, and all mistakes at once.
func TestSettings(t *testing.T) {
	dir := folder(t, map[string]string{
		"good.yaml":  "workers: 5\nlifetime: 1h\ndeadline: 10s\nlocal: 127.0.0.1:1\n",
		"bad.yaml":   "workers: many\nlifetme: 1h\nlog: xml\nmaster-key: abc\n",
		"worse.yaml": "workers: [\n",
	})
	run := func(env []string, args ...string) (string, int) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = append([]string{asProgram + "=1"}, env...)
		out, _ := cmd.CombinedOutput() // its code is looked at
		return string(out), cmd.ProcessState.ExitCode()
	}
	good := []string{"config", "--config", dir + "/good.yaml"}
	for _, c := range []struct {
		name string
		env  []string
		args []string
		code int
		want []string // patterns
	}{
		{"defaults", nil, []string{"config"}, 0, []string{`workers +32 +default`, `master-key +- +default`, `log +text +default`}},
		{"the file", nil, good, 0, []string{`workers +5 +file .*good.yaml`, `lifetime +1h0m0s +file`}},
		{"the environment over it", []string{"PORCHLIGHT_WORKERS=6"}, good, 0, []string{`workers +6 +environment PORCHLIGHT_WORKERS`, `deadline +10s +file`}},
		{"a flag over that", []string{"PORCHLIGHT_WORKERS=6"}, append(good, "--workers=7"), 0, []string{`workers +7 +flag --workers`}},
		{"the file named by the environment", []string{"PORCHLIGHT_CONFIG=" + dir + "/good.yaml"}, []string{"config"}, 0, []string{`workers +5 +file`}},
		{"secrets are not shown", []string{"PORCHLIGHT_MASTER_KEY=topsecret", "PORCHLIGHT_STORE=postgres://u:topsecret@h/d"},
			[]string{"config", "--local-token", "file:/run/t"}, 0,
			[]string{`master-key +\(set\) +environment`, `store +\(set\) +environment`, `local-token +file:/run/t +flag`}},
		{"all mistakes at once", []string{"PORCHLIGHT_GRACE=soon"}, []string{"serve", "--config", dir + "/bad.yaml"}, exitUsage,
			[]string{`workers`, `lifetme`, `log: must be one of`, `PORCHLIGHT_GRACE: grace`}},
		{"all values that cannot be", nil, []string{"serve", "--workers=0", "--lifetime=48h", "--master-key=abc", "--store=mysql://x", "--admin=x"}, exitUsage,
			[]string{`workers \(flag --workers\): must be 1 to 1024`, `lifetime .*at most 24h`, `master-key .*must not stand here`, `store .*must begin with postgres://`, `admin .*HOST:PORT`}},
		{"a password on the command line", nil, []string{"serve", "--store=postgres://u:topsecret@h/d"}, exitUsage, []string{`a password must not stand here`, `master-key .*must be set for a Postgres`}},
		{"no YAML", nil, []string{"serve", "--config", dir + "/worse.yaml"}, exitUsage, []string{`config: yaml`}},
		{"no file", nil, []string{"serve", "--config", dir + "/none.yaml"}, exitUsage, []string{`none.yaml`}},
		{"nobody to answer", nil, []string{"serve"}, exitFailure, []string{`no platform is set up; set SLACK_BOT_TOKEN`}},
		{"not this machine", nil, []string{"serve", "--local=0.0.0.0:80", "--data", t.TempDir(), "--admin=off"}, exitFailure, []string{`127\.0\.0\.1`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := run(c.env, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, w := range c.want {
				if !regexp.MustCompile(w).MatchString(out) {
					t.Errorf("lacks %q:\n%s", w, out)
				}
			}
			if strings.Contains(out, "topsecret") || strings.Contains(out, "goroutine") {
				t.Errorf("shows too much:\n%s", out)
			}
		})
	}
}
