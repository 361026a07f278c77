package answer

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/bot/conversation"
	"porchlight/knowledge"
	"porchlight/knowledge/index"
	"porchlight/prompts"
)

var (
	learn  = flag.Bool("learn", false, "learn how follow-ups are tied and write follow.weights.tsv")
	folder = flag.String("conversations", "testdata", "folder of the conversations to learn from and to ask")
	misses = flag.Bool("misses", false, "print the conversations that go wrong")
)

// learnedGoal is the share of the conversations learned from that must go right.
// It says that the weights belong to the traits, not how well strangers fare.
const learnedGoal = 0.75

// How the weights are learned.
const (
	steps        = 600
	ridge        = 0.003 // holds the weights down
	switchWeight = 0.3   // of a question that has nothing to do with what was before
)

// exchange is a conversation and the topics of which any answers its last message.
type exchange struct {
	turns, topics []string
	weight        float64
}

// offTopic tells whether declining is as good an answer.
func (e exchange) offTopic() bool { return slices.Contains(e.topics, ownSubject) }

// fields reads the lines of a file that hold a tab, which parts them.
func fields(t testing.TB, file string) (out [][2]string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if a, b, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			out = append(out, [2]string{a, b})
		}
	}
	return out
}

// exchanges are the conversations of a language.
func exchanges(t testing.TB, lang string) (out []exchange) {
	t.Helper()
	for _, f := range fields(t, filepath.Join(*folder, "follow."+lang+".tsv")) {
		ids := strings.Split(strings.TrimPrefix(f[1], "topic="), ",")
		out = append(out, exchange{strings.Split(f[0], " >> "), ids, 1})
	}
	return out
}

// switches are questions that stand by themselves, each after another topic:
// what somebody asks anew must not be tied to what was said before.
func switches(t testing.TB, b *knowledge.Base, lang string) (out []exchange) {
	t.Helper()
	topics := b.Topics(lang)
	for _, f := range fields(t, "../../knowledge/testdata/dev."+lang+".tsv") {
		ids := strings.Split(f[1], ",")
		if f[1] == "-" {
			ids = []string{ownSubject}
		}
		h := fnv.New32a()
		h.Write([]byte(f[0]))
		before := topics[int(h.Sum32())%len(topics)]
		out = append(out, exchange{[]string{before.Title, f[0]}, ids, switchWeight})
	}
	return out
}

// embeddedPipeline answers from the embedded content.
func embeddedPipeline(t testing.TB) *Pipeline {
	t.Helper()
	b, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	phrases, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return New(func() *knowledge.Base { return b }, conversation.NewInMemory(0, 0, nil), phrases)
}

// answerAll gives the last reply to messages that make a conversation.
func answerAll(t testing.TB, p *Pipeline, id bot.ConversationID, turns []string) (last bot.Reply) {
	t.Helper()
	for _, text := range turns {
		for r, err := range p.Answer(t.Context(), bot.Message{Conversation: id, Text: text, Private: true}) {
			if err != nil {
				t.Fatal(err)
			}
			last = r
		}
	}
	return last
}

// lesson is what is weighed for one exchange: the traits of each candidate, and
// which of them are right.
type lesson struct {
	traits [][]float64
	right  []bool
	weight float64
}

// taught is what is weighed for the last message of an exchange; ok is false
// when nothing is, or nothing of it is right.
func taught(t testing.TB, p *Pipeline, e exchange, id bot.ConversationID) (l lesson, ok bool) {
	t.Helper()
	answerAll(t, p, id, e.turns[:len(e.turns)-1])
	text := e.turns[len(e.turns)-1]
	j := &job{Pipeline: p, m: bot.Message{Conversation: id, Text: text}, text: text}
	j.content()
	j.triage()
	j.recall(t.Context())
	j.chooseLanguage()
	last, going := j.state.Last()
	if !going || len(last.Topics) == 0 || bot.Kind(j.risk.Kind).Urgent() {
		return l, false
	}
	said := fold(text)
	if _, fixed := j.fixed(said, last); fixed {
		return l, false
	}
	before, known := j.base.Topic(last.Topics[0], j.lang)
	if !known {
		return l, false
	}
	l.weight = e.weight
	all := j.candidates(j.asked(said, before, index.Query{Text: text}))
	for i := range all {
		c := &all[i]
		var values []float64
		for _, x := range traits {
			values = append(values, x.of(c))
		}
		right := c.none() && e.offTopic() || !c.none() && slices.Contains(e.topics, c.topic.ID)
		l.traits, l.right = append(l.traits, values), append(l.right, right)
		ok = ok || right
	}
	return l, ok
}

