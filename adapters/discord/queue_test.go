package discord

import (
	"fmt"
	"testing"
	"time"

	"porchlight/bot"
)

// TestWindow expects no more calls to be counted in any second than there may be,
// however long answers take, and a call that is never answered to hold a slot for a
// while alone.
func TestWindow(t *testing.T) {
	for _, answers := range []time.Duration{0, 30 * time.Millisecond, 700 * time.Millisecond, time.Hour} {
		w, now := &window{most: usualRate}, time.Now()
		var sent []time.Time
		type open struct {
			slot
			at time.Time
		}
		var under []open
		for range 5000 {
			now = now.Add(time.Millisecond)
			for len(under) > 0 && !under[0].at.After(now) {
				under[0].done(under[0].at)
				under = under[1:]
			}
			s, wait := w.take(now)
			if wait > 0 {
				continue
			}
			sent = append(sent, now.Add(min(answers, counted))) // Discord counts it at the last moment
			under = append(under, open{s, now.Add(answers)})
		}
		for i, at := range sent {
			if n := i + usualRate; n < len(sent) && sent[n].Sub(at) < time.Second {
				t.Fatalf("answers after %v: %d calls in %v", answers, usualRate+1, sent[n].Sub(at))
			}
		}
		if least := 5 * usualRate / 2; len(sent) < least {
			t.Errorf("answers after %v: only %d calls in five seconds", answers, len(sent))
		}
	}
}

// TestWindowOfLateAnswers expects an answer that comes after all not to free the slot of
// another call.
func TestWindowOfLateAnswers(t *testing.T) {
	now := time.Now()
	w := &window{most: 1, slowed: now.Add(time.Minute)} // and no more for now
	first, _ := w.take(now)
	if _, wait := w.take(now); wait != counted+time.Second {
		t.Errorf("free in %v", wait)
	}
	now = now.Add(counted + time.Second)
	if _, wait := w.take(now); wait > 0 {
		t.Fatalf("free in %v", wait)
	}
	first.done(now)
	if _, wait := w.take(now.Add(time.Second)); wait != counted {
		t.Errorf("free in %v", wait)
	}
	slot{}.done(now)
}

func theNth(n int) bot.Message { return bot.Message{ID: bot.MessageID(fmt.Sprint(n))} }

// TestQueue expects messages to be answered in the order in which they came first, as
// many a second as may be, and each to be sent away once at most.
func TestQueue(t *testing.T) {
	const rate, all = 40, 1000
	q, began := newQueue(), time.Now()
	due := map[int]time.Duration{} // those who were sent away, and until when
	for n := range all {           // a hundred a second
		now := began.Add(time.Duration(n) * 10 * time.Millisecond)
		d, fresh := q.turn(theNth(n), now, time.Time{}, rate)
		if !fresh {
			t.Fatalf("%d may be answered already", n)
		}
		if d > moment {
			due[n] = now.Add(d).Sub(began)
		}
	}
	last := time.Duration(0)
	for n := range all {
		at, ok := due[n]
		if !ok {
			continue
		}
		if at < last {
			t.Fatalf("%d comes before one that came earlier", n)
		}
		last = at
		m := theNth(n)
		m.Handed.Again = true
		if d, _ := q.turn(m, began.Add(at-time.Second), time.Time{}, rate); d < 900*time.Millisecond {
			t.Fatalf("%d, a second too early, waits %v", n, d)
		}
		if d, fresh := q.turn(m, began.Add(at+50*time.Millisecond), time.Time{}, rate); d > 0 || !fresh {
			t.Fatalf("%d, in time, waits %v; nothing stands: %v", n, d, fresh)
		}
		if _, fresh := q.turn(m, began.Add(at+50*time.Millisecond), time.Time{}, rate); fresh {
			t.Fatalf("%d was let in twice, and nothing of the first time can stand", n)
		}
	}
	if want := all * time.Second / rate; last > want || last < want*9/10 {
		t.Errorf("all are answered after %v, want %v", last, want)
	}
	if !q.busy(began.Add(last)) || q.busy(began.Add(time.Hour)) {
		t.Error("busy at the wrong time")
	}
}

