// Package slacktwin is a Slack on 127.0.0.1: the Web API, Socket Mode, the Events
// API over HTTP and response URLs, kept in memory, with the faults of the real one.
//
// A test calls Start, a load generator New and Close. Both point a Slack client at
// APIURL, make people act (DM, Mention, Command, Press, …), hand what Slack would
// say to the app with Send (Socket Mode) or Deliver (HTTP), and look at what the
// app did (Posts, Ephemerals, Views, Statuses, CallsTo). Await waits for any of it
// without sleeping.
//
// It answers as Slack is documented to, and not as is convenient: a bot that is no
// member is told not_in_channel, a missing scope is named, blocks are measured, an
// envelope without an ack comes again, the sixth use of a response URL fails. Each
// request is held against the JSON schemas of Options.Contracts as well; what
// differs is kept in Violations and fails the test of Start.
//
// # Why
//
// slack-go's slacktest pings nobody, stores nothing and knows a tenth of the
// methods. A twin written for one adapter would share its misunderstandings, so
// this one is written from Slack's documentation and knows no adapter.
//
// # What it leaves out
//
// Tasks and plans in streams, files, reactions, views.push and views.update,
// Enterprise Grid, PKCE and the lower limits of history for apps outside the
// Marketplace. A method that it lacks is unknown_method. Where Slack's
// documentation is silent and nobody has measured, a comment says what was chosen.
//
// What it must not know: porchlight, apart from bottest; and it imports no Slack
// library, which would bring that library's view of the wire with it.
package slacktwin