// descend learns the weights by which a right candidate is the likeliest.
func descend(lessons []lesson) []float64 {
	w := make([]float64, len(traits))
	mean, square := make([]float64, len(w)), make([]float64, len(w))
	for step := range steps {
		slope := make([]float64, len(w))
		for _, l := range lessons {
			l.slope(w, slope)
		}
		rate := 0.05 / (1 + float64(step)/150)
		for k := range w {
			d := slope[k]/float64(len(lessons)) + ridge*w[k]
			mean[k] = 0.9*mean[k] + 0.1*d
			square[k] = 0.99*square[k] + 0.01*d*d
			w[k] -= rate * mean[k] / (math.Sqrt(square[k]) + 1e-6)
		}
	}
	return w
}

// slope adds how the loss of a lesson changes with each weight.
func (l lesson) slope(w, into []float64) {
	odds := make([]float64, len(l.traits))
	all, good := 0.0, 0.0
	for i, values := range l.traits {
		z := 0.0
		for k, v := range values {
			z += w[k] * v
		}
		odds[i] = math.Exp(min(z, 50))
		all += odds[i]
		if l.right[i] {
			good += odds[i]
		}
	}
	for i, values := range l.traits {
		d := odds[i] / all
		if l.right[i] {
			d -= odds[i] / good
		}
		for k, v := range values {
			into[k] += l.weight * d * v
		}
	}
}

// TestLearned refuses weights of other traits than there are. With -learn it
// learns them anew.
func TestLearned(t *testing.T) {
	if !*learn {
		var names []string
		for _, f := range fields(t, "follow.weights.tsv") {
			names = append(names, f[0])
		}
		if !slices.EqualFunc(names, traits, func(name string, x trait) bool { return name == x.name }) {
			t.Error("follow.weights.tsv has other traits than tie.go; run: go test ./bot/answer -run Learned -learn")
		}
		return
	}
	p := embeddedPipeline(t)
	var lessons []lesson
	for _, lang := range p.Base().Langs() {
		for i, e := range slices.Concat(exchanges(t, lang), switches(t, p.Base(), lang)) {
			if l, ok := taught(t, p, e, bot.ConversationID(fmt.Sprint(lang, i))); ok {
				lessons = append(lessons, l)
			}
		}
	}
	w := descend(lessons)
	var out strings.Builder
	out.WriteString("# What each trait of a topic weighs when a follow-up is tied to one. Do not edit; run:\n# go test ./bot/answer -run Learned -learn\n")
	for k, x := range traits {
		fmt.Fprintf(&out, "%s\t%.3f\n", x.name, w[k])
	}
	if err := os.WriteFile("follow.weights.tsv", []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestConversations holds the last reply of each conversation against what it
// is about. Those that end in danger are left to the triage.
func TestConversations(t *testing.T) {
	if *learn {
		t.Skip("the weights in use are the old ones")
	}
	p := embeddedPipeline(t)
	for _, lang := range p.Base().Langs() {
		right, n := 0, 0
		for i, e := range exchanges(t, lang) {
			if slices.Contains(e.topics, "in-danger-now") {
				continue
			}
			n++
			r := answerAll(t, p, bot.ConversationID(fmt.Sprint(lang, i)), e.turns)
			if e.answeredBy(r) {
				right++
			} else if *misses {
				t.Logf("%s: %s %v, want %v", strings.Join(e.turns, " >> "), r.Kind, r.Passages, e.topics)
			}
		}
		share := float64(right) / float64(n)
		t.Logf("%s: %d of %d right: %.3f", lang, right, n, share)
		if share < learnedGoal {
			t.Errorf("%s: %.3f of the conversations go right; the goal is %.2f", lang, share, learnedGoal)
		}
	}
}

// answeredBy tells whether a reply is a right one.
func (e exchange) answeredBy(r bot.Reply) bool {
	switch r.Kind {
	case bot.Danger, bot.SelfHarm, bot.Refusal, bot.NoAnswer:
		return false
	case bot.OffTopic:
		return e.offTopic()
	default:
		return len(r.Passages) > 0 && slices.Contains(e.topics, r.Passages[0].ID)
	}
}

// TestPhrasesLeadSomewhere expects every phrase that leads to a topic to name
// one that is there, in its language.
func TestPhrasesLeadSomewhere(t *testing.T) {
	p := embeddedPipeline(t)
	for _, lang := range p.Phrases.Langs() {
		for _, x := range p.Phrases.Follow(lang).Then {
			if _, ok := p.Base().Topic(x.Topic, lang); !ok || len(x.Ask) == 0 {
				t.Errorf("prompts/follow/%s.yaml: then: %q leads to no topic", lang, x.Topic)
			}
		}
	}
}

func TestStarts(t *testing.T) {
	for _, c := range []struct {
		words, phrase string
		want          bool
	}{
		{"who can i tell about it", "who * i tell", true},
		{"who on earth can i tell", "who * i tell", true},
		{"who i tell", "who * i tell", false},
		{"who would be the one i tell", "who * i tell", false},
		{"who", "who * i tell", false},
		{"tell me", "tell me more", false},
		{"tell me more", "tell me", true},
	} {
		if got := starts(strings.Fields(c.words), strings.Fields(c.phrase)); got != c.want {
			t.Errorf("%q starts with %q: %t", c.words, c.phrase, got)
		}
	}
}
