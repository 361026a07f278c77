package knowledge

import (
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shipped is the embedded content, loaded once for all tests.
var shipped = sync.OnceValues(func() (*Base, error) { return Load(Embedded()) })

func embeddedBase(t testing.TB) *Base {
	t.Helper()
	b, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	pay    = "topics/pay.en.md"
	papers = "topics/papers.en.md"
	us     = "resources/us.yaml"
	words  = "resources/labels.yaml"
	srcs   = "sources.yaml"
)

// small is content with two topics and seven lines: enough for every rule. A
// caller may change what it gets.
func small() fstest.MapFS {
	return fstest.MapFS{
		srcs:  file(smallSources),
		us:    file(smallLines),
		words: shippedFile(words),
		pay:   file(smallPay),
		"topics/pay.es.md": file(smallTopic("pay", "es", "Cuando el patrón no paga",
			"no me pagan", "Tienen que pagarle cada hora.\n\n- Llame a {nhth} o a {emergency-911}.\n- El número de {emergency-911} es gratis.\n")),
		papers: file(smallTopic("papers", "en", "When a boss keeps your papers",
			"boss has my passport", "Your papers are yours.\n\n- You can call {nhth}.\n")),
		"topics/papers.es.md": file(smallTopic("papers", "es", "Si el patrón guarda sus papeles",
			"me quitaron el pasaporte", "Sus papeles son suyos.\n\n- Puede llamar a {nhth}.\n")),
	}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func shippedFile(name string) *fstest.MapFile {
	data, err := fs.ReadFile(Embedded(), name)
	if err != nil {
		panic(err)
	}
	return &fstest.MapFile{Data: data}
}

const smallSources = `- id: dol-2020-pay
  publisher: {en: Labor Department, es: Departamento de Trabajo}
  title: Pay
  url: "https://pay.example.gov/all"
  published: 2020-05
  read_on: 2026-01-31
- id: "seed"
  publisher: {en: Blue Campaign}
  title: An old article
  published: "2014-11-18"
  archived: true
`

// The line "wages" stands first and has every field.
var smallLines = `country: US
emergency: emergency-911
resources:
  - id: wages
    name: {en: Wage Office, es: Oficina de Salarios}
    short: {en: the Wage Office, es: la Oficina de Salarios}
    run_by: {en: Labor Department, es: Departamento de Trabajo}
    for: {en: Unpaid wages, es: Sueldos sin pagar}
    not_for: {en: Emergencies, es: Emergencias}
    phones: [{e164: "+18664879243", display: 1-866-487-9243, letters: 1-866-4-US-WAGE}]
    text: [{number: "233733", keyword: PAY}]
    whatsapp: [{e164: "+525512345678", display: 55 1234 5678}]
    deaf: [{kind: relay, number: "711"}]
    web: [{url: "https://wages.example.org", kind: site}]
    email: [help@wages.example.org]
    hours: {en: Weekdays, es: Entre semana}
    authority: government
    reach: {en: United States, es: Estados Unidos}
    countries: [US]
    notes: [{id: N1, brief: true, en: Ask for an interpreter, es: Pida un intérprete}]
    status: VERIFIED-2
    show: yes
    confirmed: [{field: phone, status: VERIFIED-2, where: wages.example.org}]
    confirmed_on: 2026-01-31
    review_by: "2027-01-31"
` + smallRest

var smallRest = line("emergency-911", "emergency", "yes", "911", "911, emergencies", "911, emergencias", "911", "el 911") +
	line("nhth", "none", "yes", "+18883737888", "Trafficking Hotline", "Línea contra la Trata", "the Hotline", "la Línea") +
	line(`"988"`, "none", "yes", "988", "988 Lifeline", "Línea 988", "the 988 Lifeline", "la Línea 988") +
	line("agents", "law_enforcement_immigration", "topic", "+18663472423", "Agents", "Agentes", "the agents", "los agentes") +
	line("old-line", "none", "no", "+18884287581", "Old Line", "Línea Vieja", "the Old Line", "la Línea Vieja") +
	line("abroad", "none", "yes", "+448000121700", "UK Line", "Línea británica", "the UK Line", "la línea británica")

func line(id, authority, show, number, name, nombre, short, corto string) string {
	country := "US"
	if id == "abroad" {
		country = "GB"
	}
	return `  - id: ` + id + `
    name: {en: "` + name + `", es: "` + nombre + `"}
    short: {en: "` + short + `", es: "` + corto + `"}
    run_by: {en: Some people, es: Unas personas}
    for: {en: Some need, es: Alguna necesidad}
    phones: [{e164: "` + number + `", display: "` + number + `"}]
    authority: ` + authority + `
    reach: {en: Somewhere, es: En algún lugar}
    countries: [` + country + `]
    notes: [{id: N6, abroad: true, en: Not from other countries, es: No desde otros países}]
    status: VERIFIED-1
    show: "` + show + `"
    confirmed: [{field: phone, status: VERIFIED-1, where: made up}]
    confirmed_on: "2026-01-31"
    review_by: "2027-01-31"
`
}

const smallPay = `---
id: pay
lang: en
section: rights
title: When the boss does not pay
kind: answer
audience: [worker]
asks:
  - boss does not pay me
  - no wages
  - they owe me two weeks
  - my pay is short
  - never got my check
  - he keeps our money
  - worked for free
  - unpaid overtime hours
help: [nhth, wages]
help_level: full
related: [papers]
sources: [dol-2020-pay]
as_of: 2026-01-31
archived: false
review_by: 2027-01-31
review: drafted
---
You must be paid for every hour you work.

- Write down the hours you work.
- You can call {nhth} or {wages}.
`

// smallTopic is a topic in the form of smallPay; its eight asks are made from one.
func smallTopic(id, lang, title, ask, body string) string {
	var asks strings.Builder
	for _, w := range []string{"uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho"} {
		asks.WriteString("  - " + ask + " " + w + "\n")
	}
	return `---
id: ` + id + `
lang: ` + lang + `
section: rights
title: ` + title + `
kind: answer
audience: [worker]
asks:
` + asks.String() + `help: [nhth, emergency-911]
help_level: full
related: []
sources: [dol-2020-pay]
as_of: 2026-01-31
archived: false
review_by: 2027-01-31
review: drafted
---
` + body
}

// An edit replaces text in one file; old "" replaces the whole file, and new
// "-" takes the file away.
type edit struct{ file, old, new string }

func (e edit) apply(t testing.TB, m fstest.MapFS) {
	t.Helper()
	switch f := m[e.file]; {
	case e.new == "-":
		delete(m, e.file)
	case e.old == "":
		m[e.file] = file(e.new)
	case f == nil || !strings.Contains(string(f.Data), e.old):
		t.Fatalf("%s does not hold %q", e.file, e.old)
	default:
		m[e.file] = file(strings.Replace(string(f.Data), e.old, e.new, 1))
	}
}

// edited is the small content with changes.
func edited(t testing.TB, edits ...edit) fstest.MapFS {
	t.Helper()
	m := small()
	for _, e := range edits {
		e.apply(t, m)
	}
	return m
}

func mustLoad(t testing.TB, fsys fs.FS, overlays ...fs.FS) *Base {
	t.Helper()
	b, err := Load(fsys, overlays...)
	if err != nil {
		t.Fatalf("load:\n%v", err)
	}
	return b
}

// problems loads what must be refused and returns why, one line each.
func problems(t testing.TB, fsys fs.FS, overlays ...fs.FS) []string {
	t.Helper()
	b, err := Load(fsys, overlays...)
	if err == nil || b != nil {
		t.Fatalf("loaded, with error %v", err)
	}
	var ps Problems
	if !errors.As(err, &ps) || ps.Error() != err.Error() {
		t.Fatalf("error is a %T, not Problems", err)
	}
	for _, p := range ps {
		if p.File == "" || p.What == "" || p.Mend == "" {
			t.Errorf("file, what or mend is missing: %+v", p)
		}
	}
	return strings.Split(err.Error(), "\n")
}

// expect compares lines; a wanted one that ends in … stands for all that begin so.
func expect(t testing.TB, got, want []string) {
	t.Helper()
	ok := len(got) == len(want)
	for i := 0; ok && i < len(want); i++ {
		if p, cut := strings.CutSuffix(want[i], "…"); cut {
			ok = strings.HasPrefix(got[i], p)
		} else {
			ok = got[i] == want[i]
		}
	}
	if !ok {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// dated gives every file of a layer a time of writing, as a disk does.
func dated(m fstest.MapFS, at time.Time) fstest.MapFS {
	m = maps.Clone(m)
	for name, f := range m {
		g := *f
		g.ModTime = at
		m[name] = &g
	}
	return m
}

// golden compares with a file of testdata, or rewrites it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(data), "\n")
	for i, l := range strings.Split(got, "\n") {
		if i >= len(want) || l != want[i] {
			was := "(end)"
			if i < len(want) {
				was = want[i]
			}
			t.Fatalf("%s:%d differs; look at every digit, then run with -update\n got %s\nwant %s", name, i+1, l, was)
		}
	}
	if got != string(data) {
		t.Fatalf("%s has lines that the content has not; run with -update", name)
	}
}
