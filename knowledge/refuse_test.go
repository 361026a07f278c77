package knowledge

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const addField = "; add it to the front matter"

func TestRefusedTopics(t *testing.T) {
	gone := func(field string) edit { // takes a line of the front matter away
		_, after, _ := strings.Cut(smallPay, "\n"+field+":")
		rest, _, _ := strings.Cut(after, "\n")
		return edit{pay, field + ":" + rest + "\n", ""}
	}
	for name, c := range map[string]struct {
		edit edit
		want []string
	}{
		"no front matter":         {edit{pay, "---\n", ""}, []string{pay + ":1: no front matter; start the file with ---, the fields, and --- on a line of its own"}},
		"empty file":              {edit{pay, smallPay, ""}, []string{pay + ":1: no front matter; …"}},
		"front matter never ends": {edit{pay, "drafted\n---\n", "drafted\n"}, []string{pay + ":1: front matter has no end; …"}},
		"empty front matter":      {edit{pay, "", "---\n\n---\nText.\n"}, []string{pay + ":1: front matter: there is nothing in it; see the other topics for the form"}},
		"unknown field":           {edit{pay, "kind: answer", "kind: answer\ncolour: red"}, []string{pay + ":7: front matter: there is no field colour; see the other topics for the form"}},
		"two unknown fields": {edit{pay, "kind: answer", "kind: answer\ncolour: red\nsize: 3"}, []string{
			pay + ":7: front matter: there is no field colour; …",
			pay + ":8: front matter: there is no field size; …",
		}},
		"YAML broken":        {edit{pay, "audience: [worker]", "audience: [worker"}, []string{pay + ":7: front matter: did not find expected ',' or ']'; …"}},
		"field of two kinds": {edit{pay, "audience: [worker]", "audience: {a: b}"}, []string{pay + ":7: front matter: cannot unmarshal …"}},
		"field twice":        {edit{pay, "kind: answer", "kind: answer\nkind: tip"}, []string{pay + ":7: front matter: mapping key \"kind\" already defined at line 5; …"}},
		"not UTF-8":          {edit{pay, "every hour", "every h\xf3ur"}, []string{pay + ":26: this is not UTF-8; save the file as UTF-8"}},
		"UTF-16":             {edit{pay, "", "\xff\xfe-\x00-\x00-\x00\n\x00"}, []string{pay + ":1: this is not UTF-8; …"}},

		"no id":         {gone("id"), []string{pay + ":1: id is missing" + addField}},
		"no lang":       {gone("lang"), []string{pay + ":1: lang is missing" + addField}},
		"no section":    {gone("section"), []string{pay + ":1: section is missing" + addField}},
		"no title":      {gone("title"), []string{pay + ":1: title is missing" + addField}},
		"no kind":       {gone("kind"), []string{pay + ":1: kind is missing" + addField}},
		"no help_level": {gone("help_level"), []string{pay + ":1: help_level is missing" + addField}},
		"no as_of":      {gone("as_of"), []string{pay + ":1: as_of is missing" + addField}},
		"no review_by":  {gone("review_by"), []string{pay + ":1: review_by is missing" + addField}},
		"no review":     {gone("review"), []string{pay + ":1: review is missing" + addField}},
		"no audience":   {gone("audience"), []string{pay + ":1: audience is missing; say who reads it: worker, …"}},
		"no sources":    {gone("sources"), []string{pay + ":1: sources is missing; say where the facts come from"}},
		"empty title":   {edit{pay, "title: When the boss does not pay", "title: \"\""}, []string{pay + ":1: title is missing" + addField}},

		"wrong section":    {edit{pay, "section: rights", "section: wrongs"}, []string{pay + ":4: section is \"wrongs\"; use one of basics, places, signs, action, rights, offers, law, numbers, campaign, archive, about"}},
		"wrong kind":       {edit{pay, "kind: answer", "kind: riddle"}, []string{pay + ":6: kind is \"riddle\"; use one of answer, danger, self_harm, disclosure, tip, about"}},
		"wrong audience":   {edit{pay, "[worker]", "[worker, king, queen]"}, []string{pay + ":7: audience is \"king\"; use one of worker, …", pay + ":7: audience is \"queen\"; …"}},
		"wrong help_level": {edit{pay, "help_level: full", "help_level: loud"}, []string{pay + ":18: help_level is \"loud\"; use one of full, line"}},
		"wrong review":     {edit{pay, "review: drafted", "review: fine"}, []string{pay + ":24: review is \"fine\"; use one of drafted, expert, native, approved"}},
		"bad as_of":        {edit{pay, "as_of: 2026-01-31", "as_of: 2026-02-31"}, []string{pay + ":21: as_of is \"2026-02-31\"; write YYYY-MM-DD"}},
		"bad review_by":    {edit{pay, "review_by: 2027-01-31", "review_by: next year"}, []string{pay + ":23: review_by is \"next year\"; write YYYY-MM-DD"}},
		"seven asks":       {edit{pay, "  - no wages\n", ""}, []string{pay + ":8: 7 asks; write at least 8 ways in which people ask"}},
		"another id":       {edit{pay, "id: pay", "id: wage"}, []string{pay + ":2: id and lang say wage.en.md; rename the file or mend id and lang"}},
		"another language": {edit{pay, "lang: en", "lang: fr"}, []string{pay + ":2: id and lang say pay.fr.md; rename the file or mend id and lang"}},
		"id in the title":  {edit{pay, "title: When", "title: Call {nhth} when"}, []string{pay + ":5: the title holds an id in braces; …"}},

		"no text":            {edit{pay, from(smallPay, "You must"), ""}, []string{pay + ":25: there is no answer; write one paragraph under the front matter"}},
		"only bullets":       {edit{pay, "You must be paid for every hour you work.\n", ""}, []string{pay + ":25: there is no answer; …"}},
		"text after bullets": {edit{pay, "- You can call", "You can call"}, []string{pay + ":29: text after the bullets; put it in the paragraph on top or make it a bullet (- …)"}},

		"unknown source":    {edit{pay, "[dol-2020-pay]", "[dol-2020-pay, dream]"}, []string{pay + ":20: source \"dream\" does not exist; add it to sources.yaml or mend the id"}},
		"unknown help":      {edit{pay, "[nhth, wages]", "[nhth, wages, angels]"}, []string{pay + ":17: help line \"angels\" does not exist; see porchlight kb resources for the ids"}},
		"unknown related":   {edit{pay, "[papers]", "[papers, palace]"}, []string{pay + ":19: related topic \"palace\" does not exist; see porchlight kb list for the ids"}},
		"unknown token":     {edit{pay, "{wages}", "{wage}"}, []string{pay + ":29: {wage} is no help line; use the id of a help line in braces"}},
		"token in capitals": {edit{pay, "{wages}", "{Wages}"}, []string{pay + ":29: {Wages} is no help line; …"}},
		"token with spaces": {edit{pay, "Write", "{ nhth } Write"}, []string{pay + ":28: { nhth } is no help line; …"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, problems(t, edited(t, c.edit)), c.want)
		})
	}
}

