package slacktwin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// hook is a response URL: the right to answer one command or press, five times,
// for half an hour.
type hook struct {
	team          *team
	channel, user string
	thread        string // that it answers into
	original      *Post  // the message that was pressed, if any
	made          time.Time
	uses          int
}

const (
	hookLife = 30 * time.Minute
	hookUses = 5
)

// hook makes a response URL. kind is commands or actions, as in Slack's addresses.
// It wants tw.mu held.
func (tw *Twin) hook(kind string, h hook) string {
	tw.serial++
	h.made = tw.now()
	path := fmt.Sprintf("/hooks/%s/%s/%d/%016x", kind, h.team.id, tw.serial, tw.random.Uint64())
	tw.hooks[path] = &h
	return tw.url + path
}

// HookUses is how often a response URL was used.
func (tw *Twin) HookUses(url string) int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if h := tw.hooks[url[min(len(tw.url), len(url)):]]; h != nil {
		return h.uses
	}
	return 0
}

// serveHook answers as hooks.slack.com does; what it is sent is a Call to "hook".
func (tw *Twin) serveHook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return
	}
	c := &Call{Method: "hook", Params: map[string]any{}, At: tw.now()}
	bad := c.json(body)
	c.Violations = tw.against(c)
	fault := tw.pick("hook")
	c.Fault = fault.name()
	if fault != nil && !fault.Accept {
		tw.mu.Lock()
		tw.record(c)
		tw.mu.Unlock()
		fault.play(tw, w, r, nil)
		return
	}
	req := &request{Twin: tw, Call: c}
	tw.mu.Lock()
	status, a := req.useHook(r.URL.Path, bad)
	c.Answer = a
	tw.record(c)
	tw.mu.Unlock()
	for _, f := range req.after {
		f()
	}
	if fault != nil {
		fault.play(tw, w, r, a)
		return
	}
	writeJSON(w, status, a)
}

func (r *request) useHook(path, bad string) (int, answer) {
	h := r.hooks[path]
	switch {
	case h == nil:
		return http.StatusNotFound, refuse("no_hook")
	case r.now().Sub(h.made) > hookLife:
		return http.StatusNotFound, refuse("expired_url")
	case h.uses >= hookUses:
		return http.StatusNotFound, refuse("used_url")
	case bad != "":
		return http.StatusBadRequest, refuse("invalid_payload")
	}
	h.uses++
	r.team = h.team
	if a := r.respond(h, r.Params); a["ok"] != true {
		return http.StatusBadRequest, a
	}
	return http.StatusOK, answer{"ok": true}
}

// respond does what a response message says: it posts, replaces or deletes.
func (r *request) respond(h *hook, said map[string]any) answer {
	o := h.original
	there := o != nil && !o.Deleted
	if said["delete_original"] == true {
		if there {
			r.drop(o)
		}
		return answer{"ok": true}
	}
	c, no := read(said)
	if no != nil {
		return no
	}
	if said["replace_original"] == true && there {
		o.change(c)
		o.Hook = true
		r.touch()
		return answer{"ok": true}
	}
	p := r.compose(r.channels[h.channel], c)
	p.Hook = true
	p.ThreadTS = h.thread
	if ts, _ := said["thread_ts"].(string); ts != "" {
		p.ThreadTS = r.root(h.channel, ts)
	}
	if said["response_type"] == "in_channel" {
		r.publishPost(p)
		return answer{"ok": true}
	}
	p.EphemeralTo = h.user
	r.add(p)
	return answer{"ok": true}
}

// reply is a response message in the acknowledgement of a command; it uses nothing
// up. What is no message is left alone.
func (tw *Twin) reply(url string, payload []byte) {
	var said map[string]any
	if json.Unmarshal(payload, &said) != nil || len(said) == 0 {
		return
	}
	if said["text"] == nil && said["blocks"] == nil {
		return
	}
	tw.mu.Lock()
	h := tw.hooks[url[min(len(tw.url), len(url)):]]
	req := &request{Twin: tw, Call: &Call{Method: "hook", Params: said}}
	if h != nil {
		req.team = h.team
		req.respond(h, said)
	}
	tw.mu.Unlock()
	for _, f := range req.after {
		f()
	}
}
