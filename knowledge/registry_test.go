package knowledge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestContacts holds every contact of the registry against a list that is
// reviewed by eye: a changed digit shows up as a changed line.
func TestContacts(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Every contact that can be shown, and those that must not be (show no).\n" +
		"# A line that changes here changes what people in danger dial: hold it against its source, digit by digit.\n")
	for _, r := range embeddedBase(t).Resources() {
		fmt.Fprintf(&b, "\n%s\n  show %s, %s, %s, for %s\n", r.ID, r.Show, r.Status, r.Authority, strings.Join(r.Countries, " "))
		field := func(name string, values ...string) {
			fmt.Fprintln(&b, strings.TrimRight("  "+name+" "+strings.Join(values, " | "), " |"))
		}
		for _, p := range r.Phones {
			field("phone", p.E164, p.Display, p.Letters, p.Label.In("en"), p.Country)
		}
		for _, p := range r.Texts {
			field("text", p.Number, p.Display, p.Keyword, p.Note.In("en"))
		}
		for _, p := range r.WhatsApp {
			field("whatsapp", p.E164, p.Display)
		}
		for _, p := range r.Deaf {
			field("deaf", p.Kind, p.Number, p.Display, p.Note.In("en"))
		}
		for _, p := range r.Web {
			field("web", p.Kind, p.URL, p.Note.In("en"))
		}
		for _, e := range r.Email {
			field("email", e)
		}
		if r.AlwaysOpen {
			field("always open")
		}
	}
	golden(t, "contacts.golden", b.String())
}

var (
	northAmerica = regexp.MustCompile(`^\+1[2-9]\d{2}[2-9]\d{6}$`)
	hrefs        = regexp.MustCompile(`^(tel:(\+\d{7,15}|\d{3,6})|sms:(\+\d{7,15}|\d{3,6})|https?://[^\s]+|mailto:[^\s@]+@[^\s@]+\.[^\s@]+)?$`)
)

// TestShownNumbers: whatever a card shows can be dialled, texted or opened.
func TestShownNumbers(t *testing.T) {
	b := embeddedBase(t)
	for _, r := range b.Resources() {
		for _, p := range r.Phones {
			if strings.HasPrefix(p.E164, "+1") && !northAmerica.MatchString(p.E164) {
				t.Errorf("%s: %s is no number of North America", r.ID, p.E164)
			}
		}
		for _, lang := range []string{"en", "es", "fr"} {
			c, ok := b.Card(r.ID, lang, "US")
			if ok != (r.Show != ShowNo) {
				t.Errorf("%s: show %s, card %t", r.ID, r.Show, ok)
			}
			if !ok {
				continue
			}
			if c.Name == "" || c.For == "" || c.RunBy == "" || c.Reach == "" || c.Authority == "" || c.Brief == "" || c.Checked == "" {
				t.Errorf("%s in %s has an empty field: %+v", r.ID, lang, c)
			}
			if len(c.Contacts) == 0 && r.ID != "us-211" {
				t.Errorf("%s has no contact", r.ID)
			}
			for _, k := range c.Contacts {
				if k.Label == "" || strings.ContainsAny(k.Label, "{}") || k.Display == "" && k.Kind != "same-number" {
					t.Errorf("%s: contact %+v", r.ID, k)
				}
				if !strings.Contains(k.Label, k.Display) && k.Kind != "same-number" {
					t.Errorf("%s: %q does not hold %q", r.ID, k.Label, k.Display)
				}
				if !hrefs.MatchString(k.Href) {
					t.Errorf("%s: address %q", r.ID, k.Href)
				}
				number, ok := strings.CutPrefix(k.Href, "tel:")
				if text, isText := strings.CutPrefix(k.Href, "sms:"); isText {
					number, ok = text, true
				}
				if ok && !same(k.Display, number) {
					t.Errorf("%s: %q dials %q", r.ID, k.Display, number)
				}
			}
			for _, s := range append([]string{c.Brief, c.Name, c.For, c.Hours, c.Checked}, c.Notes...) {
				if strings.ContainsAny(s, "{}") {
					t.Errorf("%s in %s: a token is left in %q", r.ID, lang, s)
				}
			}
			if n := len(r.Phones); n > 0 && !strings.Contains(c.Brief, r.Phones[0].Display) {
				t.Errorf("%s: no number in %q", r.ID, c.Brief)
			}
		}
	}
}

