// Package laws says of any reply whether it breaks a law of the project: a
// contact that is not the registry's, a word that is never said, help that does
// not come first, a private answer shown to others.
//
// It knows replies, the knowledge base and the words that are never said. It
// must not know how a reply came about, and it changes none.
package laws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"porchlight/bot"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// longest is how long a reply may be, in bytes. The list of all topics is the
// longest one.
const longest = 20_000

// Laws are what holds for every reply to every message, with one content.
type Laws struct {
	base     *knowledge.Base
	contacts contacts
	never    map[string][]string // by language, as words between spaces
}

// For gives the laws of a content. It reads the words that are never said.
func For(b *knowledge.Base) (*Laws, error) {
	l := &Laws{base: b, contacts: contactsOf(b), never: map[string][]string{}}
	never, err := prompts.Never()
	if err != nil {
		return nil, err
	}
	for lang, words := range never {
		for _, w := range words {
			l.never[lang] = append(l.never[lang], spaced(w))
		}
	}
	return l, nil
}

// Broken lists the laws that a sequence of replies to a message breaks; nil
// means that all hold. What it says is for staff and may hold words of the reply.
func (l *Laws) Broken(m bot.Message, all []bot.Reply) (wrong []string) {
	bad := func(what string, args ...any) { wrong = append(wrong, fmt.Sprintf(what, args...)) }
	if len(all) == 0 {
		return []string{"no reply"}
	}
	for i, r := range all {
		if last := i == len(all)-1; r.Final != last {
			bad("reply %d of %d: Final is %t", i+1, len(all), r.Final)
		}
		l.reply(m, r, bad)
	}
	for i := 1; i < len(all); i++ {
		if before, now := all[i-1], all[i]; !holds(now, before) {
			bad("reply %d does not hold what came before it: %q then %q", i+1, before.Lead, now.Lead)
		}
	}
	return wrong
}

// holds tells whether a reply contains an earlier one. Only two sorts grow: an
// urgent one, and one that a model writes, whose sentences come one by one.
func holds(now, before bot.Reply) bool {
	return (before.Urgent || before.Mode == bot.Model) && now.Mode == before.Mode &&
		now.Lead == before.Lead && now.Kind == before.Kind && now.Urgent == before.Urgent &&
		strings.HasPrefix(said(now), said(before))
}

// said is what the sections of a reply say.
func said(r bot.Reply) string {
	var b strings.Builder
	for _, s := range r.Sections {
		b.WriteString(s.Text + " ")
		for _, x := range s.Bullets {
			b.WriteString(x + " ")
		}
	}
	return b.String()
}

type report = func(what string, args ...any)

func (l *Laws) reply(m bot.Message, r bot.Reply, bad report) {
	text := r.Plain()
	prose := withoutPublishers(text, r.Sections...)
	if !utf8.ValidString(text) {
		bad("not UTF-8")
	}
	if len(text) > longest {
		bad("%d bytes long", len(text))
	}
	if strings.TrimSpace(text) == "" {
		bad("nothing is said")
	}
	if s := l.contacts.foreign(prose); len(s) > 0 {
		bad("%q look like contacts and are none of the registry", s)
	}
	if s := l.contacts.secret(text); len(s) > 0 {
		bad("%q must not be shown", s)
	}
	for sentence := range strings.FieldsFuncSeq(prose, func(r rune) bool { return strings.ContainsRune(".!?\n", r) }) {
		words := spaced(sentence)
		for lang, never := range l.never {
			for _, s := range never {
				if strings.Contains(words, s) {
					bad("says %q (never words of %s)", s, lang)
				}
			}
		}
	}
	if i := strings.IndexAny(text, "{}"); i >= 0 {
		bad("a placeholder is left: %.40q", text[i:])
	}
	l.restraint(r, bad)
	l.privacy(m, r, bad)
	l.sections(r, bad)
	l.resources(r, text, bad)
	l.urgent(r, bad)
	if r.Words.Help == "" || r.Words.Next == "" || r.Lang == "" || r.Kind == "" || r.Mode == "" {
		bad("incomplete: lang %q kind %q mode %q words %v", r.Lang, r.Kind, r.Mode, r.Words)
	}
	l.model(r, bad)
	if len(r.Suggestions) > 3 {
		bad("%d suggestions", len(r.Suggestions))
	}
}

