// Package slack is Slack, and all of it: two transports in, Block Kit out.
//
// It knows Slack's events, posts, limits and errors. It must not know what a
// message means, who answers it, or where it is kept; and it never shows to
// others what bot.See does not let it.
//
// # How an event becomes a message
//
// Both transports hand over the same JSON. It is decoded here and not by the
// library, which rejects a whole event for one block it does not know: a cry for
// help must not be lost over an emoji. What is no question - edits, joins, bots,
// this program's own posts, channels shared with another organisation - ends
// there.
//
// # One question, one answer
//
// A message is known by its channel and time, a command or button by what Slack
// gives each press, so two event ids of one question are one message. An answer
// bears the message's id in its metadata; whoever gets the message a second time
// reads the conversation and looks for it before posting. What only the asker
// sees cannot be looked up at Slack: there, after a crash within the moment of
// posting, an answer may come twice, to the asker alone. That is better than not
// at all.
//
// # Answers that grow
//
// What a model writes is shown as it comes, by edits of one post: the first part
// when the whole is not there within a moment, then an edit now and then, in what
// the limits leave over; half of them is kept for whole answers. A part that cannot
// be shown is left out. Whoever asked can stop it, by the button under it or by
// Slack's own; that is done at once by the process that writes the answer, is never
// stored, and makes an answer like any other of what is shown.
//
// Slack's streamed messages look better, and are not the way taken unless
// Options.Stream says so: Slack notifies people of a stream when it stops, and of
// what it says by then. It takes no metadata before its end, so the message that a
// stream answers is named in the block_id of its button; and no edit, so that it is
// stopped, whatever happens, before the whole takes its place. Think again when Slack
// lets an app choose what a stream's notification says.
//
// # Threads in channels
//
// Whoever asked with a mention goes on in that thread without one, where the
// workspace lets the program read along; what others write there is no question
// unless they asked there, too, or the thread is under a post of this program.
// Who asked is told by the pseudonym of the conversation, for as long as it is
// remembered; what is no question is dropped at once.
//
// # A token that is refused
//
// While Slack refuses the token of the settings nothing is sent with it. The log
// says so once, readiness says so as long, what is asked is kept, and Slack is
// asked now and then, up to once a minute, whether the token is good again.
//
// # Many workspaces
//
// A token belongs to a workspace, or to all of an organisation. There is the one
// of the settings, if it is set, and those of workspaces that installed the app at
// /slack/install: kept sealed, read when an event of theirs comes, deleted when
// they remove it or Slack refuses it for good. Who comes back from Slack must
// bring what went by Slack and what stayed in the browser; the store holds a keyed
// hash of the two together, and each is good once.
//
// Tokens that end are renewed in the last quarter of their life. A refresh token is
// good once, and Slack keeps no copy of what it gave for it; so one process at a
// time renews, and what it got is on disk before it is used. A process that dies
// between the two loses it: then the old token works for hours yet, the log says
// once what to do, and the app has to be installed there again. Slack offers no way
// that would be better.
package slack
