package local

import (
	"context"
	"fmt"

	"porchlight/bot"
)

// Deliver keeps each reply in the place of the one before it, where whoever asks
// for m finds it; doing so again leaves one answer. It waits for nothing but the
// replies, and needs no ctx for that. It is an error when they end without a
// final one, and when one comes after the end of Run, where nobody can fetch it.
func (s *Server) Deliver(_ context.Context, m bot.Message, replies bot.Replies) error {
	final := false
	for r, err := range replies {
		if err != nil {
			return fmt.Errorf("deliver %s: %w", m.ID, err)
		}
		if !s.box.put(m.ID, r) {
			return fmt.Errorf("deliver %s: %w", m.ID, errStopped)
		}
		final = r.Final
	}
	if !final {
		return fmt.Errorf("deliver %s: %w", m.ID, errNotFinal)
	}
	return nil
}
