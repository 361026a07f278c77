package slack

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"porchlight/bot"
)

// A callback is what the Events API sends, as far as it is read here.
type callback struct {
	Type           string `json:"type"`
	Challenge      string `json:"challenge"`
	TeamID         string `json:"team_id"`
	OrgID          string `json:"enterprise_id"`
	EventID        string `json:"event_id"`
	Time           int64  `json:"event_time"`
	Shared         bool   `json:"is_ext_shared_channel"`
	Authorizations []struct {
		OrgID  string `json:"enterprise_id"`
		TeamID string `json:"team_id"`
		UserID string `json:"user_id"`
		IsBot  bool   `json:"is_bot"`
	} `json:"authorizations"`
	Event event `json:"event"`
}

type event struct {
	Type        string          `json:"type"`
	SubType     string          `json:"subtype"`
	User        string          `json:"user"`
	BotID       string          `json:"bot_id"`
	Text        string          `json:"text"`
	Channel     json.RawMessage `json:"channel"` // an id, or an object in channel events
	ChannelType string          `json:"channel_type"`
	TS          string          `json:"ts"`
	ThreadTS    string          `json:"thread_ts"`
	ParentUser  string          `json:"parent_user_id"`
	Edited      json.RawMessage `json:"edited"`
	UserTeam    string          `json:"user_team"`
	SourceTeam  string          `json:"source_team"`
	Tab         string          `json:"tab"`
	TeamIDs     []string        `json:"team_ids"` // of team_access_revoked
	Tokens      *struct {       // of tokens_revoked: whose they were
		Bot []string `json:"bot"`
	} `json:"tokens"`
}

func (e event) channel() (id string) {
	_ = json.Unmarshal(e.Channel, &id) // "" for an object
	return id
}

// team is the workspace that an event belongs to, by the install it was sent for.
func (c callback) team() string {
	if len(c.Authorizations) > 0 && c.Authorizations[0].TeamID != "" {
		return c.Authorizations[0].TeamID
	}
	return c.TeamID
}

// org is the organisation of that install, "" where there is none.
func (c callback) org() string {
	if len(c.Authorizations) > 0 {
		return c.Authorizations[0].OrgID
	}
	return c.OrgID
}

// event reads an event. ok is false for one that asks nothing.
func (d *decoder) event(c callback) (m bot.Message, ok bool) {
	e, team := c.Event, c.team()
	own := d.own(team)
	for _, a := range c.Authorizations {
		if own == "" && a.IsBot {
			own = a.UserID
		}
	}
	switch e.Type {
	case "message", "app_mention":
		return d.said(c, team, own)
	case "app_home_opened":
		p := place{Org: c.org(), Team: team, User: e.User, Channel: e.channel(), Surface: bot.Direct}
		if e.User == "" {
			return m, false
		}
		if e.Tab == "home" {
			p.Home = true
			m = d.message(p, "home", c.EventID)
			m.Command = bot.ShowAbout
			return m, true
		}
		p.Errand = "prompts"
		return d.errand(p, c.EventID)
	case "agent_session_stopped": // Slack's own button, while an answer is streamed
		p := place{Org: c.org(), Team: team, User: e.User, Channel: e.channel(), Thread: e.ThreadTS, Surface: bot.Direct, Errand: pressStop}
		if p.User == "" || p.Channel == "" {
			return m, false
		}
		return d.errand(p, c.EventID)
	case "team_access_revoked":
		if len(e.TeamIDs) == 0 {
			return m, false
		}
		return d.errand(place{Org: c.org(), Team: team, Lost: e.TeamIDs, Errand: errandLeave, Arg: strconv.FormatInt(c.Time, 10)}, c.EventID)
	case "app_uninstalled", "tokens_revoked":
		if e.Tokens != nil && len(e.Tokens.Bot) == 0 { // those of a person, which are not used here
			return m, false
		}
		return d.errand(place{Org: c.org(), Team: team, Errand: errandLeave, Arg: strconv.FormatInt(c.Time, 10)}, c.EventID)
	default:
		return m, false
	}
}

func (d *decoder) errand(p place, id ...string) (bot.Message, bool) {
	m := d.message(p, append([]string{p.Errand}, id...)...)
	m.Command = bot.Errand
	return m, true
}

// said reads what somebody wrote: in a direct message, with a mention, or in a
// thread. Whether what only follows is a question, the place leaves open.
func (d *decoder) said(c callback, team, own string) (m bot.Message, ok bool) {
	e := c.Event
	channel := e.channel()
	switch {
	case e.User == "", e.BotID != "", e.User == own, len(e.Edited) > 0 && string(e.Edited) != "null":
		return m, false
	case e.SubType != "" && e.SubType != "file_share" && e.SubType != "thread_broadcast":
		return m, false
	case channel == "", e.TS == "":
		return m, false
	case c.Shared, foreign(team, e.UserTeam), foreign(team, e.SourceTeam):
		return m, false // another organisation reads along
	}
	p := place{Org: c.org(), Team: team, Channel: channel, User: e.User, TS: e.TS, Thread: e.ThreadTS, Surface: bot.Channel}
	switch {
	case e.Type == "message" && (e.ChannelType == "im" || e.ChannelType == "" && direct(channel)):
		p.Surface = bot.Direct
	case e.Type == "app_mention":
	case e.ThreadTS == "", strings.Contains(e.Text, "<@"):
		return m, false
	case own != "" && e.ParentUser == own:
		// a thread under a post of this program goes on without a mention, where
		// the workspace lets it read along
	case e.ThreadTS != e.TS: // one under another's only where the same person asked in it before
		p.Follows = true
	default:
		return m, false
	}
	text := plain(e.Text, own)
	if text == "" && p.Surface == bot.Direct {
		return m, false // a picture, say
	}
	m = d.message(p, channel, e.TS)
	m.Text = text
	if text == "" {
		m.Command = bot.ShowAbout // a bare mention
	}
	return m, true
}

func foreign(team, other string) bool { return other != "" && team != "" && other != team }

// slash reads a slash command.
func (d *decoder) slash(v url.Values) (m bot.Message, ok bool) {
	p := place{
		Org: v.Get("enterprise_id"), Team: v.Get("team_id"), Channel: v.Get("channel_id"), User: v.Get("user_id"),
		Surface: bot.Aside, Hook: v.Get("response_url"),
	}
	if p.User == "" || p.Channel == "" || v.Get("trigger_id") == "" {
		return m, false
	}
	m = d.message(p, "slash", v.Get("trigger_id"))
	m.Text = plain(v.Get("text"), d.own(p.Team))
	switch {
	case m.Text == "":
		m.Command = bot.ShowAbout
	case slices.Contains(settingsWords, strings.ToLower(m.Text)):
		p.Errand = errandSettings
		return d.errand(p, "slash", v.Get("trigger_id"))
	}
	return m, true
}
