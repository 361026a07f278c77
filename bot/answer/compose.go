package answer

import (
	"slices"
	"strings"

	"porchlight/bot"
	"porchlight/bot/safety"
	"porchlight/knowledge"
	"porchlight/knowledge/index"
)

const (
	maxBullets     = 5 // of a topic at first; "tell me more" brings the rest
	maxSuggestions = 3

	beyond = 0.9 // what is off topic by itself must be so sure of a topic

	plain = 0.8 // a question of general interest, whatever it weighs like

	sure = 0.65 // below it an answer comes with what else may have been meant

	ownSubject = "off-topic-and-harmful" // the topic that says what is not ours
)

// compose turns what was found into the body of a reply.
func (j *job) compose(r bot.Reply, p plan) bot.Reply {
	if j.goesOn(p) && (r.Kind == bot.About || r.Kind == bot.OffTopic) {
		r.Kind = bot.Answer // "en español?" asks for the last answer, not about the program
	}
	if !r.Urgent && (p.repeat || p.more || p.topic != "") {
		return j.again(r, p)
	}
	var f knowledge.Finding
	if p.found != nil {
		f = *p.found
	} else {
		f = j.base.Find(j.lang, p.query)
	}
	j.step("find")
	j.found = &f
	j.explain(f, p)
	r = j.reconsider(r, f)
	switch r.Kind {
	case bot.Danger, bot.SelfHarm:
		return j.afterUrgent(r, f)
	case bot.Disclosure:
		return j.instead(r, f, p, "i-think-it-is-me")
	case bot.Tip:
		return j.instead(r, f, p, "worried-about-someone")
	case bot.About:
		return j.about(r, p)
	default:
	}
	if r.Kind == bot.OffTopic && f.Confident < beyond {
		return j.decline(r, bot.OffTopic)
	}
	r.Kind = bot.Answer
	switch f.Band {
	case knowledge.Certain:
		if f.Found[0].Topic.ID == ownSubject {
			return j.decline(r, bot.OffTopic)
		}
		r = j.raise(r, f.Found[0])
		if r.Urgent {
			return j.afterUrgent(r, f)
		}
		found := j.join(f)
		r = j.topics(r, p, found...)
		if f.Confident < sure && len(found) == 1 && p.follows == "" {
			r = j.hedge(r, f)
		}
		return r
	case knowledge.Nearest:
		if !p.outside {
			return j.near(r, f)
		}
	case knowledge.Unknown:
	}
	if p.outside || f.Outside != "" || j.covered(f) < 0.35 {
		return j.decline(r, bot.OffTopic)
	}
	return j.decline(r, bot.NoAnswer)
}

// reconsider takes a message that only weighs like a question about the program,
// or like a confidence, for the question that it turned out to be.
func (j *job) reconsider(r bot.Reply, f knowledge.Finding) bot.Reply {
	if r.Kind == bot.About && (j.meansTheLine(f) || f.Band == knowledge.Certain && !j.signed(bot.About) && j.risk.Weight(safety.About) < 1) {
		r.Kind = bot.Answer // it only weighs like a question about the program
	}
	if (r.Kind == bot.Disclosure || r.Kind == bot.Tip) && !j.signed(r.Kind) && f.Confident > plain && general(f.Found[0].Topic) {
		r.Kind, r.Lead = bot.Answer, "" // it only weighs like a confidence, and asks for a figure or the like
	}
	return r
}

// goesOn tells whether a message continues the topic before it, whatever it
// would be by itself. Courtesies do not.
func (j *job) goesOn(p plan) bool {
	switch j.risk.About {
	case "greeting", "thanks", "bye", "what_are_you", "human", "help":
		return false
	}
	return p.repeat || p.more || p.topic != "" || p.found != nil
}

// meansTheLine tells whether "who can see this?" in a conversation is asked of
// the help line or the report just spoken of, not of this program.
func (j *job) meansTheLine(f knowledge.Finding) bool {
	_, going := j.state.Last()
	return going && (j.risk.About == "who_reads" || j.risk.About == "stored") && f.Band == knowledge.Certain &&
		f.Found[0].Like > 0.7 && f.Found[0].Topic.Section != "about"
}

// hedge offers the next topics instead of related ones, for a question that may
// have meant them.
func (j *job) hedge(r bot.Reply, f knowledge.Finding) bot.Reply {
	var ids []string
	for _, x := range f.Found[1:min(len(f.Found), maxSuggestions)] {
		ids = append(ids, x.Topic.ID)
	}
	lead := f.Found[0].Topic
	r.Suggestions = j.suggest(append(ids, lead.Related...), []string{lead.ID})
	r.Closing = strings.TrimSpace(r.Closing + " " + j.say("unsure"))
	return r
}

