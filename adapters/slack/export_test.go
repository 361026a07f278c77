package slack

import "time"

// SetPings makes a socket dead after so long without a ping.
func SetPings(a *Adapter, d time.Duration) { a.pings = d }
