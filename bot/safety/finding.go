package safety

import "slices"

// A Kind says what a message is. The zero Kind is an ordinary question.
type Kind string

// The kinds, the most urgent first.
const (
	Danger     Kind = "danger"     // a life is at risk now, the writer's or another's
	SelfHarm   Kind = "self_harm"  // someone may kill or hurt themselves
	Refusal    Kind = "refusal"    // wants to control or find people, or to bend the bot
	Disclosure Kind = "disclosure" // may be exploited, alone or with a group
	Tip        Kind = "tip"        // worries about someone, or wants to report
	OffTopic   Kind = "off_topic"  // plainly another subject
	About      Kind = "about"      // about the bot itself, and courtesies
	Ordinary   Kind = ""

	onTopic Kind = "topic" // in the data only: words that show the text is not off topic
)

// Urgent says whether help lines come before everything else.
func (k Kind) Urgent() bool { return k == Danger || k == SelfHarm }

// A Flag is a circumstance that changes which help fits.
type Flag string

// The flags.
const (
	Minor         Flag = "minor"
	OutsideUS     Flag = "outside_us"
	WatchedDevice Flag = "watched_device"
	CannotSpeak   Flag = "cannot_speak"
	Deaf          Flag = "deaf"
	OnTheMove     Flag = "on_the_move"
	ThirdPerson   Flag = "third_person"
)

// bending is what About says of a refusal when someone tries to bend the bot.
const bending = "rules"

// UnknownCountry stands for somewhere outside the United States.
const UnknownCountry = "??"

// Context is what is known besides the text. The zero value is fine.
type Context struct {
	Lang string // the guessed language; it only breaks ties
	Kind Kind   // the kind of the conversation's last turn
}

// A Finding is the verdict on one text. It holds none of the person's words.
type Finding struct {
	Kind    Kind
	Also    Kind    // the next kind that applies
	Flags   []Flag  // sorted
	Country string  // where the person is, if the text says it is not the United States
	About   string  // for About: greeting, thanks, bye, what_are_you, human, who_reads, stored, help, languages; for Refusal: rules
	Signs   []Match // what matched, the most urgent first
	weighed scores
}

// Weight is what the text as a whole weighs for a kind: above zero it counts
// without a sign. It is 0 for a kind that is not weighed.
func (f Finding) Weight(k Kind) float64 {
	if i := slices.Index(weighed[:], k); i >= 0 {
		return float64(f.weighed[i])
	}
	return 0
}

// A Match names a sign that was found; never the words that matched.
type Match struct {
	ID   string
	Kind Kind
	Lang string
}
