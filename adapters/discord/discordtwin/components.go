package discordtwin

import (
	"fmt"
	"maps"
	"strconv"
)

// The types of components that messages may have.
const (
	actionRow = 1
	button    = 2
	strSelect = 3
	section   = 9
	display   = 10
	thumbnail = 11
	gallery   = 12
	file      = 13
	separator = 14
	container = 17
)

// StrangeComponent is one of a type that no library knows yet.
func StrangeComponent() map[string]any {
	return map[string]any{"type": 99, "id": 99, "shine": "bright"}
}

// walk visits components in order, each before those inside it.
func walk(in []any, visit func(map[string]any)) {
	for _, v := range in {
		c := object(v)
		if c == nil {
			continue
		}
		visit(c)
		walk(list(c["components"]), visit)
		if a := object(c["accessory"]); a != nil {
			walk([]any{a}, visit)
		}
	}
}

// counted is a copy whose components have the ids that Discord gives them.
func counted(in []any) []any {
	if len(in) == 0 {
		return nil
	}
	in = copied(in)
	next := 1
	walk(in, func(c map[string]any) {
		maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
		if number(c["id"]) == 0 {
			c["id"] = next
		}
		next++
	})
	return in
}

// components checks those of a message; v2 is IS_COMPONENTS_V2.
func (f *form) components(at string, in []any, v2 bool) {
	most := 5
	if v2 {
		most = 40
	}
	f.tooMany(at, in, most)
	seen, total, letters := map[string]bool{}, 0, 0
	walk(in, func(c map[string]any) {
		total++
		if number(c["type"]) == display {
			letters += length(text(c["content"]))
		}
	})
	if v2 && total > 40 {
		f.add(at, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The number of components in this message exceeds the maximum of 40")
	}
	if letters > 4000 {
		f.add(at, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Displayable text exceeds maximum size of 4000")
	}
	for i, v := range in {
		here, c := at+"."+strconv.Itoa(i), object(v)
		switch kind := number(c["type"]); {
		case kind == actionRow:
			f.row(here, c, seen)
		case v2 && kind >= section && kind <= container && kind != thumbnail:
			f.display(here, c, seen)
		default:
			f.add(here+".type", "UNION_TYPE_CHOICES", fmt.Sprintf("Value of field \"type\" must be one of (%d,).", actionRow))
		}
	}
}

// row checks an action row: up to five buttons, or a single select.
func (f *form) row(at string, row map[string]any, seen map[string]bool) {
	inside := list(row["components"])
	if len(inside) == 0 || len(inside) > 5 {
		f.add(at+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
	}
	width := 0
	for j, v := range inside {
		here, c := fmt.Sprintf("%s.components.%d", at, j), object(v)
		switch kind := number(c["type"]); {
		case kind == button:
			width++
			f.button(here, c, seen)
		case kind >= strSelect && kind <= 8 && kind != 4:
			width += 5
			f.choice(here, c, seen)
		default:
			f.add(here+".type", "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).")
		}
	}
	if width > 5 {
		f.add(at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
	}
}

func (f *form) button(at string, c map[string]any, seen map[string]bool) {
	f.tooLong(at+".label", c["label"], 80)
	f.tooLong(at+".url", c["url"], 512)
	id, url, style := text(c["custom_id"]), text(c["url"]), number(c["style"])
	switch {
	case style < 1 || style > 6:
		f.add(at+".style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
	case style == 5 && (url == "" || id != ""):
		f.add(at, "BUTTON_COMPONENT_INVALID", "A link button has a url, and no custom_id")
	case style < 5 && url != "":
		f.add(at+".url", "BUTTON_COMPONENT_INVALID", "A custom id and url cannot both be specified")
	case style < 5:
		f.customID(at, id, seen)
	}
	if style != 6 && text(c["label"]) == "" && c["emoji"] == nil {
		f.required(at + ".label")
	}
}

func (f *form) customID(at, id string, seen map[string]bool) {
	switch {
	case id == "":
		f.required(at + ".custom_id")
	case seen[id]:
		f.add(at+".custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	}
	seen[id] = true
	f.tooLong(at+".custom_id", id, 100)
}

func (f *form) choice(at string, c map[string]any, seen map[string]bool) {
	f.customID(at, text(c["custom_id"]), seen)
	f.tooLong(at+".placeholder", c["placeholder"], 150)
	if number(c["type"]) != strSelect {
		return
	}
	options := list(c["options"])
	if len(options) < 1 || len(options) > 25 {
		f.add(at+".options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
	}
	values := map[string]bool{}
	for i, v := range options {
		here, o := fmt.Sprintf("%s.options.%d", at, i), object(v)
		for _, name := range []string{"label", "value", "description"} {
			f.tooLong(here+"."+name, o[name], 100)
			if text(o[name]) == "" && name != "description" {
				f.required(here + "." + name)
			}
		}
		if values[text(o["value"])] {
			f.add(here+".value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
		}
		values[text(o["value"])] = true
	}
}

// display checks what only IS_COMPONENTS_V2 has.
func (f *form) display(at string, c map[string]any, seen map[string]bool) {
	switch number(c["type"]) {
	case section:
		if n := len(list(c["components"])); n < 1 || n > 3 {
			f.add(at+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
		}
		switch accessory := object(c["accessory"]); number(accessory["type"]) {
		case button:
			f.button(at+".accessory", accessory, seen)
		case thumbnail:
		default:
			f.required(at + ".accessory")
		}
	case display:
		if text(c["content"]) == "" {
			f.required(at + ".content")
		}
	case gallery:
		f.tooMany(at+".items", c["items"], 10)
	case container:
		for i, v := range list(c["components"]) {
			here, inner := fmt.Sprintf("%s.components.%d", at, i), object(v)
			switch kind := number(inner["type"]); {
			case kind == actionRow:
				f.row(here, inner, seen)
			case kind >= section && kind <= separator && kind != thumbnail:
				f.display(here, inner, seen)
			default:
				f.add(here+".type", "UNION_TYPE_CHOICES", "Value of field \"type\" is none that a container has.")
			}
		}
	case file, separator:
	}
}
