package discordtwin

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Locales are those that Discord knows.
var Locales = []string{
	"ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja",
	"ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
}

// commandName is documented so, with Devanagari and Thai.
var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// command checks one application command.
func (f *form) command(at string, c map[string]any) {
	at = strings.TrimPrefix(at+".", ".")
	kind := kindOf(c)
	f.named(at, c, kind == 1)
	for place, names := range map[string]int{"contexts": 2, "integration_types": 1} {
		for i, v := range list(c[place]) {
			if n, ok := v.(float64); !ok || n < 0 || int(n) > names {
				f.add(at+place+"."+strconv.Itoa(i), "BASE_TYPE_CHOICES", "This value is none of the choices.")
			}
		}
	}
	switch {
	case kind > 4:
		f.add(at+"type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4}.")
	case kind != 1:
		if text(c["description"]) != "" {
			f.add(at+"description", "APPLICATION_COMMAND_INVALID_DESCRIPTION", "Context menu commands cannot have description")
		}
		if len(list(c["options"])) > 0 {
			f.add(at+"options", "APPLICATION_COMMAND_INVALID_OPTIONS", "Context menu commands cannot have options")
		}
	default:
		f.described(at, c)
		f.options(at+"options", list(c["options"]), 0)
	}
	if weight(c) > 8000 {
		f.add(at, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
	}
}

// named checks a name and its localisations; strict is for what is typed.
func (f *form) named(at string, c map[string]any, strict bool) {
	good := func(path, s string) {
		n := utf8.RuneCountInString(s)
		switch {
		case n < 1 || n > 32:
			f.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
		case strict && (!commandName.MatchString(s) || strings.ToLower(s) != s):
			f.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
		}
	}
	if s, ok := c["name"].(string); ok {
		good(at+"name", s)
	} else {
		f.required(at + "name")
	}
	f.localised(at+"name_localizations", c["name_localizations"], good)
}

func (f *form) described(at string, c map[string]any) {
	good := func(path, s string) {
		if n := utf8.RuneCountInString(s); n < 1 || n > 100 {
			f.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
		}
	}
	good(at+"description", text(c["description"]))
	f.localised(at+"description_localizations", c["description_localizations"], good)
}

func (f *form) localised(at string, v any, good func(path, s string)) {
	for locale, s := range object(v) {
		if !slices.Contains(Locales, locale) {
			f.add(at, "ENUM_TYPE_COERCE", `Value "`+locale+`" is not a valid enum value.`)
		}
		if s != nil {
			good(at+"."+locale, text(s))
		}
	}
}

func (f *form) options(at string, options []any, depth int) {
	f.tooMany(at, options, 25)
	seen, optional := map[string]bool{}, false
	for i, v := range options {
		here, o := at+"."+strconv.Itoa(i)+".", object(v)
		f.named(here, o, true)
		f.described(here, o)
		name, kind := text(o["name"]), number(o["type"])
		if seen[name] {
			f.add(here+"name", "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", "Option names must be unique")
		}
		seen[name] = true
		switch {
		case kind < 1 || kind > 11, kind == 1 && depth > 1, kind == 2 && depth > 0:
			f.add(here+"type", "BASE_TYPE_CHOICES", "This value is none of the choices.")
		case kind <= 2:
			f.options(here+"options", list(o["options"]), depth+1)
		case o["required"] == true && optional:
			f.add(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
		case o["required"] != true:
			optional = true
		}
		f.choices(here, o)
	}
}

func (f *form) choices(at string, o map[string]any) {
	f.tooMany(at+"choices", o["choices"], 25)
	if len(list(o["choices"])) > 0 && o["autocomplete"] == true {
		f.add(at+"autocomplete", "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "Options with autocomplete cannot have choices")
	}
	for i, v := range list(o["choices"]) {
		here, c := at+"choices."+strconv.Itoa(i)+".", object(v)
		good := func(path, s string) {
			if n := utf8.RuneCountInString(s); n < 1 || n > 100 {
				f.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
			}
		}
		good(here+"name", text(c["name"]))
		f.localised(here+"name_localizations", c["name_localizations"], good)
		if s, ok := c["value"].(string); ok {
			f.tooLong(here+"value", s, 100)
		} else if c["value"] == nil {
			f.required(here + "value")
		}
	}
}

// weight is the size of a command as its limit counts it: names, descriptions and
// values, each in its longest localisation.
func weight(c map[string]any) int {
	n := length(text(c["value"]))
	for _, name := range []string{"name", "description"} {
		most := length(text(c[name]))
		for _, s := range object(c[name+"_localizations"]) {
			most = max(most, length(text(s)))
		}
		n += most
	}
	for _, in := range []string{"options", "choices"} {
		for _, v := range list(c[in]) {
			n += weight(object(v))
		}
	}
	return n
}
