package slack

import (
	"regexp"
	"strings"
	"testing"

	"porchlight/bot"
)

// TestSpoken expects what is streamed of a reply to go on where that of the one
// before ended, and nothing in it to be a link, a mention or a heading.
func TestSpoken(t *testing.T) {
	obeyed := regexp.MustCompile("(?m)\\]\\(|\\]\\[|\\]:|<|`|^\\s*#|^>")
	for _, s := range append(nasty, "[bank](https://evil.example)", "![x](y)", "[a]: https://evil.example", "# big", "x\n# big", "[a][b]") {
		r, before := bot.Reply{Lead: s, Also: s}, ""
		grow := func(what string) {
			now := spoken(r)
			if !strings.HasPrefix(now, before) {
				t.Fatalf("%s of %.40q: %.80q does not go on after %.80q", what, s, now, before)
			}
			if bad := obeyed.FindString(now); bad != "" {
				t.Fatalf("%s of %.40q is obeyed: %q in %.80q", what, s, bad, now)
			}
			before = now
		}
		grow("the lead")
		for range 3 {
			r.Sections = append(r.Sections, bot.Section{Heading: s, Mark: s, Text: s})
			grow("a section")
			for range 2 {
				last := &r.Sections[len(r.Sections)-1]
				last.Bullets = append(last.Bullets, s)
				grow("a bullet")
			}
		}
		if s == "911" && strings.Count(before, s) != 17 {
			t.Errorf("words are lost: %q", before)
		}
	}
}
