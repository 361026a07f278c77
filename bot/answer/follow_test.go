package answer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/knowledge"
)

// followGoal is the share of last turns that must be answered right. Raise it
// as the pipeline gets better; never lower it.
const followGoal = 0.85

// TestFollowUps holds conversations against what their last turn is about.
func TestFollowUps(t *testing.T) {
	b := content(t)
	right, n := 0, 0
	for i, line := range lines(t, "../../knowledge/testdata/follow.tsv") {
		f := strings.Split(line, "\t")
		if len(f) < 4 {
			t.Fatalf("line %d: %d fields", i+1, len(f))
		}
		turns, want := f[1:len(f)-1], f[len(f)-1]
		ids, lang, ok := strings.Cut(want, "@")
		if !ok {
			lang = f[0]
		}
		p := pipeline(t, b)
		var said []string
		var r bot.Reply
		for _, text := range turns {
			r = ask(t, p, say(fmt.Sprint(i), text))
			said = append(said, fmt.Sprintf("%q (%s %v)", text, r.Kind, topicsOf(r)))
		}
		n++
		if got := topicsOf(r); len(got) > 0 && slices.Contains(strings.Split(ids, ","), got[0]) && r.Lang == lang && len(r.Sections) > 0 {
			right++
		} else {
			t.Logf("MISS %s: want %s, in %s", strings.Join(said, " > "), want, r.Lang)
		}
	}
	if n == 0 {
		t.Fatal("follow.tsv has no conversations")
	}
	share := float64(right) / float64(n)
	t.Logf("%d of %d last turns right: %.3f", right, n, share)
	if share < followGoal {
		t.Errorf("%.3f of the last turns are right; the goal is %.2f", share, followGoal)
	}
}

// TestMoreShowsTheRest asks for every topic, follows up on it with some sort of
// question, and says "tell me more" until there is no more: then each detail
// must have been shown, and "tell me more" must have repeated none.
func TestMoreShowsTheRest(t *testing.T) {
	b := content(t)
	more := map[string]string{"en": "tell me more", "es": "dime más"}
	follows := map[string][]string{
		"en": {"how long does it last?", "is it free?", "who runs it?", "when was it?", "will they tell the police?"},
		"es": {"es gratis?", "cuando vence?", "quién la maneja?", "cuándo fue?", "le dicen a la policía?"},
	}
	for _, lang := range []string{"en", "es"} {
		p := pipeline(t, b)
		for i, topic := range b.Topics(lang) {
			if topic.Kind != "answer" {
				continue
			}
			for _, follow := range []string{"", follows[lang][i%5]} {
				if what := moreOf(t, p, topic, follow, more[lang]); what != "" {
					t.Errorf("%s %s %q: %s", topic.ID, lang, follow, what)
				}
			}
		}
	}
}

// moreOf says what is wrong with a conversation about a topic, or "".
func moreOf(t *testing.T, p *answer.Pipeline, topic *knowledge.Topic, follow, more string) (wrong string) {
	t.Helper()
	conv := topic.Lang + topic.ID + follow
	shown := map[string]bool{}
	turn := func(m bot.Message, fresh bool) bot.Reply {
		m.Lang = topic.Lang
		r := ask(t, p, m)
		for _, s := range r.Sections {
			for _, d := range append(slices.Clone(s.Bullets), s.Text) {
				if fresh && shown[d] {
					wrong = fmt.Sprintf("%.60q is repeated", d)
				}
				shown[d] = true
			}
		}
		return r
	}
	turn(do(conv, bot.ShowTopic, topic.ID), false)
	if follow != "" {
		r := turn(say(conv, follow), false)
		if ids := topicsOf(r); r.Kind != bot.Answer || len(ids) != 1 || ids[0] != topic.ID {
			return "" // taken for another subject, which is tested elsewhere
		}
	}
	for range 3 {
		turn(say(conv, more), true)
	}
	for _, d := range topic.Details {
		if !shown[d] {
			return fmt.Sprintf("%.60q is never shown", d)
		}
	}
	return wrong
}
