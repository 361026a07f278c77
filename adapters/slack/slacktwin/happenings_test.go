package slacktwin_test

import (
	"testing"

	"porchlight/adapters/slack/slacktwin"
)

// TestAccessRevoked expects the news of an organisation to name the workspaces, and
// the tokens to work yet.
func TestAccessRevoked(t *testing.T) {
	tw := slacktwin.Start(t, slacktwin.Options{})
	e := tw.AccessRevoked("E0ORG00001", slacktwin.Team, "T0OTHER001")
	ids, _ := e.Inner()["team_ids"].([]any)
	if e.Inner()["type"] != "team_access_revoked" || len(ids) != 2 || ids[1] != "T0OTHER001" || e.Payload["enterprise_id"] != "E0ORG00001" {
		t.Errorf("%v", e.Payload)
	}
}

// TestPressedBy expects a press to tell which workspace the presser is of.
func TestPressedBy(t *testing.T) {
	tw := slacktwin.Start(t, slacktwin.Options{})
	other := tw.AddUser(slacktwin.User{Team: "T0OTHER001"})
	channel := tw.AddChannel(slacktwin.Channel{Shared: true, Members: []string{slacktwin.BotUser, slacktwin.Ana, other}})
	m := tw.ChannelMessage(channel, slacktwin.Ana, "well", "")
	for who, want := range map[string]string{slacktwin.Ana: slacktwin.Team, other: "T0OTHER001"} {
		e := tw.Shortcut(channel, m.TS, who, "x")
		user, _ := e.Payload["user"].(map[string]any)
		team, _ := e.Payload["team"].(map[string]any)
		if user["team_id"] != want || team["id"] != slacktwin.Team {
			t.Errorf("%s is of %v, at %v", who, user["team_id"], team["id"])
		}
	}
}
