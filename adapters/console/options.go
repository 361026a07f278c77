package console

import (
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// Options is what the faces need to know. The zero value reads standard input
// and writes standard output, without prompt, banner or colour in a pipe.
type Options struct {
	In  io.Reader // nil: os.Stdin
	Out io.Writer // nil: os.Stdout
	Err io.Writer // nil: os.Stderr; prompts and notices when Out is not a terminal
	Env []string  // as of os.Environ; nil: that
	// Color is auto, always or never; "" is auto. auto is no colour when Out is
	// not a terminal, NO_COLOR is set to anything, or TERM is empty or dumb.
	// always is a person's explicit wish and wins over the environment.
	Color string
	// Interactive gives a prompt, the banner, and Ctrl-C to the console. The
	// caller decides it, usually by IsTerminal(os.Stdin), and must then leave
	// os.Interrupt alone: Ctrl-C cancels one answer, not the program.
	Interactive bool
	Country     string // set before the first message; "" leaves it unset
	Lang        string // pinned before the first message; "" lets each message speak for itself
	Locale      string // what the system says of the person's language; a hint only
	Public      bool   // answer as in a public channel
	Explain     bool   // show why
	Banner      string // greets an interactive person
	Help        string // what /help shows; "" is a list of the commands in English
	Notices     Notices
}

// Notices are the words of the console itself, apart from replies. An empty one
// is said in English.
type Notices struct {
	Unknown   string // before an unknown command
	TraceOn   string
	TraceOff  string
	PublicOn  string
	PublicOff string
	NoSources string // /sources before any answer that has some
	Archived  string // the mark of an outdated source
	Stopped   string // after Ctrl-C during an answer
	Again     string // after Ctrl-C at an empty prompt
	Failed    string // the answer was given up
	TooLong   string // a line in a pipe beyond 1 MiB
}

func (n Notices) orEnglish() Notices {
	or := func(s *string, english string) {
		if *s == "" {
			*s = english
		}
	}
	or(&n.Unknown, "Not a command (/help lists them):")
	or(&n.TraceOn, "Each answer now shows why.")
	or(&n.TraceOff, "Answers no longer show why.")
	or(&n.PublicOn, "Answers are now as in a public channel.")
	or(&n.PublicOff, "Answers are now as in a private talk.")
	or(&n.NoSources, "The last answer has no sources.")
	or(&n.Archived, "archived, may be outdated")
	or(&n.Stopped, "Stopped.")
	or(&n.Again, "Press Ctrl-C again to leave.")
	or(&n.Failed, "This could not be answered. Please try again.")
	or(&n.TooLong, "This line is longer than 1 MiB and was left out.")
	return n
}

// filled puts the defaults in the place of what is unset.
func (o Options) filled() Options {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	o.Notices = o.Notices.orEnglish()
	return o
}

// IsTerminal tells whether f, an io.Reader or io.Writer, is a terminal.
func IsTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// env is the last value of a variable, as in a process started with o.Env.
func (o Options) env(name string) string {
	for _, kv := range slices.Backward(o.Env) {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// capable tells whether the terminal understands escape sequences.
func (o Options) capable() bool {
	switch strings.ToLower(o.env("TERM")) {
	case "", "dumb", "cons25":
		return false
	}
	return true
}

func (o Options) colored() bool {
	switch o.Color {
	case "always":
		return true
	case "never":
		return false
	}
	return IsTerminal(o.Out) && o.capable() && o.env("NO_COLOR") == ""
}

const minWidth, maxWidth, usualWidth = 40, 100, 80

// style is how a reply looks now; the window may have another width each time.
func (o Options) style() Style {
	s := Style{Color: o.colored()}
	f, ok := o.Out.(*os.File)
	if !ok || !IsTerminal(f) {
		return s
	}
	s.Width = usualWidth
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		s.Width = min(max(w, minWidth), maxWidth)
	}
	return s
}
