package answer

import (
	"context"
	"slices"
	"strings"
	"time"

	"porchlight/bot"
	"porchlight/bot/conversation"
	"porchlight/bot/llm"
	"porchlight/bot/safety"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// writing is an answer that a model writes, sentence by sentence.
type writing struct {
	*job
	w       *Writer
	offline bot.Reply // the answer without a model
	base    bot.Reply // what every reply of this answer holds besides its sections
	rest    []bot.Section
	from    *material
	shown   []checked
	refused int
	raised  bot.Kind // by the model, "" when it did not
	yield   func(bot.Reply) bool
	stopped bool // nobody reads on
}

// write has a model write the answer of which offline is the knowledge base's
// own. It yields each reply but the last, which it returns; ok is false when
// nobody reads on. Whatever the model does, the answer is whole and checked.
func (j *job) write(ctx context.Context, offline bot.Reply, yield func(bot.Reply) bool) (r bot.Reply, ok bool) {
	t := &writing{job: j, w: j.Writer, offline: offline, yield: yield}
	ctx, cancel := context.WithDeadline(ctx, j.started.Add(j.Writer.deadline()))
	defer cancel()
	asked := j.text
	if t.w.Redact != nil {
		asked = t.w.Redact(j.lang, asked)
	}
	from, found := j.gather(ctx, asked)
	j.step("gather")
	if !found {
		return offline, true
	}
	t.from = from
	key, keyed := t.key(asked)
	if keyed {
		if ds, hit := t.w.Cache.get(key); hit && t.replay(ds) {
			t.w.count("answers", "cache", 1)
			if t.why != nil {
				t.why.Model = t.w.Name + " (kept)"
			}
			return t.finish(true), !t.stopped
		}
	}
	why := t.generate(ctx, asked)
	j.step("write")
	if t.stopped {
		return offline, false
	}
	r = t.end(why)
	if keyed && why == "" && t.raised == "" && len(t.shown) > 0 {
		t.w.Cache.put(key, t.drafts())
	}
	return r, !t.stopped
}

// end is the last reply: what the model wrote, completed where it did not get to
// an end, or the answer without it.
func (t *writing) end(why string) bot.Reply {
	switch {
	case t.raised != "":
		t.w.count("answers", "raised", 1)
		return t.raise()
	case len(t.shown) == 0:
		if why == "" {
			why = "nothing"
		}
		t.w.count("answers", why, 1)
		if why == "none" || why == "budget" {
			return t.offline
		}
		r := t.offline
		r.Mode = bot.Fallback
		return r
	}
	whole := why == "" && t.refused <= len(t.shown)
	if whole {
		t.w.count("answers", "written", 1)
	} else {
		t.w.count("answers", "completed", 1)
	}
	return t.finish(whole)
}

// generate has the model write, within the budget. It returns why that came to
// no good end, "" when it did.
func (t *writing) generate(ctx context.Context, asked string) (why string) {
	p, err := t.prompt(asked)
	if err != nil {
		t.warn("prompt", err)
		return "prompt"
	}
	estimate := (len(p.Static)+len(p.Data))/4 + p.MaxTokens
	if !t.w.Budget.take(t.m.Person, estimate) {
		return "budget"
	}
	why, used := t.read(ctx, p)
	t.w.Budget.settle(t.m.Person, estimate, used.Prompt+used.Completion)
	t.w.count("tokens", "prompt", used.Prompt)
	t.w.count("tokens", "prompt_cached", used.Cached)
	t.w.count("tokens", "completion", used.Completion)
	if t.why != nil {
		t.why.Prompted, t.why.Completed = used.Prompt, used.Completion
	}
	return why
}

// read reads what the model writes and shows each sentence that stands.
func (t *writing) read(ctx context.Context, p llm.Prompt) (why string, used llm.Usage) {
	var d draftReader
	line := func(s string) { t.line(&d, s) }
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	patience := time.AfterFunc(time.Hour, cancel) // until the last line; see usagePatience
	defer patience.Stop()
	for piece, err := range t.w.Model.Generate(ctx, p) {
		if err != nil && !d.done { // else it was only waited for what it cost
			t.w.count("model_errors", llm.Reason(err), 1)
			return "model", estimated(p, d)
		}
		before := d.done
		d.feed(piece.Text, line)
		if d.done && !before {
			patience.Reset(usagePatience)
		}
		if used = piece.Usage; used != (llm.Usage{}) || err != nil || t.stopped || t.raises(d.level) {
			break
		}
	}
	if used == (llm.Usage{}) {
		used = estimated(p, d)
	}
	d.end(line)
	t.raises(d.level)
	if d.none && len(t.shown) == 0 {
		return "none", used
	}
	return "", used
}

// usagePatience is how long after its last sentence a server is waited for, to
// say what the answer cost.
const usagePatience = 200 * time.Millisecond

func estimated(p llm.Prompt, d draftReader) llm.Usage {
	return llm.Usage{Prompt: (len(p.Static) + len(p.Data)) / 4, Completion: d.read / 4, Estimated: true}
}

// prompt is what the model is asked.
func (t *writing) prompt(asked string) (llm.Prompt, error) {
	in := prompts.Writing{Lang: t.lang, Asked: asked}
	for _, topic := range t.from.topics {
		s := sourceOf(topic)
		in.Passages = append(in.Passages, prompts.WritingPassage{
			Title: s.Title, Text: s.text, Details: s.details, Archived: topic.Archived, AsOf: t.date(topic.AsOf),
		})
	}
	if before, ok := t.job.base.Topic(t.plan.follows, t.lang); ok {
		in.Before = before.Title
	}
	static, data, err := t.w.Prompts.Write(in)
	if t.why != nil {
		t.why.Model, t.why.Prompt = t.w.Name, data
	}
	return llm.Prompt{Static: static, Data: data, MaxTokens: maxTokens, Name: "write"}, err
}

// rank is how grave a kind is, for raising.
var rank = map[bot.Kind]int{bot.Answer: 0, bot.NoAnswer: 0, bot.Tip: 1, bot.Disclosure: 2, bot.SelfHarm: 3, bot.Danger: 3}

// raises takes the level that a model gives a message, where it is graver than
// ours. It can only be raised before anything is shown.
func (t *writing) raises(level string) bool {
	k := bot.Kind(level)
	if r, known := rank[k]; known && len(t.shown) == 0 && k != bot.Answer && k != bot.NoAnswer && r > rank[t.offline.Kind] {
		t.raised = k
	}
	return t.raised != ""
}

// raise is the answer to a message that the model found graver than we did: the
// fixed one of that kind.
func (t *writing) raise() bot.Reply {
	j := t.job
	j.risk.Kind = safety.Kind(t.raised)
	r := j.opening()
	switch t.raised {
	case bot.Danger, bot.SelfHarm:
		r = j.afterUrgent(r, *j.found)
	case bot.Disclosure:
		r = j.instead(r, *j.found, j.plan, "i-think-it-is-me")
	default:
		r = j.instead(r, *j.found, j.plan, "worried-about-someone")
	}
	return j.finish(r)
}

// line takes a line of the draft.
func (t *writing) line(d *draftReader, line string) {
	if t.raises(d.level) || t.stopped || len(t.shown) >= maxSentences {
		return
	}
	one, ok := parseDraft(line)
	if !ok {
		t.refuse(draft{text: line}, "form", 1)
		return
	}
	t.sentence(one)
}

// sentence checks a draft and shows it if it stands.
func (t *writing) sentence(d draft) {
	began := time.Now()
	c, reason, doubt := t.from.verify(d, t.name)
	if reason == "" && slices.ContainsFunc(t.shown, func(x checked) bool { return x.text == c.text }) {
		reason = "repeated"
	}
	if reason != "" {
		t.refuse(d, reason, doubt)
		return
	}
	t.note(d, "", doubt, time.Since(began))
	t.w.count("sentences", "shown", 1)
	if len(t.shown) == 0 {
		t.begin(c)
	}
	t.shown = append(t.shown, c)
	t.stopped = !t.yield(t.grown())
}

func (t *writing) refuse(d draft, reason string, doubt float64) {
	t.refused++
	t.note(d, reason, doubt, 0)
	t.w.count("sentences", reason, 1)
}

// note tells staff of a sentence.
func (t *writing) note(d draft, reason string, doubt float64, took time.Duration) {
	if t.why != nil {
		t.why.Drafts = append(t.why.Drafts, bot.Draft{Text: d.text, Cites: d.cites, Reason: reason, Doubt: doubt, Took: took})
	}
}

// name is that of a help line, "" for one that may not be shown.
func (t *writing) name(id string) string {
	s, ok := t.job.base.Fill("{name:"+id+"}", t.lang, t.country)
	if !ok {
		return ""
	}
	return s
}

// begin settles, with the first sentence, what the answer holds besides its
// sections. A question that was met by "did you mean" has now been answered.
func (t *writing) begin(c checked) {
	t.base, t.rest = t.offline, t.offline.Sections
	if t.offline.Kind == bot.NoAnswer {
		r := t.topics(bot.Reply{Kind: bot.Answer, Flags: t.offline.Flags}, t.plan, knowledge.Found{Topic: c.topics[0]})
		t.rest = r.Sections
		t.base = t.job.finish(r)
	}
	t.base.Mode = bot.Model
	t.base.Final = false
}

// grown is the answer so far.
func (t *writing) grown() bot.Reply {
	r := t.base
	r.Sections = t.written(t.shown)
	r.Passages = nil
	for _, c := range t.shown {
		for _, x := range c.topics {
			if !slices.ContainsFunc(r.Passages, func(p bot.Passage) bool { return p.ID == x.ID }) {
				r.Passages = append(r.Passages, t.passage(knowledge.Found{Topic: x}, 1))
			}
		}
		r = t.named(r, c.lines)
	}
	return r
}

// named adds the cards of help lines that the text names.
func (t *writing) named(r bot.Reply, ids []string) bot.Reply {
	const most = 4
	for _, id := range ids {
		if !slices.ContainsFunc(r.Resources, func(c bot.Card) bool { return c.ID == id }) && len(r.Resources) < most {
			r.Resources = append(slices.Clip(r.Resources), t.job.base.Cards(t.lang, t.country, id)...)
		}
	}
	return r
}

// finish is the last reply of what was shown, completed by the knowledge base's
// own words where the model left off.
func (t *writing) finish(whole bool) bot.Reply {
	r := t.grown()
	if !whole && len(t.rest) > 0 {
		r.Sections = append(r.Sections, t.rest[0])
	}
	t.remember(r)
	r.Recall = t.recallOf(r)
	return r
}

// remember keeps the topics that the answer rests on, for what is asked next.
func (t *writing) remember(r bot.Reply) {
	turn := conversation.Turn{Kind: r.Kind, Lang: t.lang, Offered: r.Suggestions}
	for _, p := range r.Passages {
		turn.Topics = append(turn.Topics, p.ID)
	}
	t.turn = &turn
}

// key is that of an answer that may be kept: of a question without personal
// detail and without a conversation before it.
func (t *writing) key(asked string) (string, bool) {
	if t.w.Cache == nil || t.offline.Kind != bot.Answer && t.offline.Kind != bot.NoAnswer ||
		asked != t.text || t.plan.follows != "" || len(asked) > 300 {
		return "", false
	}
	ids := make([]string, len(t.from.topics))
	for i, x := range t.from.topics {
		ids[i] = x.ID
	}
	return strings.Join([]string{
		fold(asked), t.lang, t.country, t.job.base.Version(), t.w.Prompts.Version(), t.w.Name, strings.Join(ids, ","),
	}, "\x00"), true
}

// drafts are what was shown, to be kept.
func (t *writing) drafts() (out []draft) {
	for _, c := range t.shown {
		d := draft{text: c.draft}
		for _, x := range c.topics {
			d.cites = append(d.cites, slices.Index(t.from.topics, x))
		}
		out = append(out, d)
	}
	return out
}

// replay checks once more what was kept; false when not all of it stands.
func (t *writing) replay(ds []draft) bool {
	read := t.yield
	t.yield = func(bot.Reply) bool { return true }
	for _, d := range ds {
		t.sentence(d)
	}
	t.yield = read
	if t.refused > 0 {
		t.shown, t.refused = nil, 0
		return false
	}
	return len(t.shown) > 0
}
