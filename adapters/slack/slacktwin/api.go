package slacktwin

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
)

// answer is what a method says; "ok" is true unless it says otherwise.
type answer map[string]any

// refuse is an answer that names an error.
func refuse(name string, messages ...string) answer {
	a := answer{"ok": false, "error": name}
	if len(messages) == 0 {
		return a
	}
	tagged := make([]string, len(messages))
	for i, m := range messages {
		tagged[i] = "[ERROR] " + m
	}
	a["errors"] = messages
	a["response_metadata"] = map[string]any{"messages": tagged}
	return a
}

// request is a call that is being done. tw.mu is held meanwhile.
type request struct {
	*Twin
	*Call
	token *token
	team  *team
	after []func()    // to do once tw.mu is free
	head  http.Header // of the answer
}

// method is one of the Web API.
type method struct {
	kind   string   // of token: bot, app, any, none
	scopes []string // one of them is enough
	needs  []string // parameters
	do     func(*request) answer
}

func bot(scopes []string, do func(*request) answer, needs ...string) method {
	return method{kind: "bot", scopes: scopes, needs: needs, do: do}
}

var (
	write = []string{"chat:write"}
	agent = []string{"chat:write", "assistant:write"}
)

// methods are those that the twin has. To the rest it says unknown_method, also
// where Slack has one: an adapter that needs it should find out at once.
var methods = map[string]method{
	"auth.test":             {kind: "any", do: (*request).authTest},
	"auth.revoke":           {kind: "any", do: (*request).authRevoke},
	"apps.uninstall":        bot(nil, (*request).uninstall, "client_id", "client_secret"),
	"apps.connections.open": {kind: "app", scopes: []string{"connections:write"}, do: (*request).openSocket},
	"oauth.v2.access":       {kind: "none", do: (*request).oauthAccess},

	"chat.postMessage":   bot(write, (*request).postMessage, "channel"),
	"chat.postEphemeral": bot(write, (*request).postEphemeral, "channel", "user"),
	"chat.update":        bot(write, (*request).update, "channel", "ts"),
	"chat.delete":        bot(write, (*request).remove, "channel", "ts"),

	"chat.startStream":  bot(write, (*request).startStream, "channel", "thread_ts"),
	"chat.appendStream": bot(write, (*request).appendStream, "channel", "ts"),
	"chat.stopStream":   bot(write, (*request).stopStream, "channel", "ts"),

	"conversations.open":    bot([]string{"im:write", "mpim:write", "channels:manage", "groups:write"}, (*request).open),
	"conversations.info":    bot(nil, (*request).info, "channel"),
	"conversations.history": bot(nil, (*request).history, "channel"),
	"conversations.replies": bot(nil, (*request).replies, "channel", "ts"),
	"users.info":            bot([]string{"users:read"}, (*request).userInfo, "user"),

	"views.publish": bot(nil, (*request).publish, "user_id", "view"),
	"views.open":    bot(nil, (*request).openView, "trigger_id", "view"),

	"assistant.threads.setStatus":           bot(agent, (*request).setStatus, "channel_id", "thread_ts"),
	"assistant.threads.setSuggestedPrompts": bot([]string{"assistant:write"}, (*request).setPrompts, "channel_id", "prompts"),
	"assistant.threads.setTitle":            bot([]string{"assistant:write"}, (*request).setTitle, "channel_id", "thread_ts", "title"),
	"agents.sessions.setStatus":             bot(agent, (*request).setSession, "status"),
	"agents.sessions.rename":                bot(agent, (*request).rename, "title"),
}

func (tw *Twin) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		return // the client went away
	}
	c, bad := decode(name, r, body)
	c.At = tw.now()
	c.Violations = tw.against(c)
	fault := tw.pick(name)
	c.Fault = fault.name()
	if fault != nil && !fault.Accept {
		tw.mu.Lock()
		tw.record(c)
		tw.mu.Unlock()
		fault.play(tw, w, r, nil)
		return
	}
	status, head := tw.do(c, bad)
	maps.Copy(w.Header(), head)
	if fault != nil {
		fault.play(tw, w, r, c.Answer)
		return
	}
	writeJSON(w, status, c.Answer)
}

// do does what the call asks, records it, and returns the status and headers.
func (tw *Twin) do(c *Call, bad string) (int, http.Header) {
	req := &request{Twin: tw, Call: c, head: http.Header{}}
	tw.mu.Lock()
	a := req.perform(bad)
	if _, said := a["ok"]; !said {
		a["ok"] = true
	}
	c.Answer = a
	tw.record(c)
	tw.mu.Unlock()
	for _, f := range req.after {
		f()
	}
	if a["error"] == "ratelimited" {
		return http.StatusTooManyRequests, req.head
	}
	return http.StatusOK, req.head
}

func (r *request) perform(bad string) answer {
	m, known := methods[r.Method]
	switch {
	case !known:
		return refuse("unknown_method")
	case bad != "":
		return refuse(bad)
	}
	if m.kind != "none" {
		t, no := r.authorise(r.Token, m.kind)
		if no != nil {
			return no
		}
		r.token, r.team = t, r.teams[t.team]
		if no := t.lacks(m.scopes...); no != nil {
			return no
		}
	}
	for _, name := range m.needs {
		if v, there := r.Params[name]; !there || v == "" {
			return refuse("invalid_arguments", "missing required field: "+name)
		}
	}
	return m.do(r)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// yes is a parameter that is true; given is one that is there at all.
func (c *Call) yes(name string) bool { return c.Params[name] == true }

func (c *Call) given(name string) *bool {
	if b, ok := c.Params[name].(bool); ok {
		return &b
	}
	return nil
}
