package discordtwin

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// kinds of bodies that make or change a message.
type writing struct {
	hook bool  // through an interaction
	old  *Post // that is changed, or nil
}

// written checks what a message is to be. at is the place of data in the body: "" or
// "data".
func (r *request) written(f *form, data map[string]any, at string, w writing) {
	if at != "" {
		at += "."
	}
	flags := number(data["flags"])
	if w.old != nil {
		flags |= w.old.Flags & ComponentsV2
	}
	f.tooLong(at+"content", data["content"], 2000)
	if v := data["content"]; v != nil {
		if _, ok := v.(string); !ok {
			f.add(at+"content", "STRING_TYPE_CONVERT", "Could not interpret \"content\" as string.")
		}
	}
	f.embeds(at+"embeds", data["embeds"])
	f.mentions(at+"allowed_mentions", object(data["allowed_mentions"]))
	f.components(at+"components", list(data["components"]), flags&ComponentsV2 != 0)
	if flags&ComponentsV2 != 0 {
		for _, name := range []string{"content", "embeds", "poll", "stickers"} {
			if v := data[name]; v != nil && v != "" && (v == true || len(list(v)) > 0 || text(v) != "") {
				f.add(at+name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
					"The '"+name+"' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
			}
		}
	}
	if !w.hook && w.old == nil {
		switch n := data["nonce"].(type) {
		case string:
			f.tooLong(at+"nonce", n, 25)
		case nil, float64:
		default:
			f.add(at+"nonce", "NONCE_TYPE_TYPE", "Nonce is neither a number nor a text.")
		}
	}
}

// allowed are the flags that the body may set; the rest are left out, as Discord
// leaves them.
func allowed(flags int, w writing) int {
	may := SuppressEmbeds | ComponentsV2
	if w.old == nil {
		may |= SuppressNotifications
		if w.hook {
			may |= Ephemeral
		}
	}
	return flags & may
}

func (f *form) embeds(at string, v any) {
	embeds := list(v)
	f.tooMany(at, v, 10)
	total := 0
	for i, e := range embeds {
		here := at + "." + strconv.Itoa(i)
		measure := func(in map[string]any, path, name string, most int) {
			s, ok := in[name].(string)
			if !ok {
				return
			}
			total += length(s)
			f.tooLong(strings.Trim(here+"."+path, ".")+"."+name, s, most)
		}
		embed := object(e)
		if embed == nil {
			f.add(here, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
			continue
		}
		measure(embed, "", "title", 256)
		measure(embed, "", "description", 4096)
		measure(object(embed["footer"]), "footer", "text", 2048)
		measure(object(embed["author"]), "author", "name", 256)
		f.tooMany(here+".fields", embed["fields"], 25)
		for j, field := range list(embed["fields"]) {
			path := "fields." + strconv.Itoa(j)
			for name, most := range map[string]int{"name": 256, "value": 1024} {
				if strings.TrimSpace(text(object(field)[name])) == "" {
					f.required(here + "." + path + "." + name)
				}
				measure(object(field), path, name, most)
			}
		}
		if empty(embed) {
			f.required(here + ".description")
		}
	}
	if total > 6000 {
		f.add(at, "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
	}
}

// empty tells whether an embed shows nothing.
func empty(embed map[string]any) bool {
	for _, name := range []string{"title", "description", "footer", "author", "fields", "image", "thumbnail", "timestamp", "url"} {
		if v := embed[name]; v != nil && v != "" && (object(v) == nil || len(object(v)) > 0) {
			return false
		}
	}
	return true
}

func (f *form) mentions(at string, a map[string]any) {
	for _, kind := range []string{"users", "roles"} {
		f.tooMany(at+"."+kind, a[kind], 100)
		if len(list(a[kind])) > 0 && slices.Contains(list(a["parse"]), any(kind)) {
			f.add(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", fmt.Sprintf(`parse:[%q] and %s: [ids...] are mutually exclusive.`, kind, kind))
		}
	}
	for i, v := range list(a["parse"]) {
		if v != "users" && v != "roles" && v != "everyone" {
			f.add(fmt.Sprintf("%s.parse.%d", at, i), "BASE_TYPE_CHOICES", "Value must be one of {'roles', 'everyone', 'users'}.")
		}
	}
}

// void tells whether a message would show nothing.
func (p *Post) void() bool {
	return strings.TrimSpace(p.Content) == "" && len(p.Embeds) == 0 && len(p.Components) == 0
}

// fill puts what the body says into a message; what it does not say stays.
func (p *Post) fill(data map[string]any, w writing) {
	if v, there := data["content"]; there {
		p.Content = text(v)
	}
	if v, there := data["embeds"]; there {
		p.Embeds = nil
		for _, e := range copied(list(v)) {
			embed := maps.Clone(object(e))
			maps.DeleteFunc(embed, func(_ string, v any) bool { return v == nil })
			embed["type"] = "rich"
			for _, field := range list(embed["fields"]) {
				if object(field)["inline"] == nil {
					object(field)["inline"] = false
				}
			}
			p.Embeds = append(p.Embeds, embed)
		}
	}
	if v, there := data["components"]; there {
		p.Components = counted(list(v))
	}
	if v, there := data["flags"]; there {
		kept := p.Flags &^ SuppressEmbeds
		if w.old == nil {
			kept = p.Flags
		}
		p.Flags = kept | allowed(number(v), w)
	}
}
