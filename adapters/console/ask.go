package console

import (
	"porchlight/bot"
)

// Ask is an adapter that asks one question, prints its answer and stops: as text,
// or with asJSON as one object of the machine form. Its Run returns
// ErrUnanswered when the answer was given up. o.In and o.Interactive are not
// looked at, and text is never a slash command.
func Ask(o Options, text string, asJSON bool) bot.Adapter {
	o.Interactive = false
	if asJSON {
		j := NewJSONL(o)
		j.only = &request{id: "1", text: text}
		return j
	}
	c := New(o)
	c.once, c.single = text, true
	return c
}
