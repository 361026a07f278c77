package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/prompts"
)

const discordToken = "MTA0." + hush

var publicKey = strings.Repeat("ab", 32)

// A fakeDiscord answers what doctor asks of Discord. "" is the usual answer.
type fakeDiscord struct {
	app, gateway, commands string
	guilds                 map[string]string // the commands that servers have of their own
	status                 int
	body                   string // of each answer, in the place of all
	skew                   time.Duration
	hang                   bool
}

func (f fakeDiscord) start(t *testing.T) string {
	t.Helper()
	ended := make(chan struct{})
	or := func(s, usual string) string {
		if s == "" {
			return usual
		}
		return s
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.hang {
			select {
			case <-r.Context().Done():
			case <-ended:
			}
			return
		}
		w.Header().Set("Date", time.Now().Add(f.skew).UTC().Format(http.TimeFormat))
		answer := map[string]string{
			"/api/v9/users/@me":                `{"id":"B1","username":"lamp","bot":true}`,
			"/api/v9/applications/@me":         or(f.app, appOver("")),
			"/api/v9/gateway/bot":              or(f.gateway, `{"url":"wss://x","shards":1,"session_start_limit":{"total":1000,"remaining":998,"reset_after":1000,"max_concurrency":1}}`),
			"/api/v9/applications/A1/commands": or(f.commands, "[]"),
		}[r.URL.Path]
		if r.URL.Path == "/api/v9/users/@me/guilds" {
			answer = serversOf(f.guilds)
		}
		if guild, of := strings.CutPrefix(r.URL.Path, "/api/v9/applications/A1/guilds/"); of {
			answer = f.guilds[strings.TrimSuffix(guild, "/commands")]
		}
		switch {
		case r.Header.Get("Authorization") != "Bot "+discordToken:
			w.WriteHeader(http.StatusUnauthorized)
			answer = `{"message":"401: Unauthorized","code":0}`
		case f.status != 0:
			w.WriteHeader(f.status)
		case r.Method != http.MethodGet || answer == "":
			w.WriteHeader(http.StatusNotFound)
			answer = `{"code":0}`
		}
		fmt.Fprint(w, or(f.body, answer))
	}))
	t.Cleanup(func() {
		close(ended)
		s.Close()
	})
	return s.URL + "/api/v9/"
}

// serversOf is the list of servers, by their ids.
func serversOf(guilds map[string]string) string {
	list := []map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(guilds)) {
		list = append(list, map[string]string{"id": id, "name": "a server"})
	}
	raw, _ := json.Marshal(list)
	return string(raw)
}

// appOver is the application with an Interactions Endpoint URL, "" for none.
func appOver(endpoint string) string {
	raw, _ := json.Marshal(map[string]any{"id": "A1", "name": "Porchlight", "verify_key": publicKey, "interactions_endpoint_url": endpoint})
	if endpoint == "" {
		return strings.Replace(string(raw), `:""`, `:null`, 1)
	}
	return string(raw)
}

