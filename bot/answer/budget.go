package answer

import (
	"sync"
	"time"

	"porchlight/bot"
)

// A Budget bounds the tokens that are spent on a day (UTC), in all and for one
// person. It is kept in memory: each process has its own, and a new process a
// new one. The zero value and nil have no bounds.
type Budget struct {
	PerDay    int // 0 means no bound
	PerPerson int // 0 means no bound; of people that the platform does not tell apart, all together
	Now       func() time.Time

	mu     sync.Mutex
	day    time.Time
	all    int
	person map[bot.PersonID]int
}

// take sets an estimate aside; false when it is more than what is left.
func (b *Budget) take(p bot.PersonID, estimate int) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn()
	if b.PerDay > 0 && b.all+estimate > b.PerDay || b.PerPerson > 0 && b.person[p]+estimate > b.PerPerson {
		return false
	}
	b.add(p, estimate)
	return true
}

// settle puts what was used in the place of an estimate.
func (b *Budget) settle(p bot.PersonID, estimate, used int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn()
	b.add(p, used-estimate)
}

func (b *Budget) add(p bot.PersonID, n int) {
	b.all = max(0, b.all+n)
	if b.PerPerson > 0 {
		b.person[p] = max(0, b.person[p]+n)
	}
}

// turn begins a new day.
func (b *Budget) turn() {
	now := time.Now
	if b.Now != nil {
		now = b.Now
	}
	if day := now().UTC().Truncate(24 * time.Hour); !day.Equal(b.day) {
		b.day, b.all, b.person = day, 0, map[bot.PersonID]int{}
	}
}
