package store

import (
	"context"
	"database/sql"
	"fmt"

	"porchlight/bot"
	"porchlight/bot/conversation"
	"porchlight/bot/inbox/seal"
)

// Load returns what is remembered of a conversation. What was sealed with a key
// that is gone is forgotten.
func (s *Store) Load(ctx context.Context, id bot.ConversationID) (st conversation.State, err error) {
	var sealed []byte
	err = s.do(ctx, func(ctx context.Context, q tx) error {
		sealed = nil
		now := s.ms()
		return ignore(q.QueryRowContext(ctx, recall, id, now, now+s.longestMemory().Milliseconds()).Scan(&sealed), sql.ErrNoRows)
	})
	if err != nil || sealed == nil {
		return st, err
	}
	if s.vault.master != nil {
		err = s.prepareFor(ctx, sealed)
	}
	if err == nil {
		err = s.unpack(sealed, "memory "+string(id), &st)
	}
	if err != nil {
		return conversation.State{}, ignore(err, seal.ErrNotOpen)
	}
	return st, nil
}

// Save keeps the state of a conversation. While a message is in hand, which ctx
// tells, that happens in one commit with its being answered; an answer that is
// cut short leaves the memory as it was.
func (s *Store) Save(ctx context.Context, person bot.PersonID, id bot.ConversationID, st conversation.State) error {
	if err := s.prepare(ctx, s.today()); err != nil {
		return err
	}
	sealed, err := s.pack(st, "memory "+string(id))
	if err != nil {
		return err
	}
	if h := inHand(ctx); h != nil && h.Conversation == id {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.staged = sealed
		return nil
	}
	return s.do(ctx, func(ctx context.Context, q tx) error {
		return exec(ctx, q, remember, id, person, sealed, s.ms()+s.Lifetime.Milliseconds())
	})
}

// Forget erases a conversation and all that is kept of its person, open messages
// too, except the one in hand that asked for it. It returns once nothing of it
// is left in any file of this machine.
func (s *Store) Forget(ctx context.Context, person bot.PersonID, id bot.ConversationID) (e conversation.Erased, err error) {
	own := int64(-1)
	if h := inHand(ctx); h != nil {
		own = h.seq
		h.mu.Lock()
		h.staged = nil
		h.mu.Unlock()
	}
	err = s.do(ctx, func(ctx context.Context, q tx) (err error) {
		// In the order of finish, or the memory of what is just being answered stays.
		if e.Questions, err = changed(ctx, q, forgetOpen, person, id, own); err != nil {
			return err
		}
		if e.Conversations, err = changed(ctx, q, forgetTalk, id, person); err != nil {
			return err
		}
		return exec(ctx, q, forgetIDs, person, id)
	})
	if err != nil {
		return conversation.Erased{}, fmt.Errorf("forget: %w", err)
	}
	for range e.Questions {
		s.Observe(Forgotten, 0)
	}
	s.dirty() // and not Wipe, which does nothing while another is at it
	return e, s.db.Wipe(ctx)
}
