package bot

import (
	"log/slog"
	"time"

	"porchlight/knowledge"
)

// A Card is a help line as a person is shown it; see knowledge.Card.
type Card = knowledge.Card

// A Citation is a source as a person is shown it; see knowledge.Citation.
type Citation = knowledge.Citation

// A Kind says what sort of message was answered.
type Kind string

// The kinds, most urgent first.
const (
	Danger     Kind = "danger"
	SelfHarm   Kind = "self_harm"
	Disclosure Kind = "disclosure" // a possible victim, about themselves or their group
	Tip        Kind = "tip"        // a worried third party
	Refusal    Kind = "refusal"    // wants to do harm, or to change the rules
	OffTopic   Kind = "off_topic"
	About      Kind = "about" // greetings, and what this program is
	NoAnswer   Kind = "no_answer"
	Answer     Kind = "answer"
)

// Urgent tells whether life may be at stake.
func (k Kind) Urgent() bool { return k == Danger || k == SelfHarm }

// Personal tells whether the message may give its writer away. The answer to
// one is never shown to others, nor is that ever offered.
func (k Kind) Personal() bool { return k.Urgent() || k == Disclosure }

// A Mode says who wrote the answer.
type Mode string

// The modes.
const (
	Offline  Mode = "offline"  // the knowledge base's own words
	Model    Mode = "model"    // written by a model, checked
	Fallback Mode = "fallback" // a model failed; the knowledge base's own words
)

// Privacy says who may see a reply. The zero value is the asker alone.
type Privacy int

// The values of Privacy.
const (
	AskerOnly Privacy = iota
	Everyone          // the asker explicitly chose to show it
)

// A Reply is the answer so far: each one contains all that came before it.
type Reply struct {
	Kind    Kind
	Flags   []string
	Lang    string
	Urgent  bool   // show Lead and Resources first
	Lead    string // what is said before anything else: care, or the number to call
	Also    string // the same in a second language, when the person's is unsure
	Closing string // said last: how to go on, or a caution
	// Sections are checked text in reading order.
	Sections []Section
	// Resources are help lines; only ever from the registry.
	Resources []Card
	// Brief shows each of Resources as its one-line summary.
	Brief       bool
	Suggestions []Suggestion
	Passages    []Passage // what the sections rest on
	Privacy     Privacy
	// Shareable is set when the asker may be offered to show the answer to others.
	Shareable bool
	// Recall brings the answer once more with the command Again; "" where that
	// makes no sense.
	Recall string
	Mode   Mode
	Words  Words
	Final  bool // false while more may come
	// Explanation tells staff why; nil unless the message asked for it.
	Explanation *Explanation
}

// Words are the fixed words around a reply, in its language.
type Words struct {
	Help string // over the help lines
	Next string // over the suggestions
}

// An Explanation tells staff how an answer came about. It holds a person's
// words and is never stored or logged.
type Explanation struct {
	Signs      []string // triage signs matched, by id
	Lang       string   // language guessed, and how sure
	Follow     string   // how the message was tied to the turn before, or ""
	Query      string   // what was looked up
	Words      []string // how each word was understood
	Candidates []Candidate
	Band       string
	Chosen     string
	Steps      []Step
	// What a model was asked and wrote; empty when none was asked.
	Model               string
	Prompt              string // the part that differs from question to question
	Drafts              []Draft
	Prompted, Completed int // tokens
}

// A Draft is a sentence of a model and what the checks said of it.
type Draft struct {
	Text   string
	Cites  []int   // passages of the prompt, from 0
	Reason string  // why it was not shown, "" when it was
	Doubt  float64 // 0 to 1: how likely it is unfaithful
	Took   time.Duration
}

// A Candidate is a topic that was considered, with its signals.
type Candidate struct {
	ID                                  string
	Score, Confidence                   float64
	Match, Coverage, Like, Pair, Margin float64
}

// A Step is a part of the work and how long it took.
type Step struct {
	Name string
	Took time.Duration
}

// A Section is one part of an answer.
type Section struct {
	Heading string
	Text    string
	Bullets []string
	// Source is the line under it: publishers, dates, the archived mark.
	Source   string
	Cites    []Citation
	Archived bool   // from outdated material
	Mark     string // what is said of that: "From November 18, 2014, archived, may be outdated"
}

// A Suggestion is a question the person may ask next; pressing it sends Text.
type Suggestion struct {
	Label string
	Text  string
	Topic string // the topic it leads to, "" when it is free text
}

// A Passage is a piece of the knowledge base that an answer rests on.
type Passage struct {
	ID, Title string
	Score     float64 // 0 to 1
	Sources   []Citation
}

// LogValue shows the shape of a reply, never its words: they would tell what
// was asked.
func (r Reply) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("mode", string(r.Mode)),
		slog.Bool("urgent", r.Urgent),
		slog.Int("sections", len(r.Sections)),
		slog.Bool("final", r.Final),
	)
}

// String is a fixed word, so that no formatting verb prints the answer.
func (r Reply) String() string { return "reply" }

// GoString is String.
func (r Reply) GoString() string { return "reply" }
