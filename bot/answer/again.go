package answer

import (
	"strings"

	"porchlight/bot"
	"porchlight/bot/safety"
	"porchlight/knowledge"
	"porchlight/knowledge/index"
)

// recallOf is what brings a reply once more, "" for one that is about nothing.
func (j *job) recallOf(r bot.Reply) string {
	k := bot.Recall{Kind: r.Kind, Lang: j.lang, Country: j.country, Flags: r.Flags}
	switch r.Kind {
	case bot.About:
		if len(r.Passages) == 0 {
			return ""
		}
	case bot.Refusal:
		k.About = j.risk.About
	default:
	}
	if r.Kind != bot.NoAnswer {
		for _, p := range r.Passages {
			k.Topics = append(k.Topics, p.ID)
		}
	}
	return k.String()
}

// remember takes kind, language and country of a recall for those of a message,
// so that its opening is made anew.
func (j *job) remember(text string) {
	k, ok := bot.ParseRecall(text)
	if !ok {
		return
	}
	j.risk = safety.Finding{Kind: safety.Kind(k.Kind), About: k.About}
	for _, f := range k.Flags {
		j.risk.Flags = append(j.risk.Flags, safety.Flag(f))
	}
	if k.Kind == bot.Answer {
		j.risk.Kind = safety.Ordinary
	}
	if j.answers(k.Lang) {
		j.lang = k.Lang
	}
	if c := countryCode(k.Country); c != "" {
		j.country = c
	}
}

// once gives an answer once more. What it told of may have changed or gone
// since; then there is no answer, and the help line.
func (j *job) once(r bot.Reply, text string) bot.Reply {
	k, ok := bot.ParseRecall(text)
	if !ok {
		return j.decline(r, bot.NoAnswer)
	}
	r.Kind = k.Kind
	var found []knowledge.Found
	for _, id := range k.Topics {
		if t, ok := j.topic(id); ok {
			found = append(found, knowledge.Found{Topic: t, Hit: index.Hit{Confidence: 1}})
		}
	}
	switch k.Kind {
	case bot.Danger, bot.SelfHarm:
		return j.afterUrgent(r, knowledge.Finding{})
	case bot.Refusal:
		return j.refuse(r)
	case bot.OffTopic:
		return j.decline(r, bot.OffTopic)
	case bot.Disclosure, bot.Tip, bot.Answer, bot.About:
		if len(found) == 0 {
			break
		}
		kind, lead := r.Kind, r.Lead
		r = j.topics(r, plan{}, found...)
		r.Kind = kind
		if kind.Personal() || kind == bot.Tip {
			r.Lead = lead
			return j.help(r, false, merge(found[0].Topic.Help, []string{"nhth"})...)
		}
		return r
	default:
	}
	return j.decline(r, bot.NoAnswer)
}

// introduced are the topics offered to whoever looks at the program for the
// first time.
var introduced = []string{
	"what-is-labor-trafficking", "signs-general", "workers-rights-any-status", "document-confiscation",
	"how-to-report", "worried-about-someone", "i-think-it-is-me", "blue-campaign-what",
}

// introduce says what this program is, who can read along, and where help is.
func (j *job) introduce(r bot.Reply) bot.Reply {
	parts := []string{j.say("greeting")}
	if j.Watched != nil && j.Watched(j.m.From.Adapter) {
		parts = append(parts, j.say("disclosure_platform"))
	}
	parts = append(parts, j.say("disclosure_device"))
	r.Lead = strings.Join(parts, " ")
	for _, id := range introduced {
		if t, ok := j.topic(id); ok {
			r.Suggestions = append(r.Suggestions, bot.Suggestion{Label: t.Title, Text: t.Title, Topic: t.ID})
		}
	}
	return j.help(r, false, "emergency-911", "nhth", "988")
}
