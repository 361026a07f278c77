package slacktwin

import (
	"slices"
	"time"
)

// A Status is one "is thinking…" that the app set under a thread; an empty Text
// took it away.
type Status struct {
	Channel, ThreadTS, Text string
	Loading                 []string
	At                      time.Time
	// Cleared tells that a reply has ended it since, or a later status.
	Cleared bool
}

// Prompts are suggestions that the app offered in a conversation.
type Prompts struct {
	Channel, ThreadTS, Title string
	Prompts                  []map[string]any
}

// A Session is an agent's session in a thread.
type Session struct {
	Channel, ThreadTS, Status, Title string
	// Past are all statuses in order, the present one last.
	Past []string
}

const statusLife = 2 * time.Minute

// Statuses are all that were set, in order.
func (tw *Twin) Statuses() []Status {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.statuses)
}

// Status is what stands under a thread now: not after a reply of the app, nor after
// two minutes.
func (tw *Twin) Status(channel, thread string) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	i, there := tw.standing[channel+" "+thread]
	if !there || tw.now().Sub(tw.statuses[i].At) >= statusLife {
		return ""
	}
	return tw.statuses[i].Text
}

// Suggested are the prompts that were set, in order.
func (tw *Twin) Suggested() []Prompts {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.prompts)
}

// Session is the agent's session in a thread, if there is one.
func (tw *Twin) Session(channel, thread string) (Session, bool) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	s := tw.sessions[channel+" "+thread]
	if s == nil {
		return Session{}, false
	}
	c := *s
	c.Past = slices.Clone(s.Past)
	return c, true
}

// thread finds the thread of channel_id and thread_ts.
func (r *request) thread() (string, string, answer) {
	c, no := r.where(r.Text("channel_id"))
	if no != nil {
		return "", "", no
	}
	root := r.root(c.ID, r.Text("thread_ts"))
	if root == "" {
		return "", "", refuse("invalid_thread_ts")
	}
	return c.ID, root, nil
}

func (r *request) setStatus() answer {
	channel, root, no := r.thread()
	if no != nil {
		return no
	}
	if _, there := r.Params["status"]; !there {
		return refuse("invalid_arguments", "missing required field: status")
	}
	s := Status{Channel: channel, ThreadTS: root, Text: r.Text("status"), At: r.now()}
	for _, m := range list(r.Params["loading_messages"]) {
		text, _ := m.(string)
		s.Loading = append(s.Loading, text)
	}
	if len(s.Loading) > 10 {
		return refuse("invalid_arguments", "no more than 10 items allowed [json-pointer:/loading_messages]")
	}
	r.clearStatus(channel, root)
	r.standing[channel+" "+root] = len(r.statuses)
	r.statuses = append(r.statuses, s)
	return answer{}
}

// clearStatus wants tw.mu held.
func (tw *Twin) clearStatus(channel, root string) {
	if i, there := tw.standing[channel+" "+root]; there {
		tw.statuses[i].Cleared = true
		delete(tw.standing, channel+" "+root)
	}
}

func (r *request) setPrompts() answer {
	c, no := r.where(r.Text("channel_id"))
	if no != nil {
		return no
	}
	p := Prompts{Channel: c.ID, ThreadTS: r.Text("thread_ts"), Title: r.Text("title")}
	if p.ThreadTS != "" && r.root(c.ID, p.ThreadTS) == "" {
		return refuse("invalid_thread_ts")
	}
	all := list(r.Params["prompts"])
	if len(all) < 1 || len(all) > 4 {
		return refuse("invalid_arguments", "between 1 and 4 items allowed [json-pointer:/prompts]")
	}
	for _, v := range all {
		m := object(v)
		if title, _ := m["title"].(string); title == "" {
			return refuse("invalid_arguments", "missing required field: title [json-pointer:/prompts]")
		}
		if message, _ := m["message"].(string); message == "" {
			return refuse("invalid_arguments", "missing required field: message [json-pointer:/prompts]")
		}
		p.Prompts = append(p.Prompts, m)
	}
	r.prompts = append(r.prompts, p)
	return answer{}
}

func (r *request) setTitle() answer {
	channel, root, no := r.thread()
	if no != nil {
		return no
	}
	r.session(channel, root).Title = r.Text("title")
	return answer{}
}

func (r *request) setSession() answer {
	if !slices.Contains([]string{"active", "processing", "suspended", "closed"}, r.Text("status")) {
		return refuse("invalid_arguments", "invalid status [json-pointer:/status]")
	}
	channel, root, no := r.thread()
	if no != nil {
		return no
	}
	s := r.session(channel, root)
	if len(s.Past) == 0 && s.Title == "" {
		s.Title = r.Text("title") // it counts only when the session begins
	}
	s.to(r.Text("status"))
	return answer{"status": s.Status, "agent_status": s.Status, "title": s.Title}
}

func (r *request) rename() answer {
	channel, root, no := r.thread()
	if no != nil {
		return no
	}
	r.session(channel, root).Title = r.Text("title")
	return answer{"title": r.Text("title")}
}

func (r *request) session(channel, root string) *Session {
	key := channel + " " + root
	if r.sessions[key] == nil {
		r.sessions[key] = &Session{Channel: channel, ThreadTS: root}
	}
	return r.sessions[key]
}