// covered is how much of the question the best topics know.
func (j *job) covered(f knowledge.Finding) float64 {
	c := 0.0
	for _, x := range f.Found[:min(3, len(f.Found))] {
		c = max(c, x.Coverage)
	}
	return c
}

// raise lets a topic found raise the level of a message that showed no sign:
// whoever asks just what people in danger ask is answered like them. Nothing
// here lowers it.
func (j *job) raise(r bot.Reply, best knowledge.Found) bot.Reply {
	kind := bot.Kind(best.Topic.Kind)
	if kind == bot.Answer || best.Like < 0.8 {
		return r
	}
	j.risk.Kind = "" // the opening below is made for the topic's kind
	switch kind {
	case bot.Danger, bot.SelfHarm:
		r.Kind, r.Urgent, r.Brief = kind, true, true
		r.Lead = j.urgent(j.lang, kind)
		r.Resources = j.base.Cards(j.lang, j.country, j.urgentLines(kind)...)
	case bot.Disclosure:
		r.Kind, r.Lead = kind, j.care()
	case bot.Tip:
		r.Kind, r.Lead = kind, j.sayFor(j.lang, "tip", "tip_abroad")
	case bot.About:
		r.Kind = kind
	default:
	}
	return r
}

// afterUrgent adds next steps to an urgent reply, and no more words.
func (j *job) afterUrgent(r bot.Reply, f knowledge.Finding) bot.Reply {
	id := "in-danger-now"
	if r.Kind == bot.SelfHarm {
		id = "mental-health-crisis"
	}
	if t, ok := j.base.Topic(id, j.lang); ok {
		r.Passages = append(r.Passages, j.passage(knowledge.Found{Topic: t}, 1))
	}
	if f.Band == knowledge.Certain && f.Found[0].Topic.ID != id {
		r.Suggestions = j.suggest([]string{f.Found[0].Topic.ID}, nil)
	}
	return r
}

// general tells the topics that nobody needs who confides.
func general(t *knowledge.Topic) bool {
	return slices.Contains([]string{"campaign", "archive", "about", "numbers"}, t.Section)
}

// instead answers with what was found where that is certain, else with the
// topic made for such messages.
func (j *job) instead(r bot.Reply, f knowledge.Finding, p plan, id string) bot.Reply {
	kind, lead := r.Kind, r.Lead
	found := f.Found
	if f.Band != knowledge.Certain || general(f.Found[0].Topic) {
		t, ok := j.base.Topic(id, j.lang)
		if !ok {
			return j.help(r, false, "nhth")
		}
		found = []knowledge.Found{{Topic: t}}
	}
	r = j.topics(r, p, found[0])
	r.Kind, r.Lead = kind, lead
	return j.help(r, false, merge(found[0].Topic.Help, []string{"nhth"})...)
}

// about answers greetings and questions about this program.
func (j *job) about(r bot.Reply, p plan) bot.Reply {
	show := func(id string) bot.Reply {
		if t, ok := j.base.Topic(id, j.lang); ok {
			r = j.topics(r, p, knowledge.Found{Topic: t})
		} else {
			r.Lead = strings.TrimSpace(r.Lead + " " + j.say("greeting")) // the topic is hidden here
		}
		r.Kind = bot.About
		return r
	}
	switch j.risk.About {
	case "greeting", "thanks", "bye":
		r.Lead = j.say(j.risk.About)
		if j.risk.About == "greeting" {
			r.Suggestions = j.suggest([]string{"what-is-labor-trafficking", "signs-general", "off-topic-and-harmful"}, nil)
		}
		return r
	case "human":
		r.Lead = j.say("human")
		return j.help(show("what-are-you"), true, "nhth")
	case "languages":
		return show("languages")
	case "help":
		return show("off-topic-and-harmful")
	}
	return show("what-are-you")
}

// near offers the nearest topics: "did you mean".
func (j *job) near(r bot.Reply, f knowledge.Finding) bot.Reply {
	if j.foreign {
		return j.decline(r, bot.NoAnswer)
	}
	r.Lead, r.Words.Next = j.say("nearest"), j.say("nearest_next")
	r.Kind = bot.NoAnswer
	ids := make([]string, 0, maxSuggestions)
	for _, x := range f.Found[:min(maxSuggestions, len(f.Found))] {
		ids = append(ids, x.Topic.ID)
		r.Passages = append(r.Passages, j.passage(x, x.Confidence))
	}
	r.Suggestions = j.suggest(ids, nil)
	return j.help(r, true, "nhth")
}

