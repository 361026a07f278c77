package discord

import "time"

// SetPace makes the waits of the gateway as long, each but the lease of a shard,
// which is three times that.
func SetPace(a *Adapter, d time.Duration) {
	a.pace.lease, a.pace.renew, a.pace.gap, a.pace.first, a.pace.calm, a.pace.keep = 3*d, d, d, d, d, d
}

// SetPatience is how long a connection may take to open, and be silent.
func SetPatience(a *Adapter, open, silent time.Duration) { a.pace.open, a.pace.silent = open, silent }

// SetMisses is how many refused requests there may be, and how many of interactions.
func SetMisses(a *Adapter, most, last int) { a.rest.bad.most, a.rest.bad.last = most, last }

// Rate is how many calls a second are made at most.
func Rate(a *Adapter) float64 {
	a.rest.mu.Lock()
	defer a.rest.mu.Unlock()
	return float64(a.rest.global.Limit())
}

// Regain passes time for the rate.
func Regain(a *Adapter, d time.Duration) {
	a.rest.mu.Lock()
	defer a.rest.mu.Unlock()
	a.rest.quicken(time.Now().Add(d))
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
