package main

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"porchlight/adapters/slack/slacktwin"
)

// serve lets workspaces install the app without a bot token of its own, and shows
// no secret of it.
func TestServeInstalls(t *testing.T) {
	w := slacktwin.Start(t, slacktwin.Options{})
	signing, id, secret := w.Credentials()
	dir := folder(t, map[string]string{"signing": signing, "secret": secret})
	s := serve(t, t.TempDir(), "--slack-transport", "http", "--slack-listen", "127.0.0.1:0", "--slack-api-url", w.APIURL(),
		"--slack-client-id", id, "--slack-client-secret", "file:"+dir+"/secret", "--slack-signing-secret", "file:"+dir+"/signing",
		"--slack-public-url", "https://chat.example.org")
	at := regexp.MustCompile(`"msg":"slack is listened for","addr":"([^"]+)"`).FindStringSubmatch(s.log.String())
	if at == nil {
		t.Fatalf("not listened for: %s", s.log)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+at[1]+"/slack/install", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if to := a.Header.Get("Location"); a.StatusCode != http.StatusFound || !strings.HasPrefix(to, w.URL()+"/oauth/v2/authorize?client_id="+id) {
		t.Errorf("%d %s", a.StatusCode, to)
	}
	s.stop(t)
	if strings.Contains(s.log.String(), secret) || strings.Contains(s.log.String(), signing) {
		t.Error("a secret was logged")
	}

	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = []string{asProgram + "=1", "SLACK_CLIENT_SECRET=topsecret"}
		out, _ := cmd.CombinedOutput() // what it says is looked at
		return string(out)
	}
	if out := run("config"); !regexp.MustCompile(`slack-client-secret +\(set\) +environment SLACK_CLIENT_SECRET`).MatchString(out) || strings.Contains(out, "topsecret") {
		t.Errorf("config shows %s", out)
	}
	if out := run("serve", "--slack-client-secret", "topsecret"); !strings.Contains(out, "slack-client-secret (environment") && !strings.Contains(out, "must not stand here") {
		t.Errorf("a secret among the arguments: %s", out)
	}
	if out := run("serve", "--data", t.TempDir(), "--admin=off", "--slack-client-id", id); !strings.Contains(out, "installs need the HTTP transport") || !strings.Contains(out, "all of client id") {
		t.Errorf("half of it is set: %s", out)
	}
}
