package answer_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// content is the embedded knowledge base, loaded once.
func content(t testing.TB) *knowledge.Base {
	t.Helper()
	b, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// overlaid is the embedded content with an overlay on top.
func overlaid(t testing.TB, overlay fs.FS) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load(knowledge.Embedded(), overlay)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pipeline answers from the content with a memory of its own.
func pipeline(t testing.TB, b *knowledge.Base) *answer.Pipeline {
	t.Helper()
	return remembering(t, b, conversation.NewInMemory(0, 0, nil))
}

func remembering(t testing.TB, b *knowledge.Base, m conversation.Memory) *answer.Pipeline {
	t.Helper()
	phrases, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return answer.New(func() *knowledge.Base { return b }, m, phrases)
}

// replies takes the whole sequence; err is the error that came with the last one.
func replies(ctx context.Context, p *answer.Pipeline, m bot.Message) (all []bot.Reply, err error) {
	for r, e := range p.Answer(ctx, m) {
		all, err = append(all, r), e
	}
	return all, err
}

// ask is the final reply to a message, which has been held against the laws.
func ask(t testing.TB, p *answer.Pipeline, m bot.Message) bot.Reply {
	t.Helper()
	all, err := replies(t.Context(), p, m)
	if err != nil {
		t.Fatalf("%.80q: %v", m.Text, err)
	}
	for _, wrong := range lawsOf(t, p.Base()).Broken(m, all) {
		t.Errorf("%.80q: %s", m.Text, wrong)
	}
	return all[len(all)-1]
}

// say is a private message of a conversation.
func say(conv, text string) bot.Message {
	return bot.Message{
		ID: bot.MessageID(conv), Conversation: bot.ConversationID(conv), Text: text, Private: true,
		From: bot.Address{Adapter: "test"},
	}
}

// do is a private command.
func do(conv string, c bot.Command, arg string) bot.Message {
	m := say(conv, arg)
	m.Command = c
	return m
}

// lines reads the lines of a data file that are not comments; none when it is
// not there.
func lines(t testing.TB, name string) (out []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(name))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// questions are all test questions of a language, and the messages that triage
// is held against, without what is wanted.
func questions(t testing.TB, lang string) (out []string) {
	t.Helper()
	for _, name := range []string{"questions", "dev"} {
		for _, line := range lines(t, "../../knowledge/testdata/"+name+"."+lang+".tsv") {
			q, _, _ := strings.Cut(line, "\t")
			out = append(out, q)
		}
	}
	if len(out) == 0 {
		t.Fatal("no questions of " + lang)
	}
	files, err := filepath.Glob("../safety/testdata/*." + lang + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		for _, line := range lines(t, name) {
			if f := strings.Split(line, "\t"); len(f) > 1 {
				out = append(out, f[1])
			}
		}
	}
	return out
}
