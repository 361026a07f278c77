package verify

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed words/*.yaml
var wordFiles embed.FS

// lexicon is a file of words, as written.
type lexicon struct {
	Negators    []string            `yaml:"negators"`
	Opposites   map[string]string   `yaml:"opposites"`
	Modals      map[string][]string `yaml:"modals"`
	Quantifiers map[string][]string `yaml:"quantifiers"`
	Conditions  []string            `yaml:"conditions"`
	Roles       map[string][]string `yaml:"roles"`
	Sectors     map[string][]string `yaml:"sectors"`
	Months      []string            `yaml:"months"`
	Ordinals    map[string]float64  `yaml:"ordinals"`
	Numbers     map[string]float64  `yaml:"numbers"`
	Scales      map[string]float64  `yaml:"scales"`
	Percent     []string            `yaml:"percent"`
	Money       []string            `yaml:"money"`
	Digits      []string            `yaml:"digits"`
	Joints      []string            `yaml:"joints"` // begin a clause
	Passive     []string            `yaml:"passive"`
	Before      []string            `yaml:"before"`
	After       []string            `yaml:"after"`
	Now         []string            `yaml:"now"`
	Past        []string            `yaml:"past"`
	Even        []string            `yaml:"even"`
	Unless      []string            `yaml:"unless"`
	Because     []string            `yaml:"because"`
	Therefore   []string            `yaml:"therefore"`
	Refuse      map[string][]string `yaml:"refuse"`
	Glue        []string            `yaml:"glue"`
	Groups      [][]string          `yaml:"groups"`
	Opposed     [][2][]string       `yaml:"opposed"`  // more, rise - less, fall
	Orders      []string            `yaml:"orders"`   // begin an order
	Leads       []string            `yaml:"leads"`    // say nothing at the beginning
	Answers     []string            `yaml:"answers"`  // yes and no, at the beginning
	Cautions    []string            `yaml:"cautions"` // begin what must not be left out
	And         string              `yaml:"and"`
	Verdicts    []string            `yaml:"verdicts"`
	Units       map[string][]string `yaml:"units"` // of time
}

// A tag says what a phrase is to the checks.
type tag uint8

const (
	tagNegator tag = iota
	tagOpposite
	tagModal
	tagQuantifier
	tagCondition
	tagRole
	tagSector
	tagGroup
	tagPassive
	tagOrder
	tagCause
	tagGlue
	tagSide // one side of a pair of opposed words: "12+", "12-"
)

// meaning is one thing that a phrase stands for: a role "employer", the group 12.
type meaning struct {
	tag  tag
	name string
}

// language is a lexicon made ready.
type language struct {
	code    string
	stem    func(string) string
	phrases map[string][]phrase // by the first word
	number  map[string]float64
	scale   map[string]float64
	ordinal map[string]float64
	month   map[string]float64
	percent map[string]bool
	money   map[string]bool
	digit   map[string]bool
	joint   map[string]bool
	order   map[string]bool
	lead    map[string]bool      // says nothing at the beginning of a sentence: also
	verdict map[string]bool      // is said of nobody in particular only
	answers []string             // yes and no, at the beginning
	caution map[string]bool      // begins what must not be left out: but
	and     string               // joins two sentences, with its spaces
	unitOf  map[string]string    // hour, day …
	sides   map[string][]meaning // by stem
	refuse  []refusal
	rank    map[string]int // of everyday words, from 1
}

// phrase is some words and what they stand for.
type phrase struct {
	words []string
	means []meaning
}

// refusal is a phrase that is never shown.
type refusal struct {
	reason string
	words  []string // * stands for one to three words
}

func loadLanguage(code string, common []string) (*language, error) {
	l := &language{
		code: code, stem: stemmer(code), phrases: map[string][]phrase{}, sides: map[string][]meaning{},
		number: map[string]float64{}, scale: map[string]float64{}, ordinal: map[string]float64{}, month: map[string]float64{},
		percent: map[string]bool{}, money: map[string]bool{}, digit: map[string]bool{}, joint: map[string]bool{},
		order: map[string]bool{}, lead: map[string]bool{}, caution: map[string]bool{}, verdict: map[string]bool{}, unitOf: map[string]string{}, rank: map[string]int{},
	}
	for i, w := range common {
		if w = foldWord(w); l.rank[w] == 0 {
			l.rank[w] = i + 1
		}
	}
	for _, end := range [...]string{".yaml", ".forms.yaml"} {
		x, err := readLexicon(path.Join("words", code+end))
		if err != nil {
			return nil, fmt.Errorf("verify: words for %s: %w", code, err)
		}
		l.count(x)
		l.learn(x)
	}
	if len(l.joint) == 0 {
		l.joint = setOf(joints)
	}
	return l, nil
}

func readLexicon(name string) (x lexicon, err error) {
	data, err := wordFiles.ReadFile(name)
	if err != nil {
		return x, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	err = dec.Decode(&x)
	return x, err
}

// count takes in the words of numbers and those known one by one.
func (l *language) count(x lexicon) {
	maps.Copy(l.number, foldKeys(x.Numbers))
	maps.Copy(l.scale, foldKeys(x.Scales))
	maps.Copy(l.ordinal, foldKeys(x.Ordinals))
	for i, m := range x.Months {
		l.month[foldWord(m)] = float64(i + 1)
	}
	maps.Copy(l.percent, setOf(x.Percent))
	maps.Copy(l.money, setOf(x.Money))
	maps.Copy(l.digit, setOf(x.Digits))
	maps.Copy(l.joint, setOf(x.Joints))
	maps.Copy(l.order, setOf(x.Orders))
	maps.Copy(l.lead, setOf(x.Leads))
	l.answers = append(l.answers, x.Answers...)
	maps.Copy(l.caution, setOf(x.Cautions))
	maps.Copy(l.verdict, setOf(x.Verdicts))
	if x.And != "" {
		l.and = " " + x.And + " "
	}
	for unit, list := range x.Units {
		for _, w := range list {
			l.unitOf[foldWord(w)] = unit
		}
	}
}

// learn files every phrase of the lexicon under its first word.
func (l *language) learn(x lexicon) {
	add := func(t tag, name string, list []string) {
		for _, s := range list {
			l.add(s, meaning{t, name})
		}
	}
	named := func(t tag, lists map[string][]string) {
		for name, list := range lists {
			add(t, name, list)
		}
	}
	add(tagNegator, "", x.Negators)
	named(tagModal, x.Modals)
	named(tagQuantifier, x.Quantifiers)
	add(tagCondition, "", x.Conditions)
	named(tagRole, x.Roles)
	named(tagSector, x.Sectors)
	add(tagPassive, "", x.Passive)
	add(tagOrder, "before", x.Before)
	add(tagOrder, "after", x.After)
	add(tagOrder, "now", x.Now)
	add(tagOrder, "past", x.Past)
	add(tagCause, "even", x.Even)
	add(tagCause, "unless", x.Unless)
	add(tagCause, "because", x.Because)
	add(tagCause, "therefore", x.Therefore)
	add(tagGlue, "", x.Glue)
	for from, to := range x.Opposites {
		l.add(from, meaning{tagOpposite, l.stem(foldWord(to))})
	}
	for i, g := range x.Groups {
		add(tagGroup, strconv.Itoa(i), g)
	}
	for i, g := range x.Opposed {
		l.side(strconv.Itoa(i)+"+", g[0])
		l.side(strconv.Itoa(i)+"-", g[1])
	}
	for reason, list := range x.Refuse {
		for _, s := range list {
			l.refuse = append(l.refuse, refusal{reason, foldPhrase(s)})
		}
	}
}

// side puts the families of some words on one side of a pair.
func (l *language) side(name string, list []string) {
	for _, w := range list {
		stem := l.stem(foldWord(w))
		l.sides[stem] = append(l.sides[stem], meaning{tagSide, name})
	}
}

// add gives a phrase one more meaning.
func (l *language) add(s string, m meaning) {
	words := foldPhrase(s)
	if len(words) == 0 {
		return
	}
	list := l.phrases[words[0]]
	for i := range list {
		if equal(list[i].words, words) {
			list[i].means = append(list[i].means, m)
			return
		}
	}
	l.phrases[words[0]] = append(list, phrase{words, []meaning{m}})
}

// telling is how much a word says, from 0.2 for the commonest words of a
// language to 1 for those that are none.
func (l *language) telling(w string) float64 {
	r := l.rank[w]
	switch {
	case r == 0:
		return 1
	case r <= 100:
		return 0.2
	case r <= 500:
		return 0.45
	case r <= 2000:
		return 0.7
	}
	return 0.9
}

func setOf(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, s := range list {
		m[strings.Join(foldPhrase(s), " ")] = true
	}
	return m
}

// joints are what begins a clause where a lexicon does not say.
var joints = []string{
	"and", "but", "because", "so", "which", "while", "although", "though", "since", "if", "unless", "when", "where", "then",
	"after", "before", "until", "y", "pero", "porque", "mientras", "aunque", "si", "cuando", "donde", "despues", "antes", "hasta",
}

func foldKeys(in map[string]float64) map[string]float64 {
	out := make(map[string]float64, len(in))
	for k, v := range in {
		out[foldWord(k)] = v
	}
	return out
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
