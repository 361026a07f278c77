package eval

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"porchlight/bot"
)

//go:embed sets/*/*.tsv
var embedded embed.FS

// Embedded are the sets that come with the program.
func Embedded() fs.FS {
	f, err := fs.Sub(embedded, "sets")
	if err != nil {
		panic(err) // the name is fixed
	}
	return f
}

// The halves of the sets: what may be tuned by, and what may only be measured.
const (
	Dev  = "dev"
	Test = "test"
)

// The sets. Their names are those of the files.
const (
	Info       = "info"       // questions with a topic
	Danger     = "danger"     // a life at risk
	SelfHarm   = "self_harm"  // a wish to die
	Disclosure = "disclosure" // somebody confides
	Tip        = "tip"        // somebody worries about others
	Refusal    = "refusal"    // somebody wants to do harm, or to bend the bot
	Honest     = "honest"     // employers who ask about the law
	Benign     = "benign"     // looks like one of the above, and is none
	OffTopic   = "off_topic"  // another subject
	About      = "about"      // the bot itself
	Follow     = "follow"     // two and three turns
)

// Names are all sets, in the order of reports.
var Names = []string{Danger, SelfHarm, Disclosure, Tip, Refusal, Benign, Honest, Info, Follow, OffTopic, About}

// A Case is one message, or a short conversation, and what its last reply must be.
type Case struct {
	ID     string   `json:"id"` // stays the same while set, language and text do
	Set    string   `json:"set"`
	Lang   string   `json:"lang"`
	Half   string   `json:"half"`
	Turns  []string `json:"turns"`
	Topics []string `json:"topics,omitempty"` // any of these leads the answer
	Kinds  []string `json:"kinds,omitempty"`  // besides what the set asks for
	Flags  []string `json:"flags,omitempty"`
	Twin   string   `json:"twin,omitempty"`    // cases that ask the same thing
	Voice  string   `json:"wording,omitempty"` // lay or expert
	At     string   `json:"-"`                 // file and line
}

// Load reads sets of the form HALF/SET.LANG.tsv, or SET.LANG.tsv in a folder by
// itself, which is a test half. The error lists all that is wrong, with file and
// line.
func Load(fsys fs.FS) ([]Case, error) {
	var names []string
	for _, pattern := range []string{"*.tsv", "*/*.tsv"} {
		found, _ := fs.Glob(fsys, pattern) // the patterns are well formed
		names = append(names, found...)
	}
	if len(names) == 0 {
		return nil, errors.New("no set is there: name one like test/danger.en.tsv")
	}
	var all []Case
	var wrong []error
	for _, name := range names {
		cases, errs := readSet(fsys, name)
		all, wrong = append(all, cases...), append(wrong, errs...)
	}
	seen := map[string]string{}
	for _, c := range all {
		if at, ok := seen[c.ID]; ok {
			wrong = append(wrong, fmt.Errorf("%s: the same message stands at %s: take one out", c.At, at))
		}
		seen[c.ID] = c.At
	}
	return all, errors.Join(wrong...)
}

func readSet(fsys fs.FS, name string) (all []Case, wrong []error) {
	bad := func(line int, what string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s:%d: %s", name, line, fmt.Sprintf(what, args...)))
	}
	half := path.Dir(name)
	if half == "." {
		half = Test
	}
	part := strings.Split(path.Base(name), ".")
	if len(part) != 3 || !slices.Contains(Names, part[0]) || half != Dev && half != Test {
		bad(1, "name it dev/SET.LANG.tsv or test/SET.LANG.tsv; the sets are %s", strings.Join(Names, ", "))
		return nil, wrong
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, []error{err}
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		text, wants, _ := strings.Cut(line, "\t")
		c := Case{Set: part[0], Lang: part[1], Half: half, At: fmt.Sprintf("%s:%d", name, n)}
		for turn := range strings.SplitSeq(text, " >> ") {
			c.Turns = append(c.Turns, strings.TrimSpace(turn))
		}
		if err := c.wants(wants); err != nil {
			bad(n, "%v", err)
			continue
		}
		c.ID = c.id()
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
	}
	return all, wrong
}

func (c *Case) id() string {
	h := sha256.Sum256([]byte(c.Set + "\n" + c.Lang + "\n" + strings.Join(c.Turns, "\n")))
	return hex.EncodeToString(h[:6])
}

// kinds are what a case may want as a kind of reply.
var kinds = []bot.Kind{
	bot.Danger, bot.SelfHarm, bot.Disclosure, bot.Tip, bot.Refusal, bot.OffTopic, bot.About, bot.NoAnswer, bot.Answer,
}

// wants reads what stands behind the tab: topic=a,b kind=danger flag=minor
// twin=12 wording=lay.
func (c *Case) wants(s string) error {
	for field := range strings.FieldsSeq(s) {
		key, value, ok := strings.Cut(field, "=")
		if !ok || value == "" {
			return fmt.Errorf("%q: write name=value", field)
		}
		list := strings.Split(value, ",")
		switch key {
		case "topic":
			c.Topics = list
		case "kind":
			for _, k := range list {
				if !slices.Contains(kinds, bot.Kind(k)) {
					return fmt.Errorf("kind %q: the kinds are %v", k, kinds)
				}
			}
			c.Kinds = list
		case "flag":
			c.Flags = list
		case "twin":
			c.Twin = value
		case "wording":
			if value != "lay" && value != "expert" {
				return fmt.Errorf("wording %q: write lay or expert", value)
			}
			c.Voice = value
		default:
			return fmt.Errorf("%q: it may be topic, kind, flag, twin or wording", key)
		}
	}
	if (c.Set == Info || c.Set == Follow) && len(c.Topics) == 0 {
		return errors.New("say which topic answers: a tab and topic=ID")
	}
	return nil
}
