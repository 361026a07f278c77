// Package adaptertest is what every adapter must do, as one suite of tests, and
// Twin, a chat platform in memory that does it.
//
// It knows the promises of bot.Adapter and what can be seen of them from
// outside. It must not know any real platform.
package adaptertest
