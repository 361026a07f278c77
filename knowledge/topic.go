package knowledge

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Sections are the parts of the subject, in reading order.
var Sections = []string{
	"basics", "places", "signs", "action", "rights", "offers",
	"law", "numbers", "campaign", "archive", "about",
}

var (
	kinds     = []string{"answer", "danger", "self_harm", "disclosure", "tip", "about"}
	audiences = []string{
		"worker", "bystander", "family", "employer", "student", "professional", "minor", "survivor", "public",
	}
	reviews = []string{"drafted", "expert", "native", "approved"}
)

// A Topic is one thing Porchlight can explain, in one language.
type Topic struct {
	ID      string `yaml:"id"`
	Lang    string `yaml:"lang"`
	Section string `yaml:"section"`
	// Sector is the industry or group, where the topic is about one.
	Sector string `yaml:"sector"`
	Title  string `yaml:"title"`
	// Kind is what sort of message the topic answers: nearly always "answer".
	Kind     string   `yaml:"kind"`
	Audience []string `yaml:"audience"`
	// Asks are ways in which people ask for it.
	Asks []string `yaml:"asks"`
	// Help names the help lines that fit, best first.
	Help []string `yaml:"help"`
	// HelpLevel is "full" where the reader may need the lines now, else "line".
	HelpLevel string   `yaml:"help_level"`
	Related   []string `yaml:"related"`
	Sources   []string `yaml:"sources"`
	AsOf      Date     `yaml:"as_of"`
	Archived  bool     `yaml:"archived"` // from outdated material, told in the past tense
	ReviewBy  Date     `yaml:"review_by"`
	// Review is "drafted" until somebody signed it: expert, native or approved.
	Review string `yaml:"review"`

	// Answer is one to three sentences that stand by themselves.
	Answer string `yaml:"-"`
	// Details are short bullets.
	Details []string `yaml:"-"`
	// Mentions are the help lines named in Answer and Details.
	Mentions []string `yaml:"-"`

	cites []Citation
	file  string
	raw   string
}

// Needs tells whether the reader may need the help lines in full.
func (t *Topic) Needs() bool { return t.HelpLevel == "full" }

// File is where the topic stands, for messages to staff.
func (t *Topic) File() string { return t.file }

var (
	token  = regexp.MustCompile(`\{([a-z0-9-]+)\}`)
	braces = regexp.MustCompile(`\{([^{}]*)\}`) // a token, or what was meant for one
)

// parseTopic reads one topic file. The problems say which line to mend.
func parseTopic(file string, data []byte, ps *Problems) *Topic {
	data, _ = plainText(data)
	head, body, err := frontMatter(data)
	if err != nil {
		ps.add(file, 1, "start the file with ---, the fields, and --- on a line of its own", "%v", err)
		return nil
	}
	t := &Topic{file: file, raw: string(data)}
	if err := t.head(t.raw[len(fence):][:len(head)]); err != nil {
		for line, what := range yamlErrors(err) {
			ps.add(file, line+1, "see the other topics for the form", "front matter: %s", what)
		}
		return nil
	}
	t.body(string(body), ps)
	t.check(ps)
	return t
}

// head reads the front matter.
func (t *Topic) head(head string) error {
	decode := func(text string) error {
		dec := yaml.NewDecoder(strings.NewReader(text))
		dec.KnownFields(true)
		return dec.Decode(t)
	}
	rest, asks := plainAsks(head)
	if asks == nil || decode(rest) != nil {
		return decode(head) // whole, so that an error has the line of the file
	}
	t.Asks = asks
	return nil
}

const asksKey = "\nasks:\n"

// plainAsks takes the asks out of the front matter where each stands on a line
// of its own as plain words, which nearly all do: they are most of the text, and
// parsing them as YAML would be most of a start. They are parts of head, so that
// the text is kept once. With anything else in the list all is left to the YAML
// parser, and asks is nil.
func plainAsks(head string) (rest string, asks []string) {
	at := strings.Index(head, asksKey)
	if at < 0 {
		return head, nil
	}
	list := head[at+len(asksKey):]
	for list != "" {
		line, more, _ := strings.Cut(list, "\n")
		ask, ok := strings.CutPrefix(line, "  - ")
		if !ok {
			break
		}
		s := strings.TrimSpace(ask)
		if !plainScalar(s) {
			return head, nil
		}
		asks, list = append(asks, s), more
	}
	if list != "" && (list[0] == ' ' || list[0] == '#' || list[0] == '\n') || len(asks) == 0 {
		return head, nil
	}
	return head[:at+1] + "asks: []\n" + list, slices.Clip(asks)
}

// plainScalar tells whether YAML would read a line as just the words it holds.
func plainScalar(s string) bool {
	return s != "" && s != "~" && !strings.EqualFold(s, "null") &&
		!strings.ContainsAny(s[:1], "\"'-?:,[]{}#&*!|>%@`") &&
		!strings.Contains(s, ": ") && !strings.Contains(s, " #") && !strings.HasSuffix(s, ":") &&
		!strings.ContainsRune(s, '\t')
}

// fence is what a topic file begins with.
const fence = "---\n"

