package discordtwin

import (
	"maps"
	"slices"
	"strconv"
)

// Commands are those of the app, as REST gives them with localisations; "" is the
// global ones, else those of a guild.
func (tw *Twin) Commands(guild string) []map[string]any {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var found []map[string]any
	for _, c := range tw.commands[guild] {
		found = append(found, object(copied(c)))
	}
	return found
}

// scope is where the commands of the request are; a guild has to have the app.
func (r *request) scope() (string, *answer) {
	if r.Vars["guild_id"] == "" {
		return "", nil
	}
	g, no := r.inGuild()
	if no != nil {
		return "", &missingAccess
	}
	return g.ID, nil
}

// listCommands leaves localisations out unless they are asked for.
func (r *request) listCommands() answer {
	scope, no := r.scope()
	if no != nil {
		return *no
	}
	found := []any{}
	for _, c := range r.commands[scope] {
		if r.Query.Get("with_localizations") != "true" {
			c = unlocalised(copied(object(c)))
		}
		found = append(found, c)
	}
	return fine(found)
}

func unlocalised(m map[string]any) map[string]any {
	delete(m, "name_localizations")
	delete(m, "description_localizations")
	for _, in := range []string{"options", "choices"} {
		for _, v := range list(m[in]) {
			unlocalised(object(v))
		}
	}
	return m
}

// setCommands puts a list in the place of all.
func (r *request) setCommands() answer {
	scope, no := r.scope()
	if no != nil {
		return *no
	}
	body, ok := r.Body.([]any)
	if !ok && r.Body != nil {
		return invalid("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
	}
	f, seen, kinds := form{}, map[string]bool{}, map[int]int{}
	for i, v := range body {
		at, c := strconv.Itoa(i), object(v)
		f.command(at, c)
		kind := kindOf(c)
		kinds[kind]++
		key := strconv.Itoa(kind) + text(c["name"])
		if seen[key] {
			f.add(at, "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		seen[key] = true
	}
	if no := f.answer(); no != nil {
		return *no
	}
	if kinds[1] > 100 || kinds[2] > 15 || kinds[3] > 15 {
		return refuse(400, 30032, "Maximum number of application commands reached (100)")
	}
	made := []any{}
	for _, v := range body {
		made = append(made, r.stored(scope, object(v)))
	}
	r.commands[scope] = made
	r.touch()
	return fine(copied(made))
}

// createCommand adds one, or replaces that of its name: 201 or 200.
func (r *request) createCommand() answer {
	scope, no := r.scope()
	if no != nil {
		return *no
	}
	f, body := form{}, object(r.Body)
	f.command("", body)
	if no := f.answer(); no != nil {
		return *no
	}
	made := r.stored(scope, body)
	for i, c := range r.commands[scope] {
		if object(c)["id"] == made["id"] {
			r.commands[scope][i] = made
			return fine(copied(made))
		}
	}
	r.commands[scope] = append(r.commands[scope], made)
	r.touch()
	return answer{201, copied(made)}
}

func (r *request) deleteCommand() answer {
	scope, no := r.scope()
	if no != nil {
		return *no
	}
	i := slices.IndexFunc(r.commands[scope], func(c any) bool { return object(c)["id"] == r.Vars["command_id"] })
	if i < 0 {
		return unknownCommand
	}
	r.commands[scope] = slices.Delete(slices.Clone(r.commands[scope]), i, i+1)
	r.touch()
	return nothing()
}

func kindOf(c map[string]any) int { return max(1, number(c["type"])) }

// stored is a command as Discord keeps it. One with the name and type of another
// has its id.
func (r *request) stored(scope string, c map[string]any) map[string]any {
	m := copied(c)
	maps.DeleteFunc(m, func(name string, v any) bool { return v == nil && name != "default_member_permissions" })
	m["type"], m["application_id"], m["version"], m["id"] = kindOf(c), App, r.snowflake(), r.snowflake()
	for name, usual := range map[string]any{
		"description": "", "nsfw": false, "dm_permission": true, "default_member_permissions": nil,
	} {
		if m[name] == nil {
			m[name] = usual
		}
	}
	if n, ok := m["default_member_permissions"].(float64); ok {
		m["default_member_permissions"] = strconv.FormatInt(int64(n), 10)
	}
	if scope == "" {
		if m["integration_types"] == nil {
			m["integration_types"] = []any{0}
		}
	} else {
		m["guild_id"] = scope
		delete(m, "contexts")
		delete(m, "integration_types")
	}
	for _, old := range r.commands[scope] {
		if was := object(old); was["name"] == m["name"] && kindOf(was) == kindOf(m) {
			m["id"] = was["id"]
		}
	}
	return copied(m)
}
