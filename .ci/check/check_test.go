package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	for _, c := range []struct{ name, events, want, says string }{
		{"counts", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/sub"}
{"Action":"output","Package":"p","Test":"TestA/sub","Output":"{\"Action\":\"fail\"}\n"}
{"Action":"pass","Package":"p","Test":"TestA/sub"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestB","Output":"no network\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}`, "2 passed, 0 failed, 1 skipped", "no network\nok  \tp"},
		{"a failed test", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"want 1\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}`, "0 passed, 1 failed, 0 skipped", "want 1\nFAIL\tp"},
		{"a test that took the process along", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}`, "0 passed, 1 failed, 0 skipped", "FAIL\tp"},
		{"does not build", `{"Action":"build-output","ImportPath":"p","Output":"undefined: x\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`, "0 passed, 1 failed, 0 skipped", "undefined: x\nFAIL\tp [build failed]"},
		{"cut short", `{"Action":"run","Package":"p","Test":"TestA"}`, "0 passed, 1 failed, 0 skipped", "FAIL\tp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "totals")
			var out strings.Builder
			if err := run([]string{"tally", file}, strings.NewReader(c.events+"\n"), &out); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(file)
			if err != nil || string(got) != c.want+"\n" {
				t.Errorf("totals %q, %v; want %q", got, err, c.want)
			}
			if !strings.Contains(out.String(), c.says) {
				t.Errorf("printed %q, without %q", out.String(), c.says)
			}
		})
	}
	if err := run([]string{"tally", filepath.Join(t.TempDir(), "totals")}, strings.NewReader(""), os.Stderr); err == nil {
		t.Error("no test ran, and no error")
	}
}

func TestPassages(t *testing.T) {
	for answer, ok := range map[string]bool{
		`{"passages":["wages","document-confiscation"]}`:   true,
		`{"passages":[{"id":"document-confiscation.en"}]}`: true,
		`{"passages":["document-confiscation-abroad"]}`:    false,
		`{"passages":[]}`:                      false,
		`{"text":"document-confiscation"}`:     false,
		"{\"passages\":[]}\n{\"passages\":[]}": false,
		`document-confiscation`:                false,
		``:                                     false,
	} {
		err := run([]string{"passages", "document-confiscation"}, strings.NewReader(answer+"\n"), os.Stderr)
		if (err == nil) != ok {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"bot/a.go", "package a\n", ""},
		{"bot/a.go", "package a", "no end"},
		{"bot/a.go", "package a\r\n", "CR"},
		{"bot/testdata/a.md", "a\r\n", ""},
		{"bot/a.md", "\xff\n", "UTF-8"},
		{"bot/a.md", "a\u202eb\n", "bidi"},
		{"bot/answer/phrases/en.txt", "call 1-202-555-0100\n", "telephone"},
		{"bot/answer/phrases/en.txt", "call +12025550100\n", "telephone"},
		{"knowledge/resources/us.yaml", "display: 1-202-555-0100\n", ""},
		{"knowledge/topics/a.en.md", "call 911\n", "number or an address"},
		{"knowledge/topics/a.en.md", "call {emergency-911} or {988}, 18 USC 1592, 1,911 people, $988\n", ""},
		{"knowledge/topics/a.en.md", "see example.org\n", "number or an address"},
		{"knowledge/topics/a.en.md", "help: [988]\n", ""},
		{"bot/a.go", "type Slack int\n", "Slack named"},
		{"bot/a.go", "// Slack does not\n", ""},
		{"adapters/slack/a.go", "type Slack int\n", ""},
	} {
		got := strings.Join(judge(c.name, c.text), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s %q: got %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestTogether(t *testing.T) {
	const readme = "go run ./cmd/porchlight\n"
	for want, files := range map[string]map[string]string{
		"": {
			"README.md": readme, "knowledge/topics/a.en.md": "id\n---\n1,000 in 2024 {988}\n", "knowledge/topics/a.es.md": "id\n---\nen 2024: 1.000.\n",
		},
		"figures":    {"README.md": readme, "knowledge/topics/a.en.md": "id\n---\n5 years\n", "knowledge/topics/a.es.md": "id\n---\n6 años\n"},
		"no Spanish": {"README.md": readme, "knowledge/topics/a.en.md": ""},
		"no English": {"README.md": readme, "knowledge/topics/a.es.md": ""},
		"README.md":  {},
	} {
		got := strings.Join(together(files), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
