package slack

import (
	"time"

	"porchlight/bot"
)

// SetPings makes a socket dead after so long without a ping.
func SetPings(a *Adapter, d time.Duration) { a.pings = d }

// SetRest has Slack be asked again so soon whether a refused token is good.
func SetRest(a *Adapter, d time.Duration) { a.gate.rest = d }

// SetBeat has answers grow at another rhythm.
func SetBeat(a *Adapter, hold, each time.Duration) { a.beat = rhythm{hold, each} }

// SharedLane tells whether what is said in two conversations is stored one after the
// other.
func SharedLane(a, b bot.Message) bool { return laneOf(a.Conversation) == laneOf(b.Conversation) }
