package discord

import (
	"slices"
	"unicode/utf8"
)

// An embed is the box under a text. Ours have nothing but text.
type embed struct {
	Description string `json:"description"`
}

// A row is up to five buttons side by side; on a narrow screen they wrap.
type row struct {
	Type    int      `json:"type"`
	Buttons []button `json:"components"`
}

type button struct {
	Type  int    `json:"type"`
	Style int    `json:"style"`
	Label string `json:"label"`
	ID    string `json:"custom_id"`
}

// The types of component and the styles of button that are used.
const (
	typeRow        = 1
	typeButton     = 2
	stylePrimary   = 1
	styleSecondary = 2
)

// Flags of a message. SUPPRESS_EMBEDS is the first, SUPPRESS_NOTIFICATIONS the second.
const (
	flagNoEmbeds = 1 << 2
	flagQuiet    = 1 << 12
)

// A body is what is sent to make or change a message. Everything is always there:
// what an edit leaves out would stay, and who may be mentioned would be anybody.
type body struct {
	Content    string     `json:"content"`
	Embeds     []embed    `json:"embeds"`
	Components []row      `json:"components"`
	Mentions   mentions   `json:"allowed_mentions"`
	Flags      int        `json:"flags,omitempty"`
	Nonce      string     `json:"nonce,omitempty"`
	Enforce    bool       `json:"enforce_nonce,omitempty"`
	Reference  *reference `json:"message_reference,omitempty"`
}

// mentions are who may be mentioned: an empty list is nobody, null is everybody.
type mentions struct {
	Parse       []string `json:"parse"`
	RepliedUser bool     `json:"replied_user"`
}

type reference struct {
	MessageID       string `json:"message_id"`
	FailIfNotExists bool   `json:"fail_if_not_exists"`
}

// edit is the body that changes a message, or the answer to an interaction. It has
// no flags: Discord lets an edit change few, and none is needed.
func (p post) edit() any { return p.body() }

// send is the body that makes a message, in reply to another unless reference is
// "". Discord makes no second one with the same nonce.
func (p post) send(nonce, reference string) any {
	b := p.body()
	b.Nonce, b.Enforce = nonce, nonce != ""
	b.Reference = refer(reference)
	if p.Whole && len(p.Embeds) == 0 {
		b.Flags |= flagNoEmbeds
	}
	if p.Quiet {
		b.Flags |= flagQuiet
	}
	return b
}

func (p post) body() body {
	b := body{Content: p.Content, Embeds: p.Embeds, Components: p.Rows, Mentions: mentions{Parse: []string{}}}
	if b.Embeds == nil {
		b.Embeds = []embed{}
	}
	if b.Components == nil {
		b.Components = []row{}
	}
	return b
}

func refer(id string) *reference {
	if id == "" {
		return nil
	}
	return &reference{MessageID: id}
}

// newButton has its label in one line; Discord obeys nothing in it.
func newButton(id, label string) button {
	return button{Type: typeButton, Style: styleSecondary, Label: shorten(oneLine(label), labelLength), ID: id}
}

// carried tells whether a custom_id comes back as it is.
func carried(id string) bool { return id != "" && units(id) <= idLength && utf8.ValidString(id) }

// has tells whether a button has this id already: Discord takes none twice.
func has(list []button, id string) bool {
	return slices.ContainsFunc(list, func(b button) bool { return b.ID == id })
}

// rows puts lists of buttons into rows; each list begins a row of its own.
func rows(lists ...[]button) (out []row) {
	for _, list := range lists {
		for some := range slices.Chunk(list, rowLength) {
			out = append(out, row{Type: typeRow, Buttons: some})
		}
	}
	return out
}
