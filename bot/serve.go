package bot

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// Serve is the program: it listens on every adapter, stores what arrives,
// answers what is stored and delivers the answers. It returns when ctx ends,
// when every adapter has stopped listening, or when one of them fails; what was
// stored and not answered stays in the inbox. The error joins what went wrong;
// nil means an orderly end.
func Serve(ctx context.Context, in Inbox, ans Answerer, adapters ...Adapter) error {
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	listeners, heard := errgroup.WithContext(ctx)
	byName := make(map[string]Adapter, len(adapters))
	for _, a := range adapters {
		byName[a.Name()] = a
		listeners.Go(func() error { return a.Run(heard, in.Put) })
	}
	listened := make(chan error, 1)
	go func() {
		listened <- listeners.Wait()
		hangUp()
	}()
	err := in.Work(ctx, func(ctx context.Context, m Message) error {
		a, ok := byName[m.From.Adapter]
		if !ok {
			return fmt.Errorf("deliver %s: no adapter %q: %w", m.ID, m.From.Adapter, ErrGiveUp)
		}
		return a.Deliver(ctx, m, ans.Answer(ctx, m))
	})
	hangUp()
	return errors.Join(err, <-listened)
}
