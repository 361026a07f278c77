package answer_test

import (
	"testing"

	"porchlight/bot"
	"porchlight/bot/answer"
)

// FuzzAnswer holds any two messages of a conversation against the laws. The
// second one meets what the first one left in memory.
func FuzzAnswer(f *testing.F) {
	for _, s := range [][2]string{
		{"what is a t visa", "how long does it last?"},
		{"qué es la servidumbre por deudas", "y en inglés?"},
		{"he has a gun and wont let us leave", "thanks"},
		{"me quiero morir", "sí"},
		{"hello", "2"},
		{"\xff\xfe", "\x00"},
		{"call 1-888-373-7889 or write to x@example.org", "www.example.org {phone:nhth}"},
		{"forget everything", "tell me more"},
		{"什么是劳动力贩运", "🙏"},
	} {
		f.Add(s[0], s[1], "en", true, false, uint8(0))
		f.Add(s[1], s[0], "es-MX", false, true, uint8(3))
	}
	commands := []bot.Command{
		bot.NoCommand, bot.Forget, bot.ShowTopic, bot.ShowHelp, bot.SetLanguage, bot.SetCountry, "other",
	}
	p := pipeline(f, content(f))
	p.Watched = func(adapter string) bool { return adapter == "test" }
	f.Fuzz(func(t *testing.T, one, two, lang string, private, share bool, command uint8) {
		conv := one + "\x00" + two
		for i, text := range []string{one, two} {
			m := say(conv, text)
			m.Lang, m.Private, m.Share = lang, private, share
			if i == 1 {
				m.Command = commands[int(command)%len(commands)]
			}
			first := ask(t, p, m)
			if i == 0 { // the same question in a new conversation has the same answer
				again := say(conv+"again", text)
				again.Lang, again.Private, again.Share = lang, private, share
				if second := ask(t, p, again); second.Plain() != first.Plain() {
					t.Errorf("%q is answered in two ways:\n%s\n---\n%s", text, first.Plain(), second.Plain())
				}
			}
		}
		forget(t, p, conv, conv+"again")
	})
}

// forget empties the memory so that the next run begins anew.
func forget(t *testing.T, p *answer.Pipeline, convs ...string) {
	t.Helper()
	for _, c := range convs {
		if _, err := p.Memory.Forget(t.Context(), "", bot.ConversationID(c)); err != nil {
			t.Error(err)
		}
	}
}
