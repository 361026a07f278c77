package eval_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/conversation"
	"porchlight/bot/eval"
	"porchlight/knowledge"
	"porchlight/prompts"
)

var pipeline = sync.OnceValues(func() (*answer.Pipeline, error) {
	base, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		return nil, err
	}
	phrases, err := prompts.Load()
	if err != nil {
		return nil, err
	}
	memory := conversation.NewInMemory(1000, 0, nil)
	return answer.New(func() *knowledge.Base { return base }, memory, phrases), nil
})

func made(t *testing.T) *answer.Pipeline {
	t.Helper()
	p, err := pipeline()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func cases(t *testing.T) []eval.Case {
	t.Helper()
	all, err := eval.Load(eval.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSetsAreLargeEnough holds the embedded sets to the sizes that the project
// promises, both halves together.
func TestSetsAreLargeEnough(t *testing.T) {
	n, langs := map[string]int{}, map[string]bool{}
	twins := map[string]map[string]string{} // half of each wording of a pair
	for _, c := range cases(t) {
		n[c.Set]++
		n[c.Set+"."+c.Lang]++
		n[c.Half]++
		if c.Set == eval.Danger || c.Set == eval.SelfHarm {
			n["urgent"]++
			langs[c.Lang] = true
		}
		if c.Twin != "" {
			key := c.Set + c.Lang + c.Twin
			if twins[key] == nil {
				twins[key] = map[string]string{}
			}
			twins[key][c.Voice] = c.Half
		}
	}
	for what, least := range map[string]int{
		"info": 500, "info.en": 320, "info.es": 140, "urgent": 200, "disclosure": 150, "tip": 80, "refusal": 80,
		"off_topic": 200, "benign": 200, "follow": 80, "dev": 1000, "test": 1000,
	} {
		if n[what] < least {
			t.Errorf("%s: %d cases, want %d", what, n[what], least)
		}
	}
	for lang := range strings.FieldsSeq("en es zh vi tl ko ru fr pt ht ar hi") {
		if !langs[lang] {
			t.Errorf("no urgent message in %s", lang)
		}
	}
	for key, halves := range twins {
		if halves["lay"] == "" || halves["lay"] != halves["expert"] {
			t.Errorf("%s: its wordings stand in the halves %v", key, halves)
		}
	}
}

// TestTopicsExist: a case that wants a topic nobody has measures nothing.
func TestTopicsExist(t *testing.T) {
	base := made(t).Base()
	for _, c := range cases(t) {
		for _, id := range c.Topics {
			if _, ok := base.Topic(id, "en"); !ok {
				t.Errorf("%s: there is no topic %s", c.At, id)
			}
		}
	}
}

// TestGatesAreKept asks the test half, as `porchlight eval` does.
func TestGatesAreKept(t *testing.T) {
	p := made(t)
	gates, err := eval.Gates(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := eval.Run(t.Context(), p, p.Base(), cases(t), eval.Options{Half: eval.Test})
	if err != nil {
		t.Fatal(err)
	}
	r.Judge(gates)
	if len(r.Gates) != len(gates) {
		t.Errorf("%d of %d gates have cases", len(r.Gates), len(gates))
	}
	for _, v := range r.Gates {
		if !v.Kept {
			t.Errorf("%s: %d of %d", v.Name, v.Count, v.N)
		}
	}
}

// TestNoLawIsBroken asks both halves, and a flood of the same.
func TestNoLawIsBroken(t *testing.T) {
	p := made(t)
	r, err := eval.Run(t.Context(), p, p.Base(), cases(t), eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range r.Cases {
		for _, b := range o.Broken {
			t.Errorf("%s: %s", o.At, b)
		}
	}
}

func TestLoad(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for _, tt := range []struct {
		name  string
		files fstest.MapFS
		want  string // in the error; "" for none
		n     int
	}{
		{"both forms", fstest.MapFS{"danger.en.tsv": file("he has a gun\n# a remark\n\nhelp\n"), "dev/info.es.tsv": file("qué es la trata\ttopic=a,b twin=1 wording=lay\n")}, "", 3},
		{"follow-up", fstest.MapFS{"follow.en.tsv": file("what is x >> and y?\ttopic=y\n")}, "", 1},
		{"nothing", fstest.MapFS{"notes.txt": file("x")}, "no set is there", 0},
		{"unknown set", fstest.MapFS{"poems.en.tsv": file("x")}, "the sets are", 0},
		{"half", fstest.MapFS{"third/danger.en.tsv": file("x")}, "name it", 0},
		{"no topic", fstest.MapFS{"info.en.tsv": file("what is x\n")}, "info.en.tsv:1: say which topic", 0},
		{"bad kind", fstest.MapFS{"tip.en.tsv": file("x\tkind=sad\n")}, "kind \"sad\"", 0},
		{"bad field", fstest.MapFS{"tip.en.tsv": file("x\tkinds\n")}, "write name=value", 0},
		{"unknown field", fstest.MapFS{"tip.en.tsv": file("x\tmood=sad\n")}, "it may be", 0},
		{"bad wording", fstest.MapFS{"info.en.tsv": file("x\ttopic=a wording=odd\n")}, "lay or expert", 0},
		{"twice", fstest.MapFS{"tip.en.tsv": file("x\nx\n")}, "tip.en.tsv:2: the same message stands at tip.en.tsv:1", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := eval.Load(tt.files)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if len(got) != tt.n {
				t.Errorf("%d cases, want %d", len(got), tt.n)
			}
		})
	}
}

// TestWilson: values from a table of score intervals.
func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		right, n  int
		low, high float64
	}{{0, 0, 0, 1}, {0, 10, 0, 0.2775}, {10, 10, 0.7225, 1}, {50, 100, 0.4038, 0.5962}, {81, 263, 0.2553, 0.3662}} {
		got := eval.Wilson(tt.right, tt.n)
		if math.Abs(got.Low-tt.low) > 0.0005 || math.Abs(got.High-tt.high) > 0.0005 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", tt.right, tt.n, got.Low, got.High, tt.low, tt.high)
		}
	}
}

// fixed answers everything alike.
type fixed struct {
	reply bot.Reply
	err   error
}

func (f fixed) Answer(context.Context, bot.Message) iter.Seq2[bot.Reply, error] {
	return func(yield func(bot.Reply, error) bool) { yield(f.reply, f.err) }
}

// TestEveryWrongIsSeen: a program that answers everything alike passes no set.
func TestEveryWrongIsSeen(t *testing.T) {
	p := made(t)
	for _, kind := range []bot.Kind{bot.Danger, bot.Answer, bot.OffTopic, bot.Refusal} {
		r, err := eval.Run(t.Context(), fixed{reply: bot.Reply{Kind: kind, Urgent: kind.Urgent(), Final: true}}, p.Base(), cases(t), eval.Options{Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for _, row := range r.Rows {
			if row.Right < row.N/2 {
				wrong++
			}
			if row.Broken != row.N {
				t.Errorf("%s: %s: %d of %d hollow replies break a law", kind, row.Set, row.Broken, row.N)
			}
		}
		if wrong < 6 {
			t.Errorf("%s to everything fails only %d sets", kind, wrong)
		}
	}
	if _, err := eval.Run(t.Context(), fixed{err: errors.New("no")}, p.Base(), cases(t)[:1], eval.Options{}); err == nil {
		t.Error("an answer that failed is not told")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := eval.Run(ctx, p, p.Base(), cases(t), eval.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func small(t *testing.T) *eval.Report {
	t.Helper()
	p := made(t)
	own, err := eval.Load(fstest.MapFS{
		"danger.en.tsv": {Data: []byte("he has a gun & <b>he</b> is coming\n")},
		"info.en.tsv":   {Data: []byte("what is debt bondage\ttopic=debt-bondage\nwhat is a t visa\ttopic=wear-blue-day\n")},
		"follow.en.tsv": {Data: []byte("what is a t visa >> tell me more\ttopic=t-visa\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := eval.Run(t.Context(), p, p.Base(), own, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Judge([]eval.Gate{{Name: "topics", Sets: []string{"info"}, Measure: "right", Keep: 0.9, Aim: 1}})
	return r
}

func TestReport(t *testing.T) {
	r := small(t)
	if r.Kept() || len(r.Misses()) != 1 || r.Misses()[0].Why != "answered with t-visa" {
		t.Errorf("kept %t, misses %+v", r.Kept(), r.Misses())
	}
	var text, page, data bytes.Buffer
	if err := errors.Join(r.Text(&text), r.HTML(&page), r.JSON(&data)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"BROKEN", "1 of 4 went wrong", "answered with t-visa"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, &text)
		}
	}
	html := page.String()
	if strings.Contains(html, "<b>he</b>") || regexp.MustCompile(`(?i)(src|href)=|https?://|url\(`).MatchString(html) {
		t.Error("the page takes markup from a case, or needs something from elsewhere")
	}
	for _, want := range []string{"<svg", "name=\"viewport\"", "@media print", "answered with t-visa"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	back, err := eval.ReadJSON(&data)
	if err != nil || len(back.Cases) != len(r.Cases) || back.Cases[0].ID != r.Cases[0].ID {
		t.Errorf("read back: %v %+v", err, back)
	}
	if _, err := eval.ReadJSON(strings.NewReader("{")); err == nil {
		t.Error("half a report is read")
	}
}

func TestCompare(t *testing.T) {
	before, now := small(t), small(t)
	now.Compare(before)
	if c := now.Compared; len(c.Better)+len(c.Worse)+len(c.Changed)+c.Added+c.Gone != 0 {
		t.Errorf("a run differs from itself: %+v", c)
	}
	before.Cases[0].Right = !before.Cases[0].Right
	before.Cases[1].Answer = "other"
	before.Cases[2].ID = "gone"
	now.Compare(before)
	var text bytes.Buffer
	if err := now.Text(&text); err != nil {
		t.Fatal(err)
	}
	if c := now.Compared; len(c.Better)+len(c.Worse) != 1 || len(c.Changed) != 1 || c.Added != 1 || c.Gone != 1 {
		data, _ := json.Marshal(c)
		t.Errorf("%s", data)
	}
	if !strings.Contains(text.String(), "1 with another answer, 1 new, 1 gone") {
		t.Errorf("%s", &text)
	}
}

func TestGatesFile(t *testing.T) {
	for _, bad := range []string{"- {name: x, measure: mood}", "- {name: x, sets: [poems], measure: right}", "name: x"} {
		if _, err := eval.Gates([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	data, err := os.ReadFile("gates.yaml")
	if err != nil {
		t.Fatal(err)
	}
	gates, err := eval.Gates(data)
	if err != nil || len(gates) < 10 {
		t.Errorf("%d gates, %v", len(gates), err)
	}
}
