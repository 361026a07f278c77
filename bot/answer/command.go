package answer

import (
	"context"
	"slices"
	"strings"

	"porchlight/bot"
	"porchlight/bot/conversation"
	"porchlight/bot/safety"
	"porchlight/knowledge"
)

// command does what a person asks the program itself to do.
func (j *job) command(ctx context.Context, r bot.Reply) bot.Reply {
	r.Kind = bot.About
	arg := strings.TrimSpace(j.text)
	state := j.state
	switch j.m.Command {
	case bot.Forget:
		erased, err := j.Memory.Forget(ctx, j.m.Person, j.m.Conversation)
		if err != nil {
			j.warn("erase memory", err)
			r.Lead = j.say("lost")
			return j.finish(j.help(r, true, "nhth"))
		}
		switch {
		case erased.Questions > 0:
			r.Lead = j.say("forgotten_questions")
		case erased.Conversations > 0:
			r.Lead = j.say("forgotten")
		default:
			r.Lead = j.say("forgotten_nothing")
		}
		return j.finish(r)
	case bot.SetLanguage:
		r, state = j.setLanguage(r, state, strings.ToLower(arg))
	case bot.SetCountry:
		r, state = j.setCountry(r, state, countryCode(arg))
	case bot.ShowAbout:
		r = j.introduce(r)
	case bot.Again:
		return j.finish(j.once(r, arg))
	case bot.ShowHelp:
		r = j.directory(r, countryCode(arg))
	case bot.ShowTopic:
		if arg == "" {
			r = j.list(r)
			break
		}
		t, ok := j.topic(arg)
		if !ok {
			r.Kind, r.Lead = bot.NoAnswer, j.say("no_answer")
			break
		}
		r.Kind = bot.Answer
		r = j.topics(r, plan{}, knowledge.Found{Topic: t})
		state = state.With(conversation.Turn{
			Kind: r.Kind, Topics: []string{t.ID}, Offered: r.Suggestions, Shown: j.shown, Lang: j.lang,
		})
	case bot.NoCommand, bot.Errand:
	default: // a command of an adapter newer than this
		r.Kind, r.Lead = bot.NoAnswer, j.say("no_answer")
		r = j.help(r, true, "nhth")
	}
	if err := j.Memory.Save(ctx, j.m.Person, j.m.Conversation, state); err != nil {
		j.warn("write memory", err)
	}
	return j.finish(r)
}

func (j *job) setLanguage(r bot.Reply, s conversation.State, lang string) (bot.Reply, conversation.State) {
	switch {
	case lang == "":
		s.Pinned, r.Lead = "", j.say("language_free")
	case j.answers(lang):
		s.Pinned, j.lang = lang, lang
		r.Lead = j.say("language_set")
	default:
		r.Lead = j.say("language_unknown")
		r = j.help(r, true, "nhth")
	}
	return r, s
}

// countryCode is the ISO code that people mean, "" for none. What is no code is
// the unknown country: a memory keeps nothing else that a person wrote.
func countryCode(s string) string {
	switch s = strings.ToUpper(s); {
	case s == "UK":
		return "GB"
	case s == "USA":
		return HomeCountry
	case s == "", len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z':
		return s
	}
	return safety.UnknownCountry
}

func (j *job) setCountry(r bot.Reply, s conversation.State, country string) (bot.Reply, conversation.State) {
	s.Country = country
	if country == "" && j.home() != HomeCountry { // of a place that chose another
		country = j.home()
	}
	switch {
	case country == "":
		j.country = HomeCountry
		r.Lead = j.say("country_unset")
		return j.help(r, true, "nhth"), s
	case slices.Contains(j.base.Countries(), country):
		j.country = country
		r.Lead = j.say("country_set")
		return j.help(r, false, merge([]string{"nhth"}, nil)...), s
	}
	j.country = country
	r.Lead = j.say("country_unknown")
	return j.help(r, false, "intl-other"), s
}

// directory lists the help lines of a country.
func (j *job) directory(r bot.Reply, country string) bot.Reply {
	if country == "" {
		country = j.country
	}
	r.Resources = j.base.Directory(country, j.lang)
	r.Brief = true
	if len(r.Resources) == 0 {
		r.Lead, r.Brief = j.say("country_unknown"), false
		r.Resources = j.base.Cards(j.lang, country, "intl-other")
	}
	return r
}

// list names all topics by section.
func (j *job) list(r bot.Reply) bot.Reply {
	r.Lead = j.say("topics")
	for _, section := range knowledge.Sections {
		s := bot.Section{Heading: j.say("section_" + section)}
		for _, t := range j.base.Topics(j.lang) {
			if t.Section == section {
				s.Bullets = append(s.Bullets, t.Title)
			}
		}
		if len(s.Bullets) > 0 {
			r.Sections = append(r.Sections, s)
		}
	}
	return r
}