// TestNeverShown: what is marked show no comes out of nothing.
func TestNeverShown(t *testing.T) {
	b := embeddedBase(t)
	countries := append(b.Countries(), "", "FR")
	var hidden []*Resource
	shown := map[string]bool{} // digits
	for _, r := range b.Resources() {
		if !r.Shown() {
			hidden = append(hidden, r)
			continue
		}
		for _, p := range r.Phones {
			shown[p.E164] = true
		}
	}
	ids := []string{"doj-tpwetf", "farmworker-orgs", "hsi-victim-assist", "state-a3g5", "uk-glaa-fwa"}
	var got []string
	for _, r := range hidden {
		got = append(got, r.ID)
	}
	slices.Sort(got)
	if !slices.Equal(got, ids) {
		t.Errorf("hidden %v, want %v", got, ids)
	}
	for _, lang := range []string{"en", "es", "fr"} {
		for _, country := range countries {
			if c := b.Cards(lang, country, ids...); len(c) != 0 {
				t.Errorf("cards of %v", c)
			}
			for _, id := range ids {
				for _, what := range []string{"phone", "text", "name", "site"} {
					if s, ok := b.Fill("a {"+what+":"+id+"} b", lang, country); ok || s != "a  b" {
						t.Errorf("%s of %s: %q %t", what, id, s, ok)
					}
				}
			}
			for _, c := range b.Directory(country, lang) {
				if slices.Contains(ids, c.ID) {
					t.Errorf("%s is in the directory", c.ID)
				}
			}
		}
	}
	// Nor do its digits, in any card, nor what is withheld of any line.
	for _, r := range b.Resources() {
		c, ok := b.Card(r.ID, "en", "FR")
		if !ok {
			continue
		}
		all := fmt.Sprintf("%+v", c)
		for _, h := range hidden {
			for _, p := range h.Phones {
				if !shown[p.E164] && (strings.Contains(all, p.Display) || strings.Contains(all, p.E164)) {
					t.Errorf("%s shows the number of %s", r.ID, h.ID)
				}
			}
		}
		for _, w := range r.Withheld {
			for _, k := range c.Contacts {
				if strings.ContainsAny(w.Value, "0123456789@/") && (k.Display == w.Value || k.Href == w.Value) {
					t.Errorf("%s shows what is withheld: %s", r.ID, w.Value)
				}
			}
		}
	}
	// Topics never offer them either.
	for _, lang := range b.Langs() {
		for _, topic := range b.Topics(lang) {
			for _, id := range topic.Help {
				if slices.Contains(ids, id) {
					t.Errorf("%s offers %s", topic.File(), id)
				}
			}
		}
	}
}

// TestDirectory: only lines that need no topic, in the order of the registry.
func TestDirectory(t *testing.T) {
	b := embeddedBase(t)
	for _, country := range append(b.Countries(), "") {
		at := -1
		for _, c := range b.Directory(country, "en") {
			r, _ := b.Resource(c.ID)
			if r.Show != ShowYes || country != "" && !r.Serves(country) {
				t.Errorf("%s in the directory of %q: show %s, for %v", c.ID, country, r.Show, r.Countries)
			}
			i := slices.IndexFunc(b.Resources(), func(r *Resource) bool { return r.ID == c.ID })
			if i <= at {
				t.Errorf("%s is out of order", c.ID)
			}
			at = i
		}
		if at < 0 {
			t.Errorf("no lines of %q", country)
		}
		if country == "" {
			continue
		}
		id, ok := b.EmergencyLine(country)
		r, found := b.Resource(id)
		if !ok || !found || r.Authority != Emergency || !r.Serves(country) || len(r.Phones) != 1 {
			t.Errorf("emergency line of %s: %q %+v", country, id, r)
		}
	}
	if _, ok := b.EmergencyLine("FR"); ok {
		t.Error("an emergency line of France")
	}
	if c := b.Directory("FR", "en"); len(c) != 0 {
		t.Errorf("lines of France: %v", c)
	}
	got := b.Cards("en", "US", "nhth", "no-such-line", "988", "doj-tpwetf", "emergency-911")
	var ids []string
	for _, c := range got {
		ids = append(ids, c.ID)
	}
	if !slices.Equal(ids, []string{"nhth", "988", "emergency-911"}) {
		t.Errorf("cards %v", ids)
	}
}

