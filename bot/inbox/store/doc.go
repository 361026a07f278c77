// Package store is the durable inbox: one database, in the process (SQLite) or
// beside it (Postgres), that holds what people asked until it is answered, what
// conversations need to be followed, and little else.
//
// It knows rows, times and leases. It must not know what a message says, who
// answers it, or which platform it is from.
//
// # What it promises
//
// Put returns once the message is on disk, and only then may a platform be told
// "received". A message is marked as handed out, on disk, before anything can be
// posted for it; so whoever gets it a second time knows to ask the platform
// whether the answer stands already (bot.Handed). "Answered" and the memory of
// the conversation are one commit, guarded by the number of the try, so a worker
// that lost its hold changes nothing. A process that dies at any moment loses
// nothing and, with that question to the platform, answers nothing twice.
//
// What is asked and where the answer goes is sealed and is gone with the answer;
// pseudonyms and times stay for a day, so that a repeated event is known, and
// the memory of a conversation two hours. Forget erases at once.
//
// # Why
//
// Measured before it was built: a broker beside a key-value store answered twice
// after a kill (its count of deliveries is written late) and kept erased texts
// on disk; the usual synchronous=NORMAL lost half of what it had acknowledged in
// a power cut. One table in one database, with every promise a row in a
// transaction, did neither, and was faster. SQLite has one writer goroutine that
// commits whatever waits, so one sync of the disk serves many.
//
// # Backup
//
// Do not back up the directory: nothing in it outlives a day but counters and
// settings, and a copy would keep what was erased. Keep the master key (file
// "key" in the directory unless you gave another) where only you can read it.
// Of a Postgres, leave out the table "epoch" (pg_dump --exclude-table-data=epoch)
// and keep its archived logs no longer than a week: with the master key and that
// table, sealed texts in them could still be opened.
//
// # Keys
//
// One master key wraps a random key per day, one for pseudonyms and one for sealed
// settings, such as the tokens of workspaces. A day's key is dropped after two
// days, and with it all that it sealed, wherever a copy may lie; the other two
// stay. To change the master key: stop every process, run `porchlight rekey`, start
// with the new key. A lost master key loses what is open; remove the store then,
// and start anew.
//
// # Upgrade
//
// The schema only grows, and changes itself at start under a lock: old and new
// programs run side by side. Stop a process with SIGTERM: it finishes what it has
// in hand and leaves the rest stored.
//
// # Size
//
// One machine with SQLite holds out far longer than one workspace asks: see the
// benchmarks (go test -bench . ./bot/inbox/store). Use Postgres when more than one
// process is to run. Watch the age of the oldest open message; more than a minute
// means that something is wrong.
package store

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"time"

	"porchlight/bot"
	"porchlight/bot/conversation"
)

// Options of a store. The zero value is what a bot is run with.
type Options struct {
	// Workers is how many messages one call of Work has in hand at once; 0 means 32.
	Workers int
	// Lease is how long a message may be in hand; do gets less, so that it has
	// ended before another process may take the message. 0 means one minute.
	Lease time.Duration
	// Grace is how long what is in hand may go on once Work was told to end; 0
	// means 25 seconds.
	Grace time.Duration
	// Tries is how many errors a message may end in before it is buried, the
	// last of them with the fixed help text; 0 means 20, which is about an hour. A
	// bot.LaterError is none of them for as long as Known.
	Tries int
	// Crashes is how many processes may die with a message in hand before it gets
	// the fixed help text instead of an answer; 0 means 3.
	Crashes int
	// Backoff is how long a message rests after its nth error, n from 1. nil means
	// about one second, doubling up to five minutes.
	Backoff func(n int) time.Duration
	// Person and Talk are how many messages of one person and in one conversation
	// are answered at once within Window; what comes beyond waits its turn. 0
	// means 12 and 30 within a minute, less than 0 no limit.
	Person, Talk int
	Window       time.Duration
	// MaxOpen is how many open messages a conversation has at most: the texts of
	// more are joined to the last one. 0 means 20.
	MaxOpen int
	// Rush tells of a message that no limit holds up; nil means none.
	Rush func(bot.Message) bool
	// Lifetime is how long a conversation is remembered after its last turn; 0
	// means conversation.DefaultLifetime. More than a day is a day.
	Lifetime time.Duration
	// Known is how long an answered id is known; 0 means 25 hours, an hour more
	// than any platform repeats an event.
	Known time.Duration
	// Scrub is how often what was answered is wiped from SQLite's log; 0 means 10
	// seconds.
	Scrub time.Duration
	// Observe is told what happens; nil tells nobody. It must be quick.
	Observe func(Event, time.Duration)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	Log *slog.Logger // nil is silent
}

// An Event is what Observe is told of, from a fixed list.
type Event string

// The events, and what their duration is.
const (
	Stored     Event = "stored"      // a new message; how long storing took
	Duplicate  Event = "duplicate"   // a known id; 0
	Joined     Event = "joined"      // a new message, joined to one before; 0
	Delayed    Event = "delayed"     // a new message that a limit holds up; for how long
	Taken      Event = "taken"       // since it was stored
	TakenAgain Event = "taken_again" // the same, but not for the first time
	Answered   Event = "answered"    // since it was stored
	Failed     Event = "failed"      // how long it rests
	Buried     Event = "buried"      // since it was stored
	Forgotten  Event = "forgotten"   // an open message whose person asked to be forgotten; 0
	Refused    Event = "refused"     // a Put that failed: the platform is told no; 0
)

func (o Options) defaults() Options {
	o.Workers = cmp.Or(o.Workers, 32)
	o.Lease = cmp.Or(o.Lease, time.Minute)
	o.Grace = cmp.Or(o.Grace, 25*time.Second)
	o.Tries = cmp.Or(o.Tries, 20)
	o.Crashes = cmp.Or(o.Crashes, 3)
	o.Person = cmp.Or(o.Person, 12)
	o.Talk = cmp.Or(o.Talk, 30)
	o.Window = cmp.Or(o.Window, time.Minute)
	o.MaxOpen = cmp.Or(o.MaxOpen, 20)
	o.Lifetime = min(cmp.Or(o.Lifetime, conversation.DefaultLifetime), 24*time.Hour)
	o.Known = cmp.Or(o.Known, 25*time.Hour)
	o.Scrub = cmp.Or(o.Scrub, 10*time.Second)
	if o.Backoff == nil {
		o.Backoff = func(n int) time.Duration {
			d := min(time.Second<<min(n-1, 10), 5*time.Minute)
			return d/2 + rand.N(d)
		}
	}
	if o.Observe == nil {
		o.Observe = func(Event, time.Duration) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// longest is how far ahead a message can be due; what is due later than that was
// moved there by a clock.
func (o Options) longest() time.Duration { return max(15*time.Minute, 2*o.Lease) }

// longestMemory is how far ahead the end of a memory can be; what ends later was
// written before a clock was put back. The minute is for processes whose clocks
// differ a little: none must take what another has just written for that.
func (o Options) longestMemory() time.Duration { return o.Lifetime + time.Minute }
