package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asProgram makes the test binary behave as the program itself.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main() // does not come back
	}
	os.Exit(m.Run())
}

// program runs porchlight the way a person does, without an environment.
func program(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = []string{asProgram + "=1"}
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if s := errs.String(); strings.Contains(s, "goroutine ") || strings.Contains(s, "panic:") {
		t.Fatalf("a stack reached the screen:\n%s", s)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A mistake of the command gives one clear line and a non-zero exit.
func TestMistakes(t *testing.T) {
	bad := folder(t, map[string]string{"topics/broken.en.md": "---\nid: [\n---\n", "resources/zz.yaml": "\xff\xfe"})
	stray := folder(t, map[string]string{"topics/en/wages.md": "---\n---\n", "hide.yaml": "topics: [wear-blue-day]\n"})
	nothing := filepath.Join(t.TempDir(), "nothing")
	collection := folder(t, map[string]string{"corpus.tsv": "only one column\n", "queries.tsv": "1\tx\n", "qrels.tsv": "1\t1\t1\n"})
	for _, c := range []struct {
		args []string
		says string
		code int
	}{
		{[]string{"--nosuch"}, "unknown flag --nosuch", exitUsage},
		{[]string{"nosuch"}, "nosuch", exitUsage},
		{[]string{"ask"}, "expected", exitUsage},
		{[]string{"kb", "nosuch"}, "nosuch", exitUsage},
		{[]string{"--knowledge", nothing, "ask", "hello"}, "nothing", exitUsage},
		{[]string{"kb", "show", "no-such-topic"}, "no-such-topic", exitFailure},
		{[]string{"--knowledge", bad, "kb", "lint"}, "topics/broken.en.md:3", exitFailure},
		{[]string{"--knowledge", bad, "kb", "list"}, "resources/zz.yaml:1", exitFailure},
		{[]string{"--knowledge", stray, "kb", "list"}, "topics/en/wages.md: no content is read from here", exitFailure},
		{[]string{"eval", "retrieval", nothing}, "nothing", exitUsage},
		{[]string{"eval", "retrieval", collection}, "corpus.tsv", exitFailure},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			stdout, stderr, code := program(t, "", c.args...)
			if code == 0 || code != c.code {
				t.Errorf("exit %d, want %d", code, c.code)
			}
			if all := stdout + stderr; !strings.Contains(all, c.says) {
				t.Errorf("does not say %q:\n%s", c.says, all)
			}
		})
	}
}

// A bad overlay is told of, and the embedded content answers.
func TestBadOverlayStillAnswers(t *testing.T) {
	bad := folder(t, map[string]string{"topics/broken.en.md": "---\nid: [\n---\n"})
	stdout, stderr, code := program(t, "", "--knowledge", bad, "ask", "what is debt bondage?")
	if code != 0 || !strings.Contains(stdout, "debt") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
	if !strings.Contains(stderr, "broken.en.md") || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
		t.Errorf("want one line that names broken.en.md:\n%s", stderr)
	}
}

// Whatever is asked gets an answer that a person can read, and exit 0.
func TestOddQuestions(t *testing.T) {
	for name, text := range map[string]string{
		"emoji": "😀😀", "mention": "<@U012AB3CD>", "not UTF-8": "\xff\xfe passport \xc3",
		"long": strings.Repeat("my boss keeps my passport ", 4000), "control": "\x1b[2Jpassport\x07", "danger": "he has a gun and will kill me",
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := program(t, text+"\n") // in a pipe: a question a line
			if code != 0 || strings.TrimSpace(stdout) == "" || stderr != "" {
				t.Errorf("exit %d, stderr %q, stdout %q", code, stderr, stdout)
			}
			if strings.ContainsAny(stdout, "\x1b\x07\ufffd") {
				t.Errorf("control or broken characters in %q", stdout)
			}
			if name == "danger" && !strings.Contains(stdout, "911") {
				t.Errorf("no emergency number:\n%s", stdout)
			}
		})
	}
}