// TestAuthority: nobody calls the law without having been told so.
func TestAuthority(t *testing.T) {
	b := embeddedBase(t)
	say := map[Authority][2]string{
		LawEnforcement:            {"law enforcement", "autoridades"},
		LawEnforcementImmigration: {"law enforcement inside the immigration-enforcement agency", "autoridades, dentro de la agencia que aplica las leyes de inmigración"},
		Immigration:               {"immigration agency", "agencia de inmigración"},
		Emergency:                 {"Emergency services", "Servicios de emergencia"},
		Varies:                    {"police", "policía"},
	}
	want := map[string]Authority{ // of the fact sheet
		"hsi-tip-line-866": LawEnforcementImmigration, "hsi-tip-line-877": LawEnforcementImmigration,
		"hsi-tip-line-intl": LawEnforcementImmigration, "fbi-tips": LawEnforcement, "know2protect": LawEnforcement,
		"dol-oig": LawEnforcement, "au-afp": LawEnforcement, "goods-reports": LawEnforcement,
		"uscis-contact": Immigration, "emergency-911": Emergency, "nhth": NoAuthority, "988": NoAuthority,
	}
	for id, a := range want {
		if r, ok := b.Resource(id); !ok || r.Authority != a {
			t.Errorf("%s: authority %s, want %s", id, r.Authority, a)
		}
	}
	for _, r := range b.Resources() {
		for i, lang := range []string{"en", "es"} {
			c, ok := b.Card(r.ID, lang, "US")
			if !ok {
				continue
			}
			if c.Law != r.Authority || !strings.Contains(c.Brief, c.Authority) || !strings.Contains(c.Authority, say[r.Authority][i]) {
				t.Errorf("%s in %s does not say who answers: %q", r.ID, lang, c.Brief)
			}
		}
	}
}

// TestNotes: what must travel with a number travels with it.
func TestNotes(t *testing.T) {
	b := embeddedBase(t)
	for _, r := range b.Resources() {
		if !r.Shown() {
			continue
		}
		for _, lang := range []string{"en", "es"} {
			for _, country := range []string{"", "US", "GB", "AU", "CA", "MX", "FR"} {
				c, _ := b.Card(r.ID, lang, country)
				if s := r.ShowNote.In(lang); s != "" && (!slices.Contains(c.Notes, s) || !strings.Contains(c.Brief, s)) {
					t.Errorf("%s in %s: %q is missing", r.ID, lang, s)
				}
				for _, n := range r.Notes {
					s := n.Text[lang]
					home := country == "" || r.Serves(country)
					want := !n.Abroad || !home
					if slices.Contains(c.Notes, s) != want {
						t.Errorf("%s for %q: note %s shown %t", r.ID, country, n.ID, !want)
					}
					if brief := want && (n.Brief || n.Abroad); strings.Contains(c.Brief, s) != brief {
						t.Errorf("%s for %q: note %s brief %t", r.ID, country, n.ID, !brief)
					}
				}
			}
		}
	}
}

