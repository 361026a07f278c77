package knowledge

import (
	"cmp"
	"regexp"
	"strings"
)

// A Card is a help line as a person is shown it, in one language: never a
// number without the one who answers it. Only this package makes one.
type Card struct {
	ID        string
	Name      string
	For       string
	NotFor    string
	RunBy     string
	Since     string
	Hours     string
	Languages string
	Reach     string // from where it can be reached
	Privacy   string // confidentiality and its limits
	Authority string // one sentence: is it the law?
	Law       Authority
	Contacts  []Contact
	Notes     []string // travel with the contacts
	Checked   string   // "Checked on 2026-11-23."
	// Brief is the line in one sentence, for answers that only point to it.
	Brief string
}

// A Contact is one way to reach a line.
type Contact struct {
	Kind    string // phone, text, whatsapp, relay, tty, video, web, chat, form, email
	Label   string // the whole line as read: "Call: …" and the number
	Display string // the bare number or address as printed
	Href    string // tel:, sms:, https: or mailto:, for screens that can open it
}

// labels are the words around a card in one language, by name, and one
// sentence for each kind of authority.
type labels struct {
	Words     map[string]string    `yaml:",inline"`
	Authority map[Authority]string `yaml:"authority"`
}

// needed are the words without which a card would have an empty line, each
// with the tokens that it must hold.
var needed = map[string][]string{
	"call": {"{number}"}, "call_label": {"{label}", "{number}"},
	"text": {"{number}"}, "text_keyword": {"{keyword}", "{number}"}, "whatsapp": {"{number}"},
	"relay": {"{number}"}, "tty": {"{number}"}, "video": {"{number}"}, "same_number": nil, "deaf_text": {"{number}"},
	"site": {"{url}"}, "chat": {"{url}"}, "form": {"{url}"}, "info": {"{url}"},
	"email": {"{email}"}, "any_hour": nil, "checked_on": {"{date}"},
}

func (l labels) check(file string, line int, lang string, ps *Problems) {
	for key, tokens := range needed {
		if l.Words[key] == "" {
			ps.add(file, line, "add it; the other language shows the form", "labels of %s: %s is missing", lang, key)
			continue
		}
		for _, t := range tokens {
			if !strings.Contains(l.Words[key], t) {
				ps.add(file, line, "put it where it is to stand", "labels of %s: %s lacks %s", lang, key, t)
			}
		}
	}
	for _, a := range authorities {
		if l.Authority[a] == "" {
			ps.add(file, line, "say in one sentence who answers", "labels of %s: authority %s is missing", lang, a)
		}
	}
}

// fill puts values in the place of the tokens of a label.
func (l labels) fill(key string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(l.Words[key])
}

// card returns the card of a line for a reader in a country ("" when unknown).
// Cards are made once; their slices are shared, so nobody may change them.
func (b *Base) card(r *Resource, lang, country string) Card {
	key := cardKey{r.ID, lang, country}
	if c, ok := b.cards.Load(key); ok {
		return c.(Card) //nolint:errcheck // nothing else is stored
	}
	c := b.makeCard(r, lang, country)
	if b.emergency[country] != "" { // what a person types must not pile up
		b.cards.Store(key, c)
	}
	return c
}

type cardKey struct{ id, lang, country string }

func (b *Base) makeCard(r *Resource, lang, country string) Card {
	l := b.labels(lang)
	c := Card{
		ID: r.ID, Name: r.Name.In(lang), For: r.For.In(lang), NotFor: r.NotFor.In(lang),
		RunBy: r.RunBy.In(lang), Since: r.Since.In(lang), Hours: r.Hours.In(lang),
		Privacy: r.Confidentiality.In(lang), Law: r.Authority,
		Reach: r.Reach.In(lang), Authority: l.Authority[r.Authority],
		Checked: l.fill("checked_on", "{date}", string(r.ConfirmedOn)),
	}
	for _, ch := range []string{"phone", "text", "chat", "web"} {
		if t, ok := r.Languages[ch]; ok && c.Languages == "" {
			c.Languages = t.In(lang)
		}
	}
	c.Contacts = contacts(r, l, lang)
	c.Brief = brief(c, r, l)
	if s := r.ShowNote.In(lang); s != "" {
		c.Notes = append(c.Notes, s)
		c.Brief += " " + stop(s)
	}
	for _, n := range r.Notes {
		if n.Abroad && (country == "" || r.Serves(country)) {
			continue
		}
		s := Text(n.Text).In(lang)
		c.Notes = append(c.Notes, s)
		if n.Brief || n.Abroad {
			c.Brief += " " + stop(s)
		}
	}
	return c
}

