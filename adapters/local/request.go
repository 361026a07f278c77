package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"porchlight/bot"
)

// A request is the body of a POST.
type request struct {
	id           string // "" when there is none
	conversation string
	person       string
	text         string
	lang         string
	command      bot.Command
	private      bool
	share        bool
	explain      bool
}

const example = `{"conversation": "c1", "text": "hello"}`

// decode reads a body. It never accepts what has neither text nor command. null
// is as absent. The error is one line for the caller; it may hold a name that
// the caller wrote, so it is not for the log.
func decode(body []byte) (request, error) {
	raw, err := object(body)
	if err != nil {
		return request{}, err
	}
	r := request{private: true}
	var command string
	for _, f := range []struct {
		name string
		to   any
		want string
	}{
		{"id", &r.id, "a string"},
		{"conversation", &r.conversation, "a string"},
		{"person", &r.person, "a string"},
		{"text", &r.text, "a string"},
		{"command", &command, "a string"},
		{"lang", &r.lang, "a string, such as \"es\""},
		{"private", &r.private, "true or false"},
		{"share", &r.share, "true or false"},
		{"explain", &r.explain, "true or false"},
	} {
		v, ok := raw[f.name]
		delete(raw, f.name)
		if ok && json.Unmarshal(v, f.to) != nil {
			return request{}, fmt.Errorf("%s is of another type: want %s", f.name, f.want)
		}
		if f.name == "id" && string(v) == `""` {
			return request{}, errors.New("id is empty: leave it out, or give each message its own")
		}
	}
	if unknown := slices.Sorted(maps.Keys(raw)); len(unknown) > 0 {
		return request{}, fmt.Errorf("%+.40q is no field: use conversation, text, id, person, command, lang, private, share or explain", unknown[0])
	}
	r.command = bot.Command(command)
	return r, r.check()
}

func (r request) check() error {
	switch r.command {
	case bot.NoCommand, bot.Forget, bot.ShowTopic, bot.ShowHelp, bot.ShowAbout, bot.SetLanguage, bot.SetCountry, bot.Again:
	default: // bot.Errand, too: an adapter gives it to itself
		return errors.New("command is none: want forget, topic, help, about, lang, country or again")
	}
	if r.conversation == "" {
		return errors.New("conversation is missing: add it, a string of your choice, as in " + example)
	}
	if r.command == bot.NoCommand && strings.TrimSpace(r.text) == "" {
		return errors.New("text is missing or blank: add it, as in " + example)
	}
	return nil
}

// object reads the fields of a JSON object.
func object(body []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8: encode it so")
	}
	var raw map[string]json.RawMessage
	err := json.Unmarshal(body, &raw)
	syntax, noJSON := errors.AsType[*json.SyntaxError](err)
	switch {
	case noJSON:
		return nil, fmt.Errorf("the body is not JSON from byte %d on: send one object, as in %s", syntax.Offset, example)
	case err != nil || raw == nil:
		return nil, errors.New("the body is not a JSON object: send one, as in " + example)
	}
	return raw, nil
}
