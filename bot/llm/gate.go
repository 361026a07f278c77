package llm

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// The breaker leaves a server alone for rest when fewest calls failed in a row, or half
// of many within window. Then one call finds out whether it is back.
const (
	rest   = 15 * time.Second
	window = time.Minute
	fewest = 5
	many   = 10
)

// A gate lets calls of one sort through: not too many at once, and none while the server
// is left alone.
type gate struct {
	slots   chan struct{}
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
}

func newGate(o Options, name string) *gate {
	return &gate{
		slots: make(chan struct{}, o.MaxInFlight),
		breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
			Name:         name,
			Interval:     window,
			BucketPeriod: window / 6,
			Timeout:      rest,
			ReadyToTrip: func(n gobreaker.Counts) bool {
				return n.ConsecutiveFailures >= fewest || n.Requests >= many && 2*n.TotalFailures >= n.Requests
			},
			IsSuccessful: func(err error) bool { return !ill(err) },
			IsExcluded:   neither,
			OnStateChange: func(name string, _, to gobreaker.State) {
				o.Log.Info("the model's breaker changed", "call", name, "state", to.String())
				o.Counted("breaker", to.String())
			},
		}),
	}
}

// enter lets a call through or says at once why not. leave must be called when it is
// over, once.
func (g *gate) enter() (leave func(error), err error) {
	select {
	case g.slots <- struct{}{}:
	default:
		return nil, fail(whyBusy)
	}
	report, err := g.breaker.Allow()
	if err != nil {
		<-g.slots
		return nil, fail(whyOpen)
	}
	return func(err error) {
		report(err)
		<-g.slots
	}, nil
}

func (g *gate) resting() bool { return g.breaker.State() == gobreaker.StateOpen }

// ill tells whether an error speaks of a server that is better left alone. A caller who
// waited in vain until the end of its time says so too.
func ill(err error) bool {
	f, ok := errors.AsType[*failure](err)
	if !ok {
		return false
	}
	return f.cause == nil && f.ill || !f.begun && errors.Is(f.cause, context.DeadlineExceeded)
}

// neither tells whether an error says nothing about the server.
func neither(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.cause != nil && !ill(err)
}