// The machine form answers line by line, in order, past whatever is malformed.
func TestMachineForm(t *testing.T) {
	lines := []string{
		`{"id":"1","text":"can my boss keep my passport?"}`,
		`not json`,
		`{"id":"3"}`,
		`{"id":"4","text":"` + strings.Repeat("a", 1<<20) + `"}`,
		`{"id":"5","text":"cuánto dura la visa T","locale":"es-MX"}`,
		"{\"id\":\"6\",\"text\":\"\xff\xfe\"}",
		`{"id":"7","text":"he will kill us"}`,
	}
	stdout, stderr, code := program(t, strings.Join(lines, "\n")+"\n", "console", "--jsonl")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	got := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(got) != len(lines) {
		t.Fatalf("%d objects for %d lines", len(got), len(lines))
	}
	type object struct{ ID, Kind, Lang, Text, Error string }
	want := []object{
		{ID: "1", Kind: "answer", Lang: "en"}, {Error: "*"}, {},
		{}, {ID: "5", Kind: "answer", Lang: "es"}, {}, {ID: "7", Kind: "danger", Lang: "en"},
	}
	for i, line := range got {
		var o object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Errorf("line %d: %v", i+1, err)
			continue
		}
		w := want[i]
		if o.Text == "" && o.Error == "" {
			t.Errorf("line %d has neither text nor error", i+1)
		}
		if w.Error != "" && o.Error == "" || w.ID != "" && (o.ID != w.ID || o.Kind != w.Kind || o.Lang != w.Lang) {
			t.Errorf("line %d: id %q kind %q lang %q error %q", i+1, o.ID, o.Kind, o.Lang, o.Error)
		}
	}
}

// The content commands speak to people and to programs.
func TestContentCommands(t *testing.T) {
	for _, args := range [][]string{
		{"kb", "lint"},
		{"kb", "list"},
		{"kb", "show", "document-confiscation"},
		{"kb", "search", "boss has my papers"},
		{"kb", "resources"},
		{"kb", "resources", "--country", "MX"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			stdout, _, code := program(t, "", args...)
			if code != 0 || stdout == "" {
				t.Errorf("exit %d:\n%s", code, stdout)
			}
			stdout, _, code = program(t, "", append(args, "--json")...)
			if code != 0 || !json.Valid([]byte(stdout)) {
				t.Errorf("exit %d, not JSON:\n%.400s", code, stdout)
			}
		})
	}
}

func TestVersionAndHelp(t *testing.T) {
	if out, _, code := program(t, "", "version"); code != 0 || !strings.Contains(out, "languages en es") {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, _, code := program(t, "", "--help"); code != 0 || !strings.Contains(strings.Join(strings.Fields(out), " "), "Not a government service") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// The conversation in the README is what the program says, word for word.
func TestReadmeConversation(t *testing.T) {
	readme, err := os.ReadFile(filepath.FromSlash("../../README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "## A conversation")
	_, rest, _ = strings.Cut(rest, "```\n")
	talk, _, found := strings.Cut(rest, "\n```")
	if !found {
		t.Fatal("the README has no conversation")
	}
	var questions, answers []string
	for part := range strings.SplitSeq("\n"+talk, "\n> ") {
		if q, a, ok := strings.Cut(part, "\n\n"); ok {
			questions, answers = append(questions, q), append(answers, a)
		}
	}
	if len(questions) < 5 {
		t.Fatalf("only %d questions", len(questions))
	}
	stdout, _, code := program(t, strings.Join(questions, "\n")+"\n")
	want := strings.Join(strings.Fields(strings.Join(answers, "\n")), " ")
	if got := strings.Join(strings.Fields(stdout), " "); code != 0 || got != want {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		t.Errorf("exit %d; the program says %.200q where the README has %.200q", code, got[i:], want[i:])
	}
}
