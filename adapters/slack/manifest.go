package slack

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// A Grant is what the app asks a workspace for: a scope, or to be told of events.
type Grant struct {
	Name string
	// Scope is what an event needs, "" for none.
	Scope string
	// Optional is what a workspace may decline.
	Optional bool
	// Why it is asked for, and what is lost without it.
	Why, Without string
}

// Scopes are all that the bot token needs, and those that it may be denied.
func Scopes() []Grant {
	return []Grant{
		{Name: "app_mentions:read", Why: "hear @porchlight in a channel that it was added to", Without: "mentions get no answer"},
		{Name: "assistant:write", Why: "be an agent with suggested questions", Without: "the first questions are not suggested"},
		{Name: "chat:write", Why: "post, edit and remove its own answers, show that one is on its way", Without: "nothing is answered"},
		{Name: "commands", Why: "/porchlight, and the shortcut on a message", Without: "no private way to ask in a channel"},
		{Name: "im:history", Why: "hear direct messages, and see after a crash whether an answer stands", Without: "direct messages get no answer"},
		{Name: "im:write", Why: "the button Send to my messages, and answers for which no other private way is open", Without: "such an answer is posted to the person all the same, but after a crash it may come twice"},
		{Name: "users:read", Optional: true, Why: "the language that a person has set, and who may change the settings of the workspace", Without: "the language is told from the words alone, and nobody can change settings in Slack"},
		{Name: "channels:history", Optional: true, Why: "follow a thread in which somebody asked, or one under its own post, without a new mention, in public channels", Without: "a follow-up needs a new mention; after a crash an answer in a thread may come twice"},
		{Name: "groups:history", Optional: true, Why: "the same in private channels", Without: "in private channels a follow-up needs a new mention"},
	}
}

// Events are what the app wants to be told of.
func Events() []Grant {
	return []Grant{
		{Name: "agent_session_stopped", Why: "the Stop that Slack itself shows while an answer is written", Without: "only the button under the answer stops it"},
		{Name: "app_home_opened", Why: "show the Home, suggest questions", Without: "the Home stays empty"},
		{Name: "app_mention", Scope: "app_mentions:read", Why: "a question with @porchlight", Without: "mentions get no answer"},
		{Name: "app_uninstalled", Why: "learn that it was removed", Without: "it learns so when Slack refuses a call"},
		{Name: "message.im", Scope: "im:history", Why: "a question in a direct message", Without: "direct messages get no answer"},
		{Name: "team_access_revoked", Why: "learn that a workspace of an organisation took it away", Without: "what that workspace chose is kept until the organisation removes the app"},
		{Name: "tokens_revoked", Why: "learn that its token was taken away", Without: "it learns so when Slack refuses a call"},
		{Name: "message.channels", Scope: "channels:history", Optional: true, Why: "a follow-up in a thread of a public channel", Without: "a follow-up needs a new mention"},
		{Name: "message.groups", Scope: "groups:history", Optional: true, Why: "a follow-up in a thread of a private channel", Without: "a follow-up needs a new mention"},
	}
}

// Mend is what the operator can do about an error as Slack names it, "" where
// patience is all.
func Mend(code string) string { return mends[code] }

// suggestedPrompts are the keys of the questions that an empty conversation suggests.
var suggestedPrompts = []string{"prompt_signs", "prompt_rights", "prompt_worry", "prompt_help"}

// An object is one of JSON. The library's own type for manifests leaves out what
// is false, and Slack takes a Messages tab that is not said to be writable for
// one that is not.
type object = map[string]any

// Manifest is the app manifest, as JSON: for Socket Mode, or, where base is not
// "", for HTTP requests at that https address. say is Options.Say; a manifest has
// one language, English.
func Manifest(base string, say func(lang, key string) string) ([]byte, error) {
	if err := validBase(base); err != nil {
		return nil, err
	}
	base = strings.TrimRight(base, "/")
	command := object{"command": "/porchlight", "description": "Ask about labor trafficking; only you see the answer", "usage_hint": "[question]", "should_escape": false}
	events := object{"bot_events": grantNames(Events(), true)}
	interactivity := object{"is_enabled": true}
	oauth := object{"scopes": object{"bot": grantNames(Scopes(), true), "bot_optional": grantNames(Scopes(), false)}} // Slack wants what is optional in both
	if base != "" {
		oauth["redirect_urls"] = []string{base + "/slack/oauth"}
		command["url"] = base + "/slack/commands"
		events["request_url"] = base + "/slack/events"
		interactivity["request_url"] = base + "/slack/interactions"
	}
	prompts := make([]object, 0, len(suggestedPrompts))
	for _, key := range suggestedPrompts {
		prompts = append(prompts, object{"title": say("en", key), "message": say("en", key)})
	}
	m := object{
		"_metadata": object{"major_version": 2, "minor_version": 1},
		"display_information": object{
			"name":        "Porchlight",
			"description": "Questions about labor trafficking, answered with sources and help lines",
			"long_description": "Porchlight answers questions about labor trafficking - its signs, people's rights at work, the laws - from a sourced knowledge base, in English and Spanish, and points to help lines. " +
				"It is an automated program: not a person, not a lawyer, not the police and not a government service. Whoever is in danger should call the emergency number of the country they are in.",
		},
		"features": object{
			"app_home":   object{"home_tab_enabled": true, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false},
			"bot_user":   object{"display_name": "porchlight", "always_online": true},
			"agent_view": object{"agent_description": "Ask about the signs of labor trafficking, rights at work, and where to get help.", "suggested_prompts": prompts},
			"shortcuts": []object{{
				"name": "Ask about this privately", "type": "message", "callback_id": shortcut,
				"description": "Ask Porchlight about this message; only you see the answer",
			}},
			"slash_commands": []object{command},
		},
		"oauth_config": oauth,
		"settings": object{
			"event_subscriptions": events, "interactivity": interactivity, "socket_mode_enabled": base == "",
			"org_deploy_enabled": false, "token_rotation_enabled": false,
		},
	}
	return json.MarshalIndent(m, "", "  ")
}

var errBase = errors.New("slack: the address must look like https://chat.example.org: https, a host, no question mark; Slack sends nothing over http")

func validBase(base string) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(base, "?# ") {
		return errBase
	}
	return nil
}

// grantNames are those of all grants, or of the optional ones alone.
func grantNames(grants []Grant, all bool) (list []string) {
	for _, g := range grants {
		if all || g.Optional {
			list = append(list, g.Name)
		}
	}
	return list
}