// TestQueueIsCareful expects a look for what stands wherever a message may have been in
// other hands since it was sent away.
func TestQueueIsCareful(t *testing.T) {
	q, now := newQueue(), time.Now()
	for n := range 100 {
		q.turn(theNth(n), now, time.Time{}, 10)
	}
	again := func(n int) bot.Message {
		m := theNth(n)
		m.Handed.Again = true
		return m
	}
	if _, fresh := q.turn(again(1000), now, time.Time{}, 10); fresh {
		t.Error("of one that was elsewhere before")
	}
	if d, fresh := q.turn(again(50), now.Add(time.Minute), time.Time{}, 10); fresh || d > 0 {
		t.Errorf("of one that comes late; it waits %v", d)
	}
}

// TestQueueBehindAPause expects nobody to be let in while Discord lets nobody, all of
// them to come one after the other then, and nobody to be told a time too far away.
func TestQueueBehindAPause(t *testing.T) {
	q, now := newQueue(), time.Now()
	open := now.Add(20 * time.Second)
	seen := map[time.Duration]bool{}
	for n := range 20_000 {
		d, _ := q.turn(theNth(n), now, open, 40)
		if d < 20*time.Second && d < longestRest/2 || d > longestRest {
			t.Fatalf("%d waits %v", n, d)
		}
		if seen[d] && n < 1000 {
			t.Fatalf("two come after %v", d)
		}
		seen[d] = true
	}
}

// TestQueueMakesRoom expects calls that are made in any case to push the others back.
func TestQueueMakesRoom(t *testing.T) {
	q, now := newQueue(), time.Now()
	q.late(now.Add(500 * time.Millisecond))
	if d, _ := q.turn(theNth(1), now, time.Time{}, 10); d != 500*time.Millisecond {
		t.Errorf("waits %v", d)
	}
}

// TestQueueIsJumped expects those who wait for no others to be let in at once, though many
// have turns; all together to be no more than Discord takes; and those who have a turn
// to be sent away for them a few times at most.
func TestQueueIsJumped(t *testing.T) {
	const rate, calm, seconds = 40, 600, 10
	q, began := newQueue(), time.Now()
	due := map[int]time.Time{}
	for n := range calm {
		d, _ := q.turn(theNth(n), began, time.Time{}, rate)
		due[n] = began.Add(d)
	}
	let, sent := make([]int, 30), map[int]int{}
	rushed := 0
	for now := began; now.Before(began.Add(30 * time.Second)); now = now.Add(10 * time.Millisecond) {
		second := int(now.Sub(began) / time.Second)
		if second < seconds && now.Sub(began)%(50*time.Millisecond) == 0 { // twenty a second, half of what there is
			if d, fresh := q.rush(theNth(calm+rushed), now, rate); d > 0 || !fresh {
				t.Fatalf("a rush waits %v", d)
			}
			rushed++
			let[second]++
		}
		for n := range calm {
			at, ok := due[n]
			if !ok || at.After(now) {
				continue
			}
			if at.Sub(began) <= moment && sent[n] == 0 {
				delete(due, n) // in the burst
				continue
			}
			m := theNth(n)
			m.Handed.Again = true
			d, fresh := q.turn(m, now, time.Time{}, rate)
			if !fresh {
				t.Fatalf("%d is looked up", n)
			}
			if d <= moment {
				delete(due, n)
				let[second]++
				continue
			}
			sent[n]++
			if sent[n] > 6 {
				t.Fatalf("%d is sent away again and again, for %v", n, d)
			}
			due[n] = now.Add(d)
		}
	}
	if len(due) > 0 {
		t.Errorf("%d were never let in", len(due))
	}
	all := 0
	for i, n := range let {
		if all += n; all > rate*(i+1)+burst+2*rate/5 { // a moment's more may be in hand
			t.Errorf("%d by second %d", all, i)
		}
	}
	let[0] = 0
	for n := range 1000 {
		if d, _ := q.rush(theNth(5000+n), began.Add(time.Minute), rate); d == 0 {
			let[0]++
		}
	}
	if let[0] != mostJump*rate {
		t.Errorf("of many at once %d are let in", let[0])
	}
}
