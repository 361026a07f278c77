package discordtwin

// mostFollowups is how many there may be where only the person has the app.
const mostFollowups = 5

// blankFor is a message of the app for an interaction.
func (tw *Twin) blankFor(a *act) *Post {
	p := &Post{Channel: a.Channel, User: BotUser, Bot: true, Interaction: a.ID}
	switch {
	case a.menu:
		p.Type = 23
	case a.Kind == kindCommand:
		p.Type = 20
	}
	return p
}

func (p *Post) ephemeral(a *act, flags int) {
	if flags&Ephemeral != 0 {
		p.EphemeralTo = a.User
		p.Flags |= Ephemeral
	}
}

// hooked is a new message through an interaction, checked.
func (r *request) hooked(a *act, data map[string]any, at string) (*Post, *answer) {
	f, w := form{}, writing{hook: true}
	r.written(&f, data, at, w)
	if no := f.answer(); no != nil {
		return nil, no
	}
	p := r.blankFor(a)
	p.fill(data, w)
	if p.void() {
		return nil, &emptyMessage
	}
	p.ephemeral(a, number(data["flags"]))
	r.tell(p, data["allowed_mentions"], "", w)
	return p, nil
}

// going is the interaction of the request, while its token lives and once it was
// acknowledged.
func (r *request) going() (*act, *answer) {
	a := r.byToken[r.Vars["webhook_token"]]
	switch {
	case r.Vars["webhook_id"] != App, a == nil, !a.Acked, a.Kind == kindAutocomplete:
		return nil, &unknownWebhook
	case r.now().Sub(a.made) > r.options.TokenLife:
		return nil, &invalidToken
	}
	return a, nil
}

// found is the message of the request, which has to be of its interaction.
func (r *request) found() (*Post, *answer) {
	a, no := r.going()
	if no != nil {
		return nil, no
	}
	id := r.Vars["message_id"]
	if id == "" {
		id = a.Original
	}
	p := r.byID[id]
	if p == nil || p.Deleted || p.Interaction != a.ID && id != a.Original {
		return nil, &unknownMessage
	}
	return p, nil
}

func (r *request) getHooked() answer {
	p, no := r.found()
	if no != nil {
		return *no
	}
	return fine(r.json(p))
}

// editHooked changes a message of an interaction. Who sees it stays as it was.
func (r *request) editHooked() answer {
	p, no := r.found()
	if no != nil {
		return *no
	}
	return r.rewrite(p, object(r.Body), writing{hook: true, old: p})
}

func (r *request) deleteHooked() answer {
	p, no := r.found()
	if no != nil {
		return *no
	}
	r.drop(p)
	return nothing()
}

// followUp posts another message. The first after a defer takes the place of the
// placeholder, and is seen by whom the defer said.
func (r *request) followUp() answer {
	a, no := r.going()
	if no != nil {
		return *no
	}
	if a.Installed && len(a.Followups) >= mostFollowups {
		return tooManyFollowups
	}
	p, no := r.hooked(a, object(r.Body), "")
	if no != nil {
		return *no
	}
	if old := r.byID[a.Original]; old != nil && old.Loading && !old.Deleted {
		return r.rewrite(old, object(r.Body), writing{hook: true, old: old})
	}
	a.Followups = append(a.Followups, r.add(p).ID)
	r.echo(p, "MESSAGE_CREATE")
	return fine(r.json(p))
}
