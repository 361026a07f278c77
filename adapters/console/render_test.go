package console

import (
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"porchlight/bot"
)

var styles = map[string]Style{
	"pipe":   {},
	"narrow": {Width: 40},
	"color":  {Width: 80, Color: true},
}

func TestRender(t *testing.T) {
	for name, r := range samples() {
		for look, s := range styles {
			t.Run(name+"-"+look, func(t *testing.T) {
				golden(t, name+"-"+look, Render(r, s)+"\n")
			})
		}
	}
}

// nonSpace is what a reader sees: everything but where lines break.
func nonSpace(s string) string {
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), "")
}

func TestRenderHoldsPlain(t *testing.T) {
	for name, r := range samples() {
		for look, s := range styles {
			got := nonSpace(ansi.Strip(Render(r, s)))
			want := nonSpace(r.Plain())
			if r.Explanation != nil {
				got = got[:min(len(got), len(want))]
			}
			if got != want {
				t.Errorf("%s in %s:\n got %q\nwant %q", name, look, got, want)
			}
		}
	}
}

func TestRenderKeepsWidth(t *testing.T) {
	for name, r := range samples() {
		for width := minWidth; width <= maxWidth; width += 7 {
			for l := range strings.Lines(Render(r, Style{Width: width, Color: true})) {
				l = strings.TrimRight(l, "\n")
				if ansi.StringWidth(l) > width && !strings.Contains(l, "://") {
					t.Errorf("%s: %d columns where %d are: %q", name, ansi.StringWidth(l), width, l)
				}
			}
		}
	}
}

func TestRenderColorsStandAlone(t *testing.T) {
	for name, r := range samples() {
		if s := Render(r, Style{Width: 60}); strings.Contains(s, "\x1b") {
			t.Errorf("%s: an escape without colour: %q", name, s)
		}
		for l := range strings.Lines(Render(r, Style{Width: 60, Color: true})) {
			if strings.Count(l, "\x1b[") != 2*strings.Count(l, "\x1b[0m") {
				t.Errorf("%s: a colour outlives its line: %q", name, l)
			}
		}
	}
}

func TestRenderWaitsForTheEnd(t *testing.T) {
	r := samples()["answer"]
	r.Final = false
	got := Render(r, Style{})
	for _, later := range []string{"Help Line", "Who can I call?"} {
		if strings.Contains(got, later) {
			t.Errorf("%q stands in a reply that may grow above it", later)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, seed := range []string{"", "a b", "\x1b[2J", "\u202eabc", "a\rb", "\x9b31m", "https://example.org", strings.Repeat("x", 300), "  a\n\n\tb "} {
		f.Add(seed, 60)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		r := bot.Reply{
			Lead: s, Also: s, Closing: s, Final: true, Words: bot.Words{Help: s, Next: s}, Flags: []string{s},
			Sections:    []bot.Section{{Heading: s, Mark: s, Text: s, Bullets: []string{s}, Source: s, Cites: []bot.Citation{{Title: s, URL: s, Archived: true}}}},
			Resources:   []bot.Card{{Name: s, Hours: s}},
			Suggestions: []bot.Suggestion{{Label: s}},
			Explanation: &bot.Explanation{Query: s, Words: []string{s}, Candidates: []bot.Candidate{{ID: s}}},
		}
		got := Render(r, Style{Width: width % 200}) + renderSources(r, Style{}, s)
		if i := strings.IndexFunc(got, steers); i >= 0 {
			t.Errorf("%q holds a control character at %d", got, i)
		}
	})
}

func TestRenderSources(t *testing.T) {
	golden(t, "sources", renderSources(samples()["archived"], Style{Width: 60}, "archived")+"\n")
}

func TestFresh(t *testing.T) {
	var g growing
	for _, step := range []struct {
		all, want string // parts separated by |
		joined    bool
	}{
		{"", "", false},
		{"lead|help", "lead|help", false},
		{"lead|help", "", false},
		{"lead|help|one", "one", false},
		{"lead|new|help|one\ntwo", "new|two", false},
		{"lead|help|one\ntwo\nthree|lead", "three|lead", true},
		{"changed|help", "changed", false},
		{"changed\nmore|help", "more", true},
	} {
		parts, joined := g.fresh(strings.Split(step.all, "|"))
		if got := strings.Join(parts, "|"); got != step.want || joined != step.joined {
			t.Errorf("of %q: got %q, %v, want %q, %v", step.all, got, joined, step.want, step.joined)
		}
	}
}
