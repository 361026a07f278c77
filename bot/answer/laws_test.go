package answer_test

import (
	"sync"
	"testing"

	"porchlight/bot/laws"
	"porchlight/knowledge"
)

var made struct {
	sync.Mutex
	laws map[*knowledge.Base]*laws.Laws
}

// lawsOf are the laws of a content.
func lawsOf(t testing.TB, b *knowledge.Base) *laws.Laws {
	t.Helper()
	if b == nil {
		b = content(t)
	}
	made.Lock()
	defer made.Unlock()
	if l := made.laws[b]; l != nil {
		return l
	}
	l, err := laws.For(b)
	if err != nil {
		t.Fatal(err)
	}
	if made.laws == nil {
		made.laws = map[*knowledge.Base]*laws.Laws{}
	}
	made.laws[b] = l
	return l
}
