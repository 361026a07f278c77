package knowledge

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// other is the form of a whole file of help lines with one line in it.
func other(country, id, authority, number string) string {
	s := line(id, authority, "yes", number, "Local Line", "Línea Local", "the Local Line", "la Línea Local")
	return "country: " + country + "\nresources:\n" + strings.ReplaceAll(s, "[US]", "["+country+"]")
}

func TestOverlayAddsTopic(t *testing.T) {
	before := mustLoad(t, small())
	b := mustLoad(t, small(), fstest.MapFS{
		"topics/pay.fr.md":      file(smallTopic("pay", "fr", "Quand le patron ne paie pas", "mon patron ne me paie pas", "On doit vous payer.\n\n- Appelez {nhth}.\n")),
		"topics/shelter.en.md":  file(smallTopic("shelter", "en", "Our own shelter", "is there a shelter", "Our shelter is open.\n")),
		"topics/readme.txt":     file("not a topic"),
		"topics/.pay.fr.md.swp": file("not a topic"),
	})
	if want := []string{"en", "es", "fr"}; !slices.Equal(b.Langs(), want) {
		t.Errorf("languages %v, want %v", b.Langs(), want)
	}
	fr, ok := b.Topic("pay", "fr")
	if !ok || fr.Details[0] != "Appelez the Hotline." { // no French name: the English one
		t.Fatalf("got %+v", fr)
	}
	if got := len(b.Topics("fr")); got != 1 {
		t.Errorf("%d topics in French", got)
	}
	if _, ok := b.Topic("shelter", "en"); !ok || len(b.Topics("en")) != 3 {
		t.Error("the new topic is missing")
	}
	c, ok := b.Card("nhth", "fr", "US")
	if !ok || c.Name != "Trafficking Hotline" || c.Contacts[0].Label != "Call: +18883737888" {
		t.Errorf("card in French: %+v", c)
	}
	if b.Version() == before.Version() {
		t.Error("same version")
	}
	if _, ok := before.Topic("shelter", "en"); ok {
		t.Error("the overlay changed what was loaded before")
	}
	r := b.Lint(day("2026-06-01"), nil)
	want := []string{
		"topics/papers.fr.md: topic papers is missing in fr; translate it",
		"topics/shelter.es.md: topic shelter is missing in es; translate it",
		"topics/shelter.fr.md: topic shelter is missing in fr; translate it",
	}
	expect(t, lines(r.Warnings), want)
}

func TestOverlayReplacesTopic(t *testing.T) {
	b := mustLoad(t, small(), fstest.MapFS{pay: file(strings.Replace(smallPay, "When the boss", "If the boss", 1))})
	topic, _ := b.Topic("pay", "en")
	if topic.Title != "If the boss does not pay" {
		t.Errorf("title %q", topic.Title)
	}
	if es, ok := b.Topic("pay", "es"); !ok || es.Title != "Cuando el patrón no paga" {
		t.Error("the other language changed")
	}
	if n := len(b.Topics("en")); n != 2 {
		t.Errorf("%d topics", n)
	}
}

func TestOverlayHides(t *testing.T) {
	b := mustLoad(t, small(), fstest.MapFS{"hide.yaml": file("topics:\n  - papers\nresources:\n  - wages\n  - abroad\n")})
	if _, ok := b.Topic("papers", "en"); ok {
		t.Error("the topic is there")
	}
	if _, ok := b.Topic("papers", "es"); ok {
		t.Error("the topic is there in Spanish")
	}
	topic, _ := b.Topic("pay", "en")
	if len(topic.Related) != 0 {
		t.Errorf("related %v", topic.Related)
	}
	if !slices.Equal(topic.Help, []string{"nhth"}) {
		t.Errorf("help %v", topic.Help)
	}
	for _, id := range []string{"wages", "abroad"} {
		if _, ok := b.Card(id, "en", ""); ok {
			t.Errorf("%s has a card", id)
		}
		if _, ok := b.Fill("{phone:"+id+"}", "en", "US"); ok {
			t.Errorf("%s is filled in", id)
		}
		if r, ok := b.Resource(id); !ok || r.Shown() {
			t.Errorf("%s: staff should see it, hidden", id)
		}
	}
	for _, c := range b.Directory("", "en") {
		if c.ID == "wages" || c.ID == "abroad" {
			t.Errorf("%s is in the directory", c.ID)
		}
	}
}

