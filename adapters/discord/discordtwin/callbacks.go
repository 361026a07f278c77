package discordtwin

import "strconv"

func (r *request) callback() answer {
	a := r.acts[r.Vars["interaction_id"]]
	if a == nil || a.Token != r.Vars["interaction_token"] || !a.Said {
		return unknownInteraction
	}
	if no := r.respond(a, object(r.Body)); no != nil {
		return *no
	}
	if r.Query.Get("with_response") != "true" {
		return nothing()
	}
	said := map[string]any{"id": a.ID, "type": a.Kind, "channel_id": a.Channel}
	said["response_message_ephemeral"], said["response_message_loading"] = a.Ephemeral, r.state(a).Pending
	body := map[string]any{"interaction": said}
	if a.Guild != "" {
		said["guild_id"] = a.Guild
	}
	if p := r.byID[a.Original]; p != nil {
		said["response_message_id"] = p.ID
		body["resource"] = map[string]any{"type": a.Ack, "message": r.json(p)}
	}
	return fine(body)
}

// respond takes the first answer of an interaction, by callback or in the body of
// an HTTP answer; nil means that it was taken. It wants tw.mu held.
func (tw *Twin) respond(a *act, body map[string]any) *answer {
	switch {
	case a.Acked:
		return &acknowledged
	case a.Failed, tw.now().Sub(a.said) > tw.options.AckWithin:
		return &unknownInteraction
	}
	kind, data := number(body["type"]), object(body["data"])
	if !a.takes(kind) {
		wrong := invalid("type", "INTERACTION_RESPONSE_TYPE_INVALID",
			"Interaction of type "+strconv.Itoa(a.Kind)+" cannot be answered with type "+strconv.Itoa(kind))
		return &wrong
	}
	r := &request{Twin: tw, Call: &Call{}}
	if no := r.answerWith(a, kind, data); no != nil {
		return no
	}
	a.stop()
	a.Acked, a.Ack, a.Took = true, kind, tw.now().Sub(a.said)
	if p := tw.byID[a.Original]; p != nil {
		a.Ephemeral = p.EphemeralTo != ""
		if name := map[int]string{4: "MESSAGE_CREATE", 5: "MESSAGE_CREATE", 7: "MESSAGE_UPDATE"}[kind]; name != "" {
			tw.echo(p, name)
		}
	}
	tw.touch()
	return nil
}

// takes tells which types of callback fit.
func (a *act) takes(kind int) bool {
	switch kind {
	case 4, 5:
		return a.Kind != kindAutocomplete
	case 6, 7:
		return a.Message != "" && (a.Kind == kindComponent || a.Kind == kindModal)
	case 8:
		return a.Kind == kindAutocomplete
	case 9:
		return a.Kind == kindCommand || a.Kind == kindComponent
	}
	return false
}

// answerWith does what an answer of a type says.
func (r *request) answerWith(a *act, kind int, data map[string]any) *answer {
	f := form{}
	switch kind {
	case 4:
		p, no := r.hooked(a, data, "data")
		if no != nil {
			return no
		}
		a.Original = r.add(p).ID
	case 5:
		p := r.blankFor(a)
		p.Loading = true
		p.ephemeral(a, number(data["flags"])) // of flags a defer takes this one only
		a.Original = r.add(p).ID
	case 6:
		a.Original = a.Message
	case 7:
		old := r.byID[a.Message]
		if old == nil || old.Deleted {
			return &unknownMessage
		}
		r.written(&f, data, "data", writing{hook: true, old: old})
		if no := f.answer(); no != nil {
			return no
		}
		if data != nil {
			next := *old
			next.fill(data, writing{hook: true, old: old})
			if next.void() {
				return &emptyMessage
			}
			r.tell(&next, data["allowed_mentions"], "", writing{hook: true, old: old})
			next.Edits++
			next.edited = r.now()
			*old = next
		}
		a.Original = old.ID
	case 8:
		f.suggested(list(data["choices"]))
		if len(f.wrong) == 0 {
			a.Choices = list(data["choices"])
		}
	case 9:
		f.tooLong("data.title", data["title"], 45)
		f.tooLong("data.custom_id", data["custom_id"], 100)
		if n := len(list(data["components"])); n < 1 || n > 5 {
			f.add("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
		}
		if len(f.wrong) == 0 {
			a.Modal = data
		}
	}
	return f.answer()
}

func (f *form) suggested(choices []any) {
	f.tooMany("data.choices", choices, 25)
	for i, v := range choices {
		at, c := "data.choices."+strconv.Itoa(i)+".", object(v)
		for _, name := range []string{"name", "value"} {
			if c[name] == nil || c[name] == "" {
				f.required(at + name)
			}
			f.tooLong(at+name, c[name], 100)
		}
	}
}
