package slacktwin

import (
	"html"
	"strings"
	"unicode/utf8"
)

// What Slack takes of a message. An edit takes far less text than a post does, and
// measures it in bytes after &, < and > are escaped.
const (
	maxText     = 40000
	maxEdit     = 4000
	maxMarkdown = 12000
	maxBlocks   = 13200 // characters of all blocks together; measured, not documented
)

// content is what a message is made of.
type content struct {
	text, markdown      string
	blocks, attachments []any
	metadata            map[string]any
	given               map[string]bool
}

// read takes the content out of parameters; the answer is Slack's if it is refused.
func read(params map[string]any) (content, answer) {
	c := content{given: map[string]bool{}}
	for name := range params {
		c.given[name] = true
	}
	c.text, _ = params["text"].(string)
	c.markdown, _ = params["markdown_text"].(string)
	var fine bool
	if c.given["blocks"] {
		if c.blocks, fine = params["blocks"].([]any); !fine {
			return c, refuse("invalid_blocks_format")
		}
	}
	if c.given["attachments"] {
		if c.attachments, fine = params["attachments"].([]any); !fine {
			return c, refuse("invalid_attachments")
		}
	}
	if c.given["metadata"] {
		if c.metadata, fine = params["metadata"].(map[string]any); !fine {
			return c, refuse("invalid_metadata_format")
		}
		kind, _ := c.metadata["event_type"].(string)
		if len(c.metadata) > 0 && (kind == "" || object(c.metadata["event_payload"]) == nil) {
			return c, refuse("invalid_metadata_schema")
		}
	}
	no := c.measure()
	return c, no
}

func (c *content) measure() answer {
	switch {
	case c.markdown != "" && (c.text != "" || len(c.blocks) > 0):
		return refuse("markdown_text_conflict")
	case strings.TrimSpace(c.text) == "" && c.markdown == "" && len(c.blocks) == 0 && len(c.attachments) == 0:
		return refuse("no_text")
	case utf8.RuneCountInString(c.text) > maxText, utf8.RuneCountInString(c.markdown) > maxMarkdown:
		return refuse("msg_too_long")
	}
	wrong, size := checkBlocks(c.blocks, "message")
	if len(wrong) > 0 {
		return refuse("invalid_blocks", wrong...)
	}
	if size > maxBlocks {
		return refuse("msg_blocks_too_long")
	}
	return nil
}

// edit is the further measure that chat.update takes.
func (c *content) edit() answer {
	if len(html.EscapeString(html.UnescapeString(c.text))) > maxEdit {
		return refuse("msg_too_long")
	}
	return nil
}

// shown is the text that history has: the markdown, if it is that.
func (c *content) shown() string {
	if c.markdown != "" {
		return c.markdown
	}
	return c.text
}
