package discordtwin_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"porchlight/adapters/discord/discordtwin"
)

const global, inHome = "applications/" + discordtwin.App + "/commands", "applications/" + discordtwin.App + "/guilds/" + discordtwin.Home + "/commands"

func ask(more obj) obj {
	c := obj{"name": "ask", "description": "Ask a question", "options": []any{
		obj{"type": 3, "name": "question", "description": "Your question", "required": true},
	}}
	maps.Copy(c, more)
	return c
}

func TestRegisters(t *testing.T) {
	w := start(t, discordtwin.Options{})
	all := []any{
		ask(obj{
			"name_localizations": obj{"es-ES": "preguntar"}, "contexts": []any{0, 1, 2}, "integration_types": []any{0, 1},
			"default_member_permissions": "32",
		}),
		obj{"type": 3, "name": "Ask about this privately"},
	}
	s := w.call("PUT", global, all)
	same(t, "registered", len(at[[]any](s.body)), 2)
	same(t, "localised", at[string](s.body, "0", "name_localizations", "es-ES"), "preguntar")
	id := at[string](s.body, "0", "id")
	same(t, "same id", at[string](w.call("PUT", global, all).body, "0", "id"), id)
	same(t, "not localised", len(at[obj](w.call("GET", global, nil).body, "0", "name_localizations")), 0)
	same(t, "localised", len(at[obj](w.call("GET", global+"?with_localizations=true", nil).body, "0", "name_localizations")), 1)

	e := w.Command(discordtwin.General, discordtwin.Ana, "ask", discordtwin.Option{Name: "question", Value: "?"})
	same(t, "id", at[string](e.Data, "data", "id"), id)
	if !panics(func() { w.Command(discordtwin.General, discordtwin.Ana, "no") }) ||
		!panics(func() {
			w.Command(discordtwin.General, discordtwin.Ana, "ask", discordtwin.Option{Name: "no", Value: "?"})
		}) {
		t.Error("one can use what is not registered")
	}
	same(t, "one more", w.call("POST", inHome, ask(nil)).status, 201)
	same(t, "replaced", w.call("POST", inHome, ask(obj{"description": "Ask"})).status, 200)
	e = w.Command(discordtwin.General, discordtwin.Ana, "ask", discordtwin.Option{Name: "question", Value: "?"})
	same(t, "guild", at[string](e.Data, "data", "guild_id"), discordtwin.Home)
	here := text(w.Commands(discordtwin.Home)[0]["id"])
	same(t, "deleted", w.call("DELETE", inHome+"/"+here, nil).status, 204)
	w.is(w.call("DELETE", inHome+"/"+here, nil), 404, 10063)
	w.is(w.call("GET", "applications/1/commands", nil), 403, 20012)
	w.is(w.call("PUT", "applications/"+discordtwin.App+"/guilds/1/commands", all), 403, 50001)
	same(t, "none", len(at[[]any](w.call("PUT", global, []any{}).body)), 0)
}

func text(v any) string { s, _ := v.(string); return s }

func TestCommandsThatAreWrong(t *testing.T) {
	w := start(t, discordtwin.Options{Forgive: true})
	option := func(more obj) []any {
		o := obj{"type": 3, "name": "o", "description": "d"}
		maps.Copy(o, more)
		return []any{o}
	}
	choices := func(n int) (c []any) {
		for i := range n {
			c = append(c, obj{"name": strconv.Itoa(i), "value": strings.Repeat("x", 100)})
		}
		return c
	}
	for path, test := range map[string]struct {
		code string
		c    obj
	}{
		"0.name":                         {"APPLICATION_COMMAND_INVALID_NAME", ask(obj{"name": "Ask"})},
		"0.description":                  {"BASE_TYPE_BAD_LENGTH", ask(obj{"description": strings.Repeat("x", 101)})},
		"0.name_localizations":           {"ENUM_TYPE_COERCE", ask(obj{"name_localizations": obj{"es": "x"}})},
		"0.name_localizations.es-ES":     {"APPLICATION_COMMAND_INVALID_NAME", ask(obj{"name_localizations": obj{"es-ES": "dos palabras"}})},
		"0.description_localizations.de": {"BASE_TYPE_BAD_LENGTH", ask(obj{"description_localizations": obj{"de": ""}})},
		"0.contexts.0":                   {"BASE_TYPE_CHOICES", ask(obj{"contexts": []any{3}})},
		"0.integration_types.0":          {"BASE_TYPE_CHOICES", ask(obj{"integration_types": []any{2}})},
		"0.type":                         {"BASE_TYPE_CHOICES", ask(obj{"type": 5})},
		"0.options":                      {"APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", ask(obj{"options": append(option(nil), option(obj{"name": "p", "required": true})...)})},
		"0.options.1.name":               {"APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", ask(obj{"options": slices.Repeat(option(nil), 2)})},
		"0.options.0.type":               {"BASE_TYPE_CHOICES", ask(obj{"options": option(obj{"type": 12})})},
		"0.options.0.choices":            {"BASE_TYPE_MAX_LENGTH", ask(obj{"options": option(obj{"choices": choices(26)})})},
		"0.options.0.autocomplete":       {"APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", ask(obj{"options": option(obj{"choices": choices(1), "autocomplete": true})})},
		"0.options.0.choices.0.name":     {"BASE_TYPE_BAD_LENGTH", ask(obj{"options": option(obj{"choices": []any{obj{"name": "", "value": "x"}}})})},
	} {
		w.wrong(w.call("PUT", global, []any{test.c}), path, test.code)
	}
	w.wrong(w.call("PUT", global, []any{ask(nil), ask(nil)}), "1", "APPLICATION_COMMANDS_DUPLICATE_NAME")
	w.wrong(w.call("PUT", global, []any{obj{"type": 3, "name": "x", "description": "y"}}), "0.description", "APPLICATION_COMMAND_INVALID_DESCRIPTION")
	large := ask(obj{"options": []any{}})
	for i := range 4 {
		large["options"] = append(large["options"].([]any), option(obj{"name": strconv.Itoa(i), "choices": choices(25)})...) //nolint:errcheck // it is one
	}
	w.wrong(w.call("PUT", global, []any{large}), "0", "APPLICATION_COMMAND_TOO_LARGE")
	var many []any
	for i := range 101 {
		many = append(many, obj{"name": strconv.Itoa(i), "description": "x"})
	}
	w.is(w.call("PUT", global, many), 400, 30032)
	same(t, "commands", len(w.Commands("")), 0)
}
