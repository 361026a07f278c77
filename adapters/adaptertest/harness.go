package adaptertest

import (
	"log/slog"

	"porchlight/bot"
)

// A Harness holds an adapter between two ends that a test can reach: a twin of
// its platform, which makes events happen and keeps what was posted. The suite
// uses it from several goroutines.
type Harness interface {
	// Adapter makes the adapter under test, connected to the twin and logging to
	// log. The suite calls it again for what a restart of the program makes of it:
	// the twin and what was posted stay.
	Adapter(log *slog.Logger) bot.Adapter
	// Say makes someone say text, asking the bot where others can read along if
	// the platform has such a place, and returns the platform's own id of the
	// event. The same conversation, a word chosen by the suite, is the same
	// conversation on the platform. Say does not wait for an acknowledgement, and
	// may be called before the adapter listens.
	Say(conversation, text string) (event string)
	// Redeliver makes the platform send the event again, as it does when it
	// believes that the first time was lost.
	Redeliver(event string)
	// Acknowledged tells whether the platform was told to consider the event
	// received.
	Acknowledged(event string) bool
	// Posts is everything that the platform shows now as an answer to the event,
	// wherever that is, oldest first.
	Posts(event string) []Post
	// IDs are the platform's own ids behind the event: of itself, and of the
	// place, the person and the workspace. None may get further than the Place of
	// an address.
	IDs(event string) []string
}

// A Post is what people on the platform see.
type Post struct {
	Text  string // all of it, the markup taken off or not
	Alone bool   // only the asker sees it
}

// A Limited harness is of a platform that cannot have some of the checks.
type Limited interface {
	// Limits gives the reason for each check that is skipped, by its name.
	Limits() map[string]string
}
