package bot

import (
	"log/slog"
	"time"
	"unicode/utf8"
)

// A MessageID is a keyed hash of the platform's event id: equal when the event
// is delivered again, and safe to log.
type MessageID string

// A ConversationID is a keyed hash of what the platform calls a conversation;
// never a platform's own id.
type ConversationID string

// A PersonID is a keyed hash of a person on a platform.
type PersonID string

// An Address says where an answer goes. Place is opaque to everyone but the
// adapter that wrote it.
type Address struct{ Adapter, Place string }

// A Command is something a person asks the program itself to do. Buttons and
// slash commands arrive as messages with one.
type Command string

// The commands.
const (
	NoCommand   Command = ""        // the message is its text
	Forget      Command = "forget"  // empty the memory of this conversation now
	ShowTopic   Command = "topic"   // Text is a topic id; "" lists the topics
	ShowHelp    Command = "help"    // the help lines; Text is a country code or ""
	SetLanguage Command = "lang"    // Text is a language code; "" lets each message speak for itself
	SetCountry  Command = "country" // Text is a country code; "" unsets it
	ShowAbout   Command = "about"   // what this program is, who can read along, and the help lines
	Again       Command = "again"   // the answer once more that Text, a Reply.Recall, tells of
	// Errand is something an adapter does by itself, such as removing a post, but
	// not before it is stored. Its answer is empty.
	Errand Command = "errand"
)

// A Message is what a person said, stripped of all that only a platform
// understands. It carries no callback and no pointer, so it can be stored,
// moved to another machine and answered there.
type Message struct {
	ID           MessageID
	Conversation ConversationID
	Person       PersonID // "" when the platform does not tell
	From         Address
	Command      Command
	Text         string
	Lang         string // what the platform says of the person's language; "" if it does not
	// Country is whose lines are meant where nobody says otherwise, as an ISO code;
	// "" leaves it to the answerer.
	Country string
	Private bool // nobody else reads along
	// Share is set when the asker explicitly wanted the answer shown to others.
	// The zero value keeps it private.
	Share bool
	// Explain asks for Reply.Explanation; only staff tools set it.
	Explain bool
	At      time.Time
	// Handed is what an inbox knows when it hands the message out. It is no part
	// of what was said: Put ignores it.
	Handed Handed
}

// Handed says how a message comes to be answered now. The zero value is the
// first time, at once.
type Handed struct {
	// Again is set when the message was handed out before: its answer may
	// already stand on the platform, which is asked before anything is posted.
	Again bool
	// Fixed asks for the fixed help text instead of an answer: earlier tries
	// ended the process, or this one is the last.
	Fixed bool
	// Waited is set when a limit made the message wait and its person has not
	// been told so lately.
	Waited bool
}

// LogValue shows which message it was, never what it said or who said it.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", string(m.ID)),
		slog.String("adapter", m.From.Adapter),
		slog.Int("runes", utf8.RuneCountInString(m.Text)),
	)
}

// String is what LogValue shows, so that no formatting verb prints the text.
func (m Message) String() string { return "message " + string(m.ID) }

// GoString is String: %#v must not print the text either.
func (m Message) GoString() string { return m.String() }
