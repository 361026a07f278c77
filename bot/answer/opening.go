package answer

import (
	"slices"
	"strings"

	"porchlight/bot"
	"porchlight/bot/safety"
)

// opening is what is said at once, before anything is looked up: for danger and
// self-harm the whole of what matters.
func (j *job) opening() bot.Reply {
	r := bot.Reply{Kind: bot.Kind(j.risk.Kind), Mode: bot.Offline}
	for _, f := range j.risk.Flags {
		r.Flags = append(r.Flags, string(f))
	}
	switch r.Kind {
	case bot.Danger, bot.SelfHarm:
		r.Urgent = true
		r.Lead = j.urgent(j.lang, r.Kind)
		switch {
		case j.native != "":
			r.Lead, r.Also = j.urgent(j.native, r.Kind), r.Lead
			r.Closing = j.sayIn(j.native, "interpreter")
		case j.second != "":
			r.Also = j.urgent(j.second, r.Kind)
		}
		r.Brief = !j.flag(safety.Deaf) // in full, a line says how to reach it without hearing
		r.Resources = j.base.Cards(j.lang, j.country, j.urgentLines(r.Kind)...)
	case bot.Disclosure:
		r.Lead = j.care()
	case bot.Tip:
		r.Lead = j.sayFor(j.lang, "tip", "tip_abroad")
		if j.country != HomeCountry {
			r.Lead = j.sayFor(j.lang, "tip_abroad")
		}
	case "":
		r.Kind = bot.Answer
	default:
	}
	j.step("opening")
	return j.finish(r)
}

// urgent is the lead of an urgent reply: the number first and then a way
// without speaking, or the other way round for who cannot speak or hear.
func (j *job) urgent(lang string, k bot.Kind) string {
	main, quiet, abroad := "danger", "danger_quiet", "danger_abroad"
	if k == bot.SelfHarm {
		main, quiet, abroad = "self_harm", "self_harm_quiet", "self_harm_abroad"
		if j.flag(safety.ThirdPerson) {
			main = "self_harm_other"
		}
	}
	if j.country != HomeCountry {
		if k == bot.Danger {
			return j.sayFor(lang, main, abroad)
		}
		return j.sayFor(lang, abroad)
	}
	parts := []string{j.sayIn(lang, main), j.sayIn(lang, quiet)}
	if k == bot.Danger && (j.flag(safety.CannotSpeak) || j.flag(safety.Deaf)) {
		slices.Reverse(parts)
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// urgentLines are the help lines of an urgent reply, best first.
func (j *job) urgentLines(k bot.Kind) []string {
	if j.country != HomeCountry {
		return j.abroad()
	}
	switch {
	case k == bot.SelfHarm && j.risk.Also == safety.Kind(bot.Danger):
		return []string{"emergency-911", "988", "crisis-text-line"}
	case k == bot.SelfHarm:
		return []string{"988", "crisis-text-line", "emergency-911"}
	case j.risk.Also == safety.Kind(bot.SelfHarm):
		return []string{"emergency-911", "988", "nhth"}
	case j.flag("minor"):
		return []string{"emergency-911", "nhth", "childhelp"}
	}
	return []string{"emergency-911", "nhth"}
}

// abroad are the lines of the person's country, the emergency line first, or
// how to find help elsewhere.
func (j *job) abroad() []string {
	var ids []string
	if id, ok := j.base.EmergencyLine(j.country); ok {
		ids = append(ids, id)
	}
	for _, c := range j.base.Directory(j.country, j.lang) {
		if (len(ids) == 0 || c.ID != ids[0]) && len(ids) < 3 {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) < 2 {
		ids = append(ids, "intl-other")
	}
	return ids
}

// care is said to somebody who confides, before any detail.
func (j *job) care() string {
	parts := []string{j.say("disclosure")}
	if j.flag("minor") {
		parts = append(parts, j.say("minor"))
	} else if j.country == HomeCountry {
		parts = append(parts, j.say("disclosure_line"))
	}
	parts = append(parts, j.say("disclosure_device"))
	if !j.m.Private {
		parts = append(parts, j.say("disclosure_public"))
	}
	if j.Watched != nil && j.Watched(j.m.From.Adapter) {
		parts = append(parts, j.say("disclosure_platform"))
	}
	return strings.Join(parts, " ")
}

// help adds help lines to a reply: brief ones for general questions, so that
// curiosity does not flood a hotline, the whole block where they may be needed.
func (j *job) help(r bot.Reply, brief bool, ids ...string) bot.Reply {
	if r.Urgent {
		return r
	}
	if j.country != HomeCountry {
		ids = j.abroad()
		brief = false
	}
	if j.flag("minor") {
		ids = merge([]string{"nhth", "childhelp", "nrs"}, ids)
	}
	r.Brief = brief
	r.Resources = j.base.Cards(j.lang, j.country, ids[:min(len(ids), 3)]...)
	return r
}

// merge is a then b, each id once.
func merge(a, b []string) (out []string) {
	seen := map[string]bool{}
	for _, id := range append(append([]string{}, a...), b...) {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// refuse answers somebody who would do harm, or bend the rules.
func (j *job) refuse(r bot.Reply) bot.Reply {
	r.Lead = j.say("refusal")
	if j.risk.About == "rules" {
		r.Lead = j.say("refusal_rules")
	}
	r = j.help(r, true, "nhth")
	r.Suggestions = j.suggest([]string{"h2a-h2b", "flsa", "document-confiscation"}, nil)
	return r
}
