package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// An event is one line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

type totals struct{ passed, failed, skipped int }

// String is the closing line that CI looks for, to the letter.
func (t totals) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}

// running is what one package has said so far and not yet been judged on.
type running struct {
	output map[string]string // by test; "" is the package itself
	failed int
}

// tally counts tests, subtests and examples. It prints each package's verdict,
// and what a failed or skipped test had to say.
type tally struct {
	totals
	packages map[string]*running
	out      io.Writer
}

func tallyInto(file string, in io.Reader, out io.Writer) error {
	t := &tally{packages: map[string]*running{}, out: out}
	if err := t.read(in); err != nil {
		return fmt.Errorf("tally: read events: %w", err)
	}
	if err := os.WriteFile(file, []byte(t.String()+"\n"), 0o600); err != nil {
		return fmt.Errorf("tally: %w", err)
	}
	if t.passed+t.failed == 0 {
		return errors.New("tally: no test ran")
	}
	return nil
}

func (t *tally) read(in io.Reader) error {
	lines := bufio.NewReader(in) // not a Scanner: an output line has no bound
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(t.out, line) // go itself speaking, not a test
			} else {
				t.take(e)
			}
		}
		if errors.Is(err, io.EOF) {
			t.closeAll()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) take(e event) {
	if e.Action == "build-output" {
		fmt.Fprint(t.out, e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := t.packages[e.Package]
	if p == nil {
		p = &running{output: map[string]string{}}
		t.packages[e.Package] = p
	}
	switch e.Action {
	case "run":
		p.output[e.Test] = ""
	case "output":
		p.output[e.Test] += e.Output
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.closePackage(e.Package, e.Action)
		} else {
			t.closeTest(p, e.Test, e.Action)
		}
	}
}

func (t *tally) closeTest(p *running, test, verdict string) {
	switch verdict {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		fmt.Fprint(t.out, p.output[test])
	case "fail":
		t.failed++
		p.failed++
		fmt.Fprint(t.out, p.output[test])
	}
	delete(p.output, test)
}

// closePackage also judges tests that never ended: a panic, os.Exit or a
// time-out took them along. A package that failed without a failed test (it did
// not build, or TestMain failed) counts as one.
func (t *tally) closePackage(name, verdict string) {
	p := t.packages[name]
	delete(t.packages, name)
	own := p.output[""]
	delete(p.output, "")
	if verdict != "fail" {
		for line := range strings.Lines(own) {
			if strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "? ") {
				fmt.Fprint(t.out, line)
			}
		}
		return
	}
	open := make([]string, 0, len(p.output))
	for test := range p.output {
		open = append(open, test)
	}
	slices.Sort(open)
	for _, test := range open {
		t.closeTest(p, test, "fail")
	}
	if p.failed == 0 {
		t.failed++
	}
	fmt.Fprint(t.out, own)
	if !strings.Contains(own, "FAIL\t"+name) {
		fmt.Fprintf(t.out, "FAIL\t%s\n", name)
	}
}

// closeAll fails the packages that were still running when the events ended.
func (t *tally) closeAll() {
	for _, name := range sortedKeys(t.packages) {
		t.closePackage(name, "fail")
	}
}