// TestFacts: what the fact sheet says of single lines.
func TestFacts(t *testing.T) {
	b := embeddedBase(t)
	note := func(id, n, lang string) string {
		r, _ := b.Resource(id)
		for _, x := range r.Notes {
			if x.ID == n {
				return x.Text[lang]
			}
		}
		t.Errorf("%s has no note %s", id, n)
		return "?"
	}
	for _, c := range []struct {
		id   string
		has  []string // all of it in English, in the one-line form
		hasn []string // nowhere on the card
	}{
		{"nhth", []string{"1-888-373-7888", "Text HELP to 233733", "any hour", "Not police, not immigration."}, []string{"BEFREE", "INFO"}},
		{"nlrb", []string{"1-844-762-6572"}, []string{"866-667", "202-"}},
		{"stronghearts", []string{"1-844-762-8483", "Check the hours on its site"}, []string{"any hour", "24 hours"}},
		{"uscis-contact", []string{"1-800-375-5283", "Talk to a lawyer first.", "This is an immigration agency."}, []string{"767-1833"}},
		{"hsi-tip-line-866", []string{"1-866-347-2423", note("hsi-tip-line-866", "N2", "en"), note("hsi-tip-line-866", "N3", "en")}, nil},
		{"hsi-tip-line-877", []string{"1-877-447-4847", note("hsi-tip-line-877", "N2", "en"), note("hsi-tip-line-877", "N3", "en")}, nil},
		{"hsi-tip-line-intl", []string{"+1-802-872-6199", note("hsi-tip-line-intl", "N3", "en"), "from abroad"}, nil},
		{"crisis-text-line", []string{"Text HOME to 741741"}, nil},
		{"ndvh", []string{"1-800-799-7233"}, []string{"787-3224"}},
		{"nrs", []string{"1-800-786-2929"}, []string{"66008"}},
		{"uk-helpline", []string{"08000 121 700"}, []string{"any hour", "24/7"}},
		{"mx-linea", []string{"800 5533 000"}, []string{"55 5533 5533", "WhatsApp"}},
		{"osha", []string{"1-800-321-6742"}, []string{"877-889-5627"}},
		{"us-211", nil, []string{"Call: 211"}},
		{"emergency-911", []string{"911", "works in many places, not all"}, nil},
		{"know2protect", []string{"Only for online child sexual exploitation"}, nil},
		{"polaris", []string{"For information only"}, nil},
	} {
		card, ok := b.Card(c.id, "en", "US")
		if !ok {
			t.Errorf("no card of %s", c.id)
			continue
		}
		for _, s := range c.has {
			if !strings.Contains(card.Brief, s) {
				t.Errorf("%s: %q is not in %q", c.id, s, card.Brief)
			}
		}
		for _, s := range c.hasn {
			for _, k := range card.Contacts {
				if strings.Contains(k.Label, s) {
					t.Errorf("%s: %q is in %q", c.id, s, k.Label)
				}
			}
			if strings.Contains(card.Brief, s) || strings.Contains(card.Hours, s) {
				t.Errorf("%s shows %q", c.id, s)
			}
		}
	}
	for _, id := range []string{"stronghearts", "uk-helpline"} {
		if r, _ := b.Resource(id); r.AlwaysOpen {
			t.Errorf("%s is always open", id)
		}
	}
	for _, id := range []string{"know2protect", "hsi-tip-line-intl", "otip-cert", "uk-salvation-army", "ncfh", "dol-contact", "samhsa", "us-211", "polaris", "cast-la"} {
		if r, _ := b.Resource(id); r.Show != ShowTopic {
			t.Errorf("%s: show %s, want topic", id, r.Show)
		}
	}
}