// registered are the commands as Discord gives them once they are registered.
func registered(t *testing.T) string {
	t.Helper()
	tw := discordtwin.Start(t, discordtwin.Options{Contracts: "../../../shared/contracts"})
	phrases, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := discord.Options{Token: discordtwin.Token, APIURL: tw.APIURL(), Say: phrases.Screen, Name: func(string, ...string) string { return "" }}
	if _, err := discord.New(o).Register(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(tw.Commands(""))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestDoctorDiscord(t *testing.T) {
	secrets := folder(t, map[string]string{"bot": discordToken, "wrong": hush + "-of-another", "broken": hush + " x", "empty": ""})
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	gateway := []string{"--discord-bot-token=file:" + secrets + "/bot"}
	overHTTP := append(slices.Clone(gateway), "--discord-transport=http", "--discord-listen=127.0.0.1:0", "--discord-public-key="+publicKey)
	commands := registered(t)
	other := strings.Replace(commands, `"required":true`, `"required":false`, 1)
	who := `ok    discord: application Porchlight \(A1\), bot lamp \(B1\)$`
	const endpoint = "https://chat.example.org/" + hush + "/discord/interactions"
	for name, c := range map[string]struct {
		fake fakeDiscord
		args []string
		want []string
	}{
		"all is well": {fakeDiscord{commands: commands}, gateway, []string{
			`ok    discord settings: .*over the gateway`, who, `ok    discord clock`, `ok    discord interactions: they come over the gateway$`,
			`ok    discord gateway: shards 1, identifies left 998 of 1000$`, `ok    discord commands: all are registered$`,
		}},
		"no command":      {fakeDiscord{}, gateway, []string{who, `warn  discord commands: .*\+ ask.*\+ porchlight-settings.* — porchlight discord register`}},
		"another command": {fakeDiscord{commands: other}, gateway, []string{`warn  discord commands: not registered as they are to be: ~ \w+ — porchlight discord register`}},
		"servers of their own": {fakeDiscord{commands: commands, guilds: map[string]string{"71": commands, "72": other, "73": "[]"}}, gateway, []string{
			`ok    discord commands: all are registered$`,
			`warn  discord commands of servers: server 72 has its own, not as they are to be: ~ \w+ — porchlight discord register --guild 72$`,
			`ok    discord commands of servers: 1 have their own, as they are to be; looked at 3 of 3$`,
		}},
		"one server alone": {fakeDiscord{guilds: map[string]string{"71": commands}}, gateway, []string{
			`warn  discord commands: not registered as they are to be: \+ ask`, `ok    discord commands of servers: 1 have their own`,
		}},
		"commands of a server in its place": {fakeDiscord{commands: commands, guilds: map[string]string{"71": `{"a":1}`}}, gateway, []string{`FAIL  discord commands of servers: server 71: what answers is not Discord's API`}},
		"few logins left":                   {fakeDiscord{commands: commands, gateway: `{"shards":4,"session_start_limit":{"total":1000,"remaining":99,"reset_after":7200000}}`}, gateway, []string{`warn  discord gateway: shards 4, identifies left 99 of 1000 — .*in 2h0m0s`}},
		"just enough":                       {fakeDiscord{commands: commands, gateway: `{"shards":4,"session_start_limit":{"total":1000,"remaining":100,"reset_after":7200000}}`}, gateway, []string{`ok    discord gateway: shards 4, identifies left 100`}},
		"an endpoint":                       {fakeDiscord{app: appOver(endpoint)}, gateway, []string{`warn  discord interactions: they go to chat.example.org, not over the gateway — empty .*--discord-transport http`}},
		"over HTTP":                         {fakeDiscord{app: appOver(endpoint)}, overHTTP, []string{`ok    discord settings: .*over HTTP`, who, `ok    discord interactions: they go to chat.example.org$`, `ok    discord address: 127.0.0.1:0 is free`}},
		"no endpoint":                       {fakeDiscord{}, overHTTP, []string{who, `warn  discord interactions: no Interactions Endpoint URL is set.* — .*/discord/interactions`}},
		"another's key":                     {fakeDiscord{app: appOver(endpoint)}, append(slices.Clip(overHTTP), "--discord-public-key="+strings.Repeat("cd", 32)), []string{`FAIL  discord interactions: the public key is not that of this application — `, `ok    discord interactions`}},
		"no key":                            {fakeDiscord{app: strings.Replace(appOver(endpoint), publicKey, "", 1)}, append(slices.Clip(overHTTP), "--discord-public-key=abc"), []string{`FAIL  discord settings: the HTTP transport needs the public key, 64 .* — .*--discord-public-key`}},
		"the address is in use": {fakeDiscord{app: appOver(endpoint)}, append(slices.Clip(overHTTP), "--discord-listen="+taken.Addr().String()), []string{
			`FAIL  discord address: 127.0.0.1:\d+ is in use by another program — .*--discord-listen`,
		}},
		"a clock behind":         {fakeDiscord{commands: commands, skew: 2 * time.Minute}, gateway, []string{who, `warn  discord clock: that of Discord is (2m0s|1m59s|2m1s) ahead of this one — .*NTP$`}},
		"a clock ahead":          {fakeDiscord{app: appOver(endpoint), skew: -time.Hour}, overHTTP, []string{who, `FAIL  discord clock: that of Discord is .* behind this one — .*refused`}},
		"a little ahead":         {fakeDiscord{commands: commands, skew: -50 * time.Second}, gateway, []string{`ok    discord clock`}},
		"another token":          {fakeDiscord{}, []string{"--discord-bot-token=file:" + secrets + "/wrong"}, []string{`FAIL  discord: the token is wrong, says Discord — copy it again`, `ok    discord clock`}},
		"a broken token":         {fakeDiscord{}, []string{"--discord-bot-token=file:" + secrets + "/broken"}, []string{`FAIL  discord settings: the bot token is missing or broken — it stands at Bot`, `FAIL  discord: the token is wrong, says Discord`}},
		"an empty secret":        {fakeDiscord{}, []string{"--discord-bot-token=file:" + secrets + "/empty"}, []string{`FAIL  discord settings: discord-bot-token: .*holds nothing — `, `FAIL  discord: discord-bot-token: .*holds nothing — `}},
		"too many calls":         {fakeDiscord{status: http.StatusTooManyRequests, body: "<html>error 1015"}, gateway, []string{`warn  discord: too many calls for now — `}},
		"refused":                {fakeDiscord{status: http.StatusForbidden}, gateway, []string{`FAIL  discord: not answered by Discord: status 403 — `}},
		"no Discord":             {fakeDiscord{status: http.StatusBadGateway, body: "<html>"}, gateway, []string{`FAIL  discord: what answers is not Discord's API \(status 502\) — `}},
		"a page in its place":    {fakeDiscord{body: `["` + discordToken + `"]`}, gateway, []string{`FAIL  discord: what answers is not Discord's API \(status 200\) — `}},
		"commands in its place":  {fakeDiscord{commands: `{"a":1}`}, gateway, []string{who, `FAIL  discord commands: what answers is not Discord's API — `}},
		"it hangs":               {fakeDiscord{hang: true}, gateway, []string{`FAIL  discord: not reached: context deadline exceeded — look whether this machine may reach Discord`}},
		"a name with the secret": {fakeDiscord{commands: commands, app: strings.Replace(appOver(""), "Porchlight", discordToken, 1)}, gateway, []string{`ok    discord: application \(hidden\)`}},
	} {
		t.Run(name, func(t *testing.T) {
			hurry := func(d *doctor) {
				if c.fake.hang {
					d.patience = 200 * time.Millisecond
				}
			}
			says(t, examine(t, hurry, "discord", append(slices.Clip(c.args), "--discord-api-url="+c.fake.start(t))...), c.want...)
		})
	}
	t.Run("nobody is there", func(t *testing.T) {
		says(t, examine(t, nil, "discord", append(slices.Clip(gateway), "--discord-api-url=http://"+free(t)+"/api/v9/")...), `FAIL  discord: not reached: .*connection refused`)
	})
	t.Run("is a platform", func(t *testing.T) {
		says(t, examine(t, nil, "settings", gateway...), `ok    settings`)
	})
}
