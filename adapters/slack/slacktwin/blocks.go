package slacktwin

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// blocks measures the blocks of one message or view, as slack.md section 7 has it.
type blocks struct {
	surface  string // message, modal or home
	wrong    []string
	ids      map[string]bool // block ids
	actions  map[string]bool // action ids of the block at hand
	size     int             // characters of all texts
	markdown int             // characters of the markdown blocks
	tables   int
}

// checkBlocks says what Slack would not take, each with its place, and how many
// characters there are.
func checkBlocks(all []any, surface string) (wrong []string, size int) {
	b := &blocks{surface: surface, ids: map[string]bool{}}
	most := 50
	if surface != "message" {
		most = 100
	}
	b.count(all, 0, most, "/blocks")
	for i, v := range all {
		b.block(v, fmt.Sprintf("/blocks/%d", i))
	}
	if b.markdown > maxMarkdown {
		b.say("must be less than 12001 characters", "/blocks")
	}
	return b.wrong, b.size
}

func (b *blocks) say(what, where string) {
	b.wrong = append(b.wrong, what+" [json-pointer:"+where+"]")
}

func (b *blocks) count(l []any, least, most int, where string) {
	if len(l) < least {
		b.say(fmt.Sprintf("no fewer than %d items allowed", least), where)
	}
	if len(l) > most {
		b.say(fmt.Sprintf("no more than %d items allowed", most), where)
	}
}

// elsewhere are blocks whose insides the twin does not know.
var elsewhere = []string{
	"rich_text", "video", "file", "data_table", "task_card", "plan", "card", "carousel",
	"container", "alert",
}

func (b *blocks) block(v any, at string) {
	m := object(v)
	if m == nil {
		b.say("must be an object", at)
		return
	}
	b.actions = map[string]bool{}
	if id := b.text(m, "block_id", 0, 255, at); id != "" {
		if b.ids[id] {
			b.say("`block_id` is not unique", at+"/block_id")
		}
		b.ids[id] = true
	}
	kind, _ := m["type"].(string)
	only := func(surfaces ...string) {
		if !slices.Contains(surfaces, b.surface) {
			b.say("unsupported type: "+kind, at+"/type")
		}
	}
	switch kind {
	case "section":
		b.section(m, at)
	case "header":
		b.label(m, "text", 150, true, at)
	case "divider":
	case "context":
		b.each(m, 1, 10, at, b.contextElement)
	case "actions":
		b.each(m, 1, 25, at, b.element)
	case "context_actions":
		only("message")
		b.each(m, 1, 5, at, b.element)
	case "markdown":
		only("message")
		b.markdown += utf8.RuneCountInString(b.text(m, "text", 1, maxMarkdown, at))
	case "image":
		b.image(m, at)
		b.label(m, "title", 2000, false, at)
	case "input":
		b.label(m, "label", 2000, true, at)
		b.label(m, "hint", 2000, false, at)
		b.element(m["element"], at+"/element")
	case "table":
		only("message")
		b.table(m, at)
	default:
		if !slices.Contains(elsewhere, kind) {
			b.say("unsupported type: "+kind, at+"/type")
		}
	}
}

func (b *blocks) section(m map[string]any, at string) {
	fields, has := m["fields"]
	if m["text"] == nil && !has {
		b.say("missing required field: text", at)
	}
	if m["text"] != nil {
		b.words(m["text"], 3000, false, at+"/text")
	}
	if has {
		b.count(list(fields), 1, 10, at+"/fields")
		for i, f := range list(fields) {
			b.words(f, 2000, false, fmt.Sprintf("%s/fields/%d", at, i))
		}
	}
	if m["accessory"] != nil {
		b.element(m["accessory"], at+"/accessory")
	}
}

func (b *blocks) contextElement(v any, at string) {
	if object(v)["type"] == "image" {
		b.image(object(v), at)
		return
	}
	b.words(v, 3000, false, at)
}

func (b *blocks) image(m map[string]any, at string) {
	b.text(m, "alt_text", 1, 2000, at)
	if m["slack_file"] == nil {
		b.text(m, "image_url", 1, 3000, at)
	}
}

func (b *blocks) table(m map[string]any, at string) {
	b.tables++
	if b.tables > 1 {
		b.say("only one table is allowed", at)
	}
	b.count(list(m["rows"]), 1, 100, at+"/rows")
	for i, row := range list(m["rows"]) {
		b.count(list(row), 1, 20, fmt.Sprintf("%s/rows/%d", at, i))
	}
}

// each measures a block's elements.
func (b *blocks) each(m map[string]any, least, most int, at string, one func(any, string)) {
	l := list(m["elements"])
	b.count(l, least, most, at+"/elements")
	for i, v := range l {
		one(v, fmt.Sprintf("%s/elements/%d", at, i))
	}
}