// frontMatter splits a file into the YAML between the first two --- and the rest.
func frontMatter(data []byte) (head, body []byte, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(fence))
	if !ok {
		return nil, nil, errors.New("no front matter")
	}
	head, body, ok = bytes.Cut(rest, []byte("\n---\n"))
	if !ok {
		return nil, nil, errors.New("front matter has no end")
	}
	return head, body, nil
}

var (
	yamlLine  = regexp.MustCompile(`line (\d+): `)
	yamlAfter = regexp.MustCompile(`^(did not find expected (<document start>|node content|key|'-' indicator|',' or '[\]}]')|found undefined tag handle)`)
	yamlField = regexp.MustCompile(`^field (.+) not found in type .+$`)
)

// yamlErrors are the complaints of the YAML library, each with its line, from
// 1 (0 when unknown).
func yamlErrors(err error) iter.Seq2[int, string] {
	all := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var types *yaml.TypeError
	switch {
	case errors.As(err, &types):
		all = types.Errors
	case errors.Is(err, io.EOF):
		all[0] = "there is nothing in it"
	}
	return func(yield func(int, string) bool) {
		for _, what := range all {
			line := 0
			if m := yamlLine.FindStringSubmatch(what); m != nil {
				line, _ = strconv.Atoi(m[1])
				what = strings.Replace(what, m[0], "", 1)
			}
			if line > 0 && yamlAfter.MatchString(what) {
				line++ // of these the library counts lines from 0
			}
			what = yamlField.ReplaceAllString(what, "there is no field $1")
			if !yield(line, strings.ReplaceAll(what, "\n", "; ")) {
				return
			}
		}
	}
}

// lineEnds leaves \n alone to end a line. YAML would count the others too, and
// name lines that an editor does not show.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ")

// plainText takes away what editors put at the start of a file and the ends of
// its lines. bad is the first line that is not UTF-8, 0 when all are.
func plainText(data []byte) (text []byte, bad int) {
	text = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.ContainsAny(text, "\r\u0085\u2028\u2029") {
		text = []byte(lineEnds.Replace(string(text)))
	}
	if !utf8.Valid(text) {
		for line := range bytes.Lines(text) {
			bad++
			if !utf8.Valid(line) {
				break
			}
		}
	}
	return text, bad
}

// body takes the paragraph and the bullets apart.
func (t *Topic) body(text string, ps *Problems) {
	start := strings.Count(t.raw[:len(t.raw)-len(text)], "\n")
	var para []string
	n := start
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, " \t\n")
		bullet, isBullet := strings.CutPrefix(line, "- ")
		switch {
		case isBullet:
			t.Details = append(t.Details, strings.TrimSpace(bullet))
		case line == "":
		case strings.HasPrefix(line, "  ") && len(t.Details) > 0:
			t.Details[len(t.Details)-1] += " " + strings.TrimSpace(line)
		case len(t.Details) > 0:
			ps.add(t.file, n, "put it in the paragraph on top or make it a bullet (- …)", "text after the bullets")
		default:
			para = append(para, line)
		}
	}
	t.Answer = strings.Join(para, " ")
	if t.Answer == "" {
		ps.add(t.file, start, "write one paragraph under the front matter", "there is no answer")
	}
	for _, m := range braces.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(t.Mentions, m[1]) {
			t.Mentions = append(t.Mentions, m[1])
		}
	}
}

func (t *Topic) line(field string) int { return lineOf(t.raw, field+":") }

// check reports all that is missing or malformed in the topic itself.
func (t *Topic) check(ps *Problems) {
	bad := func(field, mend, what string, args ...any) { ps.add(t.file, t.line(field), mend, what, args...) }
	for field, v := range map[string]string{
		"id": t.ID, "lang": t.Lang, "section": t.Section, "title": t.Title, "kind": t.Kind,
		"help_level": t.HelpLevel, "as_of": string(t.AsOf), "review_by": string(t.ReviewBy), "review": t.Review,
	} {
		if v == "" {
			ps.add(t.file, 1, "add it to the front matter", "%s is missing", field)
		}
	}
	if want := t.ID + "." + t.Lang + ".md"; !strings.HasSuffix(t.file, "/"+want) && t.ID != "" && t.Lang != "" {
		bad("id", "rename the file or mend id and lang", "id and lang say %s", want)
	}
	oneOf := func(field, v string, all []string) {
		if v != "" && !slices.Contains(all, v) {
			bad(field, "use one of "+strings.Join(all, ", "), "%s is %q", field, v)
		}
	}
	oneOf("section", t.Section, Sections)
	oneOf("kind", t.Kind, kinds)
	oneOf("help_level", t.HelpLevel, []string{"full", "line"})
	oneOf("review", t.Review, reviews)
	for _, a := range t.Audience {
		oneOf("audience", a, audiences)
	}
	if len(t.Audience) == 0 {
		bad("audience", "say who reads it: "+strings.Join(audiences, ", "), "audience is missing")
	}
	if len(t.Asks) < 8 {
		bad("asks", "write at least 8 ways in which people ask", "%d asks", len(t.Asks))
	}
	for field, d := range map[string]Date{"as_of": t.AsOf, "review_by": t.ReviewBy} {
		if _, ok := d.Time(); d != "" && !ok {
			bad(field, "write YYYY-MM-DD", "%s is %q", field, d)
		}
	}
	if braces.MatchString(t.Title) {
		bad("title", "write it out: only the text below has names put in", "the title holds an id in braces")
	}
}
