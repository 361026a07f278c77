package discord

import (
	"porchlight/bot"
)

// What Discord takes at most. Its clients and its servers count characters in two
// ways; here those outside the basic plane count twice, which is the greater.
const (
	contentLength     = 2000
	descriptionLength = 4096
	embedsLength      = 6000 // of all embeds together
	rowsOfButtons     = 5
	rowLength         = 5
	labelLength       = 80
	idLength          = 100
)

// A post is a reply as Discord shows it: Content, then Embeds, then Rows.
//
// # Why text, and embeds only for what is left
//
// Text is as wide as the screen of a phone, is read out as it stands, is what a
// notification and an old client show, and is there for people who switched
// embeds off and in channels where this program may not make any. An embed is
// none of that. So all that fits is text; what does not goes on in an embed, in
// the order of reading, and where life may be at stake all up to the first help
// line is text.
//
// # Why nothing has a preview
//
// The addresses that are opened stand in angle brackets, and no other text is an
// address to Discord. SUPPRESS_EMBEDS is set besides, but only on a post that is
// whole and has no embed of ours: the flag hides ours as well, and stays on the
// post, so that an embed which an edit brings would not be seen.
type post struct {
	Content string
	Embeds  []embed
	Rows    []row
	// Quiet posts make no notification: it would show what was answered to
	// whoever looks at the phone.
	Quiet bool
	Whole bool // no edit will follow
	Part  bool // left out rather than waited for: the whole comes after it
}

// A face says what is shown around a reply.
type face struct {
	Open    bool // others see it
	Say     func(lang, key string) string
	Actions []action // buttons under the answer, in order
	Growing []action // those while more of it may come
}

// An action is a button. ID is the whole custom_id: it is opaque to the renderer,
// and comes back whole or not at all.
type action struct{ ID, Key string }

// render is a reply as a post. It keeps within the limits of Discord whatever r
// holds, and nothing in r can mention anybody, format anything, or open an address
// other than those of its contacts and citations. What does not fit is left out,
// the least important first, and a line says so. A reply that is empty has no
// content.
func render(r bot.Reply, f face) post {
	b := layout(r, f)
	fit(b.parts)
	texts := pack(b.parts)
	p := post{Content: texts[0], Rows: rows(b.suggested, b.actions), Quiet: !f.Open, Whole: r.Final, Part: grows(r)}
	for _, s := range texts[1:] {
		p.Embeds = append(p.Embeds, embed{Description: s})
	}
	if p.Content == "" && len(p.Rows) > 0 { // Discord takes no buttons without a text
		p.Content = inert(f.say(r.Lang, "notice"))
	}
	return p
}

// pointer is the line for a channel, with a button. It is the same whatever was
// asked: it takes nothing of a reply.
func pointer(say func(lang, key string) string, lang string) post {
	p := line(say, lang, "pointer")
	f := face{Say: say}
	if label := oneLine(f.say(lang, "pointer_button")); label != "" {
		b := newButton(pressPointer+":", label)
		b.Style = stylePrimary
		p.Rows = rows([]button{b})
	}
	return p
}

// sentDirect says that the answer is in the direct messages.
func sentDirect(say func(lang, key string) string, lang string) post {
	return line(say, lang, "sent_dm")
}

// thanks says that feedback was counted. With reasons it asks for one, each a
// button that carries the recall, or nothing where that is too long.
func thanks(say func(lang, key string) string, lang string, why []string, recall string) post {
	f := face{Say: say}
	var list []button
	for _, w := range why {
		id := pressWhy + ":" + w + " "
		if carried(id + recall) {
			id += recall
		}
		if label := f.say(lang, "feedback_"+w); label != "" && carried(id) && !has(list, id) {
			list = append(list, newButton(id, label))
		}
	}
	if len(list) == 0 {
		return line(say, lang, "feedback_thanks")
	}
	p := line(say, lang, "feedback_why")
	p.Rows = rows(list)
	return p
}

// line is a post of one fixed phrase.
func line(say func(lang, key string) string, lang, key string) post {
	return post{Content: inert(face{Say: say}.say(lang, key)), Whole: true}
}

// say is a fixed word, in one line and of a length that always fits.
func (f face) say(lang, key string) string {
	if f.Say == nil {
		return ""
	}
	return shorten(oneLine(f.Say(lang, key)), phraseLength)
}
