package discord

import (
	"sync"
	"testing"

	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/conversation"
	"porchlight/knowledge"
	"porchlight/prompts"
)

var embedded = sync.OnceValues(func() (*knowledge.Base, error) {
	return knowledge.Load(knowledge.Embedded())
})

func content(t testing.TB) *knowledge.Base {
	t.Helper()
	b, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pipeline answers as the program does.
func pipeline(t testing.TB) *answer.Pipeline {
	t.Helper()
	b := content(t)
	phrases, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return answer.New(func() *knowledge.Base { return b }, conversation.NewInMemory(0, 0, nil), phrases)
}

// asked are the messages that the samples answer, by name.
var asked = map[string]bot.Message{
	"danger":     {Text: "help me, he locked us in and he has a gun"},
	"deaf":       {Text: "I am deaf and he locked us in and has a gun, I cannot call"},
	"chinese":    {Text: "救命，他把我们锁在屋里，他有枪"},
	"self_harm":  {Text: "ya no quiero vivir, quiero morir", Lang: "es"},
	"disclosure": {Text: "my boss took my passport and he says I owe him money, I can't leave"},
	"tip":        {Text: "I think my neighbors keep a maid who never leaves the house, what can I do for her?"},
	"refusal":    {Text: "how can I keep my workers' passports so they do not run away"},
	"answer":     {Text: "Can my employer keep my passport?"},
	"spanish":    {Text: "¿Cuáles son las señales de la trata laboral?", Lang: "es"},
	"archived":   {Text: "What was the Blue Campaign doing in November 2014?"},
	"no_answer":  {Text: "what is the phone number of the sheriff in Boise"},
	"off_topic":  {Text: "what will the weather be tomorrow"},
	"about":      {Command: bot.ShowAbout},
	"directory":  {Command: bot.ShowHelp, Text: "US"},
	"topics":     {Command: bot.ShowTopic},
}

// samples are replies of every shape, as the pipeline gives them.
func samples(t testing.TB) map[string]bot.Reply {
	t.Helper()
	p := pipeline(t)
	out := map[string]bot.Reply{"long": long100(t, p)}
	for name, m := range asked {
		out[name] = replied(t, p, name, m)
	}
	growing := out["danger"]
	growing.Final = false
	out["growing"] = growing
	return out
}

func replied(t testing.TB, p *answer.Pipeline, name string, m bot.Message) (last bot.Reply) {
	t.Helper()
	m.ID, m.Conversation, m.Private = bot.MessageID(name), bot.ConversationID(name), true
	m.From.Adapter = "discord"
	for r, err := range p.Answer(t.Context(), m) {
		if err != nil {
			t.Fatal(err)
		}
		last = r
	}
	return last
}

// long100 is an answer of a hundred sections, more than fits.
func long100(t testing.TB, p *answer.Pipeline) bot.Reply {
	r := replied(t, p, "long", asked["answer"])
	for _, topic := range content(t).Topics("en") {
		if len(r.Sections) < 100 {
			r.Sections = append(r.Sections, replied(t, p, topic.ID, bot.Message{Command: bot.ShowTopic, Text: topic.ID}).Sections...)
		}
	}
	return r
}
