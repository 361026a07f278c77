// Package discord is Discord, and all of it: a gateway or signed HTTP in,
// embeds and buttons out.
//
// It knows Discord's events, posts, limits and errors. It must not know what a
// message means, who answers it, or where it is kept; and it never shows to
// others what bot.See does not let it.
//
// # How an event becomes a message
//
// Events are decoded here, from the raw JSON: the library's own decoding stops at a
// component it does not know, and a message with one must not be lost, nor end the
// process. What is no question - bots, webhooks, edits, roles that are mentioned -
// ends there.
//
// # Where an answer goes
//
// A slash command or a button is acknowledged as "for you alone" once it is
// stored, and stays so. A mention in a channel cannot be answered to one person,
// so it gets a line that is the same whatever was asked, with a button; whoever
// asked presses it and sees the answer alone.
//
// # How an answer grows
//
// What a model writes is shown while it comes, by edits of one post: in direct
// messages, in what answers a command, and where all see the answer. A neutral line
// shows nothing of it, and urgent help is not divided. A part of an answer is shown
// where there is plenty of room in Discord's limits; else it is left out, as the whole
// comes in the end. While it grows the asker can stop it. That press is the one that is
// not stored: it would wait behind the answer that it is to stop. A message that is
// handed out again is answered whole, in the post that stands.
//
// # Staying connected
//
// The connection to the gateway is kept here, not by the library, whose reader a frame
// "null" breaks, and the process with it; the library is for names and numbers. A
// shard is up between READY or RESUMED and the end of its connection. It is left when
// a heartbeat is not acknowledged, and with a code that keeps the session: so the next
// connection, of this process or another one, resumes it and hears what came
// meanwhile. For that the session is kept in the store, sealed, up to the first event
// that is not stored yet; and no more than that is told to Discord as received. A
// session begins anew only where there is none. Before each beginning Discord is asked
// how many are left of the day, and the last hundredth is left alone: who uses them up
// gets a new token, and is deaf until somebody brings it.
//
// With a store for many processes each shard is held by a lease; who dies loses it
// within twenty seconds to another. Options.Doubled has each shard twice, in two
// processes where there are two; the inbox knows what comes twice.
//
// # What Discord cannot give back
//
// A session lives for some minutes without a connection; Discord does not say how
// many. After a gap too long for that, what was asked in its last quarter of an hour
// is read up: in direct messages and channels in which somebody asked in the last two
// hours, and in channels and threads of which Discord says, as it greets, that
// something was written there since. That is two hundred places for a shard, three
// hundred messages in each, and only where the bot may read. It does not come back:
//
//   - a command or a button: Discord tells the person that it failed;
//   - a direct message of somebody who had not asked lately, for the bot is not told of
//     such places; a command opens them again;
//   - a mention where the bot may not read the history, or one beyond those numbers;
//   - all of that at the very first start, and after the number of shards was changed:
//     nothing is known of a gap then.
//
// The bot therefore points people to commands and buttons, whose failure they see.
package discord