func TestOverlayHideRefused(t *testing.T) {
	line := func(n, id string) string {
		return "hide.yaml:" + n + ": help line \"" + id + "\" cannot be hidden; people in danger are sent to it; replace it if it is wrong"
	}
	expect(t, problems(t, small(), fstest.MapFS{"hide.yaml": file(`topics:
  - moon
resources:
  - emergency-911
  - nhth
  - "988"
  - sun
`)}), []string{
		"hide.yaml:2: there is no topic \"moon\" to hide; see porchlight kb list",
		line("4", "emergency-911"), line("5", "nhth"), line("6", "988"),
		"hide.yaml:7: there is no help line \"sun\" to hide; see porchlight kb resources",
	})
	// An emergency line of any country, in the content as shipped.
	for _, id := range []string{"emergency-gb", "emergency-au", "emergency-ca", "emergency-mx", "emergency-911", "nhth", "988"} {
		expect(t, problems(t, Embedded(), fstest.MapFS{"hide.yaml": file("resources: [\"" + id + "\"]\n")}), []string{line("1", id)})
	}
	expect(t, problems(t, small(), fstest.MapFS{"hide.yaml": file("topic: [pay]\n")}), []string{"hide.yaml:1: there is no field topic; …"})
	// Nor by replacing it with one that is not shown.
	for id, what := range map[string]string{
		"nhth":          "help line \"nhth\" cannot be hidden; set show: yes; people in danger are sent to it",
		`"988"`:         "help line \"988\" cannot be hidden; set show: yes; people in danger are sent to it",
		"emergency-911": "emergency line \"emergency-911\" has no number to show; give its number and show: yes; people in danger are sent to it",
	} {
		o := other("US", id, "none", "911")
		got := problems(t, small(), fstest.MapFS{"resources/local.yaml": file(strings.Replace(o, `show: "yes"`, `show: "no"`, 1))})
		if want := "resources/local.yaml:3: " + what; !slices.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOverlayCountry(t *testing.T) {
	es := "country: ES\nemergency: emergency-es\nresources:\n" + strings.ReplaceAll(
		line("emergency-es", "emergency", "yes", "112", "112, emergencies", "112, emergencias", "112", "el 112")+
			line("es-trata", "none", "yes", "+34900105090", "Spanish Line", "Línea de España", "the Spanish Line", "la Línea de España"), "[US]", "[ES]")
	b := mustLoad(t, small(), fstest.MapFS{"resources/es.yaml": file(es)})
	if want := []string{"ES", "US"}; !slices.Equal(b.Countries(), want) {
		t.Errorf("countries %v", b.Countries())
	}
	if id, ok := b.EmergencyLine("ES"); !ok || id != "emergency-es" {
		t.Errorf("emergency line %q", id)
	}
	if s, ok := b.Fill("Llame a {name:emergency} ({phone:emergency}).", "es", "ES"); !ok || s != "Llame al 112 (112)." {
		t.Errorf("filled %q %t", s, ok)
	}
	var ids []string
	for _, c := range b.Directory("ES", "es") {
		ids = append(ids, c.ID)
	}
	if want := []string{"emergency-es", "es-trata"}; !slices.Equal(ids, want) {
		t.Errorf("directory %v, want %v", ids, want)
	}
	if got := len(b.Directory("US", "en")); got != 4 {
		t.Errorf("%d lines in the US", got)
	}
}

func TestOverlayReplacesLine(t *testing.T) {
	o := strings.Replace(other("US", "nhth", "none", "+18005550100"), "resources:\n", "resources:\n"+
		line("local", "government", "yes", "+18005550199", "Our Line", "Nuestra Línea", "our line", "nuestra línea"), 1)
	b := mustLoad(t, small(), fstest.MapFS{"resources/local.yaml": file(o)})
	c, _ := b.Card("nhth", "en", "US")
	if c.Name != "Local Line" || len(c.Contacts) != 1 || c.Contacts[0].Display != "+18005550100" {
		t.Errorf("card %+v", c)
	}
	topic, _ := b.Topic("papers", "en")
	if topic.Details[0] != "You can call the Local Line." {
		t.Errorf("named %q", topic.Details[0])
	}
	var was, is []string
	for _, r := range mustLoad(t, small()).Resources() {
		was = append(was, r.ID)
	}
	for _, r := range b.Resources() {
		is = append(is, r.ID)
	}
	if want := append(slices.Clone(was), "local"); !slices.Equal(is, want) { // in its old place
		t.Errorf("order %v, want %v", is, want)
	}
	if s := b.Lint(day("2026-06-01"), map[string]string{"x": "Call +18883737888."}); len(s.Errors) != 1 {
		t.Errorf("the old number is no contact any more: %v", s.Errors)
	}
}

func TestOverlayReplacesSource(t *testing.T) {
	b := mustLoad(t, small(), fstest.MapFS{srcs: file("- id: dol-2020-pay\n  publisher: {en: Us}\n  title: Newer\n  published: 2026\n- id: own\n  publisher: {en: Us}\n  title: Own\n")})
	topic, _ := b.Topic("pay", "es")
	c := b.Cite(topic)
	if len(c) != 1 || c[0].Title != "Newer" || c[0].Published != "2026" || c[0].URL != "" || c[0].Publisher != "Us" {
		t.Errorf("cited %+v", c)
	}
}

func TestOverlayLabelsAndSynonyms(t *testing.T) {
	all := string(shippedFile(words).Data)
	_, es, _ := strings.Cut(all, "  es:\n")
	b := mustLoad(t, small(), fstest.MapFS{
		words:              file("labels:\n  pt:\n" + strings.Replace(es, `call: "Llame: {number}"`, `call: "Ligue: {number}"`, 1)),
		"synonyms/pt.yaml": file("- say: [patrão]\n  means: [salário]\n"),
	})
	if c, _ := b.Card("nhth", "pt", "US"); c.Contacts[0].Label != "Ligue: +18883737888" {
		t.Errorf("label %q", c.Contacts[0].Label)
	}
	if c, _ := b.Card("nhth", "es", "US"); c.Contacts[0].Label != "Llame: +18883737888" {
		t.Errorf("label %q", c.Contacts[0].Label)
	}
}

// TestTwoOverlays: each lies over what came before.
func TestTwoOverlays(t *testing.T) {
	state := fstest.MapFS{
		pay:                    file(strings.Replace(smallPay, "title: When", "title: State: when", 1)),
		"hide.yaml":            file("topics: [papers]\nresources: [wages, abroad]\n"),
		"resources/local.yaml": file(other("US", "local", "none", "+18005550100")),
	}
	state[pay] = file(strings.Replace(smallPay, "title: When the boss", "title: In this state the boss", 1))
	town := fstest.MapFS{
		pay:                    file(strings.Replace(smallPay, "title: When the boss", "title: In this town the boss", 1)),
		"resources/local.yaml": file(other("US", "local", "none", "+18005550199")),
		"resources/uk.yaml":    file(other("GB", "abroad", "none", "+448000121700")),
		papers:                 file(smallTopic("papers", "en", "Your papers here", "boss has my passport", "Ours.\n")),
	}
	b := mustLoad(t, small(), state, town)
	topic, _ := b.Topic("pay", "en")
	if topic.Title != "In this town the boss does not pay" {
		t.Errorf("title %q", topic.Title)
	}
	if c, _ := b.Card("local", "en", "US"); c.Contacts[0].Display != "+18005550199" {
		t.Errorf("local line %+v", c.Contacts)
	}
	if _, ok := b.Card("wages", "en", "US"); ok {
		t.Error("what the first hides is shown")
	}
	if _, ok := b.Card("abroad", "en", "GB"); !ok {
		t.Error("what the second brings back is not shown")
	}
	if _, ok := b.Topic("papers", "en"); !ok {
		t.Error("the topic that the second brings back is not there")
	}
	if _, ok := b.Topic("papers", "es"); ok {
		t.Error("the Spanish topic that the first hides is there")
	}
	other := mustLoad(t, small(), town, state)
	topic, _ = other.Topic("pay", "en")
	if topic.Title != "In this state the boss does not pay" || other.Version() == b.Version() {
		t.Errorf("the other way round: title %q, same version %t", topic.Title, other.Version() == b.Version())
	}
}

// TestOverlayRefusedWhole: nothing of an overlay with problems comes into
// force; the embedded content stays, and all problems are told.
func TestOverlayRefusedWhole(t *testing.T) {
	good := fstest.MapFS{"topics/shelter.en.md": file(smallTopic("shelter", "en", "Our shelter", "is there a shelter", "It is open.\n"))}
	bad := fstest.MapFS{
		"topics/bed.en.md":     file(smallTopic("bed", "en", "A bed", "is there a bed", "Call {angels}.\n")),
		"topics/food.en.md":    file(strings.Replace(smallTopic("food", "en", "Food", "is there food", "Yes.\n"), "related: []", "related: [drinks]", 1)),
		"resources/local.yaml": file(strings.Replace(other("US", "local", "none", "+18005550100"), `display: "+18005550100"`, `display: "+18005550101"`, 1)),
		"hide.yaml":            file("topics: [papers]\n"),
	}
	want := []string{
		"resources/local.yaml:3: help line local: display \"+18005550101\" is not \"+18005550100\"; …",
		"topics/bed.en.md:26: {angels} is no help line; …",
		"topics/food.en.md:19: related topic \"drinks\" does not exist; …",
	}
	expect(t, problems(t, small(), good, bad), want)

	for name, overlays := range map[string][]fs.FS{"alone": {bad}, "after a good one": {good, bad}, "before a good one": {bad, good}} {
		live, err := Open(small(), overlays...)
		if live == nil || err == nil {
			t.Fatalf("%s: live %v, error %v", name, live, err)
		}
		expect(t, strings.Split(err.Error(), "\n"), want)
		b := live.Base()
		if b.Version() != mustLoad(t, small()).Version() {
			t.Errorf("%s: something of it is in force", name)
		}
		if _, ok := b.Topic("papers", "en"); !ok {
			t.Errorf("%s: it hides a topic", name)
		}
	}
}

func TestOverlayRefusesFilesThatNothingReads(t *testing.T) {
	for name, refused := range map[string]bool{
		"topics/en/wages.md": true, "topic/wages.en.md": true, "hide.yml": true, "resources/us/local.yaml": true, "Sources.yaml": true,
		"README.md": false, "notes.txt": false, ".git/config.yaml": false, ".drafts.md": false,
	} {
		_, err := Load(Embedded(), fstest.MapFS{
			"hide.yaml": {Data: []byte("topics: [wear-blue-day]\n")},
			name:        {Data: []byte("x\n")},
		})
		if got := err != nil && strings.Contains(err.Error(), name+": no content is read from here"); got != refused || !refused && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
