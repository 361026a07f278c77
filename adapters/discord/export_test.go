package discord

import "time"

// SetPace makes the waits of the gateway as long, each but the lease of a shard,
// which is three times that.
func SetPace(a *Adapter, d time.Duration) {
	a.pace.lease, a.pace.renew, a.pace.gap, a.pace.first = 3*d, d, d, d
}

// SetPatience is how long a connection may take to open, and be silent.
func SetPatience(a *Adapter, open, silent time.Duration) { a.pace.open, a.pace.silent = open, silent }