// decline says that this is not known here, names what is, and never guesses.
func (j *job) decline(r bot.Reply, kind bot.Kind) bot.Reply {
	r.Kind = kind
	r.Lead = j.say(string(kind))
	if j.foreign {
		r.Lead = j.say("language_unknown")
		switch {
		case j.native != "":
			r.Lead, r.Also = j.sayIn(j.native, "help")+" "+j.sayIn(j.native, "not_person"), r.Lead
		case j.second != "":
			r.Also = j.sayIn(j.second, "language_unknown")
		}
	}
	ids := []string{"what-is-labor-trafficking", "signs-general", "workers-rights-any-status"}
	r.Suggestions = j.suggest(ids, nil)
	return j.help(r, true, "nhth")
}

// again shows a topic that was shown or offered before.
func (j *job) again(r bot.Reply, p plan) bot.Reply {
	id := p.follows
	if p.topic != "" {
		id = p.topic
	}
	t, ok := j.topic(id)
	if !ok {
		return j.decline(r, bot.NoAnswer)
	}
	last, _ := j.state.Last()
	rest := unseen(t, last.Shown)
	j.explain(knowledge.Finding{Lang: j.lang, Found: []knowledge.Found{{Topic: t}}}, p)
	switch {
	case !p.more, last.Kind == bot.NoAnswer && len(last.Shown) == 0: // it was only offered so far
		r = j.raise(r, knowledge.Found{Topic: t, Hit: index.Hit{Like: 1}})
		if r.Urgent {
			return j.afterUrgent(r, knowledge.Finding{})
		}
		return j.topics(r, p, knowledge.Found{Topic: t})
	case len(rest) > 0:
		r = j.topics(r, p, knowledge.Found{Topic: t})
		s := &r.Sections[0]
		s.Text, s.Bullets = j.say("more"), rest
		j.shown = places(t)
		return j.help(r, true, first(t.Help, "nhth")) // in full they were shown before
	}
	r.Lead = j.say("no_more")
	r.Passages = []bot.Passage{j.passage(knowledge.Found{Topic: t}, 1)}
	r.Suggestions = j.suggest(t.Related, nil)
	j.shown = places(t)
	return j.help(r, true, first(t.Help, "nhth"))
}

// topic is a topic in the answer's language, else in another one.
func (j *job) topic(id string) (*knowledge.Topic, bool) {
	for _, lang := range append([]string{j.lang}, j.base.Langs()...) {
		if t, ok := j.base.Topic(id, lang); ok {
			return t, true
		}
	}
	return nil, false
}

// unseen are the details of a topic that stand at none of these places.
func unseen(t *knowledge.Topic, shown []int) (rest []string) {
	for i, d := range t.Details {
		if !slices.Contains(shown, i) {
			rest = append(rest, d)
		}
	}
	return rest
}

// places are those of all details of a topic.
func places(t *knowledge.Topic) (all []int) {
	for i := range t.Details {
		all = append(all, i)
	}
	return all
}

// seen are the places of the details that a person has been shown, with this
// section and with the turns before it.
func (j *job) seen(t *knowledge.Topic, s bot.Section) (shown []int) {
	if last, ok := j.state.Last(); ok && len(last.Topics) > 0 && last.Topics[0] == t.ID {
		shown = slices.Clone(last.Shown)
	}
	for i, d := range t.Details {
		if (d == s.Text || slices.Contains(s.Bullets, d)) && !slices.Contains(shown, i) {
			shown = append(shown, i)
		}
	}
	return shown
}

func first(ids []string, otherwise string) string {
	if len(ids) > 0 {
		return ids[0]
	}
	return otherwise
}

// join adds a second topic where the question has two parts and each has its own.
func (j *job) join(f knowledge.Finding) []knowledge.Found {
	out := f.Found[:1]
	for _, part := range parts(j.text) {
		g := j.base.FindIn(f.Lang, index.Query{Text: part, Limit: 1})
		if g.Band != knowledge.Certain || g.Found[0].Like < 0.55 {
			continue
		}
		if !slices.ContainsFunc(out, func(x knowledge.Found) bool { return x.Topic.ID == g.Found[0].Topic.ID }) {
			out = append(slices.Clip(out), g.Found[0])
		}
	}
	if len(out) > 3 || len(out) < 2 {
		return f.Found[:1]
	}
	return out[:2]
}

