package slacktwin

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Streams are documented for what they take. What an open one refuses, that its
// text is that of its chunks, and that people are notified when it stops and not
// before, has been measured by others; that a thread which is gone is not_in_thread,
// and what is said of a chunk of no known kind, was chosen.

// maxChunks is how much one call may add to a stream.
const maxChunks = 100

// piece is what one call adds to a stream.
type piece struct {
	text   string
	blocks []any
}

// piece reads markdown_text and chunks.
func (r *request) piece(needed bool) (p piece, no answer) {
	p.text = r.Text("markdown_text")
	chunks := list(r.Params["chunks"])
	switch {
	case p.text != "" && len(chunks) > 0:
		return p, refuse("markdown_text_conflict")
	case needed && p.text == "" && len(chunks) == 0:
		return p, refuse("no_text")
	case len(chunks) > maxChunks:
		return p, refuse("invalid_chunks")
	}
	for _, v := range chunks {
		chunk := object(v)
		switch chunk["type"] {
		case "markdown_text":
			text, _ := chunk["text"].(string)
			p.text += text
		case "blocks":
			p.blocks = append(p.blocks, list(chunk["blocks"])...)
		default:
			return p, refuse("invalid_chunks")
		}
	}
	if utf8.RuneCountInString(p.text) > maxMarkdown {
		return p, refuse("msg_too_long")
	}
	if wrong, _ := checkBlocks(p.blocks, "message"); len(wrong) > 0 {
		return p, refuse("invalid_blocks", wrong...)
	}
	return p, nil
}

func (p *Post) stream(more piece) {
	p.Text += more.text
	p.Blocks = append(slices.Clip(p.Blocks), more.blocks...)
}

func (r *request) startStream() answer {
	c, no := r.where(r.Text("channel"))
	if no != nil {
		return no
	}
	if c.Kind != Direct {
		for _, name := range []string{"recipient_user_id", "recipient_team_id"} {
			if r.Text(name) == "" {
				return refuse("missing_" + name)
			}
		}
	}
	said, no := r.piece(false)
	if no != nil {
		return no
	}
	root := r.root(c.ID, r.Text("thread_ts"))
	if root == "" {
		return refuse("not_in_thread")
	}
	if no := r.limited(c.ID); no != nil {
		return no
	}
	p := r.compose(c, content{})
	p.ThreadTS, p.Streaming = root, true
	p.stream(said)
	r.publishPost(p)
	r.session(c.ID, root).to("processing")
	return answer{"channel": c.ID, "ts": p.TS}
}

// streamed finds a message of the app that is still streamed.
func (r *request) streamed() (*Post, answer) {
	p, no := r.own("message_not_owned_by_app")
	if no == nil && !p.Streaming {
		no = refuse("message_not_in_streaming_state")
	}
	return p, no
}

func (r *request) appendStream() answer {
	p, no := r.streamed()
	if no != nil {
		return no
	}
	said, no := r.piece(true)
	if no != nil {
		return no
	}
	p.stream(said)
	r.touch()
	return answer{"channel": p.Channel, "ts": p.TS}
}

func (r *request) stopStream() answer {
	p, no := r.streamed()
	if no != nil {
		return no
	}
	said, no := r.piece(false)
	if no != nil {
		return no
	}
	last := map[string]any{"text": "x"} // a stream need not end with words
	for _, name := range []string{"blocks", "metadata"} {
		if v := r.Params[name]; v != nil {
			last[name] = v
		}
	}
	end, no := read(last)
	if no != nil {
		return no
	}
	p.stream(said)
	p.stream(piece{blocks: end.blocks})
	p.Metadata = end.metadata
	r.endStream(p)
	r.session(p.Channel, p.ThreadTS).to("active")
	return answer{"channel": p.Channel, "ts": p.TS, "message": copied(p.json(true))}
}

// endStream has a message be one like any other; now people are notified of it. It
// wants tw.mu held.
func (tw *Twin) endStream(p *Post) {
	p.Streaming, p.Notice = false, strings.TrimSpace(p.Text)
	tw.touch()
}

// Expire has Slack end a stream by itself, as it does after some minutes.
func (tw *Twin) Expire(channel, ts string) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.endStream(tw.byTS[channel+" "+ts])
}

func (s *Session) to(status string) {
	s.Status = status
	s.Past = append(s.Past, status)
}
