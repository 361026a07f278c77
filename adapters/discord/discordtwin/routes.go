package discordtwin

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
)

// route is an operation, with its address.
type route struct {
	op, method string
	parts      []string
	free       bool // no Authorization is asked for, and the global limit does not count it
	do         func(*request) answer
}

func at(method, pattern, op string, do func(*request) answer) route {
	free := strings.HasPrefix(pattern, "/webhooks/") || strings.HasPrefix(pattern, "/interactions/") || op == GetGateway
	return route{op, method, strings.Split(pattern, "/"), free, do}
}

// request is a call that is being done. tw.mu is held meanwhile.
type request struct {
	*Twin
	*Call
	head http.Header // of the answer
}

func routes() []route {
	const channel, app, hook = "/channels/{channel_id}", "/applications/{application_id}", "/webhooks/{webhook_id}/{webhook_token}"
	return []route{
		at("GET", "/gateway", GetGateway, (*request).gateway),
		at("GET", "/gateway/bot", GetBotGateway, (*request).gatewayBot),
		at("GET", "/users/@me", GetMyUser, (*request).me),
		at("GET", "/users/@me/guilds", ListMyGuilds, (*request).myGuilds),
		at("POST", "/users/@me/channels", CreateDM, (*request).openDM),
		at("GET", "/users/{user_id}", GetUser, (*request).getUser),
		at("GET", "/applications/@me", GetMyApplication, (*request).myApplication),
		at("GET", "/guilds/{guild_id}", GetGuild, (*request).getGuild),
		at("GET", "/guilds/{guild_id}/channels", ListGuildChannels, (*request).guildChannels),
		at("GET", "/guilds/{guild_id}/threads/active", GetActiveThreads, (*request).activeThreads),
		at("GET", channel, GetChannel, (*request).getChannel),
		at("GET", channel+"/messages", ListMessages, (*request).messages),
		at("POST", channel+"/messages", CreateMessage, (*request).create),
		at("GET", channel+"/messages/{message_id}", GetMessage, (*request).message),
		at("PATCH", channel+"/messages/{message_id}", UpdateMessage, (*request).update),
		at("DELETE", channel+"/messages/{message_id}", DeleteMessage, (*request).remove),
		at("POST", channel+"/messages/{message_id}/threads", CreateThread, (*request).openThread),
		at("POST", channel+"/typing", TriggerTyping, (*request).typed),
		at("GET", app+"/commands", ListCommands, (*request).listCommands),
		at("PUT", app+"/commands", BulkSetCommands, (*request).setCommands),
		at("POST", app+"/commands", CreateCommand, (*request).createCommand),
		at("DELETE", app+"/commands/{command_id}", DeleteCommand, (*request).deleteCommand),
		at("GET", app+"/guilds/{guild_id}/commands", ListGuildCommands, (*request).listCommands),
		at("PUT", app+"/guilds/{guild_id}/commands", BulkSetGuildCommands, (*request).setCommands),
		at("POST", app+"/guilds/{guild_id}/commands", CreateGuildCommand, (*request).createCommand),
		at("DELETE", app+"/guilds/{guild_id}/commands/{command_id}", DeleteGuildCommand, (*request).deleteCommand),
		at("POST", "/interactions/{interaction_id}/{interaction_token}/callback", Callback, (*request).callback),
		at("POST", hook, Followup, (*request).followUp),
		at("GET", hook+"/messages/@original", GetOriginal, (*request).getHooked),
		at("PATCH", hook+"/messages/@original", UpdateOriginal, (*request).editHooked),
		at("DELETE", hook+"/messages/@original", DeleteOriginal, (*request).deleteHooked),
		at("GET", hook+"/messages/{message_id}", GetFollowup, (*request).getHooked),
		at("PATCH", hook+"/messages/{message_id}", UpdateFollowup, (*request).editHooked),
		at("DELETE", hook+"/messages/{message_id}", DeleteFollowup, (*request).deleteHooked),
	}
}

var (
	table   = routes()
	version = regexp.MustCompile(`^/api(/v(9|10))?/`)
)

// find is the route of a path, with what stands for its variables; other tells that
// the path is there under another method. An op of "" is none.
func find(method, path string) (r route, vars map[string]string, other bool) {
	parts := strings.Split(path, "/")
	for _, r := range table {
		vars, fits := r.match(parts)
		if !fits {
			continue
		}
		if r.method == method {
			return r, vars, false
		}
		other = true
	}
	return route{}, nil, other
}

func (r route) match(parts []string) (map[string]string, bool) {
	if len(parts) != len(r.parts) {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range r.parts {
		switch {
		case strings.HasPrefix(p, "{"):
			vars[strings.Trim(p, "{}")] = parts[i]
		case p != parts[i]:
			return nil, false
		}
	}
	return vars, true
}

func (tw *Twin) serveAPI(w http.ResponseWriter, r *http.Request) {
	prefix := version.FindString(r.URL.Path)
	if prefix == "" {
		writeAnswer(w, notFound)
		return
	}
	path := "/" + strings.TrimPrefix(r.URL.Path, prefix)
	found, vars, other := find(r.Method, path)
	c, bad := decode(w, r)
	if c == nil {
		return // the client went away
	}
	c.Op, c.Path, c.Vars, c.At = found.op, path, vars, tw.now()
	c.Violations = tw.against(c)
	switch {
	case other:
		bad = &wrongMethod
	case found.op == "":
		bad = &notFound
	}
	fault := tw.pick(c.Op)
	c.Fault = fault.name()
	if fault != nil && !fault.Accept {
		tw.mu.Lock()
		c.seen = fault.Status
		tw.spent(c)
		tw.record(c)
		tw.mu.Unlock()
		fault.play(tw, w, r, answer{})
		return
	}
	a, head := tw.do(c, found, bad)
	maps.Copy(w.Header(), head)
	switch {
	case fault != nil:
		fault.play(tw, w, r, a)
	case a.status == http.StatusTooManyRequests && a.body == nil:
		cloudflare(w)
	default:
		writeAnswer(w, a)
	}
}

// do does what the call asks, records it, and returns the answer and its headers.
func (tw *Twin) do(c *Call, found route, bad *answer) (answer, http.Header) {
	req := &request{Twin: tw, Call: c, head: http.Header{}}
	tw.mu.Lock()
	defer tw.mu.Unlock()
	a := req.perform(found, bad)
	c.Status, c.Answer, c.seen = a.status, a.body, a.status
	tw.spent(c)
	tw.record(c)
	return a, req.head
}

func (r *request) perform(found route, bad *answer) answer {
	if no := r.ban(); no != nil {
		return *no
	}
	if !found.free && found.op != "" && (r.token == "" || r.Auth != "Bot "+r.token) {
		return unauthorised
	}
	if no := r.limited(found); no != nil {
		return *no
	}
	if bad != nil {
		return *bad
	}
	for name, v := range r.Vars {
		if strings.HasSuffix(name, "_id") && !isSnowflake(v) {
			return invalid(name, "NUMBER_TYPE_COERCE", `Value "`+v+`" is not snowflake.`)
		}
	}
	if a := r.Vars["application_id"]; a != "" && a != App {
		return refuse(403, 20012, "You are not authorized to perform this action on this application")
	}
	return found.do(r)
}
