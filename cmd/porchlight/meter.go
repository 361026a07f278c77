package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"porchlight/bot"
	"porchlight/bot/inbox/store"
	"porchlight/knowledge"
)

// A meter counts and times what happens, without a word of what is said.
type meter struct{ set *metrics.Set }

// bounds of all latencies, in seconds.
var bounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

func newMeter() *meter { return &meter{metrics.NewSet()} }

func (m *meter) count(name string, labels ...string) {
	m.set.GetOrCreateCounter(name + braces(labels)).Inc()
}

func (m *meter) time(name string, took time.Duration, labels ...string) {
	m.set.GetOrCreatePrometheusHistogramExt(name+braces(labels), bounds).Update(took.Seconds())
}

// braces are labels as the format writes them; names and values alternate, and
// all of both come from fixed lists.
func braces(labels []string) (s string) {
	for i := 0; i+1 < len(labels); i += 2 {
		s += fmt.Sprintf(",%s=%q", labels[i], labels[i+1])
	}
	if s == "" {
		return ""
	}
	return "{" + s[1:] + "}"
}

// observe is told what happens in the store.
func (m *meter) observe(what store.Event, took time.Duration) {
	m.count("porchlight_messages_total", "event", string(what))
	switch what {
	case store.Stored:
		m.time("porchlight_put_seconds", took)
	case store.Taken:
		m.time("porchlight_wait_seconds", took)
	case store.Answered:
		m.time("porchlight_done_seconds", took)
	case store.Duplicate, store.Joined, store.Delayed, store.TakenAgain, store.Failed, store.Buried, store.Forgotten, store.Refused:
	}
}

func (m *meter) lost(reason string) { m.count("porchlight_fixed_text_total", "reason", reason) }

// model is told what happens with a model: answers and how they ended, sentences
// and what the checks said of them, tokens, errors.
func (m *meter) model(what, why string, n int) {
	if event, ok := strings.CutPrefix(what, "model_"); ok {
		m.set.GetOrCreateCounter("porchlight_model_events_total" + braces([]string{"event", event, "reason", why})).Add(n)
		return
	}
	m.set.GetOrCreateCounter("porchlight_model_" + what + "_total" + braces([]string{"result", why})).Add(n)
}

// watch writes what is true at the time of asking.
func (m *meter) watch(waiting func() (open int, oldest time.Duration, err error), base func() *knowledge.Base) {
	m.set.RegisterMetricsWriter(func(w io.Writer) {
		if open, oldest, err := waiting(); err == nil {
			metrics.WriteGaugeUint64(w, "porchlight_open_messages", uint64(open)) //nolint:gosec // a count
			metrics.WriteGaugeFloat64(w, "porchlight_oldest_open_seconds", oldest.Seconds())
		}
		b := base()
		metrics.WriteGaugeUint64(w, fmt.Sprintf("porchlight_content_info{version=%q}", b.Version()), 1)
		if next := b.NextReview(); !next.IsZero() {
			metrics.WriteGaugeFloat64(w, "porchlight_next_review_days", time.Until(next).Hours()/24)
		}
	})
	metrics.RegisterSet(m.set)
}

// answerer times answers and counts their kinds.
func (m *meter) answerer(next bot.Answerer) bot.Answerer { return timed{m, next} }

type timed struct {
	*meter
	next bot.Answerer
}

// Answer passes the answer on.
func (t timed) Answer(ctx context.Context, m bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		began := time.Now()
		for r, err := range t.next.Answer(ctx, m) {
			if r.Final && err == nil {
				t.time("porchlight_answer_seconds", time.Since(began))
				t.count("porchlight_replies_total", "kind", string(r.Kind), "mode", string(r.Mode))
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// adapter times deliveries and counts those that failed.
func (m *meter) adapter(next bot.Adapter) bot.Adapter { return metered{next, m} }

type metered struct {
	bot.Adapter
	meter *meter
}

// Deliver passes the reply on.
func (a metered) Deliver(ctx context.Context, m bot.Message, replies bot.Replies) error {
	began := time.Now()
	err := a.Adapter.Deliver(ctx, m, replies)
	if err != nil {
		a.meter.count("porchlight_delivery_errors_total", "adapter", a.Name())
		return err
	}
	a.meter.time("porchlight_delivery_seconds", time.Since(began), "adapter", a.Name())
	return nil
}