// model checks that a model has a say only where it may, and never without a source.
func (l *Laws) model(r bot.Reply, bad report) {
	switch r.Mode {
	case bot.Offline, bot.Fallback:
		return
	case bot.Model:
	default:
		bad("mode %q", r.Mode)
	}
	if !slices.Contains([]bot.Kind{bot.Answer, bot.Tip, bot.Disclosure}, r.Kind) {
		bad("a model wrote for %s", r.Kind)
	}
	for _, s := range r.Sections {
		if len(s.Cites) == 0 {
			bad("section %q of a model has no source", s.Heading)
		}
	}
}

// spaced is a text in lower case, one space around each word.
func spaced(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '%'
	})
	return " " + strings.Join(words, " ") + " "
}

// withoutPublishers takes the names of publishers away, such as "Save a Slave"
// or "A law firm (example.com)": a source is named as it names itself.
func withoutPublishers(text string, sections ...bot.Section) string {
	for _, s := range sections {
		for _, c := range s.Cites {
			text = strings.ReplaceAll(text, c.Publisher, "…")
		}
	}
	return text
}

// personal are questions for what is never asked: a name, a place, a status, an
// age, proof or the story.
var personal = regexp.MustCompile(`(?i)\b(what('s| is) your|who (are|is) (you|he|she|they|your)|where (are|do|is) |how old|your (name|age|address|status|phone|story)|what happened|are you (a |an )?(citizen|legal|undocumented)|do you have (papers|documents|proof)|which (city|state|town))[^.?!]*\?|(^|[^\pL])(cómo se llama|quién es|dónde (está|vive|trabaja)|cuántos años|su (nombre|edad|dirección|estatus|historia)|cuénteme (qué|lo)|qué (le )?pasó|tiene (papeles|documentos|pruebas)|en qué (ciudad|estado|pueblo))[^.?!]*\?`)

// restraint checks what is left unsaid: nothing personal is asked, who would do
// harm learns nothing, what is not known is not made up, and a child is not sent
// to the labor lines alone.
func (l *Laws) restraint(r bot.Reply, bad report) {
	if q := personal.FindString(strings.Join([]string{r.Lead, r.Also, r.Closing}, "\n")); q != "" {
		bad("asks %q", q)
	}
	if (r.Kind == bot.Refusal || r.Kind == bot.OffTopic || r.Kind == bot.NoAnswer) && len(r.Sections) > 0 {
		bad("%s goes on with %q", r.Kind, r.Sections[0].Heading)
	}
	if !slices.Contains(r.Flags, "minor") || len(r.Resources) == 0 || !l.forChildren(r) {
		return
	}
	if !slices.ContainsFunc(r.Resources, func(c bot.Card) bool {
		return slices.Contains([]string{"childhelp", "nrs", "988", "crisis-text-line", "emergency-911"}, c.ID)
	}) {
		bad("a child is sent to the labor lines alone")
	}
}

// forChildren tells whether the lines shown are of a country whose lines for
// children the registry has.
func (l *Laws) forChildren(r bot.Reply) bool {
	own, ok := l.base.Resource(r.Resources[0].ID)
	child, known := l.base.Resource("childhelp")
	return ok && known && child.Shown() && slices.Contains(own.Countries, "US")
}

func (l *Laws) privacy(m bot.Message, r bot.Reply, bad report) {
	personal := slices.Contains([]bot.Kind{bot.Danger, bot.SelfHarm, bot.Disclosure}, r.Kind)
	switch {
	case !m.Share && r.Privacy != bot.AskerOnly:
		bad("shown to others without having been asked to")
	case personal && r.Privacy != bot.AskerOnly:
		bad("%s shown to others", r.Kind)
	case personal && r.Shareable:
		bad("%s may be shared", r.Kind)
	}
	if r.Explanation != nil && !m.Explain {
		bad("explained without having been asked to")
	}
}

