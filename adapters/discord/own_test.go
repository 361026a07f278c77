package discord

import (
	"testing"
	"time"
)

// TestOwnCalls expects the calls by which the program begins and logs in not to wait
// behind answers, however many those are.
func TestOwnCalls(t *testing.T) {
	r := newREST("http://localhost/", "t", nil)
	now := time.Now()
	for range usualRate {
		if _, d := r.global.take(now); d > 0 {
			t.Fatal("no slot")
		}
	}
	r.waiting.Store(mostWaiting)
	if _, _, err := r.try(call{route: "post"}, &bucket{}, now.Add(longestWait+time.Second)); err == nil {
		t.Error("an answer found room")
	}
	if _, d, err := r.try(call{route: "gateway", own: true}, &bucket{}, now.Add(longestWait)); d > 0 || err != nil {
		t.Errorf("waits %v, %v", d, err)
	}
	r.until = now.Add(time.Minute)
	if _, _, err := r.try(call{route: "gateway", own: true}, &bucket{}, now.Add(longestWait)); err == nil {
		t.Error("called though Discord lets nobody")
	}
}
