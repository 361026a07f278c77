package slacktwin

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A View is a Home tab or a modal that the app shows to someone.
type View struct {
	ID, Hash, Type, User string
	// View is what the app sent.
	View map[string]any
	// Versions counts how often it was published.
	Versions int
}

// trigger is the right to open one modal, for three seconds.
type trigger struct {
	user string
	made time.Time
	used bool
}

const triggerLife = 3 * time.Second

// Views is what the app shows to someone, "" to anybody, in the order in which it
// was first shown.
func (tw *Twin) Views(user string) []View {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var of []View
	for _, v := range tw.views {
		if user == "" || v.User == user {
			of = append(of, *v)
		}
	}
	return of
}

// Home is the Home tab of someone, if there is one.
func (tw *Twin) Home(user string) (View, bool) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if v := tw.home(user); v != nil {
		return *v, true
	}
	return View{}, false
}

func (tw *Twin) home(user string) *View {
	for _, v := range tw.views {
		if v.User == user && v.Type == "home" {
			return v
		}
	}
	return nil
}

func (r *request) publish() answer {
	u := r.users[r.Text("user_id")]
	if u == nil || u.Team != r.team.id {
		return refuse("user_not_found")
	}
	body, wrong := r.viewed("home")
	if len(wrong) > 0 {
		return refuse("invalid_arguments", wrong...)
	}
	v := r.home(u.ID)
	if hash := r.Text("hash"); hash != "" && v != nil && hash != v.Hash {
		return refuse("hash_conflict")
	}
	if v == nil {
		v = &View{ID: r.id("V"), Type: "home", User: u.ID}
		r.views = append(r.views, v)
	}
	return r.shown(v, body)
}

func (r *request) openView() answer {
	t := r.triggers[r.Text("trigger_id")]
	switch {
	case t == nil:
		return refuse("invalid_trigger_id")
	case t.used:
		return refuse("exchanged_trigger_id")
	case r.now().Sub(t.made) > triggerLife:
		return refuse("expired_trigger_id")
	}
	body, wrong := r.viewed("modal")
	if len(wrong) > 0 {
		return refuse("invalid_arguments", wrong...)
	}
	t.used = true
	v := &View{ID: r.id("V"), Type: "modal", User: t.user}
	r.views = append(r.views, v)
	return r.shown(v, body)
}

func (r *request) shown(v *View, body map[string]any) answer {
	v.Versions++
	v.View, v.Hash = body, fmt.Sprintf("%s.%08x", strings.Split(r.ts(), ".")[0], r.random.Uint32())
	return answer{"view": v.json(r.team)}
}

// json is the view as Slack writes it.
func (v *View) json(t *team) map[string]any {
	m := copied(v.View)
	m["id"], m["hash"], m["team_id"], m["app_id"] = v.ID, v.Hash, t.id, App
	m["bot_id"], m["app_installed_team_id"], m["root_view_id"] = t.botID, t.id, v.ID
	m["previous_view_id"] = nil
	if m["state"] == nil {
		m["state"] = map[string]any{"values": map[string]any{}}
	}
	return m
}

// viewed takes the view out of the call and measures it.
func (r *request) viewed(surface string) (map[string]any, []string) {
	v := object(r.Params["view"])
	if v == nil {
		return nil, []string{"must be a valid view [json-pointer:/view]"}
	}
	var wrong []string
	say := func(what, where string) { wrong = append(wrong, what+" [json-pointer:/view"+where+"]") }
	if v["type"] != surface {
		say("must be "+surface, "/type")
	}
	for name, most := range map[string]int{"private_metadata": 3000, "callback_id": 255, "external_id": 255} {
		if s, _ := v[name].(string); utf8.RuneCountInString(s) > most {
			say(fmt.Sprintf("must be less than %d characters", most+1), "/"+name)
		}
	}
	b := &blocks{surface: surface, ids: map[string]bool{}}
	if surface == "modal" {
		b.label(v, "title", 24, true, "")
		b.label(v, "submit", 24, hasInput(list(v["blocks"])), "")
		b.label(v, "close", 24, false, "")
	}
	in, _ := checkBlocks(list(v["blocks"]), surface)
	for _, w := range append(b.wrong, in...) {
		wrong = append(wrong, strings.Replace(w, "[json-pointer:", "[json-pointer:/view", 1))
	}
	return copied(v), wrong
}

func hasInput(all []any) bool {
	for _, b := range all {
		if object(b)["type"] == "input" {
			return true
		}
	}
	return false
}

// trigger makes a trigger_id. It wants tw.mu held.
func (tw *Twin) trigger(user string) string {
	tw.serial++
	id := fmt.Sprintf("%d.%d.%08x", tw.now().UnixMilli(), tw.serial, tw.random.Uint32())
	tw.triggers[id] = &trigger{user: user, made: tw.now()}
	return id
}
