package discordtwin

import "encoding/json"

// entrance is what Identify and Resume say.
type entrance struct {
	Token      string          `json:"token"`
	Properties json.RawMessage `json:"properties"`
	Shard      []int           `json:"shard"`
	Intents    *int            `json:"intents"`
	SessionID  string          `json:"session_id"`
	Seq        int64           `json:"seq"`
}

// enter is Identify or Resume.
func (s *Socket) enter(op int, d json.RawMessage) {
	o := s.opening
	switch {
	case s.Session() != "":
		s.Close(AlreadyAuthenticated)
		return
	case o.OnIdentify != 0:
		s.Close(o.OnIdentify)
		return
	case o.NoReady:
		return
	case o.Invalid:
		s.opening.Invalid = false // once
		s.Invalidate(o.Resumable)
		return
	}
	var e entrance
	if json.Unmarshal(d, &e) != nil {
		s.Close(DecodeError)
		return
	}
	s.tw.mu.Lock()
	token, strict := s.tw.token, s.tw.options.StrictResume
	s.tw.mu.Unlock()
	bare := e.Token
	if len(bare) > 4 && bare[:4] == "Bot " {
		bare = bare[4:] // which Discord takes, too
	}
	switch {
	case token == "" || bare != token:
		s.Close(AuthenticationFailed)
	case op == opIdentify:
		s.identify(e)
	case strict && !s.OnResumeURL:
		s.Invalidate(false)
	default:
		s.resume(e)
	}
}

// identify begins a session, unless something is against it.
func (s *Socket) identify(e entrance) {
	shard, shards := 0, 1
	if len(e.Shard) == 2 {
		shard, shards = e.Shard[0], e.Shard[1]
	}
	o := s.tw.options
	code := 0
	switch {
	case len(e.Properties) == 0:
		code = DecodeError
	case len(e.Shard) != 0 && len(e.Shard) != 2, shard < 0, shards < 1, shard >= shards:
		code = InvalidShard
	case shards < o.NeedShards:
		code = ShardingRequired
	case e.Intents == nil || *e.Intents&^intentAll != 0:
		code = InvalidIntents
	case *e.Intents&intentContent != 0 && !o.MessageContent,
		*e.Intents&intentMembers != 0 && !o.Members, *e.Intents&intentPresences != 0 && !o.Presences:
		code = DisallowedIntents
	}
	if code != 0 {
		s.Close(code)
		return
	}
	s.tw.mu.Lock()
	s.tw.left--
	if s.tw.left < 0 {
		s.tw.token = ""
		live := s.tw.live
		s.tw.mu.Unlock()
		for _, other := range live {
			other.Close(AuthenticationFailed)
		}
		return
	}
	key, now := shard%o.Concurrency, s.tw.now()
	if last, ok := s.tw.identified[key]; ok && now.Sub(last) < o.IdentifyEvery {
		s.tw.mu.Unlock()
		s.Invalidate(false)
		return
	}
	s.tw.identified[key] = now
	p := &session{id: s.tw.secret(), shard: shard, shards: shards, intents: *e.Intents, socket: s}
	s.session = p
	s.tw.sessions = append(s.tw.sessions, p)
	s.tw.greet(p)
	s.tw.touch()
	s.tw.mu.Unlock()
}

// greet is READY, and the guilds of the shard after it. It wants tw.mu held.
func (tw *Twin) greet(p *session) {
	guilds := []any{}
	var here []Event
	for _, g := range tw.guildsHere() {
		if e := tw.arrival(g); p.gets(Event{Guild: g.ID}) {
			guilds = append(guilds, map[string]any{"id": g.ID, "unavailable": true})
			here = append(here, e)
		}
	}
	me := tw.person(BotUser)
	me["verified"], me["mfa_enabled"], me["email"] = true, true, nil
	ready := map[string]any{
		"v": 9, "user": me, "guilds": guilds, "session_id": p.id, "resume_gateway_url": tw.ResumeURL(),
		"session_type": "normal", "private_channels": []any{}, "relationships": []any{}, "presences": []any{},
		"application": map[string]any{"id": App, "flags": tw.applicationFlags()}, "_trace": []any{}, "user_settings": map[string]any{},
		"shard": []int{p.shard, p.shards}, "geo_ordered_rtc_regions": []any{}, "guild_join_requests": []any{},
	}
	tw.dispatch(p, "READY", encode(ready), "")
	for _, e := range here {
		if p.gets(e) {
			tw.dispatch(p, e.Name, encode(e.Data), "")
		}
	}
}

// resume takes a session up again: what it missed, then RESUMED. A session that is
// on another socket moves here.
func (s *Socket) resume(e entrance) {
	s.tw.mu.Lock()
	var p *session
	for _, known := range s.tw.sessions {
		if known.id == e.SessionID {
			p = known
		}
	}
	if p != nil && p.socket == nil && s.tw.now().Sub(p.away) > s.tw.options.SessionLife {
		s.tw.end(p)
		p = nil
	}
	switch {
	case p == nil, len(p.log) > 0 && e.Seq < p.log[0].seq-1:
		s.tw.mu.Unlock()
		s.Invalidate(false)
		return
	case e.Seq > p.seq:
		s.session = p
		s.tw.mu.Unlock()
		s.Close(InvalidSeq)
		return
	}
	old := p.socket
	p.socket, s.session, s.resumed = s, p, true
	p.told = max(p.told, e.Seq)
	for _, f := range p.log {
		if f.seq > e.Seq {
			s.queue(f)
		}
	}
	s.tw.dispatch(p, "RESUMED", []byte(`{"_trace":[]}`), "")
	s.tw.touch()
	s.tw.mu.Unlock()
	if old != nil && old != s {
		old.Close(UnknownError)
	}
}

// Identifies is how many are left of the day.
func (tw *Twin) Identifies() int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.left
}