func (l *Laws) sections(r bot.Reply, bad report) {
	for _, s := range r.Sections {
		text := strings.Join(append([]string{s.Heading, s.Text, s.Source, s.Mark}, s.Bullets...), "\n")
		if found := l.contacts.inProse(withoutPublishers(text, s)); len(found) > 0 {
			bad("section %q holds %q", s.Heading, found)
		}
		if s.Archived && (!strings.Contains(s.Mark, "2014") || !archived.MatchString(s.Mark)) {
			bad("archived section %q is marked %q", s.Heading, s.Mark)
		}
		if s.Archived && s.Source != "" && !archived.MatchString(s.Source) {
			bad("archived section %q has the source %q", s.Heading, s.Source)
		}
		if !s.Archived && s.Mark != "" {
			bad("section %q is marked %q", s.Heading, s.Mark)
		}
		if len(s.Cites) > 0 && s.Source == "" {
			bad("section %q has sources and no line of them", s.Heading)
		}
	}
}

var (
	archived = regexp.MustCompile(`(?i)\barchiv(ed|ad[oa])\b`)
	theLaw   = regexp.MustCompile(`(?i)law enforcement|police|immigration|polic|ley|inmigración|orden público`)
)

func (l *Laws) resources(r bot.Reply, text string, bad report) {
	seen := map[string]bool{}
	for i, c := range r.Resources {
		own, ok := l.base.Resource(c.ID)
		if !ok || !own.Shown() {
			bad("help line %s must not be shown", c.ID)
			continue
		}
		if seen[c.ID] {
			bad("help line %s is there twice", c.ID)
		}
		seen[c.ID] = true
		switch own.Authority {
		default: // no authority over people
		case knowledge.LawEnforcement, knowledge.Immigration, knowledge.LawEnforcementImmigration:
			if !theLaw.MatchString(c.Authority) {
				bad("%s does not say that it is the law: %q", c.ID, c.Authority)
			}
			if !strings.Contains(text, c.Authority) || !r.InFull(i) && !strings.Contains(c.Brief, c.Authority) {
				bad("%s is shown without %q", c.ID, c.Authority)
			}
		}
	}
}

// urgent checks that help comes first, and in few words.
func (l *Laws) urgent(r bot.Reply, bad report) {
	if (r.Kind == bot.Danger || r.Kind == bot.SelfHarm) != r.Urgent {
		bad("%s: urgent is %t", r.Kind, r.Urgent)
	}
	if !r.Urgent {
		return
	}
	if len(r.Resources) == 0 {
		bad("urgent without help lines")
	}
	if n := len(strings.Fields(r.Lead)); n > 60 || n == 0 {
		bad("the lead has %d words", n)
	}
	if len(r.Sections) > 0 {
		bad("an urgent reply goes on with sections")
	}
	line := ""
	if len(r.Resources) > 0 {
		if own, ok := l.base.Resource(r.Resources[0].ID); ok && own.Authority == knowledge.Emergency {
			line = own.Phones[0].Display
		}
	}
	home := len(r.Resources) > 0 && slices.Contains([]string{"emergency-911", "988"}, r.Resources[0].ID)
	wrong := late(r, r.Lead, line, home)
	if wrong != "" && r.Also != "" && (!home || strings.Contains(r.Lead, "911") || strings.Contains(r.Lead, "988")) {
		wrong = late(r, r.Also, line, home) // said first in a language that these words are not of
	}
	if wrong != "" {
		bad("%s", wrong)
	}
}

// late says what an urgent lead does not begin with; "" when all is well. line
// is the number of the first help line, home is set in the United States.
func late(r bot.Reply, lead, line string, home bool) string {
	words := strings.Fields(lead)
	opening := strings.ToLower(strings.Join(words[:min(8, len(words))], " "))
	local := strings.Contains(opening, "emergency number") || strings.Contains(opening, "número de emergencia")
	switch {
	case r.Kind == bot.Danger && line != "" && !strings.Contains(opening, line):
		return fmt.Sprintf("danger does not begin with %s: %q", line, opening)
	case r.Kind == bot.Danger && line == "" && !local:
		return fmt.Sprintf("danger does not begin with the emergency number: %q", opening)
	case r.Kind == bot.SelfHarm && !strings.Contains(lead, "988") && home:
		return fmt.Sprintf("self-harm without 988: %q", lead)
	case r.Kind == bot.SelfHarm && !cares.MatchString(opening):
		return fmt.Sprintf("self-harm without care: %q", opening)
	}
	return ""
}

var cares = regexp.MustCompile(`(?i)glad you (wrote|are looking out)|bueno que (escribió|cuida)`)
