package knowledge

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Show says when a help line may be shown.
type Show string

// The values of Show.
const (
	ShowYes   Show = "yes"   // wherever it fits
	ShowTopic Show = "topic" // only when a topic calls for it
	ShowNo    Show = "no"    // never
)

// Authority says whether the people who answer are the law.
type Authority string

// The values of Authority.
const (
	NoAuthority               Authority = "none"
	Government                Authority = "government"
	Emergency                 Authority = "emergency"
	LawEnforcement            Authority = "law_enforcement"
	Immigration               Authority = "immigration"
	LawEnforcementImmigration Authority = "law_enforcement_immigration"
	Varies                    Authority = "varies"
)

const mendNumber = "write the digits as dialled, with + and country, or a short number"

var (
	authorities = []Authority{
		NoAuthority, Government, Emergency, LawEnforcement, Immigration, LawEnforcementImmigration, Varies,
	}
	statuses  = []string{"VERIFIED-2", "VERIFIED-1", "CONFLICT", "UNVERIFIED", "NO-PHONE"}
	deafKinds = []string{"relay", "tty", "video", "same-number", "text"}
	webKinds  = []string{"site", "chat", "form", "info"}
	e164      = regexp.MustCompile(`^(\+[1-9]\d{6,14}|\d{3,6})$`)
	digits    = regexp.MustCompile(`\D`)

	countryCode = regexp.MustCompile(`^([A-Z]{2}|INTL)$`)
)

// A Resource is a help line: who answers, how to reach them, and what a person
// should know before doing so. It is the registry's own record; readers are
// shown a Card.
type Resource struct {
	ID    string `yaml:"id"`
	Name  Text   `yaml:"name"`
	Short Text   `yaml:"short"` // as it reads inside a sentence, article included
	RunBy Text   `yaml:"run_by"`
	Since Text   `yaml:"run_since"`
	For   Text   `yaml:"for"`
	// NotFor is what people wrongly expect of it.
	NotFor   Text     `yaml:"not_for"`
	Phones   []Phone  `yaml:"phones"`
	Texts    []SMS    `yaml:"text"`
	WhatsApp []Phone  `yaml:"whatsapp"`
	Deaf     []Deaf   `yaml:"deaf"`
	Web      []Web    `yaml:"web"`
	Email    []string `yaml:"email"`
	Hours    Text     `yaml:"hours"`
	// AlwaysOpen is set only where 24 hours a day was verified.
	AlwaysOpen bool `yaml:"always_open"`
	// Languages by channel: phone, text, chat, web.
	Languages       map[string]Text `yaml:"languages"`
	Confidentiality Text            `yaml:"confidentiality"`
	Authority       Authority       `yaml:"authority"`
	Reach           Text            `yaml:"reach"` // from where it can be reached
	Countries       []string        `yaml:"countries"`
	Notes           []Note          `yaml:"notes"` // always travel with the contacts
	Status          string          `yaml:"status"`
	Show            Show            `yaml:"show"`
	ShowNote        Text            `yaml:"show_note"`
	Withheld        []Withheld      `yaml:"withheld"`
	Confirmed       []Confirmation  `yaml:"confirmed"`
	ConfirmedOn     Date            `yaml:"confirmed_on"`
	ReviewBy        Date            `yaml:"review_by"`

	file string
	line int
}

// A Phone is a number to dial.
type Phone struct {
	E164    string `yaml:"e164"`
	Display string `yaml:"display"`
	Letters string `yaml:"letters"` // the number as a word, for those who remember it so
	Label   Text   `yaml:"label"`   // whose number, when there are several
	Country string `yaml:"country"` // where it is dialled, when not the file's country
}

// An SMS is a number to text.
type SMS struct {
	Number  string `yaml:"number"`
	Display string `yaml:"display"` // as printed; "" is the number itself
	Keyword string `yaml:"keyword"`
	Note    Text   `yaml:"note"`
}

// Deaf is a channel for deaf and hard-of-hearing people.
type Deaf struct {
	Kind    string `yaml:"kind"` // relay, tty, video, same-number, text
	Number  string `yaml:"number"`
	Display string `yaml:"display"` // as printed; "" is the number itself
	Note    Text   `yaml:"note"`
}

// Web is an address of the line.
type Web struct {
	URL  string `yaml:"url"`
	Kind string `yaml:"kind"` // site, chat, form, info
	Note Text   `yaml:"note"`
}

// A Note is a warning that travels with the contacts.
type Note struct {
	ID     string            `yaml:"id"`
	Brief  bool              `yaml:"brief"`  // travels even with the one-line form
	Abroad bool              `yaml:"abroad"` // matters only to readers outside the countries served
	Text   map[string]string `yaml:",inline"`
}

// Withheld is something that is known but must not be shown.
type Withheld struct {
	Field  string `yaml:"field"`
	Value  string `yaml:"value"`
	Status string `yaml:"status"`
	Why    string `yaml:"why"`
}

// A Confirmation says where one fact was seen.
type Confirmation struct {
	Field  string `yaml:"field"`
	Status string `yaml:"status"`
	Where  string `yaml:"where"`
}

type country struct {
	Country   string     `yaml:"country"`
	Emergency string     `yaml:"emergency"`
	Resources []Resource `yaml:"resources"`
}

// Shown tells whether people may ever be shown the line.
func (r *Resource) Shown() bool { return r.Show != ShowNo }

// Serves tells whether the line is for people in a country (ISO 3166 code).
func (r *Resource) Serves(country string) bool {
	return slices.Contains(r.Countries, country) || slices.Contains(r.Countries, "*")
}

