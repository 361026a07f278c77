// Command check holds the parts of .ci/run that a shell cannot read well: the
// events of go test, an answer in JSON, the text of every file. It knows the
// standard library and nothing of Porchlight's own code, so that it still runs
// when that code does not build.
package main

import (
	"fmt"
	"io"
	"os"
)

const usage = `check tally FILE        read go test -json events; print what failed, and totals into FILE
check passages ID...    read one line of JSON whose "passages" has each ID
check text [DIR]        the text rules, for every file under DIR`

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 2 && args[0] == "tally":
		return tallyInto(args[1], in, out)
	case len(args) >= 2 && args[0] == "passages":
		return passages(in, args[1:])
	case len(args) == 1 && args[0] == "text":
		return text(".", out)
	case len(args) == 2 && args[0] == "text":
		return text(args[1], out)
	}
	return fmt.Errorf("usage:\n%s", usage)
}
