package answer

import (
	"crypto/sha256"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

// A Cache keeps sentences that a model wrote and that were checked, for
// questions of information without personal detail. It holds no question: what
// was asked is a hash in it. nil keeps nothing.
type Cache struct {
	lru *expirable.LRU[[sha256.Size]byte, []draft]
}

// NewCache makes a cache of at most size answers (0 means 1,000), each kept for
// lifetime (0 means 24 hours).
func NewCache(size int, lifetime time.Duration) *Cache {
	if size <= 0 {
		size = 1000
	}
	if lifetime <= 0 {
		lifetime = 24 * time.Hour
	}
	return &Cache{expirable.NewLRU[[sha256.Size]byte, []draft](size, nil, lifetime)}
}

func (c *Cache) get(key string) ([]draft, bool) {
	if c == nil {
		return nil, false
	}
	return c.lru.Get(sha256.Sum256([]byte(key)))
}

func (c *Cache) put(key string, ds []draft) {
	if c != nil {
		c.lru.Add(sha256.Sum256([]byte(key)), ds)
	}
}
