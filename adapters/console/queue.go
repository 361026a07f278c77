package console

import (
	"context"
	"errors"
	"io"
	"sync"
)

// A queue writes lines in the order in which their places were taken, however
// they come in. Whoever puts the line that was waited for writes it, and those
// behind it that are ready; no goroutine is needed.
type queue struct {
	w    io.Writer
	room chan struct{} // holds one for each place that is taken and not written
	gone chan struct{} // closed when w takes no more

	mu     sync.Mutex
	taken  int
	next   int // the place to be written now
	ready  map[int][]byte
	err    error
	missed bool
}

func newQueue(w io.Writer, window int) *queue {
	return &queue{
		w: w, room: make(chan struct{}, window), gone: make(chan struct{}),
		ready: make(map[int][]byte, window),
	}
}

// place takes the next place; it blocks while too many are open. One goroutine
// may call it.
func (q *queue) place(ctx context.Context) (int, error) {
	select {
	case q.room <- struct{}{}:
	case <-q.gone:
		return 0, q.broken()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken++
	return q.taken - 1, nil
}

// put fills a place, once. After a write has failed it only makes room.
func (q *queue) put(place int, line []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready[place] = line
	for {
		line, ok := q.ready[q.next]
		if !ok {
			return
		}
		delete(q.ready, q.next)
		q.next++
		if q.err == nil {
			if _, err := q.w.Write(line); err != nil {
				q.err = err
				close(q.gone)
			}
		}
		<-q.room
	}
}

// drain waits until every place is written. No place may be taken afterwards.
func (q *queue) drain(ctx context.Context) error {
	for range cap(q.room) {
		select {
		case q.room <- struct{}{}:
		case <-q.gone:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// broken is the error of the first write that failed.
func (q *queue) broken() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

// fail notes that an answer is missing; failed asks for it.
func (q *queue) fail() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.missed = true
}

func (q *queue) failed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.missed
}

// endOfInput is nil when the input simply ended.
func endOfInput(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