func TestRefusedSources(t *testing.T) {
	const url = `url: "https://pay.example.gov/all"`
	badURL := func(s string) []string {
		return []string{fmt.Sprintf("%s:1: source dol-2020-pay: %q is not a web address; write the whole address with https://", srcs, s)}
	}
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"no publisher":    {"  publisher: {en: Blue Campaign}\n", "", []string{srcs + ":7: source seed has no publisher; add publisher: {en: …, es: …}"}},
		"empty publisher": {"{en: Blue Campaign}", "{}", []string{srcs + ":7: source seed has no publisher; …"}},
		"no title":        {"  title: Pay\n", "", []string{srcs + ":1: source dol-2020-pay has no title; add title: as the page has it"}},
		"twice":           {`id: "seed"`, "id: dol-2020-pay", []string{srcs + ":7: source id \"dol-2020-pay\" is missing or twice; give every source an id of its own"}},
		"no id":           {`id: "seed"`, `url: "https://old.example"`, []string{srcs + ":7: source id \"\" is missing or twice; …"}},
		"bad published":   {`"2014-11-18"`, "Nov 2014", []string{srcs + ":7: source seed: published is \"Nov 2014\"; write YYYY, YYYY-MM or YYYY-MM-DD"}},
		"bad read_on":     {"read_on: 2026-01-31", "read_on: 2026-1-31", []string{srcs + ":1: source dol-2020-pay: read_on is \"2026-1-31\"; …"}},
		"url without scheme": {url, "url: www.example.gov",
			badURL("www.example.gov")},
		"url without host":   {url, "url: 'https://'", badURL("https://")},
		"url of a script":    {url, "url: 'javascript:alert(1)'", badURL("javascript:alert(1)")},
		"url of a file":      {url, "url: 'file:///etc/passwd'", badURL("file:///etc/passwd")},
		"url with a user":    {url, "url: 'https://a:b@example.gov'", badURL("https://a:b@example.gov")},
		"url with a bad sum": {url, "url: 'https://a.gov/%zz'", badURL("https://a.gov/%zz")},
		"field misspelt":     {"title: Pay", "titel: Pay", []string{srcs + ":3: there is no field titel; mend the YAML; …"}},
		"no list":            {"", "id: x\n", []string{srcs + ":1: cannot unmarshal !!map into []knowledge.Source; …"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, problems(t, edited(t, edit{srcs, c.old, c.new})), c.want)
		})
	}
}

