// Package discord is Discord, and all of it: a gateway or signed HTTP in,
// embeds and buttons out.
//
// It knows Discord's events, posts, limits and errors. It must not know what a
// message means, who answers it, or where it is kept; and it never shows to
// others what bot.See does not let it.
//
// # How an event becomes a message
//
// Events are decoded here, from the raw JSON that the library hands on: its own
// decoding stops at a component it does not know, and a message with one must
// not be lost, nor end the process. What is no question - bots, webhooks, edits,
// roles that are mentioned - ends there.
//
// # Where an answer goes
//
// A slash command or a button is acknowledged as "for you alone" once it is
// stored, and stays so. A mention in a channel cannot be answered to one person,
// so it gets a line that is the same whatever was asked, with a button; whoever
// asked presses it and sees the answer alone.
//
// # What Discord cannot give back
//
// The gateway acknowledges nothing: what arrives in the moment in which the
// process dies, before it is stored, is lost; a person sees no answer to a
// message, and "did not respond" to a command. A connection that broke is resumed,
// and what was said meanwhile comes then; after a gap too long for that, or with
// another process, it does not come. The bot therefore points people to commands
// and buttons, whose failure they see.
package discord
