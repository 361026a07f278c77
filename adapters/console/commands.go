package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"porchlight/bot"
)

// commands are the slash commands, in the order in which /help lists them.
var commands = []struct {
	word, arg, help string
	sends           bot.Command // what it sends on, "" when the console does it itself
}{
	{"/help", "", "this list", bot.NoCommand},
	{"/topics", "", "what can be asked about", bot.ShowTopic},
	{"/resources", "[country]", "help lines", bot.ShowHelp},
	{"/sources", "", "where the last answer comes from", bot.NoCommand},
	{"/lang", "[code]", "answer in this language; without a code, in that of each question", bot.SetLanguage},
	{"/country", "[code]", "where you are; without a code, nowhere in particular", bot.SetCountry},
	{"/public", "", "answer as in a public channel, or no longer", bot.NoCommand},
	{"/trace", "", "show why, or no longer", bot.NoCommand},
	{"/forget", "", "forget this conversation", bot.Forget},
	{"/quit", "", "leave (Ctrl-D does too)", bot.NoCommand},
}

// defaultHelp is /help when main gave no text for it.
func defaultHelp() string {
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "%-21s %s\n", c.word+" "+c.arg, c.help)
	}
	b.WriteString("1, 2, 3               ask the suggestion with this number\n")
	b.WriteString("several lines         end each with \\, or put \"\"\" before and after them\n")
	return b.String()
}

// complete lists the commands that begin with what was written.
func complete(line string) []string {
	var out []string
	for _, c := range commands {
		if strings.HasPrefix(line, "/") && strings.HasPrefix(c.word, strings.ToLower(line)) {
			out = append(out, c.word)
		}
	}
	slices.Sort(out)
	return out
}

// slash splits a command from what follows. A question with a slash somewhere
// in its first word ("/home/me", "/ what") is none.
func slash(text string) (word, arg string, ok bool) {
	text = strings.TrimSpace(text)
	word, arg, _ = strings.Cut(text, " ")
	if len(word) < 2 || word[0] != '/' || strings.ContainsAny(word[1:], "/\n\t") {
		return "", "", false
	}
	return strings.ToLower(word), strings.TrimSpace(arg), true
}

// command does a slash command.
func (t talk) command(ctx context.Context, word, arg string) error {
	c, n := t.c, t.c.o.Notices
	switch word {
	case "/help":
		help := c.o.Help
		if help == "" {
			help = defaultHelp()
		}
		c.print(strings.Join(wrap(help, c.o.style().Width, "", ""), "\n"))
		return c.broken()
	case "/quit", "/exit":
		return errLeave
	case "/trace":
		c.explain = !c.explain
		t.said(c.explain, n.TraceOn, n.TraceOff)
		return nil
	case "/public":
		c.public = !c.public
		t.said(c.public, n.PublicOn, n.PublicOff)
		return nil
	case "/sources":
		text := renderSources(c.last, c.o.style(), n.Archived)
		if text == "" {
			c.notice(n.NoSources)
		}
		c.print(text)
		return c.broken()
	case "/topics":
		arg = ""
	case "/forget":
		arg = ""
		c.last = bot.Reply{}
		t.src.forget()
	}
	for _, cmd := range commands {
		if cmd.word == word {
			return t.say(ctx, c.message(cmd.sends, arg))
		}
	}
	const enough = 40 // runes of something mistyped
	shown := []rune(word)
	c.notice(n.Unknown, string(shown[:min(len(shown), enough)]))
	return nil
}

// said tells which way a switch now stands.
func (t talk) said(on bool, yes, no string) {
	if on {
		t.c.notice(yes)
		return
	}
	t.c.notice(no)
}
