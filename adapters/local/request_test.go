package local

import (
	"strings"
	"testing"
	"unicode/utf8"

	"porchlight/bot"
)

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       request
	}{
		{"the least", `{"conversation":"c","text":"hello"}`, request{conversation: "c", text: "hello", private: true}},
		{"everything", `{"id":"1","conversation":"c","person":"p","text":" é\n","command":"topic","lang":"es","private":false,"share":true,"explain":true}`,
			request{id: "1", conversation: "c", person: "p", text: " é\n", lang: "es", command: bot.ShowTopic, share: true, explain: true}},
		{"a command needs no text", ` {"conversation":"c","command":"forget"} `, request{conversation: "c", command: bot.Forget, private: true}},
		{"null is as absent", `{"id":null,"conversation":"c","person":null,"text":"a","command":null,"lang":null,"private":null,"share":null,"explain":null}`,
			request{conversation: "c", text: "a", private: true}},
		{"escapes", `{"conversation":"\u0063","text":"\ud83d\udc4b \ud800"}`, request{conversation: "c", text: "👋 \uFFFD", private: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := decode([]byte(test.body))
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	const fields = " is no field: use conversation, text, id, person, command, lang, private, share or explain"
	const like = ` as in {"conversation": "c1", "text": "hello"}`
	const notJSON, notObject = ": send one object," + like, "the body is not a JSON object: send one," + like
	for _, test := range []struct{ name, body, want string }{
		{"nothing", ``, "the body is not JSON from byte 0 on" + notJSON},
		{"no JSON", `hello`, "the body is not JSON from byte 1 on" + notJSON},
		{"cut off", `{"text":"on`, "the body is not JSON from byte 11 on" + notJSON},
		{"two objects", `{} {}`, "the body is not JSON from byte 4 on" + notJSON},
		{"deep", strings.Repeat("[", maxBody), "the body is not JSON from byte 10001 on" + notJSON},
		{"a list", `[]`, notObject},
		{"null", `null`, notObject},
		{"not UTF-8", "{\"text\":\"\xff\"}", "the body is not UTF-8: encode it so"},
		{"no conversation", `{"text":"a"}`, "conversation is missing: add it, a string of your choice," + like},
		{"an empty one", `{"conversation":"","text":"a"}`, "conversation is missing: add it, a string of your choice," + like},
		{"no text", `{"conversation":"c"}`, "text is missing or blank: add it," + like},
		{"blank text", `{"conversation":"c","text":" \n\u00a0"}`, "text is missing or blank: add it," + like},
		{"an empty id", `{"id":"","conversation":"c","text":"a"}`, "id is empty: leave it out, or give each message its own"},
		{"a number as id", `{"id":1,"conversation":"c","text":"a"}`, "id is of another type: want a string"},
		{"private is no bool", `{"private":"yes"}`, "private is of another type: want true or false"},
		{"lang is no string", `{"lang":[]}`, `lang is of another type: want a string, such as "es"`},
		{"unknown command", `{"conversation":"c","text":"a","command":"rm"}`, "command is none: want forget, topic, help, about, lang, country or again"},
		{"an adapter's own", `{"conversation":"c","command":"errand"}`, "command is none: want forget, topic, help, about, lang, country or again"},
		{"unknown fields", `{"conversation":"c","txet":"a","zz":1}`, `"txet"` + fields},
		{"a name in capitals", `{"Text":"a"}`, `"Text"` + fields},
		{"a strange name", `{"` + strings.Repeat("é\\n", 100) + `":1}`, `"` + strings.Repeat(`\u00e9\n`, 20) + `"` + fields},
	} {
		t.Run(test.name, func(t *testing.T) {
			if r, err := decode([]byte(test.body)); err == nil {
				t.Errorf("accepted as %+v", r)
			} else if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"conversation":"c","text":"a"}`, `{"conversation":"c","command":"help"}`, `{"id":"\ud800","conversation":"c","text":"\u00a0"}`,
		`{"text":"a","text":""}`, `{"a\nb":1}`, "{", "\xff", "null", `{"private":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := decode(body)
		switch {
		case err != nil:
			if s := err.Error(); strings.ContainsAny(s, "\r\n") || len(s) > 400 || !utf8.ValidString(s) {
				t.Errorf("not one short line: %q", s)
			}
		case strings.TrimSpace(r.text) == "" && r.command == bot.NoCommand:
			t.Errorf("%q is accepted and says nothing", body)
		case r.conversation == "":
			t.Errorf("%q is accepted and has no conversation", body)
		case !utf8.ValidString(r.text):
			t.Errorf("%q has a text that is not UTF-8", body)
		}
	})
}