// parts splits a question that asks two things; a question that asks one has none.
func parts(text string) []string {
	if len(text) > 600 {
		return nil
	}
	var out []string
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("?!;\n¿", r) }) {
		for _, and := range []string{" and also ", " and ", " y también ", " y tambien ", " y además ", " y "} {
			s = strings.ReplaceAll(s, and, "\x00")
		}
		for x := range strings.SplitSeq(s, "\x00") {
			if len(strings.Fields(x)) >= 3 {
				out = append(out, strings.TrimSpace(x))
			}
		}
	}
	if len(out) < 2 || len(out) > 4 {
		return nil
	}
	return out
}

// topics makes sections of topics, the first one leading, with its help lines
// and suggestions.
func (j *job) topics(r bot.Reply, p plan, found ...knowledge.Found) bot.Reply {
	lead := found[0].Topic
	var skip []string
	for i, x := range found {
		s := j.section(x.Topic, p, len(found))
		if i == 0 {
			j.shown = j.seen(x.Topic, s)
		}
		r.Sections = append(r.Sections, s)
		r.Passages = append(r.Passages, j.passage(x, x.Confidence))
		skip = append(skip, x.Topic.ID)
	}
	if lead.Lang != j.lang {
		r.Lead = strings.TrimSpace(j.say("other_language") + " " + r.Lead)
	}
	if j.foreign {
		r.Lead = strings.TrimSpace(j.say("language_unknown") + " " + r.Lead)
	}
	var related []string
	for _, x := range found {
		related = append(related, x.Topic.Related...)
	}
	r.Suggestions = j.suggest(related, skip)
	if j.country != HomeCountry {
		r.Closing = j.say("abroad")
	}
	help := lead.Help
	if len(help) == 0 {
		help = []string{"nhth"}
	}
	if lead.Needs() {
		return j.help(r, false, help...)
	}
	return j.help(r, true, help[0])
}

// section is one topic: the direct answer, the bullets that fit best, the
// source line.
func (j *job) section(t *knowledge.Topic, p plan, of int) bot.Section {
	s := bot.Section{Heading: t.Title, Text: t.Answer, Cites: j.base.Cite(t), Archived: t.Archived}
	s.Bullets = slices.Clone(t.Details)
	switch {
	case p.follows == t.ID && !p.repeat && !p.more:
		j.focus(&s, p)
	case p.query.Text != "":
		// What answers the sort of question asked comes first: "how long?"
		s.Bullets = j.cuedFirst(fold(p.query.Text), s.Bullets)
	}
	most := maxBullets
	if of > 1 {
		most = 3
	}
	s.Bullets = s.Bullets[:min(most, len(s.Bullets))]
	if t.Archived {
		s.Mark = strings.ReplaceAll(j.say("archived"), "{date}", j.date(t.AsOf))
	}
	s.Source = j.source(s.Cites)
	return s
}

// focus brings the sentences that answer a follow-up to the front.
func (j *job) focus(s *bot.Section, p plan) {
	said := fold(p.query.Text)
	type scored struct {
		text string
		n    int
	}
	all := []scored{{s.Text, 0}}
	for _, b := range s.Bullets {
		all = append(all, scored{b, 0})
	}
	asked := strings.Fields(said)
	for i := range all {
		all[i].n = 3 * j.cued(said, all[i].text)
		for w := range strings.FieldsSeq(fold(all[i].text)) {
			if len(w) > 4 && slices.ContainsFunc(asked, func(a string) bool { return len(a) > 4 && a[:5] == w[:5] }) {
				all[i].n++
			}
		}
	}
	best := slices.MaxFunc(all, func(a, b scored) int { return a.n - b.n })
	if best.n == 0 || best.text == s.Text {
		return
	}
	slices.SortStableFunc(all, func(a, b scored) int { return b.n - a.n })
	s.Text = all[0].text
	s.Bullets = s.Bullets[:0]
	for _, x := range all[1:] {
		s.Bullets = append(s.Bullets, x.text)
	}
}

// suggest offers topics by their titles.
func (j *job) suggest(ids, skip []string) []bot.Suggestion {
	var out []bot.Suggestion
	for _, id := range ids {
		t, ok := j.base.Topic(id, j.lang)
		if !ok || slices.Contains(skip, id) || len(out) == maxSuggestions ||
			slices.ContainsFunc(out, func(s bot.Suggestion) bool { return s.Topic == id }) {
			continue
		}
		out = append(out, bot.Suggestion{Label: t.Title, Text: t.Title, Topic: id})
	}
	return out
}

func (j *job) passage(x knowledge.Found, score float64) bot.Passage {
	return bot.Passage{ID: x.Topic.ID, Title: x.Topic.Title, Score: score, Sources: j.base.Cite(x.Topic)}
}
