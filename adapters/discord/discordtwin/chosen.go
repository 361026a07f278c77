package discordtwin

import "slices"

// registered is a command that the app has, for a place.
func (tw *Twin) registered(channel, name string, kind int) map[string]any {
	c := tw.channel(channel)
	if len(tw.commands[""])+len(tw.commands[c.Guild]) == 0 {
		return map[string]any{"id": "1048576000000000300"}
	}
	for _, scope := range []string{c.Guild, ""} {
		for _, v := range tw.commands[scope] {
			if m := object(v); m["name"] == name && kindOf(m) == kind {
				return m
			}
		}
	}
	panic("discordtwin: the app has not registered " + name)
}

// chosen are options as a payload has them, of the types that were registered.
func chosen(options []Option, known []any) []any {
	var made []any
	for _, o := range options {
		m := map[string]any{"name": o.Name}
		i := slices.IndexFunc(known, func(v any) bool { return object(v)["name"] == o.Name })
		if i < 0 && len(known) > 0 {
			panic("discordtwin: the command has no option " + o.Name)
		}
		var of map[string]any
		if i >= 0 {
			of = object(known[i])
		}
		switch o.Value.(type) {
		case string:
			m["type"] = 3
		case int:
			m["type"] = 4
		case bool:
			m["type"] = 5
		case float64:
			m["type"] = 10
		default:
			m["type"] = 1
		}
		if of["type"] != nil {
			m["type"] = number(of["type"])
		}
		if o.Value != nil {
			m["value"] = o.Value
		} else {
			m["options"] = filled(chosen(o.Options, list(of["options"])))
		}
		if o.Focused {
			m["focused"] = true
		}
		made = append(made, m)
	}
	return made
}
