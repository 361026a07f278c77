package knowledge

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"
)

// A Text is the same words in several languages.
type Text map[string]string

// In returns the text in a language, else in English, else in any.
func (t Text) In(lang string) string {
	if s, ok := t[lang]; ok {
		return s
	}
	if s, ok := t["en"]; ok {
		return s
	}
	if len(t) == 0 {
		return ""
	}
	return t[slices.Min(slices.Collect(maps.Keys(t)))] // always the same one
}

// A Date is a year, a month or a day: "2014", "2014-11" or "2014-11-18". The
// zero value is an unknown date.
type Date string

// Time is the first moment of the date; ok is false when it is unknown or not a date.
func (d Date) Time() (t time.Time, ok bool) {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, string(d)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// A Source is a page that a topic rests on.
type Source struct {
	ID        string `yaml:"id"`
	Publisher Text   `yaml:"publisher"`
	Title     string `yaml:"title"`
	URL       string `yaml:"url"`
	Copy      bool   `yaml:"copy"` // URL is a copy on somebody else's site
	Published Date   `yaml:"published"`
	Dated     string `yaml:"dated"` // what is known of its age, for staff
	Archived  bool   `yaml:"archived"`
	ReadOn    Date   `yaml:"read_on"`
}

func (s *Source) check(file string, line int, ps *Problems) {
	if s.Title == "" {
		ps.add(file, line, "add title: as the page has it", "source %s has no title", s.ID)
	}
	if s.Publisher.In("en") == "" {
		ps.add(file, line, "add publisher: {en: …, es: …}", "source %s has no publisher", s.ID)
	}
	for field, d := range map[string]Date{"published": s.Published, "read_on": s.ReadOn} {
		if _, ok := d.Time(); d != "" && !ok {
			ps.add(file, line, "write YYYY, YYYY-MM or YYYY-MM-DD", "source %s: %s is %q", s.ID, field, d)
		}
	}
	if s.URL != "" {
		if err := checkURL(s.URL); err != nil {
			ps.add(file, line, "write the whole address with https://", "source %s: %v", s.ID, err)
		}
	}
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return fmt.Errorf("%q is not a web address", s)
	}
	return nil
}

// A Citation is a source as a reader is shown it. Only this package makes one.
type Citation struct {
	ID        string `json:"id"`
	Publisher string `json:"publisher"`
	Title     string `json:"title"`
	URL       string `json:"url,omitempty"`
	Copy      bool   `json:"copy,omitempty"`
	Published Date   `json:"published,omitempty"`
	Archived  bool   `json:"archived"`
}

func (s *Source) cite(lang string) Citation {
	return Citation{
		ID: s.ID, Publisher: s.Publisher.In(lang), Title: s.Title, URL: s.URL,
		Copy: s.Copy, Published: s.Published, Archived: s.Archived,
	}
}
