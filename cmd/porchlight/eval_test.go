package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEval asks an organisation's own sets, writes both reports, compares with
// the one before, and fails under a gate.
func TestEval(t *testing.T) {
	dir := folder(t, map[string]string{
		"sets/danger.en.tsv": "he has a gun and he is coming up the stairs\n",
		"sets/info.en.tsv":   "what is debt bondage\ttopic=debt-bondage\nwhat is a t visa\ttopic=wear-blue-day\n",
		"strict.yaml":        "- {name: topics, sets: [info], measure: right, keep: 0.9, aim: 1}\n",
	})
	page, data := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.json")
	out, errs, code := program(t, "", "eval", "--only", "--sets", filepath.Join(dir, "sets"), "--html", page, "--json", data, "--no-gates")
	if code != 0 || errs != "" || !strings.Contains(out, "1 of 3 went wrong") || !strings.Contains(out, "answered with t-visa") {
		t.Errorf("%d %s\n%s", code, errs, out)
	}
	if b, err := os.ReadFile(page); err != nil || !strings.Contains(string(b), "</html>") {
		t.Errorf("no page: %v", err)
	}
	out, _, code = program(t, "", "eval", "--only", "--sets", filepath.Join(dir, "sets"), "--gates", filepath.Join(dir, "strict.yaml"), "--compare", data)
	if code != exitFailure || !strings.Contains(out, "BROKEN") || !strings.Contains(out, "0 better, 0 worse, 0 with another answer, 0 new, 0 gone") {
		t.Errorf("%d\n%s", code, out)
	}
}

// TestEvalMistakes: each gives one line that says what, where and the mend.
func TestEvalMistakes(t *testing.T) {
	dir := folder(t, map[string]string{
		"bad/poems.en.tsv": "x\n", "empty/readme.txt": "x\n", "gates.yaml": "- {name: x, measure: mood}\n", "old.json": "{",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--sets", at("bad")}, "poems.en.tsv:1: name it"},
		{[]string{"--sets", at("empty")}, "no set is there"},
		{[]string{"--sets", at("nowhere")}, "nowhere"},
		{[]string{"--gates", at("gates.yaml")}, "it may be right"},
		{[]string{"--compare", at("old.json")}, "read an earlier report"},
		{[]string{"--set", "poems"}, "the sets are"},
		{[]string{"--half", "third"}, "half"},
		{[]string{"--lang", "xx"}, "no case is left"},
		{[]string{"--set", "about", "--lang", "en", "--no-gates", "--html", filepath.Join(dir, "no", "such", "file.html")}, "no such file"},
	} {
		_, errs, code := program(t, "", append([]string{"eval"}, tt.args...)...)
		if code == 0 || !strings.Contains(errs, tt.want) || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
			t.Errorf("%v: %d %q, want %q", tt.args, code, errs, tt.want)
		}
	}
}