// TestCard goes through one line that has everything.
func TestCard(t *testing.T) {
	b := mustLoad(t, small())
	c, ok := b.Card("wages", "es", "US")
	if !ok {
		t.Fatal("no card")
	}
	want := []Contact{
		{"phone", "Llame: 1-866-487-9243", "1-866-487-9243", "tel:+18664879243"},
		{"text", "Mande PAY por mensaje de texto al 233733", "233733", "sms:233733"},
		{"whatsapp", "WhatsApp: 55 1234 5678", "55 1234 5678", ""},
		{"relay", "Personas sordas o con dificultad para oír: marque 711 (retransmisión) y después el número", "711", ""},
		{"web", "Sitio web: https://wages.example.org", "https://wages.example.org", "https://wages.example.org"},
		{"email", "Correo electrónico: help@wages.example.org", "help@wages.example.org", "mailto:help@wages.example.org"},
	}
	if !slices.Equal(c.Contacts, want) {
		t.Errorf("got %+v", c.Contacts)
	}
	if c.Name != "Oficina de Salarios" || c.NotFor != "Emergencias" || c.Hours != "Entre semana" || c.Law != Government {
		t.Errorf("got %+v", c)
	}
	if want := "Oficina de Salarios: 1-866-487-9243; Mande PAY por mensaje de texto al 233733. " +
		"Oficina del gobierno; no es policía ni inmigración. Pida un intérprete."; c.Brief != want {
		t.Errorf("got  %s\nwant %s", c.Brief, want)
	}
	if _, ok := b.Card("no-such-line", "es", "US"); ok {
		t.Error("a card of nobody")
	}
}

func TestFill(t *testing.T) {
	b := embeddedBase(t)
	for _, c := range []struct {
		phrase, lang, country string
		want                  string
		ok                    bool
	}{
		{"Call {phone:nhth} now.", "en", "US", "Call 1-888-373-7888 now.", true},
		{"Text {text:nhth}.", "en", "", "Text 233733.", true},
		{"Text {text:stronghearts}.", "en", "", "Text 1-844-762-8483.", true},
		{"Ask {name:nhth} ({phone:nhth}).", "en", "US", "Ask the National Human Trafficking Hotline (1-888-373-7888).", true},
		{"See {site:nhth}", "en", "US", "See https://humantraffickinghotline.org", true},
		{"Nothing to fill: {date}, {nhth}", "en", "US", "Nothing to fill: {date}, {nhth}", true},
		{"", "en", "US", "", true},

		{"Call {phone:emergency}.", "en", "US", "Call 911.", true},
		{"Call {phone:emergency}.", "en", "GB", "Call 999.", true},
		{"Call {phone:emergency}.", "en", "AU", "Call 000.", true},
		{"Call {phone:emergency}.", "en", "FR", "Call .", false},
		{"Call {phone:emergency}.", "en", "", "Call .", false},
		{"Call {phone:emergency} or {phone:988}.", "en", "FR", "Call  or 988.", false},

		{"Llame a {name:emergency}.", "es", "US", "Llame al 911.", true},
		{"Llame a {name:emergency} ahora.", "es", "US", "Llame al 911 ahora.", true},
		{"El número de {name:emergency} es gratis.", "es", "US", "El número del 911 es gratis.", true},
		{"A {name:emergency} lo contestan siempre.", "es", "GB", "Al 999 lo contestan siempre.", true},
		{"¿De {name:emergency} llaman?", "es", "US", "¿Del 911 llaman?", true},
		{"Llame a {name:nhth} ahora.", "es", "US", "Llame a la Línea Nacional contra la Trata de Personas ahora.", true},
		{"Pida a él que llame al {phone:emergency}.", "es", "US", "Pida a él que llame al 911.", true},
		{"La OSHA el lunes, la DEA el martes.", "es", "US", "La OSHA el lunes, la DEA el martes.", true},
		{"Ask a el camino.", "en", "US", "Ask a el camino.", true},

		{"{phone:no-such-line}", "en", "US", "", false},
		{"{phone:doj-tpwetf}", "en", "US", "", false},
		{"{name:doj-tpwetf}", "en", "US", "", false},
		{"{text:dol-whd}", "en", "US", "", false},           // it takes no texts
		{"{phone:legal-finders}", "en", "US", "", false},    // it has no telephone
		{"{site:emergency-911}", "en", "US", "", false},     // nor this a site
		{"{phone:crisis-text-line}", "en", "US", "", false}, // texts only
	} {
		got, ok := b.Fill(c.phrase, c.lang, c.country)
		if got != c.want || ok != c.ok {
			t.Errorf("%q in %s for %q: %q %t, want %q %t", c.phrase, c.lang, c.country, got, ok, c.want, c.ok)
		}
	}
}
