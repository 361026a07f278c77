package slacktwin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// An Ack is one acknowledgement that came over a socket.
type Ack struct {
	Envelope string
	Payload  json.RawMessage
	Socket   int // the Number of the socket on which it came
	// Attempt counts from 0: 1 is the first time that it was said again.
	Attempt int
	Took    time.Duration // since it was said last
	// Dropped tells that the payload was too large, and the ack with it.
	Dropped bool
	// Again tells that the envelope was acknowledged before.
	Again bool
}

// maxAck is what an acknowledgement may measure.
const maxAck = 20 << 10

// letter is an envelope that is under way.
type letter struct {
	id      string
	event   Event
	attempt int
	said    time.Time
	sockets []int // on which it was said
	acked   bool
	lost    bool
	ack     Ack // the one that counted
	timer   *time.Timer
}

func (l *letter) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

// Send says e on one of the sockets and returns the id of the envelope. It does not
// wait. What is not acknowledged in time, and what finds no socket, is said again
// as Options.Retries has it. Sending the same Event again makes a new envelope with
// the same event id, as Slack does after an ack that it missed.
func (tw *Twin) Send(e Event) string {
	tw.mu.Lock()
	tw.serial++
	l := &letter{id: fmt.Sprintf("envelope-%d", tw.serial), event: e}
	tw.letters[l.id] = l
	tw.sent = append(tw.sent, l.id)
	tw.mu.Unlock()
	tw.say(l)
	return l.id
}

// say is one attempt.
func (tw *Twin) say(l *letter) {
	tw.mu.Lock()
	if tw.closed || l.acked {
		tw.mu.Unlock()
		return
	}
	l.said = time.Now()
	if len(tw.sockets) == 0 {
		tw.again(l)
		tw.mu.Unlock()
		return
	}
	s := tw.sockets[tw.random.IntN(len(tw.sockets))]
	l.sockets = append(l.sockets, s.Number)
	envelope := map[string]any{
		"type": l.event.Kind, "envelope_id": l.id, "payload": l.event.Payload,
		"accepts_response_payload": l.event.Kind != EventsAPI,
	}
	if l.event.Kind == EventsAPI || l.attempt > 0 {
		envelope["retry_attempt"], envelope["retry_reason"] = l.attempt, ""
	}
	if l.attempt > 0 {
		envelope["retry_reason"] = "timeout"
	}
	l.timer = time.AfterFunc(tw.options.AckWithin, func() {
		tw.mu.Lock()
		defer tw.mu.Unlock()
		tw.again(l)
	})
	tw.touch()
	tw.mu.Unlock()
	_ = s.send(envelope) // if it fails the timer sees to it
}

// again plans the next attempt, or gives up. It wants tw.mu held.
func (tw *Twin) again(l *letter) {
	repeats := l.event.Kind == EventsAPI || tw.options.RetryCommands
	switch {
	case l.acked || tw.closed:
		return
	case !repeats || l.attempt >= len(tw.options.Retries):
		l.lost = true
	default:
		l.timer = time.AfterFunc(tw.options.Retries[l.attempt], func() {
			if tw.begin() {
				defer tw.running.Done()
				tw.say(l)
			}
		})
		l.attempt++
	}
	tw.touch()
}

// acked takes an acknowledgement; s is where it came, which need not be where the
// envelope went.
func (tw *Twin) acked(s *Socket, id string, payload json.RawMessage, size int) {
	tw.mu.Lock()
	a := Ack{Envelope: id, Payload: payload, Socket: s.Number, Dropped: size >= maxAck}
	l := tw.letters[id]
	var url string
	if l != nil {
		a.Attempt, a.Again, a.Took = l.attempt, l.acked, time.Since(l.said)
		if !a.Dropped && !l.acked {
			l.acked, l.lost, l.ack = true, false, a
			l.stop()
			if l.event.Kind == SlashCommands {
				url, _ = l.event.Payload["response_url"].(string)
			}
			l.event.Payload = nil // a long run keeps no words
		}
	}
	tw.acks = append(tw.acks, a)
	if keep := tw.options.KeepCalls; keep > 0 && len(tw.acks) > 2*keep {
		tw.acks = slices.Clone(tw.acks[len(tw.acks)-keep:])
	}
	tw.touch()
	tw.mu.Unlock()
	if url != "" {
		tw.reply(url, payload)
	}
}

// Acks are the acknowledgements so far.
func (tw *Twin) Acks() []Ack {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.acks)
}

// Acked tells whether the envelope was acknowledged.
func (tw *Twin) Acked(envelope string) bool {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	l := tw.letters[envelope]
	return l != nil && l.acked
}

// AwaitAck waits until the envelope is acknowledged.
func (tw *Twin) AwaitAck(ctx context.Context, envelope string) (Ack, error) {
	var found Ack
	err := tw.Await(ctx, func() bool {
		tw.mu.Lock()
		defer tw.mu.Unlock()
		l := tw.letters[envelope]
		if l == nil || !l.acked {
			return false
		}
		found = l.ack
		return true
	})
	return found, err
}

// SaidOn are the numbers of the sockets on which the envelope was said, in order;
// as many as it had attempts that found one.
func (tw *Twin) SaidOn(envelope string) []int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if l := tw.letters[envelope]; l != nil {
		return slices.Clone(l.sockets)
	}
	return nil
}

// Waiting are the envelopes that are neither acknowledged nor given up, Lost those
// that were given up; both in the order in which they were sent.
func (tw *Twin) Waiting() []string {
	return tw.letter(func(l *letter) bool { return !l.acked && !l.lost })
}

// Lost are the envelopes that were given up.
func (tw *Twin) Lost() []string { return tw.letter(func(l *letter) bool { return l.lost }) }

func (tw *Twin) letter(which func(*letter) bool) []string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var ids []string
	for _, id := range tw.sent {
		if which(tw.letters[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}
