package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"porchlight/bot"
)

var tookUS = regexp.MustCompile(`"took_us":\d+`)

// jsonl runs the machine form and returns its lines.
func jsonl(t *testing.T, o Options, input string, ans bot.Answerer) []string {
	t.Helper()
	var out lockedBuffer
	o.In, o.Out = strings.NewReader(input), &out
	if err := serve(t, NewJSONL(o), ans); err != nil {
		t.Fatal(err)
	}
	if out.String() == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(tookUS.ReplaceAllString(out.String(), `"took_us":0`), "\n"), "\n")
}

func TestJSONLRecord(t *testing.T) {
	r := samples()["answer"]
	r.Flags = []string{"typo"}
	r.Passages = append(r.Passages, bot.Passage{ID: "odd", Score: math.NaN()}, bot.Passage{ID: "old", Sources: []bot.Citation{news}})
	r.Explanation = samples()["explained"].Explanation
	lines := jsonl(t, Options{}, `{"id":"a<b>&c","text":"x"}`, says(func(bot.Message) bot.Reply { return r }))
	golden(t, "record", strings.Join(lines, "\n")+"\n")
}

func TestJSONLProtocol(t *testing.T) {
	ok := func(id, text string) string {
		return `{"id":` + id + `,"kind":"answer","flags":[],"lang":"en","text":` + text +
			`,"private":true,"passages":[],"resources":[],"suggestions":[],"mode":"offline","took_us":0}`
	}
	bad := func(id, why string) string { return `{"id":` + id + `,"error":"` + why + `"}` }
	const idWant, textWant = "id: want a string or a number", "text: want a string"
	for _, c := range []struct{ name, in, want string }{
		{"text alone", `{"text":"one"}`, ok(`"1"`, `"text=one"`)},
		{"id", `{"id":"x","text":"one"}`, ok(`"x"`, `"text=one"`)},
		{"a number as id", `{"id":7.0,"text":"one"}`, ok(`7.0`, `"text=one"`)},
		{"empty id", `{"id":"","text":"one"}`, ok(`""`, `"text=one"`)},
		{"null is as absent", `{"id":null,"thread":null,"public":null,"locale":null,"text":"one"}`, ok(`"1"`, `"text=one"`)},
		{"id of another kind", `{"id":[1],"text":"one"}`, bad(`"1"`, idWant)},
		{"unknown fields", `{"text":"one","more":{"a":[1]}}`, ok(`"1"`, `"text=one"`)},
		{"all fields", `{"text":"one","thread":"t","public":true,"locale":"de"}`, ok(`"1"`, `"text=one public lang=de"`)},
		{"carriage return, byte order mark", "\uFEFF" + `{"text":"one"}` + "\r", ok(`"1"`, `"text=one"`)},
		{"empty text", `{"text":""}`, ok(`"1"`, `"text="`)},
		{"spaces only", `{"text":"  "}`, ok(`"1"`, `"text="`)},
		{"command", `{"command":"topic"}`, ok(`"1"`, `"text= command=topic"`)},
		{"unknown command", `{"id":"x","command":"rm","text":""}`, bad(`"x"`, "command: want forget, topic, help, lang or country")},
		{"text missing", `{"id":"x"}`, bad(`"x"`, "text is missing")},
		{"text null", `{"text":null}`, bad(`"1"`, "text is missing")},
		{"text of another kind", `{"id":"x","text":1}`, bad(`"x"`, textWant)},
		{"public of another kind", `{"text":"a","public":"yes"}`, bad(`"1"`, "public: want true or false")},
		{"thread of another kind", `{"text":"a","thread":{}}`, bad(`"1"`, "thread: want a string or a number")},
		{"no JSON", `text`, bad(`"1"`, "not a JSON object")},
		{"cut off", `{"text":"on`, bad(`"1"`, "not a JSON object")},
		{"two objects", `{"text":"a"}{"text":"b"}`, bad(`"1"`, "not a JSON object")},
		{"a list", `[]`, bad(`"1"`, "not a JSON object")},
		{"null", `null`, bad(`"1"`, "not a JSON object")},
		{"an empty line", "\n", bad(`"1"`, "not a JSON object")},
		{"deep", strings.Repeat("[", 100_000), bad(`"1"`, "not a JSON object")},
		{"not UTF-8", "{\"id\":\"\xff\",\"text\":\"a\xffb\"}", ok(`"�"`, `"text=a�b"`)},
		{"lone surrogate", `{"text":"\ud800"}`, ok(`"1"`, `"text=�"`)},
		{"what steers a terminal is escaped", `{"id":"\u001b\u009b\u202e","text":"\u001b[2J\u007f"}`, ok(`"\u001b\u009b\u202e"`, `"text=\u001b[2J\u007f"`)},
		{"no HTML escapes", `{"text":"<&>"}`, ok(`"1"`, `"text=<&>"`)},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(jsonl(t, Options{}, c.in, says(echo)), "\n"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestJSONLGoesOnAfterBadLines(t *testing.T) {
	long := strings.Repeat("x", maxLine-len(`{"text":""}`))
	in := strings.Join([]string{`{"text":"one"}`, `{`, `{"text":"` + long + `"}`, `{"text":"` + long + `x"}`, "", `{"id":"last","text":"two"}`}, "\n")
	lines := jsonl(t, Options{}, in, says(echo))
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, want := range []string{`"text":"text=one"`, `{"id":"2","error":"not a JSON object"}`, `"text":"text=xxx`,
		`{"id":"4","error":"the line is longer than 1 MiB"}`, `{"id":"5","error":"not a JSON object"}`, `{"id":"last"`} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d has no %s: %.80s", i+1, want, lines[i])
		}
	}
}

func TestJSONLConversations(t *testing.T) {
	talks := map[string]bot.ConversationID{}
	messages := map[bot.MessageID]bool{}
	var got []string
	var mu sync.Mutex
	jsonl(t, Options{Country: "US", Lang: "es"}, strings.Join([]string{
		`{"text":"a","thread":"t"}`, `{"text":"b","thread":"t","country":"MX"}`, `{"text":"c"}`, `{"text":"d"}`,
		`{"text":"e","id":"same","thread":7}`, `{"text":"f","id":"same","thread":"line"}`,
	}, "\n"), answers(func(ctx context.Context, m bot.Message) bot.Replies {
		mu.Lock()
		defer mu.Unlock()
		if messages[m.ID] {
			t.Errorf("message id twice, for %s", m.Text)
		}
		messages[m.ID] = true
		if m.Command == bot.NoCommand {
			talks[m.Text] = m.Conversation
		}
		if m.Conversation == talks["a"] || m.Text == "b" || m.Text == "a" {
			got = append(got, string(m.Command)+"="+m.Text)
		}
		return says(echo)(ctx, m)
	}))
	if talks["a"] != talks["b"] {
		t.Error("one thread became two conversations")
	}
	delete(talks, "b")
	seen := map[bot.ConversationID]string{}
	for text, id := range talks {
		if other, ok := seen[id]; ok || len(id) != 26 {
			t.Errorf("%s and %s are one conversation %q", text, other, id)
		}
		seen[id] = text
	}
	if s := strings.Join(got, " "); !strings.HasSuffix(s, "=a country=MX lang=es =b") {
		t.Errorf("in the thread: %s", s)
	}
}

func TestJSONLOrderAndWindow(t *testing.T) {
	const lines = 1000
	var in strings.Builder
	for i := range lines {
		fmt.Fprintf(&in, `{"id":%d,"text":"%d","thread":"%d"}`+"\n", i, i, i%100)
	}
	var out lockedBuffer
	j := NewJSONL(Options{In: strings.NewReader(in.String()), Out: &out})
	// The first line is answered when as many others as may run beside it have
	// been; with a wider window this would count on, and with none it would hang.
	var others atomic.Int32
	go1 := make(chan struct{})
	ans := answers(func(ctx context.Context, m bot.Message) bot.Replies {
		if m.Text == "0" {
			<-go1
			if n := others.Load(); n != window-1 {
				t.Errorf("%d lines ran beside the first", n)
			}
		} else if others.Add(1) == window-1 {
			close(go1)
		}
		return says(echo)(ctx, m)
	})
	if err := serve(t, j, ans); err != nil {
		t.Fatal(err)
	}
	n := 0
	for l := range strings.Lines(out.String()) {
		if !strings.HasPrefix(l, `{"id":`+strconv.Itoa(n)+`,`) {
			t.Fatalf("line %d is %.40s", n, l)
		}
		n++
	}
	if n != lines {
		t.Errorf("%d lines", n)
	}
}

func TestJSONLFailures(t *testing.T) {
	in := `{"text":"good"}` + "\n" + `{"id":"b","text":"bad"}` + "\n" + `{"text":"good"}`
	lines := jsonl(t, Options{}, in, failing(100, func() {}))
	if len(lines) != 3 || lines[1] != `{"id":"b","error":"could not be answered"}` {
		t.Errorf("got %q", lines)
	}
	lines = jsonl(t, Options{}, in, failing(2, func() { panic("no") }))
	if len(lines) != 3 || !strings.Contains(lines[1], `"text":"text=bad"`) {
		t.Errorf("got %q", lines)
	}
}

func TestJSONLTook(t *testing.T) {
	var out lockedBuffer
	j := NewJSONL(Options{In: strings.NewReader(`{"text":"a"}`), Out: &out})
	clock := time.Unix(0, 0)
	j.now = func() time.Time { clock = clock.Add(time.Millisecond); return clock }
	if err := serve(t, j, says(echo)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"took_us":2000}`) { // accepted, sent, answered
		t.Errorf("got %s", out.String())
	}
}

// generator writes n lines without holding them.
type generator struct {
	n, at int
	left  []byte
}

func (g *generator) Read(p []byte) (int, error) {
	for len(g.left) == 0 {
		if g.at == g.n {
			return 0, io.EOF
		}
		g.at++
		g.left = fmt.Appendf(g.left[:0], `{"id":"%d","text":"my boss has my passport, number %d","thread":"%d"}`+"\n", g.at, g.at, g.at)
	}
	n := copy(p, g.left)
	g.left = g.left[n:]
	return n, nil
}

// counter checks the order of lines and measures the heap on the way.
type counter struct {
	t     *testing.T
	lines int
	heap  []uint64
}

func (c *counter) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		c.lines++
		if !bytes.HasPrefix(line, fmt.Appendf(nil, `{"id":"%d",`, c.lines)) {
			c.t.Errorf("line %d is %.30s", c.lines, line)
		}
		if c.lines%20_000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			c.heap = append(c.heap, m.HeapAlloc)
		}
	}
	return len(p), nil
}

func TestJSONLMemoryStaysFlat(t *testing.T) {
	const lines = 100_000
	out := &counter{t: t}
	if err := serve(t, NewJSONL(Options{In: &generator{n: lines}, Out: out}), says(echo)); err != nil {
		t.Fatal(err)
	}
	if out.lines != lines {
		t.Errorf("%d lines", out.lines)
	}
	first, last := out.heap[0], out.heap[len(out.heap)-1]
	t.Logf("heap after each 20,000 lines: %d", out.heap)
	if last > first+512<<10 {
		t.Errorf("the heap grew from %d to %d bytes", first, last)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"text":"a"}`, `{"id":1e3,"text":"\ud800"}`, `{"id":"\u009b","thread":"x","text":"a","public":true}`, "{", "\xff", `{"ID":2,"Text":"a"}`, `{"id":-0,"command":"help"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := decode(line)
		if !utf8.ValidString(r.text) || !utf8.ValidString(r.thread) {
			t.Errorf("%q gives text that is no UTF-8", line)
		}
		if r.id == nil {
			r.id = "1"
		}
		var out []byte
		if err != nil {
			out = encode(failure{r.id, err.Error()})
		} else {
			out = encode(newRecord(r.id, echo(bot.Message{Text: r.text}), 0))
		}
		if !json.Valid(out) || !utf8.Valid(out) || bytes.IndexByte(out, '\n') != len(out)-1 {
			t.Errorf("%q is answered with %q", line, out)
		}
		if i := bytes.IndexFunc(out[:len(out)-1], steers); i >= 0 {
			t.Errorf("%q holds a control character at %d", out, i)
		}
	})
}
