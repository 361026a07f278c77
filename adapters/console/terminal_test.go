//go:build unix

package console

import (
	"context"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"porchlight/bot"
)

// The test binary is the program at the other end of the pseudo-terminal.
const terminalEnv = "PORCHLIGHT_TEST_TERMINAL"

func TestMain(m *testing.M) {
	if os.Getenv(terminalEnv) != "" {
		os.Exit(onTerminal())
	}
	os.Exit(m.Run())
}

func onTerminal() int {
	c := New(Options{Interactive: true, Banner: "Welcome."})
	ans := answers(func(ctx context.Context, m bot.Message) bot.Replies {
		if m.Text != "slow" {
			return says(func(m bot.Message) bot.Reply {
				r := echo(m)
				r.Lead = "Answer."
				return r
			})(ctx, m)
		}
		return func(yield func(bot.Reply, error) bool) {
			yield(bot.Reply{Lead: "Begun."}, nil)
			<-ctx.Done()
			yield(bot.Reply{}, ctx.Err())
		}
	})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := bot.Serve(ctx, newMemory(2), c.Interruptible(ans), c); err != nil {
		return 1
	}
	return 0
}

// terminal is a program on a pseudo-terminal.
type terminal struct {
	t      *testing.T
	ptmx   *os.File
	tty    *os.File
	before *term.State
	cmd    *exec.Cmd

	mu      sync.Mutex
	changed chan struct{}
	shown   string
	read    int // how much of it a test has seen
}

func openTerminal(t *testing.T, env ...string) *terminal {
	t.Helper()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	t.Cleanup(func() { ptmx.Close(); tty.Close() })
	if err := pty.Setsize(ptmx, &pty.Winsize{Rows: 24, Cols: 60}); err != nil {
		t.Fatal(err)
	}
	// Without this the kernel may throw away what is written right after Ctrl-C.
	stty := exec.CommandContext(t.Context(), "stty", "noflsh")
	stty.Stdin = tty
	if err := stty.Run(); err != nil {
		t.Skip("no stty here: ", err)
	}
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append([]string{terminalEnv + "=1", "TERM=xterm-256color"}, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, ptmx: ptmx, tty: tty, before: before, cmd: cmd, changed: make(chan struct{}, 1)}
	go x.watch()
	return x
}

func (x *terminal) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := x.ptmx.Read(buf)
		x.mu.Lock()
		x.shown += string(buf[:n])
		x.mu.Unlock()
		select {
		case x.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// see waits until the text stands on the screen, after all that was seen.
func (x *terminal) see(want string) {
	x.t.Helper()
	late := time.After(20 * time.Second)
	for {
		x.mu.Lock()
		i := strings.Index(x.shown[x.read:], want)
		if i >= 0 {
			x.read += i + len(want)
		}
		rest := x.shown[x.read:]
		x.mu.Unlock()
		if i >= 0 {
			return
		}
		select {
		case <-x.changed:
		case <-late:
			x.t.Fatalf("no %q in %q", want, rest)
		}
	}
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.ptmx, keys); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the program and checks that it left the terminal as it was.
func (x *terminal) ends() (shown string) {
	x.t.Helper()
	if err := x.cmd.Wait(); err != nil {
		x.t.Errorf("the program ended with %v", err)
	}
	after, err := term.GetState(int(x.tty.Fd()))
	if err != nil {
		x.t.Fatal(err)
	}
	if !reflect.DeepEqual(after, x.before) {
		x.t.Errorf("the terminal is %+v, was %+v", after, x.before)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.shown
}

const ctrlC, ctrlD, ctrlR, up = "\x03", "\x04", "\x12", "\x1b[A"

var colors = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestTerminal(t *testing.T) {
	x := openTerminal(t)
	x.see("Welcome.")
	x.see("> ")
	x.press("one\r")
	x.see("\x1b[1mAnswer.\x1b[0m")
	x.see("text=one")
	x.see("> ")
	x.press("/tr\t\r")
	x.see("Each answer now shows why.")
	x.see("> ")
	x.press(up + up + "\r") // the history has the first question
	x.see("text=one")
	x.see("why")
	x.see("> ")
	x.press(ctrlR + "on\r")
	x.see("text=one")
	x.see("> ")
	x.press("slow\r")
	x.see("Begun.")
	x.press(ctrlC)
	x.see("Stopped.")
	x.see("> ")
	x.press("half a quest")
	x.see("half a quest") // it reads keys by now; before, Ctrl-C is a signal
	x.press(ctrlC)
	x.see("Press Ctrl-C again to leave.")
	x.see("> ")
	x.press("two\r")
	x.see("text=two")
	x.see("> ")
	x.press(ctrlD)
	x.ends()
}

func TestTerminalCtrlCTwice(t *testing.T) {
	x := openTerminal(t)
	x.see("> ")
	x.press(ctrlC)
	x.see("again")
	x.see("> ")
	x.press("x")
	x.see("x")
	x.press(ctrlC) // a line in between, though never sent, is no question
	x.ends()
}

func TestTerminalNoColor(t *testing.T) {
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		x := openTerminal(t, env)
		x.see("> ")
		x.press("one\r")
		x.see("Answer.")
		x.see("> ")
		x.press(ctrlD)
		shown := x.ends()
		if c := colors.FindString(shown); c != "" {
			t.Errorf("%s: colour %q in %q", env, c, shown)
		}
		if env == "TERM=dumb" && strings.Contains(shown, "\x1b") {
			t.Errorf("%s: an escape in %q", env, shown)
		}
	}
}

func TestTerminalIsRestoredWhenAsked(t *testing.T) {
	x := openTerminal(t)
	x.see("> ")
	if err := x.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	x.ends()
}
