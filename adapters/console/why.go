package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"porchlight/bot"
)

// why is the block that tells staff how the answer came about.
func (b *builder) why(r bot.Reply) {
	e := r.Explanation
	b.line("why", bold, "", "")
	kind := string(r.Kind)
	if len(r.Flags) > 0 {
		kind += " (" + strings.Join(r.Flags, ", ") + ")"
	}
	b.fact("kind", kind)
	b.fact("mode", string(r.Mode))
	b.fact("shown to", audience(r))
	b.fact("signs", strings.Join(e.Signs, ", "))
	b.fact("language", e.Lang)
	b.fact("follow-up", e.Follow)
	b.fact("query", e.Query)
	b.fact("words", strings.Join(e.Words, ", "))
	b.candidates(e.Candidates)
	b.fact("band", e.Band)
	b.fact("chosen", e.Chosen)
	b.model(e)
	b.fact("timings", timings(e.Steps))
	b.end()
}

// model tells what a model was asked and wrote, and what the checks said of each
// sentence.
func (b *builder) model(e *bot.Explanation) {
	if e.Model == "" {
		return
	}
	b.fact("model", fmt.Sprintf("%s, %d tokens in, %d out", e.Model, e.Prompted, e.Completed))
	b.line("prompt", dim, "  ", "")
	for line := range strings.Lines(e.Prompt) {
		b.line(strings.TrimRight(line, "\n"), dim, "    ", "    ")
	}
	b.line("draft", dim, "  ", "")
	for _, d := range e.Drafts {
		verdict := "shown"
		if d.Reason != "" {
			verdict = "refused: " + d.Reason
		}
		cites := make([]string, len(d.Cites))
		for i, n := range d.Cites {
			cites[i] = strconv.Itoa(n + 1)
		}
		b.line(fmt.Sprintf("%s (doubt %.2f) [%s] %s", verdict, d.Doubt, strings.Join(cites, ","), d.Text), dim, "    ", "      ")
	}
}

const factIndent = "             " // the names of facts end here

// fact is one line of the why block; nothing to say is said by "-".
func (b *builder) fact(name, value string) {
	if value == "" {
		value = "-"
	}
	b.line(value, dim, fmt.Sprintf("  %-*s", len(factIndent)-2, name), factIndent)
}

func audience(r bot.Reply) string {
	s := "the asker alone"
	if r.Privacy == bot.Everyone {
		s = "everyone"
	}
	if r.Shareable {
		s += ", may be shared"
	}
	return s
}

// candidates is a table, or two lines a candidate where the window is narrow.
func (b *builder) candidates(cs []bot.Candidate) {
	if len(cs) == 0 {
		b.fact("candidates", "")
		return
	}
	longest := 0
	for _, c := range cs {
		longest = max(longest, len(clean(c.ID)))
	}
	head := []string{"score", "sure", "match", "cover", "like", "pair", "margin"}
	wide := b.Width == 0 || 4+longest+7*len(head) <= b.Width
	row := func(id string, cells []string) {
		if wide {
			b.row(fmt.Sprintf("    %-*s%s", longest, id, strings.Join(cells, "")))
			return
		}
		if id != "" {
			b.line(id, dim, "    ", "    ")
		}
		b.row("    " + strings.Join(cells[:4], ""))
		b.row("    " + strings.Join(cells[4:], ""))
	}
	for i, name := range head {
		head[i] = fmt.Sprintf("%7s", name)
	}
	b.line("candidates", dim, "  ", "")
	row("", head)
	for _, c := range cs {
		var cells []string
		for _, v := range []float64{c.Score, c.Confidence, c.Match, c.Coverage, c.Like, c.Pair, c.Margin} {
			cells = append(cells, fmt.Sprintf("%7.2f", v))
		}
		row(clean(c.ID), cells)
	}
}

// row is a line that keeps its columns.
func (b *builder) row(s string) {
	b.now = append(b.now, b.paint(strings.TrimRight(strings.ReplaceAll(s, "\n", " "), " "), dim))
}

func timings(steps []bot.Step) string {
	var parts []string
	for _, s := range steps {
		parts = append(parts, fmt.Sprintf("%s %s", s.Name, s.Took.Round(time.Microsecond)))
	}
	return strings.Join(parts, ", ")
}
