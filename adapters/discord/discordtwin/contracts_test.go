package discordtwin

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const shared = "../../../../shared/contracts"

// answered says what of an answer is against the contract.
func answered(op string, status int, body any) []string {
	i := slices.IndexFunc(table, func(r route) bool { return r.op == op })
	path := strings.ReplaceAll(strings.Join(table[i].parts, "/"), "/", "~1")
	return described(shared).differ(fmt.Sprintf("#/paths/%s/%s/responses/%d/content/application~1json/schema",
		path, strings.ToLower(table[i].method), status), copied(body))
}

// The answers are held against the contract as well as the requests.
func TestAnswersAreAsDescribed(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip(err)
	}
	tw := Start(t, Options{Contracts: shared})
	vars := map[string]string{
		"channel_id": General, "guild_id": Home, "application_id": App, "user_id": Ana, "webhook_id": App,
	}
	do := func(op, query string, body any) any {
		t.Helper()
		i := slices.IndexFunc(table, func(r route) bool { return r.op == op })
		c := &Call{Op: op, Method: table[i].method, Auth: "Bot " + Token, Agent: agent, Vars: vars, Query: map[string][]string{}, Body: copied(body)}
		if query != "" {
			c.Query.Set(query, "true")
		}
		c.Violations = tw.against(c)
		a, _ := tw.do(c, table[i], nil)
		if a.status >= 400 {
			t.Fatalf("%s: %v", op, a.body)
		}
		if a.body != nil {
			for _, wrong := range answered(op, a.status, a.body) {
				t.Errorf("%s: %s", op, wrong)
			}
		}
		return a.body
	}
	type obj = map[string]any
	rich := obj{
		"content": "hello", "embeds": []any{obj{"title": "t", "fields": []any{obj{"name": "a", "value": "b"}}}},
		"components": []any{obj{"type": 1, "components": []any{obj{"type": 2, "style": 2, "label": "x", "custom_id": "y"}}}},
	}
	for _, op := range []string{
		GetGateway, GetBotGateway, GetMyUser, GetMyApplication, ListMyGuilds, GetUser, GetChannel, GetGuild, ListGuildChannels,
	} {
		do(op, "", nil)
	}
	do(CreateDM, "", obj{"recipient_id": Ana})
	tw.Thread(General, "t")
	do(GetActiveThreads, "", nil)
	q := tw.Mention(General, Ana, "?")
	rich["message_reference"] = obj{"message_id": q.ID}
	vars["message_id"] = text(object(do(CreateMessage, "", rich))["id"])
	delete(rich, "message_reference")
	do(GetMessage, "", nil)
	do(ListMessages, "", nil)
	do(UpdateMessage, "", rich)
	tw.Permit(General, Least|CreatePublicThreads)
	do(CreateThread, "", obj{"name": "thread"})
	commands := []any{obj{"name": "ask", "description": "d", "options": []any{obj{"type": 3, "name": "q", "description": "d"}}}}
	do(BulkSetCommands, "", commands)
	do(BulkSetGuildCommands, "", commands)
	do(CreateCommand, "", commands[0])
	do(ListCommands, "with_localizations", nil)
	do(ListGuildCommands, "", nil)
	delete(vars, "message_id")
	e := tw.Command(General, Ana, "ask")
	tw.Send(e)
	vars["interaction_id"], vars["interaction_token"], vars["webhook_token"] = e.ID, e.Token, e.Token
	do(Callback, "with_response", obj{"type": 4, "data": rich})
	do(GetOriginal, "", nil)
	do(UpdateOriginal, "", rich)
	vars["message_id"] = text(object(do(Followup, "", rich))["id"])
	do(GetFollowup, "", nil)
	do(UpdateFollowup, "", rich)
	do(DeleteFollowup, "", nil)
	delete(vars, "message_id")
	do(DeleteOriginal, "", nil)
}

func TestDifferencesFromTheContract(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip(err)
	}
	tw := Start(t, Options{Contracts: shared, Forgive: true})
	for want, c := range map[string]*Call{
		"/contents: no such field":           {Op: CreateMessage, Method: "POST", Body: map[string]any{"contents": "x"}},
		"/content: got number, want null":    {Op: CreateMessage, Method: "POST", Body: map[string]any{"content": 5.0}},
		"?with: no such parameter":           {Op: GetChannel, Method: "GET", Query: map[string][]string{"with": {"x"}}},
		"/type: value must be":               {Op: Callback, Method: "POST", Body: map[string]any{"type": 77.0}},
		"a body, where none":                 {Op: TriggerTyping, Method: "POST", Body: map[string]any{"x": 1.0}},
		"/components/0/components/0/label: ": {Op: CreateMessage, Method: "POST", Body: labelled(strings.Repeat("x", 81))},
	} {
		c.Agent = agent
		got := tw.against(c)
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) || len(got) > 2 {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := tw.against(&Call{Op: GetChannel, Method: "GET"}); len(got) != 1 {
		t.Errorf("got %q of an agent without a name", got)
	}
	if len(Ops()) != len(table) || described("nowhere") != nil {
		t.Error("Ops or described")
	}
}

func labelled(label string) any {
	return copied[any](map[string]any{"components": []any{map[string]any{"type": 1, "components": []any{
		map[string]any{"type": 2, "style": 2, "custom_id": "x", "label": label},
	}}}})
}