// check reports what is missing or malformed.
func (r *Resource) check(ps *Problems) {
	bad := func(mend, what string, args ...any) {
		ps.add(r.file, r.line, mend, "help line %s: %s", r.ID, fmt.Sprintf(what, args...))
	}
	for field, t := range map[string]Text{
		"name": r.Name, "short": r.Short, "run_by": r.RunBy, "for": r.For, "reach": r.Reach,
	} {
		for _, lang := range []string{"en", "es"} {
			if t[lang] == "" {
				bad("add "+field+": {en: …, es: …}", "%s has no %s", field, lang)
			}
		}
	}
	if !slices.Contains(authorities, r.Authority) {
		bad(fmt.Sprintf("use one of %v", authorities), "authority is %q", r.Authority)
	}
	if !slices.Contains(statuses, r.Status) {
		bad(fmt.Sprintf("use one of %v", statuses), "status is %q", r.Status)
	}
	if r.Show != ShowYes && r.Show != ShowTopic && r.Show != ShowNo {
		bad("use yes, topic or no", "show is %q", r.Show)
	}
	if len(r.Countries) == 0 {
		bad(`write the country codes it serves, or ["*"]`, "countries is missing")
	}
	for _, c := range r.Countries {
		if c != "*" && !countryCode.MatchString(c) {
			bad(`write two capitals, or ["*"]`, "country %q", c)
		}
	}
	if len(r.Confirmed) == 0 {
		bad("say where each fact was seen", "confirmed is missing")
	}
	for _, c := range r.Confirmed {
		if c.Field == "" || c.Where == "" || !slices.Contains(statuses, c.Status) {
			bad("write {field: …, status: …, where: …}", "confirmed entry %q is not whole", c.Field)
		}
	}
	for _, n := range r.Notes {
		if n.ID == "" || n.Text["en"] == "" || n.Text["es"] == "" {
			bad("write {id: …, en: …, es: …}", "note %q is not whole", n.ID)
		}
		for lang := range n.Text {
			if len(lang) > 3 {
				bad("use id, brief, abroad and languages", "note %q has no field %s", n.ID, lang)
			}
		}
	}
	for field, d := range map[string]Date{"confirmed_on": r.ConfirmedOn, "review_by": r.ReviewBy} {
		if _, ok := d.Time(); !ok {
			bad("write YYYY-MM-DD", "%s is %q", field, d)
		}
	}
	if r.Shown() && r.Status == "UNVERIFIED" && len(r.Phones)+len(r.Texts)+len(r.WhatsApp) > 0 {
		bad("confirm the number first, or set show: no", "an unverified number would be shown")
	}
	r.checkContacts(bad)
}

func (r *Resource) checkContacts(bad func(mend, what string, args ...any)) {
	for _, p := range append(slices.Clone(r.Phones), r.WhatsApp...) {
		if !e164.MatchString(p.E164) {
			bad(mendNumber, "phone %q", p.E164)
		}
		if p.Display == "" || !same(p.Display, p.E164) || p.Letters != "" && !same(p.Letters, p.E164) {
			bad("make display and e164 the same number", "display %q is not %q", p.Display, p.E164)
		}
	}
	for _, t := range r.Texts {
		if !e164.MatchString(t.Number) || t.Display != "" && !same(t.Display, t.Number) {
			bad(mendNumber, "text number %q (%q)", t.Number, t.Display)
		}
	}
	for _, d := range r.Deaf {
		if !slices.Contains(deafKinds, d.Kind) {
			bad("use one of "+strings.Join(deafKinds, ", "), "deaf kind %q", d.Kind)
		}
		if d.Kind != "same-number" && (!e164.MatchString(d.Number) || d.Display != "" && !same(d.Display, d.Number)) {
			bad(mendNumber, "deaf number %q (%q)", d.Number, d.Display)
		}
	}
	for _, w := range r.Web {
		if err := checkURL(w.URL); err != nil {
			bad("write the whole address with https://", "%v", err)
		}
		if !slices.Contains(webKinds, w.Kind) {
			bad("use one of "+strings.Join(webKinds, ", "), "web kind %q", w.Kind)
		}
	}
	for _, e := range r.Email {
		if a, err := mail.ParseAddress(e); err != nil || a.Address != e {
			bad("write the bare address", "e-mail %q", e)
		}
	}
}

// same tells whether a number as printed, letters included, dials e164. A
// number that spells a word may have more letters than are dialled.
func same(printed, e164 string) bool {
	want := digits.ReplaceAllString(e164, "")
	got := keypad(printed)
	if got == want {
		return true
	}
	if !strings.HasPrefix(e164, "+") || strings.HasPrefix(printed, "+") || got == "" {
		return false
	}
	home := want[callingCode(want):]
	if got == home || got == "0"+home && want[0] != '1' { // a trunk zero, which North America has not
		return true
	}
	last := printed[max(0, len(printed)-1):]
	return keypad(last) != "" && last > "9" && got[:len(got)-1] == want
}

// callingCode is how many digits of an international number are its country's
// (ITU-T E.164): one for 1 and 7, two for these, three for all others.
func callingCode(number string) int {
	switch {
	case strings.HasPrefix(number, "1") || strings.HasPrefix(number, "7"):
		return 1
	case len(number) > 2 && slices.Contains(twoDigitCodes, number[:2]):
		return 2
	}
	return min(3, len(number))
}

var twoDigitCodes = strings.Fields(
	"20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98")

// keypad turns letters into the digits to dial and drops the rest.
func keypad(printed string) string {
	var b strings.Builder
	for _, c := range strings.ToUpper(printed) {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case c >= 'A' && c <= 'Z':
			b.WriteByte("22233344455566677778889999"[c-'A'])
		}
	}
	return b.String()
}

// overdue tells whether the review date is past: on the day itself it is not.
func overdue(d Date, now time.Time) bool {
	t, ok := d.Time()
	return ok && !now.Before(t.AddDate(0, 0, 1))
}