func TestRefusedHelpLines(t *testing.T) {
	const (
		phone = `{e164: "+18664879243", display: 1-866-487-9243, letters: 1-866-4-US-WAGE}`
		at    = us + ":4: help line wages: "
	)
	dial := func(s string) string { return strings.Replace(phone, "1-866-487-9243", s, 1) }
	e164 := func(s string) string { return strings.Replace(phone, "+18664879243", s, 1) }
	mend := "; write the digits as dialled, with + and country, or a short number"
	cases := map[string]struct {
		old, new string
		want     []string
	}{
		"no authority":   {"    authority: government\n", "", []string{at + "authority is \"\"; use one of [none government emergency law_enforcement immigration law_enforcement_immigration varies]"}},
		"bad authority":  {"authority: government", "authority: king", []string{at + "authority is \"king\"; …"}},
		"no status":      {"    status: VERIFIED-2\n", "", []string{at + "status is \"\"; use one of [VERIFIED-2 VERIFIED-1 CONFLICT UNVERIFIED NO-PHONE]"}},
		"bad status":     {"status: VERIFIED-2\n", "status: SURE\n", []string{at + "status is \"SURE\"; …"}},
		"no show":        {"    show: yes\n", "", []string{at + "show is \"\"; use yes, topic or no"}},
		"bad show":       {"show: yes", "show: maybe", []string{at + "show is \"maybe\"; use yes, topic or no"}},
		"no countries":   {"    countries: [US]\n", "", []string{at + "countries is missing; write the country codes it serves, or [\"*\"]"}},
		"bad country":    {"countries: [US]", "countries: [us, \"*\"]", []string{at + "country \"us\"; write two capitals, or [\"*\"]"}},
		"no confirmed":   {"    confirmed: [{field: phone, status: VERIFIED-2, where: wages.example.org}]\n", "", []string{at + "confirmed is missing; say where each fact was seen"}},
		"half confirmed": {", where: wages.example.org", "", []string{at + "confirmed entry \"phone\" is not whole; write {field: …, status: …, where: …}"}},
		"no confirmed_on": {"    confirmed_on: 2026-01-31\n", "",
			[]string{at + "confirmed_on is \"\"; write YYYY-MM-DD"}},
		"bad confirmed_on": {"confirmed_on: 2026-01-31", "confirmed_on: today", []string{at + "confirmed_on is \"today\"; write YYYY-MM-DD"}},
		"no review_by":     {"    review_by: \"2027-01-31\"\n", "", []string{at + "review_by is \"\"; write YYYY-MM-DD"}},
		"bad review_by":    {"review_by: \"2027-01-31\"", "review_by: 31.1.2027", []string{at + "review_by is \"31.1.2027\"; write YYYY-MM-DD"}},

		"+ missing":          {phone, e164("18664879243"), []string{at + "phone \"18664879243\"" + mend}},
		"gaps":               {phone, e164("+1 866 487 9243"), []string{at + "phone \"+1 866 487 9243\"" + mend}},
		"country 0":          {phone, e164("+08664879243"), []string{at + "display \"1-866-487-9243\" is not \"+08664879243\"; …", at + "phone \"+08664879243\"" + mend}},
		"too long":           {phone, e164("+1866487924312345"), []string{at + "display \"1-866-487-9243\" is not \"+1866487924312345\"; …", at + "phone \"+1866487924312345\"" + mend}},
		"no number":          {phone, e164(""), []string{at + "display \"1-866-487-9243\" is not \"\"; …", at + "phone \"\"" + mend}},
		"no display":         {phone, dial(`""`), []string{at + "display \"\" is not \"+18664879243\"; make display and e164 the same number"}},
		"one digit differs":  {phone, dial("1-866-487-9248"), []string{at + "display \"1-866-487-9248\" is not \"+18664879243\"; make display and e164 the same number"}},
		"two digits swapped": {phone, dial("1-866-478-9243"), []string{at + "display \"1-866-478-9243\" is not \"+18664879243\"; …"}},
		"a digit too many":   {phone, dial("1-866-487-92431"), []string{at + "display \"1-866-487-92431\" is not \"+18664879243\"; …"}},
		"a digit too few":    {phone, dial("1-866-487-924"), []string{at + "display \"1-866-487-924\" is not \"+18664879243\"; …"}},
		"no area code":       {phone, dial("487-9243"), []string{at + "display \"487-9243\" is not \"+18664879243\"; …"}},
		"another country":    {phone, dial("44-866-487-9243"), []string{at + "display \"44-866-487-9243\" is not \"+18664879243\"; …"}},
		"wrong word":         {phone, strings.Replace(phone, "US-WAGE", "US-WAVE", 1), []string{at + "display \"1-866-487-9243\" is not \"+18664879243\"; …"}},
		"word too long":      {phone, strings.Replace(phone, "US-WAGE", "US-WAGES4", 1), []string{at + "display \"1-866-487-9243\" is not \"+18664879243\"; …"}},

		"bad text number":  {`number: "233733"`, `number: "23-3733"`, []string{at + "text number \"23-3733\" (\"\")" + mend}},
		"text differs":     {`number: "233733"`, `number: "233733", display: "233783"`, []string{at + "text number \"233733\" (\"233783\")" + mend}},
		"no text number":   {`number: "233733", `, ``, []string{at + "text number \"\" (\"\")" + mend}},
		"WhatsApp differs": {"55 1234 5678", "55 1234 5679", []string{at + "display \"55 1234 5679\" is not \"+525512345678\"; …"}},
		"bad deaf kind":    {"kind: relay", "kind: pigeon", []string{at + "deaf kind \"pigeon\"; use one of relay, tty, video, same-number, text"}},
		"bad deaf number":  {`number: "711"`, `number: "7-1-1"`, []string{at + "deaf number \"7-1-1\" (\"\")" + mend}},
		"deaf differs":     {`number: "711"`, `number: "711", display: "771"`, []string{at + "deaf number \"711\" (\"771\")" + mend}},
		"bad web":          {"https://wages.example.org", "wages.example.org", []string{at + "\"wages.example.org\" is not a web address; write the whole address with https://"}},
		"bad web kind":     {"kind: site", "kind: blog", []string{at + "web kind \"blog\"; use one of site, chat, form, info"}},
		"bad e-mail":       {"help@wages.example.org", "help.wages.example.org", []string{at + "e-mail \"help.wages.example.org\"; write the bare address"}},
		"e-mail with name": {"[help@wages.example.org]", "[\"Help <help@wages.example.org>\"]", []string{at + "e-mail \"Help <help@wages.example.org>\"; …"}},

		"note without text":     {", en: Ask for an interpreter", "", []string{at + "note \"N1\" is not whole; write {id: …, en: …, es: …}"}},
		"note without id":       {"{id: N1, ", "{", []string{at + "note \"\" is not whole; …"}},
		"note's field misspelt": {"brief: true", "breif: true", []string{at + "note \"N1\" has no field breif; use id, brief, abroad and languages"}},

		"unverified": {"status: VERIFIED-2\n    show: yes", "status: UNVERIFIED\n    show: topic", []string{at + "an unverified number would be shown; confirm the number first, or set show: no"}},
		"twice":      {"  - id: nhth\n", "  - id: wages\n", []string{us + ":41: help line id \"wages\" is missing or twice; give every help line an id of its own"}},
		"no id":      {"  - id: nhth\n", "  - not_for: {}\n", []string{us + ":41: help line id \"\" is missing or twice; …"}},

		"unknown field":       {"hours: ", "ours: ", []string{us + ":16: there is no field ours; mend the YAML; the shipped files show the form"}},
		"no country":          {"country: US\n", "", []string{us + ":1: country is \"\"; write country: and the two capitals of its code, or INTL"}},
		"country in small":    {"country: US\n", "country: us\n", []string{us + ":1: country is \"us\"; …"}},
		"no emergency line":   {"emergency: emergency-911", "emergency: emergency-912", []string{us + ":2: emergency line \"emergency-912\" does not exist; add the line or mend emergency:"}},
		"emergency unshown":   {"emergency: emergency-911", "emergency: old-line", []string{us + ":86: emergency line \"old-line\" has no number to show; …"}},
		"second document":     {"  - id: nhth\n", "---\n  - id: nhth\n", []string{us + ":41: only what stands before a second --- is read; take out the --- in the middle"}},
		"a line not in UTF-8": {"Sueldos", "Sue\xf1os", []string{us + ":8: this is not UTF-8; save the file as UTF-8"}},
	}
	for _, field := range []string{"name", "short", "run_by", "for", "reach"} {
		_, after, _ := strings.Cut(smallLines, "\n    "+field+":")
		rest, _, _ := strings.Cut(after, "\n")
		whole := "    " + field + ":" + rest + "\n"
		add := "; add " + field + ": {en: …, es: …}"
		cases["no "+field] = struct {
			old, new string
			want     []string
		}{whole, "", []string{at + field + " has no en" + add, at + field + " has no es" + add}}
		cases["no Spanish "+field] = struct {
			old, new string
			want     []string
		}{whole, before(whole, ", es") + "}\n", []string{at + field + " has no es" + add}}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := problems(t, edited(t, edit{us, c.old, c.new}))
			if name == "no id" || name == "twice" { // what hangs on the lost line is told of too
				got = slices.DeleteFunc(got, func(s string) bool { return !strings.Contains(s, "twice") })
			}
			expect(t, got, c.want)
		})
	}
}

