// Package prompts holds the words that Porchlight says on its own account, and
// the ways in which people follow up: one file a language, for people to edit.
//
// It knows phrases and languages. It must not know when one is said, nor any
// number: contacts stand in them as {phone:ID}, filled in from the registry.
package prompts

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed phrases/*.yaml follow/*.yaml urgent/*.yaml screen/*.yaml never/*.txt
var files embed.FS

// Phrases are the fixed phrases of every language.
type Phrases struct {
	byLang map[string]map[string]string
	follow map[string]Follow
	urgent map[string]map[string]string
	screen map[string]map[string]string
}

// Follow is how people follow up on an answer in one language.
type Follow struct {
	Yes      []string            `yaml:"yes"`
	More     []string            `yaml:"more"`
	Forget   []string            `yaml:"forget"`
	Language map[string][]string `yaml:"language"` // asks for another language
	About    []string            `yaml:"about"`    // begins a follow-up
	Refers   []string            `yaml:"refers"`   // points back
	Tells    []string            `yaml:"tells"`    // begins to tell something
	Turns    []string            `yaml:"turns"`    // turns to something else
	Pick     map[int][]string    `yaml:"pick"`     // chooses the n-th suggestion
	Then     []Then              `yaml:"then"`
	Cues     []Cue               `yaml:"cues"`
}

// A Then says which topic a follow-up may mean that holds a phrase, whatever
// stood before it; always, where it is short. In a phrase * stands for one to
// three words.
type Then struct {
	Ask    []string `yaml:"ask"`
	Topic  string   `yaml:"topic"`
	Always bool     `yaml:"always"`
}

// A Cue says which sentences answer a sort of question.
type Cue struct {
	Ask   []string `yaml:"ask"`
	Words []string `yaml:"words"` // "#" is any digit
}

// Load reads the embedded phrases. The error names the file and what is wrong
// with it: an unknown field, or a phrase that one language has and another lacks.
func Load() (*Phrases, error) {
	p := &Phrases{byLang: map[string]map[string]string{}, follow: map[string]Follow{}, urgent: map[string]map[string]string{}, screen: map[string]map[string]string{}}
	if err := each("phrases", p.byLang); err != nil {
		return nil, err
	}
	if err := each("follow", p.follow); err != nil {
		return nil, err
	}
	if err := each("urgent", p.urgent); err != nil {
		return nil, err
	}
	if err := each("screen", p.screen); err != nil {
		return nil, err
	}
	if err := complete("phrases", p.byLang); err != nil {
		return nil, err
	}
	if err := complete("screen", p.screen); err != nil {
		return nil, err
	}
	if err := p.completeUrgent(); err != nil {
		return nil, err
	}
	return p, nil
}

// each decodes every file of a folder under the name of its language.
func each[T any](dir string, into map[string]T) error {
	entries, err := files.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read prompts/%s: %w", dir, err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		data, err := files.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read prompts/%s: %w", name, err)
		}
		var v T
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		if err := dec.Decode(&v); err != nil {
			return fmt.Errorf("prompts/%s: %w", name, err)
		}
		into[strings.TrimSuffix(e.Name(), ".yaml")] = v
	}
	return nil
}

// complete refuses languages that lack a phrase of English.
func complete(dir string, byLang map[string]map[string]string) error {
	for lang, m := range byLang {
		for key := range byLang["en"] {
			if m[key] == "" {
				return fmt.Errorf("prompts/%s/%s.yaml: %s is missing; translate it from en.yaml", dir, lang, key)
			}
		}
		for key := range m {
			if _, ok := byLang["en"][key]; !ok {
				return fmt.Errorf("prompts/%s/%s.yaml: %s is not in en.yaml; add it there or mend the name", dir, lang, key)
			}
		}
	}
	return nil
}

// UrgentKeys are the phrases of a language in which only urgent things are said.
var UrgentKeys = []string{
	"danger", "danger_quiet", "danger_abroad", "self_harm", "self_harm_other", "self_harm_abroad", // first words
	"interpreter", "help", "not_person", // what comes with them
	"english", "name", // of the language
}

// completeUrgent refuses languages that lack an urgent phrase, and fills in
// their names.
func (p *Phrases) completeUrgent() error {
	for lang, m := range p.urgent {
		if p.Has(lang) {
			return fmt.Errorf("prompts/urgent/%s.yaml: that language has phrases of its own; take one file out", lang)
		}
		for _, key := range UrgentKeys {
			if m[key] == "" {
				return fmt.Errorf("prompts/urgent/%s.yaml: %s is missing", lang, key)
			}
			m[key] = strings.ReplaceAll(m[key], "{english}", m["english"])
		}
		for key := range m {
			if !slices.Contains(UrgentKeys, key) {
				return fmt.Errorf("prompts/urgent/%s.yaml: %s is not known; the keys are %v", lang, key, UrgentKeys)
			}
		}
	}
	return nil
}

// Urgent is what is said in a language when life is at stake, or to offer help:
// "" where there is nothing. See UrgentKeys.
func (p *Phrases) Urgent(lang, key string) string { return p.urgent[lang][key] }

// UrgentLangs lists the languages that have only urgent phrases, sorted.
func (p *Phrases) UrgentLangs() []string { return slices.Sorted(maps.Keys(p.urgent)) }

// Langs lists the languages that have phrases, sorted.
func (p *Phrases) Langs() []string { return slices.Sorted(maps.Keys(p.byLang)) }

// Has tells whether a language has phrases.
func (p *Phrases) Has(lang string) bool { return p.byLang[lang] != nil }

// Say returns a phrase in a language, else in English. An unknown key is a
// mistake of the programmer and returns "".
func (p *Phrases) Say(lang, key string) string {
	if s := p.byLang[lang][key]; s != "" {
		return s
	}
	return p.byLang["en"][key]
}

// Screen returns words of a button or the like in a language, such as "es" or
// "es-MX", else in English; "" for an unknown key.
func (p *Phrases) Screen(lang, key string) string {
	lang, _, _ = strings.Cut(lang, "-")
	if s := p.screen[strings.ToLower(lang)][key]; s != "" {
		return s
	}
	return p.screen["en"][key]
}

// Screens returns all that Screen has for a language, by key; do not change the map.
func (p *Phrases) Screens(lang string) map[string]string { return p.screen[lang] }

// Follow returns how people follow up in a language; the zero Follow when no
// file says.
func (p *Phrases) Follow(lang string) Follow { return p.follow[lang] }

// All returns the phrases of a language by key; do not change the map.
func (p *Phrases) All(lang string) map[string]string { return p.byLang[lang] }

// Never gives by language the words that are never said: blame, doubt, promises.
// A line is one; # begins a remark.
func Never() (map[string][]string, error) {
	names, err := files.ReadDir("never")
	if err != nil {
		return nil, fmt.Errorf("read prompts/never: %w", err)
	}
	out := map[string][]string{}
	for _, e := range names {
		data, err := files.ReadFile(path.Join("never", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read prompts/never: %w", err)
		}
		lang := strings.TrimSuffix(e.Name(), ".txt")
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				out[lang] = append(out[lang], line)
			}
		}
	}
	return out, nil
}
