package slack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/bot"
)

// An example is what Slack sends, in one of its forms.
type example struct {
	Form    string          `json:"form"`
	Payload json.RawMessage `json:"payload"`
}

// examples are those of testdata/events, by name.
func examples(t testing.TB) map[string]example {
	t.Helper()
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	all := map[string]example{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var x example
		if err := json.Unmarshal(raw, &x); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all[strings.TrimSuffix(filepath.Base(f), ".json")] = x
	}
	return all
}

// reader is an adapter that reads, under names that show what they are made of.
func reader() *Adapter {
	a := New(Options{
		BotToken: "xoxb-1", AppToken: "xapp-1",
		Name: func(kind string, parts ...string) string { return kind + "(" + strings.Join(parts, " ") + ")" },
	})
	a.team, a.user = "T0WORK0001", "U0PORCH001"
	return a
}

// TestRead holds what is made of each example against a golden file: a review of
// it is one of what is a question, and of who gets the answer where.
func TestRead(t *testing.T) {
	a := reader()
	all := examples(t)
	var b strings.Builder
	for _, name := range sorted(all) {
		x := all[name]
		m, ok, err := a.read(x.Form, x.Payload)
		fmt.Fprintf(&b, "%s\n", name)
		switch {
		case err != nil:
			fmt.Fprintf(&b, "  %v\n", err)
		case !ok:
			b.WriteString("  asks nothing\n")
		default:
			fmt.Fprintf(&b, "  %s\n  %s\n  %s\n  %s\n", m.ID, m.Conversation, m.Person, m.From.Place)
			fmt.Fprintf(&b, "  command %q text %q private %v share %v\n", m.Command, m.Text, m.Private, m.Share)
		}
	}
	golden(t, "events/read", b.String())
}

func sorted(all map[string]example) (names []string) {
	files, _ := filepath.Glob("testdata/events/*.json") // sorted
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	return names
}

// TestReadForm expects the same of a form over HTTP as of a socket's JSON.
func TestReadForm(t *testing.T) {
	a := reader()
	for name, x := range examples(t) {
		kind, body := "application/json; charset=utf-8", []byte(x.Payload)
		switch x.Form {
		case formSlash:
			var fields map[string]string
			if err := json.Unmarshal(x.Payload, &fields); err != nil {
				t.Fatal(err)
			}
			v := url.Values{}
			for k, s := range fields {
				v.Set(k, s)
			}
			kind, body = "application/x-www-form-urlencoded", []byte(v.Encode())
		case formButton:
			kind, body = "application/x-www-form-urlencoded", []byte(url.Values{"payload": {string(x.Payload)}}.Encode())
		}
		form, raw := a.form(kind, body)
		got, ok, err := a.read(form, raw)
		want, wantOK, wantErr := a.read(x.Form, x.Payload)
		got.At = want.At
		if form != x.Form || got != want || ok != wantOK || (err == nil) != (wantErr == nil) {
			t.Errorf("%s over HTTP is %s %v %v, over a socket %s %v %v", name, form, ok, err, x.Form, wantOK, wantErr)
		}
	}
}

// FuzzRead expects that nothing breaks on what anybody may send, and that what is
// a message is a whole one.
func FuzzRead(f *testing.F) {
	for _, x := range examples(f) {
		f.Add(x.Form, []byte(x.Payload))
	}
	for _, raw := range []string{
		``, `null`, `[]`, `0`, `"x"`, `{}`, `{"event":null}`, `{"event":{"type":"message","channel":{},"user":"U1","ts":"1"}}`,
		`{"authorizations":[null],"event":{"type":"message","channel":"D1","channel_type":"im","user":"U1","ts":"1","text":"<@|<!^>&#x110000;"}}`,
		`{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"why:","value":"|||||"}]}`,
		`{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":":","value":":"}]}`, "{\"text\":\"\xff\"}",
	} {
		for _, form := range []string{formEvent, formSlash, formButton, ""} {
			f.Add(form, []byte(raw))
		}
	}
	a := reader()
	f.Fuzz(func(t *testing.T, form string, raw []byte) {
		for _, form := range []string{form, formEvent, formSlash, formButton} {
			m, ok, err := a.read(form, raw)
			if ok && err != nil {
				t.Fatal("a message and an error")
			}
			if !ok {
				continue
			}
			if m.ID == "" || m.Conversation == "" || m.From.Adapter != name || m.At.IsZero() {
				t.Fatalf("half a message: %#v", m)
			}
			if m.Text == "" && m.Command == bot.NoCommand {
				t.Fatal("a message that says nothing")
			}
			if _, err := placeOf(m.From); err != nil {
				t.Fatalf("a place that cannot be read: %v", err)
			}
			if strings.TrimSpace(m.Text) != m.Text && m.Command == bot.NoCommand && form != formButton {
				t.Fatalf("space around %q", m.Text)
			}
		}
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", ""} {
			form, body := a.form(kind, raw)
			_, _, _ = a.read(form, body)
			_ = challenge(form, body)
		}
	})
}