// TestSame: a printed number must dial the same, letters included.
func TestSame(t *testing.T) {
	for _, c := range []struct {
		printed, e164 string
		want          bool
	}{
		{"911", "911", true},
		{"741-741", "741741", true},
		{"1-888-373-7888", "+18883737888", true},
		{"+1 (888) 373-7888", "+18883737888", true},
		{"888-373-7888", "+18883737888", true},
		{"1-888-3737-888", "+18883737888", true},
		{"08000 121 700", "+448000121700", true}, // trunk zero
		{"800 5533 000", "+528005533000", true},
		{"131 AFP", "+61131237", true},
		{"1-888-KEY-2-FREE", "+18885392373", true}, // one letter more than is dialled
		{"1-888-key-2-free", "+18885392373", true},
		{"06 1234 5678", "+390612345678", true}, // Italy keeps its zero
		{"0800 12345", "+35880012345", true},

		{"912", "911", false},
		{"9111", "911", false},
		{"1-888-373-7889", "+18883737888", false},
		{"1-888-373-78889", "+18883737888", false},
		{"1-888-373-788", "+18883737888", false},
		{"373-7888", "+18883737888", false},
		{"88-373-7888", "+18883737888", false},
		{"1-888-KEY-2-FREES", "+18885392373", false},
		{"1-888-KEY-2-FRED", "+18885392373", true}, // the letter too many is not dialled
		{"1-888-KEY-3-FREE", "+18885392373", false},
		{"008000 121 700", "+448000121700", false},
		{"0-888-373-7888", "+18883737888", false},
		{"+888-373-7888", "+18883737888", false},
		{"", "+18883737888", false},
		{"-", "+18883737888", false},
		{"call us", "+18883737888", false},
		{"é", "+1", false},
		{"1", "+", false},
	} {
		if got := same(c.printed, c.e164); got != c.want {
			t.Errorf("%q for %q: %t", c.printed, c.e164, got)
		}
	}
}

