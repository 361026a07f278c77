package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"porchlight/bot/llm/llmtwin"
	"porchlight/bot/verify"
)

// faithful answers with sentences of the first passage.
func faithful(r llmtwin.Request) string {
	out := []string{"level: ordinary"}
	in := false
	for line := range strings.Lines(r.User) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[1] "):
			in = true
		case strings.HasPrefix(line, "[2] "), line == "</passages>":
			in = false
		case in && len(out) < 5:
			for _, s := range verify.Sentences(strings.TrimPrefix(line, "- ")) {
				out = append(out, "[1] "+s)
			}
		}
	}
	return strings.Join(append(out, "end"), "\n")
}

// answered is what `ask --json` prints.
type answered struct {
	Mode     string `json:"mode"`
	Kind     string `json:"kind"`
	Text     string `json:"text"`
	Passages []struct {
		ID string `json:"id"`
	} `json:"passages"`
}

func askJSON(t *testing.T, args ...string) (a answered, took time.Duration) {
	t.Helper()
	began := time.Now()
	out, errs, code := program(t, "", append([]string{"ask", "--json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	took = time.Since(began)
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return a, took
}

const aQuestion = "somebody told me there is a paper for people who got forced to labor, what is it"

// TestAskWithModel has the program asked with a model that works, and with ones
// that fail in every way: there is always one whole answer, in time.
func TestAskWithModel(t *testing.T) {
	offline, _ := askJSON(t, aQuestion)
	if offline.Mode != "offline" || len(offline.Passages) == 0 {
		t.Fatalf("%+v", offline)
	}
	for name, f := range map[string]*llmtwin.Fault{
		"works": nil, "dead": new(llmtwin.Reset()), "silent": new(llmtwin.Hang()), "page": new(llmtwin.HTML()),
		"stalls": new(llmtwin.StallAt(3)), "cut": new(llmtwin.CutCleanAt(500)), "empty": new(llmtwin.Empty()),
		"declines": new(llmtwin.Declines(0, "no")), "error": new(llmtwin.ErrorObject()), "quota": new(llmtwin.Quota()),
		"strange end": new(llmtwin.Finish("odd")), "no key": new(llmtwin.Unauthorized("sk-test")),
		"busy": new(llmtwin.RateLimitedBare()), "endless": new(llmtwin.Babble(500)),
	} {
		t.Run(name, func(t *testing.T) {
			twin := llmtwin.Start(t, llmtwin.Options{Answer: faithful})
			twin.Always(f)
			a, took := askJSON(t, "--model", "m", "--model-url", twin.URL(), "--model-deadline", "2s", aQuestion)
			if len(twin.Requests()) == 0 {
				t.Fatal("the model was not asked")
			}
			switch {
			case f == nil && a.Mode != "model":
				t.Errorf("mode %s", a.Mode)
			case f != nil && a.Mode == "offline", len(a.Passages) == 0, a.Kind != offline.Kind:
				t.Errorf("%+v", a)
			}
			if a.Mode == "fallback" && a.Text != offline.Text {
				t.Errorf("not the offline answer: %+v", a)
			}
			if took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestModelSettings names what is wrong with them, and the mend.
func TestModelSettings(t *testing.T) {
	for args, want := range map[string]string{
		"--model m --model-url nonsense":                      "model-url",
		"--model m --model-deadline 0s":                       "model-deadline",
		"--model m --model-person -1":                         "model-person",
		"--embedding-model e":                                 "embedding-model",
		"--model m --model-url http://example.com/v1":         "https",
		"--model m --model-url http://127.0.0.1:1/v1 --bogus": "bogus",
	} {
		var out, errs bytes.Buffer
		if code := run(append(append([]string{"ask"}, strings.Fields(args)...), "hi"), &out, &errs); code == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit %d, %q", args, code, errs.String())
		}
	}
}

// TestKeyStaysSecret looks for the key in all that is printed.
func TestKeyStaysSecret(t *testing.T) {
	dir := folder(t, map[string]string{"key": "sk-very-secret-key\n"})
	twin := llmtwin.Start(t, llmtwin.Options{Answer: faithful, Key: "sk-very-secret-key"})
	out, errs, code := program(t, "", "ask", "--trace", "--model", "m", "--model-url", twin.URL(), "--model-key", "file:"+dir+"/key", aQuestion)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if n := len(twin.Requests()); n == 0 || twin.Requests()[0].Header.Get("Authorization") != "Bearer sk-very-secret-key" {
		t.Errorf("%d requests, without the key", n)
	}
	if strings.Contains(out+errs, "sk-very") {
		t.Error("the key is printed")
	}
	for _, words := range []string{"model", "draft", "shown (doubt", "tokens in"} {
		if !strings.Contains(out, words) {
			t.Errorf("--trace does not show %q", words)
		}
	}
}
