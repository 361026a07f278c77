package discordtwin

import (
	"slices"
	"time"
)

// The kinds of an Interaction.
const (
	kindCommand      = 2
	kindComponent    = 3
	kindAutocomplete = 4
	kindModal        = 5
)

// An Interaction is what became of a command, a press or the like.
type Interaction struct {
	ID, Token string
	Kind      int    // 2 command, 3 component, 4 autocomplete, 5 modal
	Name      string // of the command, or the custom id
	User      string
	Channel   string
	Guild     string // "" in direct messages
	Message   string // that was pressed or is the target, or ""
	// Installed tells that only the person has the app, and not the guild.
	Installed bool
	// Said tells that the app was told, by Send or Deliver.
	Said bool
	// Acked tells that the app answered in time: with Ack, a type of callback, after
	// Took. Failed tells that the time passed, and the person was shown an error.
	Acked, Failed bool
	Ack           int
	Took          time.Duration
	// Ephemeral is as the first answer had it, Original the id of its message, which
	// after 6 and 7 is Message. Pending tells that it is a placeholder still.
	Ephemeral, Pending bool
	Original           string
	Followups          []string // ids
	Choices            []any    // of an autocomplete
	Modal              map[string]any
}

// act is an interaction that is going on.
type act struct {
	Interaction
	owners map[string]any
	menu   bool // a context menu command
	said   time.Time
	made   time.Time
	timer  *time.Timer
}

func (a *act) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

// Interactions are those so far, in order.
func (tw *Twin) Interactions() []Interaction {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var found []Interaction
	for _, a := range tw.ordered {
		found = append(found, tw.state(a))
	}
	return found
}

// Interaction is one as it is now.
func (tw *Twin) Interaction(id string) (Interaction, bool) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	a := tw.acts[id]
	if a == nil {
		return Interaction{}, false
	}
	return tw.state(a), true
}

func (tw *Twin) state(a *act) Interaction {
	i := a.Interaction
	i.Followups = slices.Clone(i.Followups)
	if p := tw.byID[i.Original]; p != nil {
		i.Pending = p.Loading && !p.Deleted
	}
	return i
}

// begun keeps a new interaction. It wants tw.mu held.
func (tw *Twin) begun(a *act) {
	a.ID, a.Token, a.made = tw.snowflake(), "aW50ZXJhY3Rpb24"+tw.secret(), tw.now()
	tw.acts[a.ID], tw.byToken[a.Token] = a, a
	tw.ordered = append(tw.ordered, a)
	if keep := tw.options.KeepCalls; keep > 0 && len(tw.ordered) > 2*keep {
		for _, old := range tw.ordered[:len(tw.ordered)-keep] {
			old.stop()
			delete(tw.acts, old.ID)
			delete(tw.byToken, old.Token)
		}
		tw.ordered = slices.Clone(tw.ordered[len(tw.ordered)-keep:])
	}
}

// tellOf starts the time in which the app has to answer, once. It wants tw.mu held.
func (tw *Twin) tellOf(a *act) {
	if a.Said {
		return
	}
	a.Said, a.said = true, tw.now()
	a.timer = time.AfterFunc(tw.options.AckWithin, func() {
		tw.mu.Lock()
		defer tw.mu.Unlock()
		a.Failed = !a.Acked
		tw.touch()
	})
	tw.touch()
}
