package discord

import (
	"errors"
	"time"

	"porchlight/bot"
)

// A beat is how fast an answer that a model writes grows before people's eyes. The
// zero value shows each part as soon as it comes.
type beat struct {
	// hold is how long the first part waits for the rest: a quick model then makes one
	// post, and not a flicker of edits.
	hold time.Duration
	each time.Duration // from the end of one edit to the next, at least
}

// calm is a beat that people can read with. Discord takes about five edits in five
// seconds in a channel, of all answers there together.
var calm = beat{hold: 700 * time.Millisecond, each: 1500 * time.Millisecond}

// errHalted comes in the place of all that was still to come, because the asker wants
// no more.
var errHalted = errors.New("discord: stopped by the asker")

// grows tells whether a reply is a part of an answer that can be left out: the whole
// comes after it, and no help waits for it.
func grows(r bot.Reply) bool { return !r.Final && !r.Urgent }

// paced are replies as fast as they are to be shown. What is urgent, the final one and
// an error are never held back; of the parts of an answer the newest comes when it is
// due. Once halt is closed errHalted comes, and nothing after it. A panic of replies
// reaches the consumer, and one who stops early waits until replies has noticed, as
// with bot.Latest.
func paced(replies bot.Replies, b beat, halt <-chan struct{}) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		in, end := read(replies)
		defer end()
		var (
			part  bot.Reply // the newest that is held back
			timer <-chan time.Time
			due   time.Time // the next part
		)
		for {
			select {
			case x, ok := <-in:
				switch {
				case !ok:
					return
				case x.panic != nil:
					panic(x.panic)
				case x.err == nil && grows(x.r):
					if due.IsZero() {
						due = time.Now().Add(b.hold)
					}
					if timer == nil {
						timer = time.After(time.Until(due))
					}
					part = x.r
					continue
				}
				timer = nil // x holds the part that was held back
				if !yield(x.r, x.err) {
					return
				}
			case <-timer:
				timer = nil
				if !yield(part, nil) {
					return
				}
				due = time.Now().Add(b.each)
			case <-halt:
				yield(bot.Reply{}, errHalted)
				return
			}
		}
	}
}

// An arrival is what replies came to next.
type arrival struct {
	r     bot.Reply
	err   error
	panic any
}

// read has the latest of replies read beside whoever takes them, who can so wait for
// other things, too. end must be called; it waits until replies has noticed.
func read(replies bot.Replies) (in <-chan arrival, end func()) {
	out, gone, done := make(chan arrival), make(chan struct{}), make(chan struct{})
	give := func(x arrival) bool {
		select {
		case out <- x:
			return true
		case <-gone:
			return false
		}
	}
	go func() {
		defer close(done)
		defer close(out)
		defer func() {
			if v := recover(); v != nil {
				give(arrival{panic: v})
			}
		}()
		for r, err := range bot.Latest(replies) {
			if !give(arrival{r: r, err: err}) {
				return
			}
		}
	}()
	return out, func() {
		close(gone)
		<-done
	}
}
