package discord

import (
	"time"

	"porchlight/bot"
)

// SetPace makes the waits of the gateway as long, each but the lease of a shard,
// which is three times that.
func SetPace(a *Adapter, d time.Duration) {
	a.pace.lease, a.pace.renew, a.pace.gap, a.pace.first, a.pace.calm, a.pace.keep = 3*d, d, d, d, d, d
}

// SetBeat has answers grow at another beat.
func SetBeat(a *Adapter, hold, each time.Duration) { a.beat = beat{hold, each} }

// Paced are replies at the beat that people see, ErrHalted what comes when they are
// halted.
func Paced(replies bot.Replies, halt <-chan struct{}) bot.Replies { return paced(replies, calm, halt) }

// ErrHalted is what comes when replies are halted.
var ErrHalted = errHalted

// SetPatience is how long a connection may take to open, and be silent.
func SetPatience(a *Adapter, open, silent time.Duration) { a.pace.open, a.pace.silent = open, silent }

// SetKeep is how long a connection rests between two savings of how far it was heard.
func SetKeep(a *Adapter, d time.Duration) { a.pace.keep = d }

// SetSettling is how much of what was read is read again.
func SetSettling(a *Adapter, d time.Duration) { a.history.settling = d }

// SetMisses is how many refused requests there may be, and how many of interactions.
func SetMisses(a *Adapter, most, last int) { a.rest.bad.most, a.rest.bad.last = most, last }

// Rate is how many calls a second are made at most.
func Rate(a *Adapter) float64 {
	return a.rest.global.rate()
}

// Regain passes time for the rate.
func Regain(a *Adapter, d time.Duration) {
	a.rest.global.mu.Lock()
	defer a.rest.global.mu.Unlock()
	a.rest.global.quicken(time.Now().Add(d))
}

// Buckets is how many limits are remembered.
func Buckets(a *Adapter) int {
	a.rest.mu.Lock()
	defer a.rest.mu.Unlock()
	return a.rest.buckets.Len()
}

// Remember is a call of a route, as far as its limit is concerned.
func Remember(a *Adapter, route string) { a.rest.bucket(route) }

// TakeOver is how long the shards of a process that died are nobody's at most.
func TakeOver() time.Duration { return usual.lease + usual.renew }

// Growing is how many answers grow.
func Growing(a *Adapter) (n int) {
	a.growing.Range(func(any, any) bool { n++; return true })
	return n
}

// Room tells whether there is room for a part of an answer in a bucket.
func Room(left, limit, waiting int) bool {
	b := &bucket{left: left, limit: limit, known: true, reset: time.Now().Add(time.Hour)}
	b.waiting.Add(int32(waiting))
	return b.roomy()
}

// SharedLane tells whether what is said in two conversations is stored one after the
// other.
func SharedLane(a, b bot.Message) bool {
	return laneOf(string(a.Conversation)) == laneOf(string(b.Conversation))
}