// contacts lists the ways to reach a line in the order in which they help.
func contacts(r *Resource, l labels, lang string) (out []Contact) {
	add := func(kind, label, display, href string) {
		out = append(out, Contact{Kind: kind, Label: label, Display: display, Href: href})
	}
	for _, p := range r.Phones {
		s := l.fill("call", "{number}", p.Display)
		if who := p.Label.In(lang); who != "" {
			s = l.fill("call_label", "{number}", p.Display, "{label}", who)
		}
		add("phone", s, p.Display, "tel:"+p.E164)
	}
	for _, t := range r.Texts {
		number := cmp.Or(t.Display, t.Number)
		s := l.fill("text", "{number}", number)
		if t.Keyword != "" {
			s = l.fill("text_keyword", "{keyword}", t.Keyword, "{number}", number)
		}
		s += bracket(t.Note.In(lang))
		add("text", s, number, "sms:"+t.Number)
	}
	for _, p := range r.WhatsApp {
		add("whatsapp", l.fill("whatsapp", "{number}", p.Display), p.Display, "")
	}
	for _, d := range r.Deaf {
		key := strings.ReplaceAll(d.Kind, "-", "_")
		if key == "text" {
			key = "deaf_text"
		}
		number := cmp.Or(d.Display, d.Number)
		add(d.Kind, l.fill(key, "{number}", number)+bracket(d.Note.In(lang)), number, "")
	}
	for _, w := range r.Web {
		add("web", l.fill(w.Kind, "{url}", w.URL)+bracket(w.Note.In(lang)), w.URL, w.URL)
	}
	for _, e := range r.Email {
		add("email", l.fill("email", "{email}", e), e, "mailto:"+e)
	}
	return out
}

func bracket(note string) string {
	if note == "" {
		return ""
	}
	return " (" + note + ")"
}

// stop ends a sentence.
func stop(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// brief is one line: name, first number, text code, hours, and whether it is
// the law.
func brief(c Card, r *Resource, l labels) string {
	var how []string
	seen := map[string]bool{}
	for _, k := range c.Contacts {
		if (k.Kind == "phone" || k.Kind == "text" || len(how) == 0) && !seen[k.Kind] {
			seen[k.Kind] = true
			s := k.Label
			if k.Kind == "phone" {
				s = k.Display
			}
			how = append(how, s)
		}
	}
	s := c.Name
	if len(how) > 0 {
		s += ": " + strings.Join(how, "; ")
	}
	if r.AlwaysOpen {
		s += "; " + l.Words["any_hour"]
	}
	return stop(s) + " " + c.Authority
}

// filler is what Fill replaces: {phone:ID}, {text:ID}, {name:ID}; the ID
// "emergency" stands for the line of the reader's country.
var filler = regexp.MustCompile(`\{(phone|text|name|site):([a-z0-9-]+)\}`)

// Fill puts contacts from the registry into a fixed phrase. ok is false when
// the registry has no such contact for that country: use another phrase then.
func (b *Base) Fill(phrase, lang, country string) (s string, ok bool) {
	ok = true
	s = filler.ReplaceAllStringFunc(phrase, func(m string) string {
		p := filler.FindStringSubmatch(m)
		id := p[2]
		if id == "emergency" {
			id = b.emergency[country]
		}
		r := b.resources[id]
		if r == nil || !r.Shown() {
			ok = false
			return ""
		}
		switch {
		case p[1] == "name" && b.indexes[lang] == nil: // an English name in another language
			return strings.TrimPrefix(r.Short.In(lang), "the ")
		case p[1] == "name":
			return r.Short.In(lang)
		case p[1] == "phone" && len(r.Phones) > 0:
			return r.Phones[0].Display
		case p[1] == "text" && len(r.Texts) > 0:
			return cmp.Or(r.Texts[0].Display, r.Texts[0].Number)
		case p[1] == "site" && len(r.Web) > 0:
			return r.Web[0].URL
		}
		ok = false
		return ""
	})
	if lang == "es" {
		s = contract(s)
	}
	return s, ok
}
