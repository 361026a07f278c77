package answer_test

import (
	"slices"
	"testing"

	"porchlight/bot"
)

// The country that a platform's place chose stands in for the home country: what
// a person says or sets goes before it, and what is no country changes nothing.
func TestCountryOfThePlace(t *testing.T) {
	b := content(t)
	shows := func(r bot.Reply, country string) bool {
		line, ok := b.EmergencyLine(country)
		return ok && slices.ContainsFunc(r.Resources, func(c bot.Card) bool { return c.ID == line })
	}
	from := func(m bot.Message, country string) bot.Message {
		m.Country = country
		return m
	}
	const danger = "my boss locked me in and I can't get out, help me"
	for _, c := range []struct{ place, want string }{
		{"", "US"}, {"US", "US"}, {"MX", "MX"}, {"gb", "GB"}, {"UK", "GB"}, {"ZZ", "US"}, {"Mexico", "US"}, {"M\x00", "US"},
	} {
		p := pipeline(t, b)
		if r := ask(t, p, from(say("c", danger), c.place)); !shows(r, c.want) {
			t.Errorf("in a place of %q the danger line is not that of %s: %v", c.place, c.want, r.Resources)
		}
		if r := p.Fixed(from(say("c", danger), c.place)); len(r.Resources) == 0 || c.want != "US" && shows(r, "US") {
			t.Errorf("in a place of %q the fixed text has the lines %v", c.place, r.Resources)
		}
	}

	p := pipeline(t, b)
	ask(t, p, from(do("d", bot.SetCountry, "CA"), "MX"))
	if r := ask(t, p, from(say("d", danger), "MX")); !shows(r, "CA") {
		t.Error("the place goes before what the person set")
	}
	if r := ask(t, p, from(do("d", bot.SetCountry, ""), "MX")); r.Lead == "" || r.Lead == p.Phrases.Say("en", "country_unset") {
		t.Errorf("unset, and told %q", r.Lead)
	}
	if r := ask(t, p, from(say("d", danger), "MX")); !shows(r, "MX") {
		t.Error("what the person unset still holds")
	}
}
