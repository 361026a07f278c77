// Package discordtwin is a Discord on 127.0.0.1: the REST API, the gateway and the
// delivery of interactions over HTTP, kept in memory, with the faults of the real one.
//
// A test calls Start, a load generator New and Close. Both point a Discord client at
// APIURL (the gateway's address is asked from there), make people act (DM, Mention,
// Command, Press, …), hand what Discord would say to the app with Send (gateway) or
// Deliver (HTTP), and look at what the app did (Posts, Ephemerals, DMs, Interactions,
// CallsTo). Await waits for any of it without sleeping. Fault and Sometimes break REST,
// the methods of Socket and OpenNext the gateway, Down and Up all of it.
//
// It answers as Discord is documented to, and not as is convenient: an interaction
// is unknown after three seconds and acknowledged once, a message that does not name
// the bot comes without its text, a session that was closed with 1000 is gone, and
// what is posted is measured. Each request is held against Discord's own OpenAPI
// description as well (Options.Contracts); what differs is kept in Violations and
// fails the test of Start.
//
// # What it leaves out
//
// Files, stickers, polls, reactions, voice, presences, members' lists, OAuth2,
// entitlements, forums, compression and ETF. A route that it lacks is 404, with
// code 0. Where Discord's documentation is silent and nobody has measured, a comment
// says what was chosen; it is the stricter of what may be.
//
// What it must not know: porchlight, apart from bottest in its tests; and it imports
// no Discord library, which would bring that library's view of the wire with it.
package discordtwin
