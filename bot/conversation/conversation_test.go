package conversation_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/conversation"
)

// clock is a time that moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func save(t *testing.T, m conversation.Memory, id bot.ConversationID, s conversation.State) {
	t.Helper()
	if err := m.Save(t.Context(), "", id, s); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, m conversation.Memory, id bot.ConversationID) conversation.State {
	t.Helper()
	s, err := m.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// topic is a state after one turn on a topic.
func topic(id string) conversation.State {
	return conversation.State{}.With(conversation.Turn{Kind: bot.Answer, Topics: []string{id}, Lang: "en"})
}

// about is the topic that a conversation is remembered to be on, or "".
func about(t *testing.T, m conversation.Memory, id bot.ConversationID) string {
	t.Helper()
	last, ok := load(t, m, id).Last()
	if !ok {
		return ""
	}
	return last.Topics[0]
}

func TestKeepsAndReplaces(t *testing.T) {
	m := conversation.NewInMemory(0, 0, nil)
	if s := load(t, m, "a"); !reflect.DeepEqual(s, conversation.State{}) {
		t.Errorf("a new conversation has %+v", s)
	}
	full := conversation.State{Pinned: "es", Country: "MX", Turns: []conversation.Turn{{
		Kind: bot.Tip, Topics: []string{"x", "y"}, Offered: []bot.Suggestion{{Label: "l", Text: "t", Topic: "z"}}, Lang: "es",
	}}}
	save(t, m, "a", full)
	save(t, m, "b", topic("u-visa"))
	if s := load(t, m, "a"); !reflect.DeepEqual(s, full) {
		t.Errorf("saved %+v, loaded %+v", full, s)
	}
	save(t, m, "a", topic("t-visa"))
	if got := about(t, m, "a"); got != "t-visa" {
		t.Errorf("replaced by %q", got)
	}
	if got := about(t, m, "b"); got != "u-visa" {
		t.Errorf("another conversation has %q", got)
	}
}

func TestLifetime(t *testing.T) {
	c := newClock()
	m := conversation.NewInMemory(0, time.Hour, c.time)
	save(t, m, "a", topic("t-visa"))
	c.pass(time.Hour)
	if about(t, m, "a") != "t-visa" {
		t.Error("gone within its lifetime")
	}
	c.pass(time.Nanosecond)
	if about(t, m, "a") != "" {
		t.Error("kept beyond its lifetime")
	}
	if e, err := m.Forget(t.Context(), "", "a"); e.Conversations > 0 || err != nil {
		t.Errorf("what was too old is still there: %+v %v", e, err)
	}
}

func TestSavingRenewsLifetimeAndReadingDoesNot(t *testing.T) {
	c := newClock()
	m := conversation.NewInMemory(0, time.Hour, c.time)
	save(t, m, "renewed", topic("t-visa"))
	save(t, m, "read", topic("u-visa"))
	c.pass(40 * time.Minute)
	save(t, m, "renewed", topic("t-visa"))
	load(t, m, "read")
	c.pass(40 * time.Minute)
	if about(t, m, "renewed") == "" {
		t.Error("a turn did not renew the lifetime")
	}
	if about(t, m, "read") != "" {
		t.Error("reading renewed the lifetime")
	}
}

func TestDefaultLifetime(t *testing.T) {
	c := newClock()
	m := conversation.NewInMemory(0, 0, c.time)
	save(t, m, "a", topic("t-visa"))
	c.pass(conversation.DefaultLifetime)
	if about(t, m, "a") == "" {
		t.Error("gone within the default lifetime")
	}
	c.pass(time.Second)
	if about(t, m, "a") != "" {
		t.Error("kept beyond the default lifetime")
	}
}

func TestForgetTellsOfWhatIsThere(t *testing.T) {
	m := conversation.NewInMemory(0, 0, nil)
	forget := func(want bool) {
		t.Helper()
		e, err := m.Forget(t.Context(), "", "a")
		if err != nil || (e.Conversations > 0) != want {
			t.Errorf("there was one: %+v, %v; want %t", e, err, want)
		}
	}
	forget(false)
	save(t, m, "a", topic("t-visa"))
	forget(true)
	forget(false)
	if about(t, m, "a") != "" {
		t.Error("not forgotten")
	}
}

func TestBound(t *testing.T) {
	m := conversation.NewInMemory(3, 0, nil)
	for _, id := range []bot.ConversationID{"a", "b", "c"} {
		save(t, m, id, topic("t-visa"))
	}
	save(t, m, "a", topic("u-visa")) // so b has been silent for longest
	save(t, m, "d", topic("t-visa"))
	for id, want := range map[bot.ConversationID]string{"a": "u-visa", "b": "", "c": "t-visa", "d": "t-visa"} {
		if got := about(t, m, id); got != want {
			t.Errorf("%s is about %q, want %q", id, got, want)
		}
	}
}

func TestDefaultBound(t *testing.T) {
	m := conversation.NewInMemory(0, 0, nil)
	for i := range 10_001 {
		save(t, m, bot.ConversationID(fmt.Sprint(i)), topic("t-visa"))
	}
	if about(t, m, "0") != "" || about(t, m, "1") == "" || about(t, m, "10000") == "" {
		t.Error("not the silent one went")
	}
}

// TestOldOnesGoWithoutBeingAskedFor expects that memory is not filled by what
// nobody comes back to.
func TestOldOnesGoWithoutBeingAskedFor(t *testing.T) {
	c := newClock()
	m := conversation.NewInMemory(10, time.Hour, c.time)
	for i := range 10 {
		save(t, m, bot.ConversationID(fmt.Sprint(i)), topic("t-visa"))
	}
	c.pass(2 * time.Hour)
	save(t, m, "new", topic("u-visa"))
	for i := range 10 {
		if e, err := m.Forget(t.Context(), "", bot.ConversationID(fmt.Sprint(i))); e.Conversations > 0 || err != nil {
			t.Errorf("%d is still there: %v", i, err)
		}
	}
	if about(t, m, "new") == "" {
		t.Error("the new one went with the old")
	}
}

func TestForgetErasesAllOfAPerson(t *testing.T) {
	m := conversation.NewInMemory(0, 0, nil)
	for id, person := range map[bot.ConversationID]bot.PersonID{"a": "ann", "b": "ann", "c": "bea", "d": ""} {
		if err := m.Save(t.Context(), person, id, topic("t-visa")); err != nil {
			t.Fatal(err)
		}
	}
	if e, err := m.Forget(t.Context(), "ann", "a"); e.Conversations != 2 || err != nil {
		t.Errorf("%+v, %v; want 2 conversations", e, err)
	}
	if about(t, m, "b") != "" || about(t, m, "c") == "" || about(t, m, "d") == "" {
		t.Error("erased too little or too much")
	}
}

func TestWithKeepsTheLastTurns(t *testing.T) {
	s := conversation.State{Pinned: "es", Country: "MX"}
	before := s.With(conversation.Turn{Lang: "0"})
	s = before
	for i := 1; i < 7; i++ {
		s = s.With(conversation.Turn{Lang: fmt.Sprint(i)})
	}
	if len(s.Turns) != conversation.MaxTurns || s.Turns[0].Lang != "3" || s.Pinned != "es" || s.Country != "MX" {
		t.Errorf("%+v", s)
	}
	if last, ok := s.Last(); !ok || last.Lang != "6" {
		t.Errorf("the last turn is %+v, %t", last, ok)
	}
	if len(before.Turns) != 1 || before.Turns[0].Lang != "0" {
		t.Errorf("an older state has changed: %+v", before)
	}
	// Two futures of one state do not meet in one array.
	a, b := s.With(conversation.Turn{Lang: "a"}), s.With(conversation.Turn{Lang: "b"})
	if x, _ := a.Last(); x.Lang != "a" {
		t.Errorf("one future wrote into the other: %+v %+v", a, b)
	}
	if _, ok := (conversation.State{}).Last(); ok {
		t.Error("a new conversation has a last turn")
	}
}

// TestGoroutines is for the race detector.
func TestGoroutines(t *testing.T) {
	c := newClock()
	m := conversation.NewInMemory(16, time.Minute, c.time)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				id := bot.ConversationID(fmt.Sprint((g + i) % 24))
				s, err := m.Load(t.Context(), id)
				if err != nil {
					t.Error(err)
				}
				if err := m.Save(t.Context(), "", id, s.With(conversation.Turn{Topics: []string{string(id)}})); err != nil {
					t.Error(err)
				}
				for _, turn := range s.Turns {
					if turn.Topics[0] != string(id) {
						t.Errorf("%s holds a turn of %s", id, turn.Topics[0])
					}
				}
				if i%50 == 0 {
					if _, err := m.Forget(t.Context(), "", id); err != nil {
						t.Error(err)
					}
					c.pass(time.Second)
				}
			}
		})
	}
	wg.Wait()
}
