package bot

// A Surface is a place by who can see what is posted there.
type Surface string

// The surfaces.
const (
	Direct  Surface = "direct"  // the asker and this program alone
	Aside   Surface = "aside"   // a command or button: its answer can be the asker's alone, wherever it was
	Channel Surface = "channel" // a message that others read, in a channel or thread
)

// A Visibility is who is to see an answer. The zero value is the asker alone.
type Visibility int

// The values of Visibility.
const (
	Whisper  Visibility = iota // the asker alone, where they asked
	InDirect                   // in their direct messages
	Pointer                    // a line that says nothing of the question, with a way to the private answer
	Open                       // everybody where it was asked
)

// Manners are what the owners of a place chose and what its platform can do. The
// zero value shows nothing to others.
type Manners struct {
	// Public lets information be answered where it was asked.
	Public bool
	// Whispers is set where a message in a channel can be answered so that only the
	// asker sees it.
	Whispers bool
}

// See tells who is to see the answer of that kind to a message written on a
// surface. share is the explicit act of the asker. Only information is ever
// shown to others, and of nothing else can they learn that it was asked: a
// Pointer is the same for every kind.
func See(s Surface, k Kind, share bool, m Manners) Visibility {
	open := k == Answer && (share || s == Channel && m.Public)
	switch {
	case s == Direct:
		return InDirect
	case open && (s == Aside || s == Channel):
		return Open
	case s == Aside:
		return Whisper
	case s == Channel && m.Whispers:
		return Whisper
	case s == Channel:
		return Pointer
	}
	return Whisper
}
