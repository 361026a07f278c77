package discord

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// most is how many choices Discord shows.
const most = 25

// choices answers what was typed so far into an option.
func (a *Adapter) choices(i interaction) acknowledgement {
	typed := ""
	from := a.o.Sectors()
	open := i.Data.Name == commandSettings // a country may be left open there
	for _, o := range i.Data.Options {
		if o.Focused {
			typed = strings.ToLower(i.text(o.Name))
			if o.Name == "country" {
				from = a.o.Countries()
				if open {
					key := "settings_country_" + auto
					from = append([]Choice{{Value: auto, Name: map[string]string{"en": a.o.Say("en", key), "es": a.o.Say("es", key)}}}, from...)
				}
			}
		}
	}
	lang, _, _ := strings.Cut(i.Locale, "-")
	shown := []map[string]string{}
	for _, c := range from {
		label := c.Name[lang]
		if label == "" {
			label = c.Name["en"]
		}
		if len(shown) < most && strings.Contains(strings.ToLower(label), typed) {
			shown = append(shown, map[string]string{"name": cut(label, 100), "value": c.Value})
		}
	}
	return acknowledgement{Type: answerAutocomplete, Data: map[string]any{"choices": shown}}
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// A command as Discord takes it.
type command struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations,omitempty"`
	Description  string            `json:"description,omitempty"`
	Descriptions map[string]string `json:"description_localizations,omitempty"`
	Options      []commandOption   `json:"options,omitempty"`
	Permissions  json.Number       `json:"default_member_permissions,omitempty"` // who sees it; Discord takes a number and gives a text
	Contexts     []int             `json:"contexts"`
	Installs     []int             `json:"integration_types"`
}

type commandOption struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations,omitempty"`
	Description  string            `json:"description"`
	Descriptions map[string]string `json:"description_localizations,omitempty"`
	Required     bool              `json:"required,omitempty"`
	Autocomplete bool              `json:"autocomplete,omitempty"`
	MaxLength    int               `json:"max_length,omitempty"`
	Choices      []commandChoice   `json:"choices,omitempty"`
	ChannelTypes []int             `json:"channel_types,omitempty"`
}

type commandChoice struct {
	Name  string            `json:"name"`
	Names map[string]string `json:"name_localizations,omitempty"`
	Value string            `json:"value"`
}

// spanish are the locales in which Spanish is shown.
func spanish(s string) map[string]string { return map[string]string{"es-ES": s, "es-419": s} }

// commands are all that this program has, with words of prompts/screen: command_X
// is a description, name_X a name.
func (o Options) commands() []command {
	say := func(key string) (string, map[string]string) { return o.Say("en", key), spanish(o.Say("es", key)) }
	slash := func(name string, options ...commandOption) command {
		d, ds := say("command_" + name)
		_, ns := say("name_" + name)
		return command{
			Type: 1, Name: name, Names: ns, Description: d, Descriptions: ds, Options: options,
			Contexts: []int{0, 1, 2}, Installs: []int{0, 1},
		}
	}
	option := func(name string, required, complete bool) commandOption {
		d, ds := say("option_" + name)
		_, ns := say("name_" + name)
		return commandOption{Type: 3, Name: name, Names: ns, Description: d, Descriptions: ds, Required: required, Autocomplete: complete}
	}
	question := option("question", true, false)
	question.MaxLength = 6000
	_, privately := say("command_privately")
	return []command{
		slash(commandAsk, question), slash(commandSigns, option("sector", true, true)),
		slash(commandHelplines, option("country", false, true)), slash(commandAbout), slash(commandForget), o.settingsCommand(),
		{Type: 3, Name: commandPrivately, Names: privately, Contexts: []int{0, 1, 2}, Installs: []int{0, 1}},
	}
}

// Register tells Discord which commands there are: everywhere, or in one server,
// where it shows at once. It returns what that changes, a line each. It may be
// done any number of times.
func (a *Adapter) Register(ctx context.Context, guild string) (changes []string, err error) {
	if err := a.introduce(ctx); err != nil {
		return nil, err
	}
	a.mu.Lock()
	path := "applications/" + a.app + "/commands"
	if guild != "" {
		path = "applications/" + a.app + "/guilds/" + guild + "/commands"
	}
	a.mu.Unlock()
	var had []command
	if err := a.rest.do(ctx, call{method: http.MethodGet, path: path + "?with_localizations=true", route: "commands"}, &had); err != nil {
		return nil, err
	}
	want := a.o.commands()
	if changes = differences(had, want); len(changes) == 0 {
		return []string{"nothing to change"}, nil
	}
	return changes, a.rest.do(ctx, call{method: http.MethodPut, path: path, route: "commands", body: want}, nil)
}

// differences are what becomes of each command.
func differences(had, want []command) (lines []string) {
	old := map[string]command{}
	for _, c := range had {
		old[c.Name] = c
	}
	for _, c := range want {
		was, ok := old[c.Name]
		delete(old, c.Name)
		switch {
		case !ok:
			lines = append(lines, "+ "+c.Name)
		case !same(was, c):
			lines = append(lines, "~ "+c.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		lines = append(lines, "- "+name)
	}
	return lines
}

// same tells whether Discord has a command as it is to be. It leaves out of those of
// one server where they are shown, and may order types as it likes.
func same(had, want command) bool {
	if had.Contexts == nil && had.Installs == nil {
		want.Contexts, want.Installs = nil, nil
	}
	for _, c := range []*command{&had, &want} {
		c.Options = slices.Clone(c.Options)
		for i := range c.Options {
			c.Options[i].ChannelTypes = slices.Sorted(slices.Values(c.Options[i].ChannelTypes))
		}
	}
	return reflect.DeepEqual(had, want)
}

// Unregistered are the commands that Discord has not as they are to be, a line each
// as of Register; raw is what it answers to applications/ID/commands, with
// localisations.
func Unregistered(raw []byte, say func(lang, key string) string) ([]string, error) {
	var had []command
	if err := json.Unmarshal(raw, &had); err != nil {
		return nil, err
	}
	return differences(had, Options{Say: say}.commands()), nil
}

// Invite is the address at which the program is let into a server, with the
// permissions it uses: see channels, post there and in threads, embed, read what
// a post replies to.
func Invite(app string) string {
	const permissions = 1<<10 | 1<<11 | 1<<14 | 1<<16 | 1<<38
	return "https://discord.com/oauth2/authorize?client_id=" + app + "&scope=bot+applications.commands&permissions=" + strconv.FormatInt(permissions, 10)
}