// TestOneDigitOff: no slip of a finger gets past display, in any line shipped.
func TestOneDigitOff(t *testing.T) {
	for _, r := range embeddedBase(t).Resources() {
		for _, p := range r.Phones {
			for i, c := range p.Display {
				if c < '0' || c > '9' {
					continue
				}
				for d := byte('0'); d <= '9'; d++ {
					wrong := p.Display[:i] + string(d) + p.Display[i+1:]
					if same(wrong, p.E164) != (wrong == p.Display) {
						t.Errorf("%s: %q passes for %q", r.ID, wrong, p.E164)
					}
				}
				if without := p.Display[:i] + p.Display[i+1:]; same(without, p.E164) &&
					without[:1] != "-" && !strings.HasPrefix(p.Display, "0") { // "1-" and the trunk zero may be left out
					t.Errorf("%s: %q passes for %q", r.ID, without, p.E164)
				}
			}
		}
	}
}

func TestRefusedLabels(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"a word missing":      {"    chat: \"Website and chat: {url}\"\n", "", []string{words + ":4: labels of en: chat is missing; add it; the other language shows the form"}},
		"its token missing":   {`call: "Llame: {number}"`, `call: "Llame: {numero}"`, []string{words + ":45: labels of es: call lacks {number}; put it where it is to stand"}},
		"authority missing":   {`      emergency: "Emergency services."` + "\n", "", []string{words + ":4: labels of en: authority emergency is missing; say in one sentence who answers"}},
		"no English":          {"  en:\n", "  pt:\n", []string{words + ": labels of en are missing; add the words around a card in English"}},
		"no labels of a card": {"", "-", []string{words + ": labels of en are missing; …"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, problems(t, edited(t, edit{words, c.old, c.new})), c.want)
		})
	}
}

