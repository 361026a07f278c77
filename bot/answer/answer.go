package answer

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"porchlight/bot"
	"porchlight/bot/conversation"
	"porchlight/bot/safety"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// HomeCountry is whose lines and laws are meant when nobody says otherwise.
const HomeCountry = "US"

// Pipeline answers messages from the knowledge base alone. All fields but Log
// must be set; it may be used by any number of goroutines.
type Pipeline struct {
	// Base returns the content in force; it may change between messages.
	Base    func() *knowledge.Base
	Memory  conversation.Memory
	Phrases *prompts.Phrases
	Log     *slog.Logger // nil is silent
	// Watched is set where the owner of the platform may read along, as an
	// employer may in a workspace: whoever confides is told.
	Watched func(adapter string) bool
	// Writer has a model write where it may; nil leaves it to the knowledge base.
	Writer *Writer

	follow followers
	last   atomic.Pointer[knowledge.Base] // content that was in force: help lines for when Base fails
}

// New makes a pipeline. It calls base once.
func New(base func() *knowledge.Base, memory conversation.Memory, phrases *prompts.Phrases) *Pipeline {
	p := &Pipeline{Base: base, Memory: memory, Phrases: phrases, follow: newFollowers(phrases)}
	p.last.Store(base())
	return p
}

// job is one message on its way.
type job struct {
	*Pipeline
	base    *knowledge.Base
	m       bot.Message
	text    string
	state   conversation.State
	risk    safety.Finding
	lang    string // of the answer
	second  string // language to say urgent things in as well, or ""
	foreign bool   // the message is in a language we do not answer in
	native  string // the language they write in, where only urgent things are said in it, or ""
	country string
	why     *bot.Explanation
	started time.Time
	shown   []int // places of the details of the first topic that were shown

	plan  plan               // how the message hangs together with what was said
	found *knowledge.Finding // what was found, nil when nothing was looked for
	turn  *conversation.Turn // what a model's answer leaves to be remembered
}

// Answer yields one reply, or two where an urgent opening goes ahead. It reads
// nothing over a network. A failing memory costs the context of the
// conversation, never the answer; a panic is logged without a person's words,
// and the person gets the fixed help text.
func (p *Pipeline) Answer(ctx context.Context, m bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		j := &job{Pipeline: p, base: p.last.Load(), m: m, text: strings.ToValidUTF8(m.Text, " "), started: time.Now()}
		j.lang, j.country = "en", j.home()
		if l := platform(m.Lang); p.Phrases.Has(l) {
			j.lang = l
		}
		if m.Explain {
			j.why = &bot.Explanation{}
		}
		r := j.guard(j.lost, func() bot.Reply {
			j.content()
			switch m.Command {
			case bot.NoCommand:
				j.triage()
			case bot.Errand:
				return bot.Reply{Kind: bot.About, Final: true}
			default:
			}
			j.recall(ctx)
			j.chooseLanguage()
			if m.Command == bot.Again {
				j.remember(m.Text)
			}
			return j.opening()
		})
		if !r.Final {
			if r.Urgent && !yield(r, nil) {
				return
			}
			opening := r
			fallback := j.lost
			if opening.Urgent { // the number to call stands, whatever happens after it
				fallback = func() bot.Reply { return opening }
			}
			r = j.guard(fallback, func() bot.Reply { return j.complete(ctx, opening) })
			if j.asksModel(r) {
				var going bool
				if r, going = j.model(ctx, r, yield); !going {
					return
				}
			}
		}
		r.Final = true
		r.Explanation = j.why
		j.step("all")
		yield(r, ctx.Err())
	}
}

// model has a model write the answer; a panic costs what it wrote.
func (j *job) model(ctx context.Context, offline bot.Reply, yield func(bot.Reply, error) bool) (r bot.Reply, going bool) {
	going = true
	r = j.guard(func() bot.Reply { return offline }, func() (r bot.Reply) {
		r, going = j.write(ctx, offline, func(r bot.Reply) bool { return yield(r, nil) })
		return r
	})
	if j.turn != nil && going {
		j.save(ctx, *j.turn)
	}
	return r, going
}

