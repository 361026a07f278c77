package slack

import (
	"strings"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// What Slack takes at most, in characters unless it says blocks.
const (
	messageBlocks = 50
	homeBlocks    = 100
	sectionText   = 3000
	headerText    = 150
	contextParts  = 10
	actionParts   = 25
	buttonText    = 75
	valueLength   = 2000
	idLength      = 255
	allBlocks     = 12000 // as JSON; Slack does not document it, and refuses somewhat more
	allText       = 12000
)

// A post is a reply as Slack shows it.
type post struct {
	Notice string // what a notification may show: nothing of a private answer
	// Text is the whole reply for screen readers, as mrkdwn without any markup. It
	// has the words of the blocks, in their order.
	Text   string
	Blocks []slack.Block
}

// A face says what is shown around a reply.
type face struct {
	Open    bool // others see it: Notice may be of the answer
	Say     func(lang, key string) string
	Actions []action // buttons under the answer, in order
	Growing []action // those while more of it may come, if nothing is urgent
}

// An action is a button; its value is opaque to the renderer, and comes back
// whole or not at all.
type action struct {
	ID, Value, Key string
	Style          slack.Style
	Confirm        string // key of what is asked before it is done, "" for nothing
}

// render is a reply as a message. It keeps within the limits of Slack whatever r
// holds, and nothing in r can mention anybody, format anything, or open an
// address other than those of its contacts and citations. What does not fit is
// left out, the least important first, and a line says so. A reply that is empty
// has no blocks.
func render(r bot.Reply, f face) post {
	parts := layout(r, f)
	fit(parts, messageBlocks)
	return post{Notice: notice(r, f), Text: textOf(parts), Blocks: blocks(parts)}
}

// home is a reply as the App Home tab, with the promises of render; the
// suggestions are the topics to choose from.
func home(r bot.Reply, f face) slack.HomeTabViewRequest {
	parts := layout(r, f)
	fit(parts, homeBlocks)
	set := blocks(parts)
	if set == nil {
		set = []slack.Block{}
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: set}}
}

// notice is what a notification shows. It tells nothing of an answer that is not
// open, nor ever of one to somebody who confided.
func notice(r bot.Reply, f face) string {
	s := ""
	if f.Open && !r.Kind.Personal() {
		s = oneLine(r.Lead)
		if s == "" && len(r.Sections) > 0 {
			s = oneLine(r.Sections[0].Heading)
		}
	}
	if s == "" {
		s = f.say(r.Lang, "notice")
	}
	return inert(shorten(s, headerText))
}

// say is a fixed word, in one line and of a length that always fits.
func (f face) say(lang, key string) string {
	if f.Say == nil {
		return ""
	}
	return shorten(oneLine(f.Say(lang, key)), phraseLength)
}

// headline divides what is said first into whole sentences that make a heading,
// and the rest. No heading ends with a question, for its answer comes after it.
func headline(s string) (head, rest string) {
	s = oneLine(s)
	at, n := 0, 0
	for i, r := range s {
		if n += looks(r); n > headerText {
			break
		}
		if end := i + len(string(r)); strings.ContainsRune("。！", r) ||
			strings.ContainsRune(".!।", r) && end < len(s) && s[end] == ' ' {
			at = end
		}
	}
	if n <= headerText {
		return s, ""
	}
	return s[:at], strings.TrimSpace(s[at:])
}

// looks is how long a character looks: those that are as wide as high count twice.
func looks(r rune) int {
	if r >= 0x1100 {
		return 2
	}
	return 1
}
