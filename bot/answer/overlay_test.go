package answer_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"porchlight/bot"
)

// topicFile is a topic as an organisation would add it.
func topicFile(id, lang, title, more string, asks ...string) (name string, file *fstest.MapFile) {
	text := "---\nid: " + id + "\nlang: " + lang + "\nsection: rights\ntitle: " + title +
		"\nkind: answer\naudience: [worker]\nasks:\n"
	for _, a := range asks {
		text += "  - " + a + "\n"
	}
	text += "help: [nhth]\nhelp_level: line\nrelated: []\nsources: [general-knowledge]\nas_of: 2026-11-23\n" +
		"archived: false\nreview_by: 2027-02-23\nreview: drafted\n---\n" + more
	return "topics/" + id + "." + lang + ".md", &fstest.MapFile{Data: []byte(text)}
}

// quixotal is a topic that only one language has.
func quixotal(lang string) fstest.MapFS {
	asks := []string{
		"quixotal fund", "what is the quixotal fund", "money from the quixotal fund", "quixotal fund rules",
		"who may use the quixotal fund", "quixotal help", "apply to quixotal", "quixotal office",
	}
	body := "The quixotal fund lends tools to workers.\n\n- It is open in spring.\n- It is free.\n- Bring a friend.\n" +
		"- Bring a bag.\n- Bring a list.\n- It closes in winter.\n"
	if lang == "es" {
		asks = []string{
			"fondo quixotal", "qué es el fondo quixotal", "dinero del fondo quixotal", "reglas del fondo quixotal",
			"quién puede usar el fondo quixotal", "ayuda quixotal", "solicitar quixotal", "oficina quixotal",
		}
		body = "El fondo quixotal presta herramientas.\n\n- Abre en primavera.\n- Es gratis.\n- Traiga un amigo.\n" +
			"- Traiga una bolsa.\n- Traiga una lista.\n- Cierra en invierno.\n"
	}
	name, file := topicFile("quixotal-fund", lang, "Quixotal", body, asks...)
	return fstest.MapFS{name: file}
}

// TestOnlyInAnotherLanguage asks in one language for what only the other has:
// it is given, the reader is told so, and can go on about it.
func TestOnlyInAnotherLanguage(t *testing.T) {
	for _, test := range []struct{ has, asks, question, told, text, more, rest string }{
		{"en", "es", "what is the quixotal fund", "Esto solo lo tengo en inglés", "lends tools", "dime más", "closes in winter"},
		{"es", "en", "qué es el fondo quixotal", "I have this only in Spanish", "presta herramientas", "tell me more", "Cierra en invierno"},
	} {
		t.Run(test.asks, func(t *testing.T) {
			p := pipeline(t, overlaid(t, quixotal(test.has)))
			ask(t, p, do("c", bot.SetLanguage, test.asks))
			for _, m := range []bot.Message{do("c", bot.ShowTopic, "quixotal-fund"), say("c", test.question)} {
				r := ask(t, p, m)
				if r.Kind != bot.Answer || r.Lang != test.asks || !strings.Contains(r.Plain(), test.text) {
					t.Errorf("%s %s: %s", r.Kind, r.Lang, r.Plain())
				}
				if !strings.HasPrefix(r.Lead, test.told) {
					t.Errorf("not told: %q", r.Lead)
				}
			}
			if r := ask(t, p, say("c", test.more)); !strings.Contains(r.Plain(), test.rest) {
				t.Errorf("no more of it: %s", r.Plain())
			}
			if r := ask(t, p, say("c", test.more)); r.Kind == bot.OffTopic || len(r.Sections) > 0 {
				t.Errorf("%s: %s", r.Kind, r.Plain())
			}
		})
	}
}

// TestInItsOwnLanguage shows that the same topic needs no such words at home.
func TestInItsOwnLanguage(t *testing.T) {
	p := pipeline(t, overlaid(t, quixotal("en")))
	if r := ask(t, p, say("c", "what is the quixotal fund")); r.Kind != bot.Answer || r.Lead != "" || r.Lang != "en" {
		t.Errorf("%s %s %q", r.Kind, r.Lang, r.Lead)
	}
}

// TestHidden takes a topic and help lines away: neither is shown, offered nor
// said to be there, whatever is asked.
func TestHidden(t *testing.T) {
	p := pipeline(t, overlaid(t, fstest.MapFS{"hide.yaml": {Data: []byte(
		"topics: [t-visa, in-danger-now, mental-health-crisis, i-think-it-is-me, worried-about-someone, what-are-you, off-topic-and-harmful, languages]\n" +
			"resources: [crisis-text-line, childhelp, nrs, uscis-contact, hsi-tip-line-866]\n")}}))
	hidden := []string{"t-visa", "in-danger-now", "crisis-text-line"}
	for i, text := range []string{
		"what is a t visa", "what is a u visa", "yes", "he has a gun and wont let us leave", "i want to kill myself",
		"i think i am being trafficked", "i am 14 and they make me work nights", "are you a person", "what can you do", "hello",
		"qwzx blorf ptang", "qué es la visa T", "me quiero morir", "y en español?", "tell me more", "3",
	} {
		for _, conv := range []string{"one", text} {
			r := ask(t, p, say(conv, text))
			for _, id := range append(topicsOf(r), resourcesOf(r)...) {
				for _, h := range hidden {
					if id == h {
						t.Errorf("turn %d %q: %s is shown", i, text, h)
					}
				}
			}
			for _, s := range r.Suggestions {
				if s.Topic == "t-visa" {
					t.Errorf("turn %d %q: a hidden topic is offered", i, text)
				}
			}
		}
	}
	if r := ask(t, p, do("c", bot.ShowTopic, "t-visa")); r.Kind != bot.NoAnswer {
		t.Errorf("a hidden topic is %s", r.Kind)
	}
	if r := ask(t, p, say("u", "i want to kill myself")); r.Kind != bot.SelfHarm || !strings.Contains(r.Lead, "988") {
		t.Errorf("%s: %q", r.Kind, r.Lead)
	}
}

// TestContentChanges replaces the content between two turns.
func TestContentChanges(t *testing.T) {
	p := pipeline(t, overlaid(t, quixotal("en")))
	ask(t, p, say("c", "what is the quixotal fund"))
	b := content(t)
	p.Base = pipeline(t, b).Base
	for _, text := range []string{"tell me more", "yes", "what is the quixotal fund", "what is a t visa"} {
		if r := ask(t, p, say("c", text)); strings.Contains(r.Plain(), "lends tools") {
			t.Errorf("%q: what is gone is still said", text)
		}
	}
}
