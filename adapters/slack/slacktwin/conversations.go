package slacktwin

import (
	"encoding/base64"
	"slices"
	"strings"
)

func (c *Channel) json(bot string) map[string]any {
	m := map[string]any{
		"id": c.ID, "created": 1449252889, "is_archived": c.Archived, "is_member": c.has(bot),
		"is_channel": c.Kind == Public, "is_group": c.Kind == Private, "is_im": c.Kind == Direct,
		"is_mpim": c.Kind == Group, "is_private": c.Kind != Public, "context_team_id": c.Team,
		"is_shared": c.Shared, "is_ext_shared": c.Shared, "is_org_shared": false,
	}
	if c.Kind == Direct {
		m["user"] = strings.Join(without(c.Members, bot), ",")
		delete(m, "is_member")
	} else {
		m["name"], m["name_normalized"] = c.Name, c.Name
	}
	return m
}

// open is conversations.open, of a direct conversation with one person or several.
func (r *request) open() answer {
	if id := r.Text("channel"); id != "" {
		c, no := r.where(id)
		if no != nil {
			return no
		}
		return answer{"no_op": true, "already_open": true, "channel": c.json(r.team.botUser)}
	}
	users := strings.Split(r.Text("users"), ",")
	for _, id := range users {
		u := r.users[id]
		switch {
		case id == "":
			return refuse("users_list_not_supplied")
		case u == nil || u.Team != r.team.id:
			return refuse("user_not_found")
		case u.Bot:
			return refuse("cannot_dm_bot")
		case u.Deleted:
			return refuse("user_disabled")
		}
	}
	c, was := r.meeting(users)
	a := answer{"channel": map[string]any{"id": c.ID}}
	if r.yes("return_im") {
		a["channel"] = c.json(r.team.botUser)
	}
	if was {
		a["no_op"], a["already_open"] = true, true
	}
	return a
}

func (r *request) meeting(users []string) (*Channel, bool) {
	if len(users) == 1 {
		return r.im(users[0])
	}
	all := append([]string{r.team.botUser}, users...)
	slices.Sort(all)
	for _, c := range r.channels {
		if c.Kind == Group && slices.Equal(c.Members, all) {
			return c, true
		}
	}
	c := &Channel{ID: r.id("G"), Team: r.team.id, Kind: Group, Name: "mpdm", Members: all}
	r.channels[c.ID] = c
	return c, false
}

// scoped is where, for reading: each kind of channel has a scope of its own.
func (r *request) scoped(id, scope string) (*Channel, answer) {
	prefix := map[string]string{Public: "channels:", Private: "groups:", Direct: "im:", Group: "mpim:"}
	c, no := r.where(id)
	if c == nil {
		// Slack names the scope before it says that there is no such channel.
		if lacks := r.token.lacks("channels:"+scope, "groups:"+scope, "im:"+scope, "mpim:"+scope); lacks != nil {
			return nil, lacks
		}
		return nil, no
	}
	if lacks := r.token.lacks(prefix[c.Kind] + scope); lacks != nil {
		return nil, lacks
	}
	return c, no
}

func (r *request) info() answer {
	c, no := r.scoped(r.Text("channel"), "read")
	if c == nil || no["error"] == "missing_scope" {
		return no
	}
	m := c.json(r.team.botUser)
	if r.yes("include_num_members") {
		m["num_members"] = len(c.Members)
	}
	if r.yes("include_locale") {
		m["locale"] = "en-US"
	}
	return answer{"channel": m}
}

// history has the newest first, without replies that were not broadcast.
func (r *request) history() answer {
	c, no := r.scoped(r.Text("channel"), "history")
	if no != nil && no["error"] != "is_archived" {
		return no
	}
	var found []*Post
	for _, p := range slices.Backward(r.inside[c.ID]) {
		if p.EphemeralTo == "" && !p.Deleted && (p.ThreadTS == "" || p.Broadcast) && r.between(p.TS) {
			found = append(found, p)
		}
	}
	return r.page(found)
}

// replies has the first message of the thread, and then the oldest first.
func (r *request) replies() answer {
	c, no := r.scoped(r.Text("channel"), "history")
	if no != nil && no["error"] != "is_archived" {
		return no
	}
	root := r.byTS[c.ID+" "+r.root(c.ID, r.Text("ts"))]
	if root == nil {
		return refuse("thread_not_found")
	}
	found := []*Post{root}
	for _, p := range r.inside[c.ID] {
		if p.ThreadTS == root.TS && p.EphemeralTo == "" && !p.Deleted && r.between(p.TS) {
			found = append(found, p)
		}
	}
	return r.page(found)
}

func (r *request) between(ts string) bool {
	oldest, latest := r.Text("oldest"), r.Text("latest")
	if r.yes("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	return (oldest == "" || later(ts, oldest)) && (latest == "" || later(latest, ts))
}

// later compares time stamps, with or without a fraction.
func later(a, b string) bool {
	whole := func(s string) (string, string) {
		sec, frac, _ := strings.Cut(s, ".")
		return strings.Repeat("0", max(0, 12-len(sec))) + sec, (frac + "000000")[:6]
	}
	as, af := whole(a)
	bs, bf := whole(b)
	return as > bs || as == bs && af > bf
}

// page cuts a list: limit of them, from where the cursor points.
func (r *request) page(found []*Post) answer {
	limit := 100
	if n, ok := r.Params["limit"].(float64); ok && n >= 1 {
		limit = min(int(n), 999)
	}
	from := 0
	if cursor := r.Text("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		ts, fine := strings.CutPrefix(string(raw), "next_ts:")
		if err != nil || !fine {
			return refuse("invalid_cursor")
		}
		from = slices.IndexFunc(found, func(p *Post) bool { return p.TS == ts })
		if from < 0 {
			return refuse("invalid_cursor")
		}
	}
	to := min(from+limit, len(found))
	messages := []any{}
	for _, p := range found[from:to] {
		messages = append(messages, copied(p.tombstone().json(r.yes("include_all_metadata"))))
	}
	a := answer{"messages": messages, "has_more": to < len(found)}
	if to < len(found) {
		next := base64.StdEncoding.EncodeToString([]byte("next_ts:" + found[to].TS))
		a["response_metadata"] = map[string]any{"next_cursor": next}
	}
	return a
}

// tombstone is what stands in the place of a deleted message that has replies.
func (p *Post) tombstone() *Post {
	if !p.Deleted {
		return p
	}
	return &Post{
		Channel: p.Channel, TS: p.TS, User: "USLACKBOT", SubType: "tombstone",
		Text: "This message was deleted.", Replies: p.Replies,
	}
}