// Fixed is the fixed help text, in the language that the platform gives the
// person: what is said when an answer cannot be made. It reads nothing but the
// content, and not what the message says.
func (p *Pipeline) Fixed(m bot.Message) bot.Reply {
	j := &job{Pipeline: p, base: p.last.Load(), m: m, lang: "en", started: time.Now()}
	j.country = j.home()
	if l := platform(m.Lang); p.Phrases.Has(l) {
		j.lang = l
	}
	return j.lost()
}

// home is whose lines are meant while nobody has said: the country of the
// platform's own choice where there are lines of it, else HomeCountry.
func (j *job) home() string {
	if c := countryCode(j.m.Country); j.base != nil && slices.Contains(j.base.Countries(), c) {
		return c
	}
	return HomeCountry
}

// content takes the content in force, and panics when there is none.
func (j *job) content() {
	b := j.Base()
	if b == nil {
		panic("no content")
	}
	j.base = b
	if j.last.Load() != b {
		j.last.Store(b)
	}
}

// guard turns a panic of work into the fallback.
func (j *job) guard(fallback, work func() bot.Reply) (r bot.Reply) {
	defer func() {
		if v := recover(); v != nil {
			if j.Log != nil {
				j.Log.Error("panic while answering", "message", j.m, "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			}
			r = fallback()
		}
	}()
	return work()
}

// lost is what a person reads when nothing else can be said. It is final.
func (j *job) lost() bot.Reply {
	r := bot.Reply{Kind: bot.NoAnswer, Lead: j.say("lost"), Brief: true}
	if j.base != nil {
		ids := []string{"nhth", "emergency-911", "988"}
		if j.country != HomeCountry {
			ids = j.abroad()
		}
		r.Resources = j.base.Cards(j.lang, j.country, ids...)
	}
	r = j.finish(r)
	r.Final = true
	return r
}

// step notes how long the work has taken up to here.
func (j *job) step(name string) {
	if j.why != nil {
		j.why.Steps = append(j.why.Steps, bot.Step{Name: name, Took: time.Since(j.started)})
	}
}

// triage looks for signs of danger before anything else.
func (j *job) triage() {
	j.risk = safety.Triage(j.text, safety.Context{})
	j.step("triage")
}

// recall loads what was said before, and lets it weigh in the triage.
func (j *job) recall(ctx context.Context) {
	s, err := j.Memory.Load(ctx, j.m.Conversation)
	if err != nil {
		j.warn("read memory", err)
	}
	j.state = s
	if last, ok := s.Last(); ok && j.m.Command == bot.NoCommand && last.Kind.Personal() && !bot.Kind(j.risk.Kind).Urgent() {
		again := safety.Triage(j.text, safety.Context{Lang: last.Lang, Kind: safety.Kind(last.Kind)})
		if bot.Kind(again.Kind).Personal() {
			j.risk = again
		}
	}
	if _, going := s.Last(); going && j.vague() {
		j.risk.Kind, j.risk.About = safety.Ordinary, "" // "who runs it?" asks of what was spoken of
	}
	j.country = j.home()
	if s.Country != "" {
		j.country = s.Country
	}
	if j.risk.Country != "" {
		j.country = j.risk.Country
	}
	if j.why != nil {
		for _, s := range j.risk.Signs {
			j.why.Signs = append(j.why.Signs, string(s.Kind)+": "+s.ID+" ("+s.Lang+")")
		}
		for _, k := range []safety.Kind{safety.Danger, safety.SelfHarm, safety.Disclosure, safety.Tip, safety.Refusal, safety.OffTopic, safety.About} {
			if w := j.risk.Weight(k); w > 0 {
				j.why.Signs = append(j.why.Signs, fmt.Sprintf("%s: weighs %.1f", k, w))
			}
		}
	}
}

// vague tells whether a message only weighs like a question about this program,
// like another subject or a little like a bad intent, and is so short that it
// may ask of what was spoken of.
func (j *job) vague() bool {
	k, words := bot.Kind(j.risk.Kind), len(strings.Fields(j.text))
	if j.signed(k) {
		return false
	}
	switch k {
	case bot.About:
		return true
	case bot.OffTopic:
		return words <= 6
	case bot.Refusal:
		return words <= 8 && j.risk.Weight(safety.Refusal) < 1
	default:
		return false
	}
}

// signed tells whether a sign says that a message is of a kind, and not only
// how it weighs as a whole.
func (j *job) signed(k bot.Kind) bool {
	return slices.ContainsFunc(j.risk.Signs, func(m safety.Match) bool { return bot.Kind(m.Kind) == k })
}

// warn logs that a step failed whose loss the answer survives.
func (j *job) warn(step string, err error) {
	if j.Log != nil {
		j.Log.Warn("answered without a step", "step", step, "message", j.m, "err", err)
	}
}

// complete finds and composes what follows the opening, and remembers the turn.
func (j *job) complete(ctx context.Context, r bot.Reply) bot.Reply {
	turn := conversation.Turn{}
	switch {
	case j.m.Command != bot.NoCommand:
		return j.command(ctx, r)
	case bot.Kind(j.risk.Kind) == bot.Refusal && !j.forgets():
		r = j.refuse(r)
	case (!wordy(j.text) || j.hanging()) && r.Kind == bot.Answer:
		r.Kind, r.Lead = bot.NoAnswer, j.say("empty")
		r = j.help(r, true, "nhth")
	default:
		j.plan = j.tie()
		if j.plan.forget {
			j.m.Command = bot.Forget
			return j.command(ctx, r)
		}
		r = j.compose(r, j.plan)
	}
	turn.Kind, turn.Lang, turn.Offered, turn.Shown = r.Kind, j.lang, r.Suggestions, j.shown
	for _, p := range r.Passages {
		turn.Topics = append(turn.Topics, p.ID)
	}
	if len(turn.Topics) == 0 { // a turn without a topic keeps the one before in mind
		if last, ok := j.state.Last(); ok && r.Kind != bot.OffTopic {
			turn.Topics, turn.Shown = last.Topics, last.Shown
		}
	}
	j.save(ctx, turn)
	return j.finish(r)
}

// save remembers a turn.
func (j *job) save(ctx context.Context, t conversation.Turn) {
	if err := j.Memory.Save(ctx, j.m.Person, j.m.Conversation, j.state.With(t)); err != nil {
		j.warn("write memory", err)
	}
}

// finish sets what holds for every reply, whoever made it.
func (j *job) finish(r bot.Reply) bot.Reply {
	r.Lang = j.lang
	if j.m.Handed.Waited && !r.Kind.Personal() {
		r.Closing = strings.TrimSpace(j.say("waited") + " " + r.Closing)
	}
	r.Words.Help = j.say("help")
	if r.Kind != bot.NoAnswer || r.Words.Next == "" {
		r.Words.Next = j.say("next")
	}
	r.Privacy = bot.AskerOnly
	if j.m.Share && !r.Kind.Personal() {
		r.Privacy = bot.Everyone
	}
	r.Recall = j.recallOf(r)
	r.Shareable = r.Kind == bot.Answer
	if r.Mode == "" {
		r.Mode = bot.Offline
	}
	return r
}

// wordy tells whether a text holds a letter or a digit at all.
func wordy(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// hanging tells whether a message only goes on ("yes", "more"), and nothing was
// said before it.
func (j *job) hanging() bool {
	if last, ok := j.state.Last(); ok && len(last.Topics) > 0 {
		return false
	}
	said := fold(j.text)
	return slices.ContainsFunc(j.follow.langs, func(lang string) bool {
		f := j.follow.byLang[lang]
		return f.yes[said] || f.more[said]
	})
}

// say is a fixed phrase in the answer's language, contacts filled in.
func (j *job) say(key string) string { return j.sayIn(j.lang, key) }

func (j *job) sayIn(lang, key string) string {
	phrase := j.Phrases.Urgent(lang, key)
	if phrase == "" && j.Phrases.Has(lang) {
		phrase = j.Phrases.Say(lang, key)
	}
	s, ok := j.base.Fill(phrase, lang, j.country)
	if !ok {
		return ""
	}
	return s
}

// sayFor is a phrase that depends on the country: the first whose contacts the
// registry has there.
func (j *job) sayFor(lang string, keys ...string) string {
	for _, k := range keys {
		if s := j.sayIn(lang, k); s != "" {
			return s
		}
	}
	return ""
}

func (j *job) flag(f safety.Flag) bool { return slices.Contains(j.risk.Flags, f) }
