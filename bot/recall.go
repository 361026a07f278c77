package bot

import "strings"

// A Recall is what must be known to give an answer once more, in another place:
// kinds, ids and codes, none of a person's words. A button may carry it.
type Recall struct {
	Kind    Kind
	Lang    string
	Country string
	About   string   // of a Refusal or About: which one
	Flags   []string // of Reply
	Topics  []string // ids, best first
}

// maxRecall is how many topics are given again.
const maxRecall = 2

// String is the recall in a form for ParseRecall: short, printable, without spaces.
func (r Recall) String() string {
	return strings.Join([]string{
		string(r.Kind), r.Lang, r.Country, r.About, strings.Join(r.Flags, ","),
		strings.Join(r.Topics[:min(len(r.Topics), maxRecall)], ","),
	}, "|")
}

// ParseRecall reads what String wrote; ok is false for anything else. Whether
// the ids exist is not looked at.
func ParseRecall(s string) (r Recall, ok bool) {
	p := strings.Split(s, "|")
	if len(p) != 6 || len(s) > 500 {
		return Recall{}, false
	}
	list := func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, ",")
	}
	return Recall{Kind(p[0]), p[1], p[2], p[3], list(p[4]), list(p[5])}, true
}