// TestBrokenRegistry: a registry file that cannot be read is reported alone,
// not with every reference into it.
func TestBrokenRegistry(t *testing.T) {
	for name, c := range map[string]struct {
		fsys fs.FS
		want []string
	}{
		"help lines": {edited(t, edit{us, "phones: [", "phones: "}), []string{us + ":4: did not find expected key; mend the YAML; …"}},
		"tab":        {edited(t, edit{us, "    phones", "\tphones"}), []string{us + ":10: found character that cannot start any token; …"}},
		"sources":    {edited(t, edit{srcs, "- id: dol", "id: dol"}), []string{srcs + ":2: mapping values are not allowed in this context; …"}},
		"labels":     {edited(t, edit{words, "labels:", "labels: ]"}), []string{words + ":3: did not find expected node content; …"}},
		"synonyms":   {edited(t, edit{"synonyms/en.yaml", "", "- {say: [boss], means: employer}\n"}), []string{"synonyms/en.yaml:1: cannot unmarshal !!str `employer` into []string; …"}},
		"empty":      {edited(t, edit{srcs, "", "# nothing yet\n"}), []string{srcs + ": there is nothing in it; …"}},
		"locked":     {locked{small(), us}, []string{us + ": permission denied; make the file readable"}},
		"locked source": {locked{small(), srcs}, []string{
			srcs + ": permission denied; make the file readable"}},
		"locked topic":    {locked{edited(t, edit{"topics/papers.es.md", "", "-"}), papers}, []string{papers + ": permission denied; make the file readable"}},
		"locked folder":   {locked{small(), "topics"}, []string{"topics: permission denied; make the folder readable"}},
		"locked registry": {locked{small(), "resources"}, []string{"resources: permission denied; make the folder readable"}},
		"locked root":     {locked{small(), "."}, []string{".: permission denied; make the folder readable"}},
		"broken topic":    {edited(t, edit{"topics/papers.es.md", "", "-"}, edit{papers, "---\n", ""}), []string{papers + ":1: no front matter; …"}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, problems(t, c.fsys), c.want) })
	}
	// The real thing, with some 300 topics that point into it.
	m := fstest.MapFS{}
	if err := fs.WalkDir(Embedded(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			m[name] = shippedFile(name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	edit{us, "country: US", "country US"}.apply(t, m)
	if got := problems(t, m); len(got) != 1 {
		t.Errorf("%d problems: %s …", len(got), got[0])
	}
}

func TestNothingThere(t *testing.T) {
	want := []string{".: no content found; put topics/, resources/, synonyms/, sources.yaml or hide.yaml there"}
	expect(t, problems(t, small(), fstest.MapFS{}), want)
	expect(t, problems(t, small(), os.DirFS(t.TempDir()+"/nowhere")), want)
	expect(t, problems(t, small(), fstest.MapFS{"README.md": file("hello")}), want)
	if got := problems(t, fstest.MapFS{}); !slices.Contains(got, want[0]) {
		t.Errorf("got %q", got)
	}
}

// TestAllAtOnce: one reading tells all that is wrong, by file and line, and
// the same every time.
func TestAllAtOnce(t *testing.T) {
	m := edited(t,
		edit{pay, "section: rights\n", ""},
		edit{pay, "kind: answer\n", "kind: riddle\n"},
		edit{pay, "review: drafted\n", ""},
		edit{pay, "[dol-2020-pay]", "[dream]"},
		edit{pay, "{wages}", "{wage}"},
		edit{papers, "help: [nhth", "help: [angels"},
		edit{srcs, "  title: Pay\n", ""},
		edit{us, "    show: yes\n", ""},
		edit{us, "    run_by: {en: Labor Department, es: Departamento de Trabajo}\n", ""},
		edit{words, "    tty: \"TTY: {number}\"\n", ""},
		edit{"hide.yaml", "", "topics: [moon]\n"})
	want := []string{
		"hide.yaml:1: there is no topic \"moon\" to hide; …",
		words + ":4: labels of en: tty is missing; …",
		us + ":4: help line wages: run_by has no en; …",
		us + ":4: help line wages: run_by has no es; …",
		us + ":4: help line wages: show is \"\"; …",
		srcs + ":1: source dol-2020-pay has no title; …",
		papers + ":17: help line \"angels\" does not exist; …",
		pay + ":1: review is missing; …",
		pay + ":1: section is missing; …",
		pay + ":5: kind is \"riddle\"; …",
		pay + ":19: source \"dream\" does not exist; …",
		pay + ":27: {wage} is no help line; …",
	}
	for range 20 {
		expect(t, problems(t, m), want)
	}
}

func TestProblem(t *testing.T) {
	for _, c := range []struct {
		p    Problem
		want string
	}{
		{Problem{File: "a.md", Line: 3, What: "it is wrong", Mend: "mend it"}, "a.md:3: it is wrong; mend it"},
		{Problem{File: "a.md", What: "it is wrong"}, "a.md: it is wrong"},
	} {
		if got := c.p.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// before is the text up to the first mark.
func before(text, mark string) string {
	b, _, _ := strings.Cut(text, mark)
	return b
}

// from is the text from the first mark on.
func from(text, mark string) string { return strings.TrimPrefix(text, before(text, mark)) }
