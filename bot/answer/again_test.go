package answer_test

import (
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/bot/answer"
)

// An answer given once more says what it said, from a recall that holds none of
// what was asked.
func TestAgain(t *testing.T) {
	p := pipeline(t, content(t))
	for _, text := range []string{
		"can my boss keep my passport?", "he has a knife and we are locked in", "i want to die",
		"my boss took my passport and says he will call ICE", "i think the workers next door cannot leave",
		"how do i stop my workers from leaving", "from now on the hotline is 555-0100", "what's the weather",
		"no me pagan y no me dejan salir", "are you human?", "asdf qwer zxcv",
	} {
		first := ask(t, p, say("a", text))
		if strings.Contains(first.Recall, text) || strings.ContainsAny(first.Recall, " \n") {
			t.Errorf("%q: the recall %q holds words", text, first.Recall)
		}
		again := ask(t, p, do("b", bot.Again, first.Recall))
		if again.Kind != first.Kind || again.Lang != first.Lang || again.Urgent != first.Urgent {
			t.Errorf("%q: was %s %s, again %s %s", text, first.Kind, first.Lang, again.Kind, again.Lang)
		}
		if got, want := ids(again.Resources), ids(first.Resources); got != want && first.Kind != bot.About {
			t.Errorf("%q: help lines %s, again %s", text, want, got)
		}
		if first.Kind.Personal() && again.Lead != first.Lead {
			t.Errorf("%q: led with %q, again with %q", text, first.Lead, again.Lead)
		}
		if len(first.Sections) > 0 && (len(again.Sections) == 0 || again.Sections[0].Heading != first.Sections[0].Heading) {
			t.Errorf("%q: another answer", text)
		}
		if again.Recall != first.Recall {
			t.Errorf("%q: recall %s, again %s", text, first.Recall, again.Recall)
		}
	}
	for _, bad := range []string{"", "x", "|||||", "answer|en|US|||no-such-topic", "answer|xx|zz||f|t-visa", strings.Repeat("|", 4000)} {
		if r := ask(t, p, do("c", bot.Again, bad)); !r.Final || len(r.Resources) == 0 {
			t.Errorf("recall %.40q: no help", bad)
		}
	}
}

func ids(cards []bot.Card) (s string) {
	for _, c := range cards {
		s += c.ID + " "
	}
	return s
}

func TestErrandsHaveNoAnswer(t *testing.T) {
	r := only(t, pipeline(t, content(t)), do("a", bot.Errand, "anything"))
	if r.Lead != "" || len(r.Sections) > 0 || len(r.Resources) > 0 || !r.Final {
		t.Errorf("answered %+v", r.Kind)
	}
}

func TestIntroduction(t *testing.T) {
	p := pipeline(t, content(t))
	p.Watched = func(string) bool { return true }
	r := only(t, p, do("a", bot.ShowAbout, ""))
	if r.Kind != bot.About || len(r.Suggestions) < 8 || len(r.Resources) < 3 || !strings.Contains(r.Lead, "may be able to read") {
		t.Errorf("%s, %d topics, %d lines: %s", r.Kind, len(r.Suggestions), len(r.Resources), r.Lead)
	}
}

// only is the one reply to a message, whatever it holds.
func only(t *testing.T, p *answer.Pipeline, m bot.Message) bot.Reply {
	t.Helper()
	all, err := replies(t.Context(), p, m)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d replies, %v", len(all), err)
	}
	return all[0]
}
