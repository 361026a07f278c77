package discordtwin_test

import (
	"context"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

var deferPrivate = obj{"type": 5, "data": obj{"flags": discordtwin.Ephemeral}}

func TestDefersAndEdits(t *testing.T) {
	w := start(t, discordtwin.Options{})
	e := w.Command(discordtwin.General, discordtwin.Ben, "ask", discordtwin.Option{Name: "question", Value: "help?"})
	same(t, "locale", at[string](e.Data, "locale"), "es-ES")
	same(t, "guild's", at[string](e.Data, "guild_locale"), "en-US")
	w.is(w.callback(e, deferPrivate), 404, 10062) // nobody was told yet
	w.Send(e)
	w.is(w.hook(e, "GET", "/messages/@original", nil), 404, 10015)
	next := w.Next("")
	same(t, "defer", w.callback(e, deferPrivate).status, 204)
	w.is(w.callback(e, deferPrivate), 400, 40060)
	same(t, "placeholder", len(w.Ephemerals(discordtwin.Ben)), 0)
	i, _ := w.Interaction(e.ID)
	if !i.Acked || !i.Pending || !i.Ephemeral || i.Ack != 5 || i.Failed || i.Took > time.Second {
		t.Errorf("%+v", i)
	}
	s := w.hook(e, "PATCH", "/messages/@original", obj{"content": "hi", "flags": discordtwin.SuppressEmbeds, "components": []any{row(button1("b"))}})
	same(t, "flags", int(at[float64](s.body, "flags")), discordtwin.Ephemeral|discordtwin.SuppressEmbeds)
	p, err := next(w.ctx)
	w.must(err)
	same(t, "to", p.EphemeralTo, discordtwin.Ben)
	same(t, "seen", w.Ephemerals("")[0].Content, "hi")
	same(t, "posts", len(w.Posts("")), 0)
	w.is(w.call("GET", "channels/"+discordtwin.General+"/messages/"+p.ID, nil), 404, 10008) // not by that door

	press := w.Press(p.ID, discordtwin.Ben, "b")
	same(t, "flags of the message", at[int](press.Data, "message", "flags"), discordtwin.Ephemeral|discordtwin.SuppressEmbeds)
	if !panics(func() { w.Press(p.ID, discordtwin.Ana, "b") }) || !panics(func() { w.Press(p.ID, discordtwin.Ben, "c") }) {
		t.Error("one can press what one does not see")
	}
	w.Send(press)
	same(t, "deferred update", w.callback(press, obj{"type": 6}).status, 204)
	w.is(w.hook(press, "PATCH", "/messages/@original", obj{"content": "changed"}), 200, 0)
	same(t, "source", w.Ephemerals(discordtwin.Ben)[0].Content, "changed")
	same(t, "follow-up", w.hook(press, "POST", "", obj{"content": "more"}).status, 200) // in public
	same(t, "posts", len(w.Posts(discordtwin.General)), 1)
	same(t, "deleted", w.hook(press, "DELETE", "/messages/@original", nil).status, 204)
	w.is(w.hook(press, "GET", "/messages/@original", nil), 404, 10008)
}

func TestAnswersAtOnce(t *testing.T) {
	w := start(t, discordtwin.Options{})
	e := w.Command(w.DMOf(discordtwin.Ana), discordtwin.Ana, "about")
	same(t, "user", at[string](e.Data, "user", "id"), discordtwin.Ana)
	w.Send(e)
	s := w.as("", "POST", "interactions/"+e.ID+"/"+e.Token+"/callback?with_response=true", obj{"type": 4, "data": obj{"content": "A bot.", "components": []any{row(button1("x"))}}})
	id := at[string](s.body, "resource", "message", "id")
	same(t, "answer", w.DMs(discordtwin.Ana)[0].ID, id)
	press := w.Press(id, discordtwin.Ana, "x")
	w.Send(press)
	w.wrong(w.callback(press, obj{"type": 8, "data": obj{"choices": []any{}}}), "type", "INTERACTION_RESPONSE_TYPE_INVALID")
	same(t, "update", w.callback(press, obj{"type": 7, "data": obj{"content": "Changed.", "components": []any{}}}).status, 204)
	p, _ := w.Post(id)
	same(t, "content", p.Content, "Changed.")
	same(t, "buttons", len(p.Buttons()), 0)

	modal := w.Command(discordtwin.General, discordtwin.Ana, "more")
	w.Send(modal)
	same(t, "modal", w.callback(modal, obj{"type": 9, "data": obj{"custom_id": "m", "title": "T", "components": []any{
		obj{"type": 18, "label": "Why", "component": obj{"type": 4, "custom_id": "why", "style": 1}},
	}}}).status, 204)
	submit := w.Submit(modal.ID, map[string]string{"why": "so"})
	same(t, "value", at[string](submit.Data, "data", "components", "0", "component", "value"), "so")
	w.Send(submit)
	same(t, "submitted", w.callback(submit, deferPrivate).status, 204)
}

func TestAutocomplete(t *testing.T) {
	w := start(t, discordtwin.Options{Forgive: true})
	ask := func() discordtwin.Event {
		e := w.Autocomplete(discordtwin.General, discordtwin.Ana, "signs", discordtwin.Option{Name: "sector", Value: "fa", Focused: true})
		w.Send(e)
		return e
	}
	e := ask()
	same(t, "focused", at[bool](e.Data, "data", "options", "0", "focused"), true)
	w.wrong(w.callback(e, deferPrivate), "type", "INTERACTION_RESPONSE_TYPE_INVALID")
	same(t, "choices", w.callback(e, obj{"type": 8, "data": obj{"choices": []any{obj{"name": "Farms", "value": "farms"}}}}).status, 204)
	i, _ := w.Interaction(e.ID)
	same(t, "choices", at[string](i.Choices, "0", "value"), "farms")
	w.is(w.hook(e, "POST", "", obj{"content": "x"}), 404, 10015)
	w.wrong(w.callback(ask(), obj{"type": 8, "data": obj{"choices": []any{obj{"name": "", "value": "x"}}}}), "data.choices.0.name", "BASE_TYPE_REQUIRED")
}

func TestTimesOfInteractions(t *testing.T) {
	c := newClock()
	w := start(t, discordtwin.Options{Now: c.Now})
	e := w.Command(discordtwin.General, discordtwin.Ana, "ask")
	w.Send(e)
	c.pass(3100 * time.Millisecond)
	w.is(w.callback(e, deferPrivate), 404, 10062)
	e = w.Command(discordtwin.General, discordtwin.Ana, "ask")
	w.Send(e)
	w.Send(e) // a duplicate does not begin anew
	w.callback(e, deferPrivate)
	c.pass(14 * time.Minute)
	w.is(w.hook(e, "PATCH", "/messages/@original", obj{"content": "x"}), 200, 0)
	c.pass(2 * time.Minute)
	w.is(w.hook(e, "PATCH", "/messages/@original", obj{"content": "y"}), 401, 50027)

	w = start(t, discordtwin.Options{AckWithin: time.Millisecond})
	e = w.Command(discordtwin.General, discordtwin.Ana, "ask")
	w.Send(e)
	w.must(w.Await(w.ctx, func() bool { i, _ := w.Interaction(e.ID); return i.Failed }))
}

func TestFollowUps(t *testing.T) {
	w := start(t, discordtwin.Options{})
	away := w.AddChannel(discordtwin.Channel{Guild: w.AddGuild(discordtwin.Guild{Absent: true})})
	e := w.Command(away, discordtwin.Ana, "ask")
	same(t, "owner", at[string](e.Data, "authorizing_integration_owners", "1"), discordtwin.Ana)
	w.Send(e)
	w.callback(e, deferPrivate)
	first := w.hook(e, "POST", "", obj{"content": "in the place of the placeholder"})
	i, _ := w.Interaction(e.ID)
	same(t, "edit", first.id(), i.Original)
	for range 5 {
		w.is(w.hook(e, "POST", "?wait=true", obj{"content": "more", "flags": discordtwin.Ephemeral}), 200, 0)
	}
	w.is(w.hook(e, "POST", "", obj{"content": "sixth"}), 400, 40094)
	i, _ = w.Interaction(e.ID)
	same(t, "follow-ups", len(i.Followups), 5)
	w.is(w.hook(e, "PATCH", "/messages/"+i.Followups[2], obj{"content": "changed"}), 200, 0)
	same(t, "delete", w.hook(e, "DELETE", "/messages/"+i.Followups[2], nil).status, 204)
	w.is(w.hook(e, "GET", "/messages/"+i.Followups[2], nil), 404, 10008)
	same(t, "seen", len(w.Ephemerals(discordtwin.Ana)), 5)
	other := w.Command(w.AddChannel(discordtwin.Channel{Type: discordtwin.GroupDM}), discordtwin.Ana, "ask")
	same(t, "context", at[int](other.Data, "context"), 2)
}

func TestMenuAndSelect(t *testing.T) {
	w := start(t, discordtwin.Options{})
	q := w.ChannelMessage(discordtwin.General, discordtwin.Ben, "is this normal?")
	e := w.MessageCommand(discordtwin.General, q.ID, discordtwin.Mod, "Ask about this privately")
	same(t, "text", at[string](e.Data, "data", "resolved", "messages", q.ID, "content"), "is this normal?")
	same(t, "manages", at[string](e.Data, "member", "permissions") != at[string](w.Command(discordtwin.General, discordtwin.Ana, "x").Data, "member", "permissions"), true)
	w.Send(e)
	s := w.as("", "POST", "interactions/"+e.ID+"/"+e.Token+"/callback?with_response=true", obj{"type": 4, "data": obj{
		"flags": discordtwin.Ephemeral, "content": "Which?",
		"components": []any{row(obj{"type": 3, "custom_id": "s", "options": []any{obj{"label": "A", "value": "a"}}})},
	}})
	choice := w.Select(at[string](s.body, "resource", "message", "id"), discordtwin.Mod, "s", "a")
	same(t, "kind", at[int](choice.Data, "data", "component_type"), 3)
	same(t, "values", at[[]string](choice.Data, "data", "values")[0], "a")
	same(t, "all", len(w.Interactions()), 3)
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	if w.Await(ctx, func() bool { return false }) == nil {
		t.Error("Await does not end")
	}
}
