package discord

import (
	"context"
	"errors"
	"time"
)

// errLost says that another process has a shard, or may have it.
var errLost = errors.New("discord: the lease of a shard is lost")

// holding runs while this process has a lease, and waits for it.
func (a *Adapter) holding(ctx context.Context, lease string, run func(context.Context) error) error {
	if a.o.Hold == nil {
		return run(ctx)
	}
	for ctx.Err() == nil {
		ok, _, err := a.o.Hold(ctx, lease, a.pace.lease)
		switch {
		case err == nil && ok:
			if err := a.held(ctx, lease, run); err != nil {
				return err
			}
		case err == nil:
			a.elsewhere()
		}
		if wait(ctx, a.pace.renew) != nil {
			break
		}
	}
	return ctx.Err()
}

// held runs until the lease is lost, ctx ends, or run does. The ctx of run ends with
// errLost when another process may have the lease.
func (a *Adapter) held(ctx context.Context, lease string, run func(context.Context) error) error {
	mine, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	ended := make(chan error, 1)
	go func() { ended <- run(mine) }()
	until := time.Now().Add(a.pace.lease)
	for {
		select {
		case err := <-ended:
			a.giveUp(ctx, lease)
			if mine.Err() != nil {
				return nil
			}
			return err
		case <-time.After(a.pace.renew):
		}
		ok, _, err := a.o.Hold(mine, lease, a.pace.lease)
		if err == nil && ok {
			until = time.Now().Add(a.pace.lease)
			continue
		}
		if err == nil || time.Now().After(until.Add(-a.pace.renew)) {
			a.o.Log.Warn("shard given up", "name", lease, "err", err)
			lose(errLost)
			if err := <-ended; !errors.Is(err, context.Canceled) { // it was told to end
				return err
			}
			return nil
		}
	}
}

// giveUp lets another process have the lease at once; else it ends by itself in a while.
func (a *Adapter) giveUp(ctx context.Context, lease string) {
	if a.o.Leave != nil {
		_ = a.o.Leave(context.WithoutCancel(ctx), lease)
	}
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
