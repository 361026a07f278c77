// Package console is the adapter for a terminal, a pipe and the command line.
//
// It knows how a terminal behaves, how a reply looks as text, and the form of
// JSON Lines. It must not know how an answer is made, where a message is kept,
// or any other platform; of Porchlight it sees package bot alone.
//
// There are three faces, each a bot.Adapter for bot.Serve:
//
//   - Console (New) is a conversation: line editing and colours on a terminal,
//     one question a line in a pipe.
//   - JSONL (NewJSONL) is the machine form, one object a line both ways.
//   - Ask is one question and its answer.
//
// # Why
//
// Colours are plain SGR sequences rather than a styling library: five styles do
// not earn twenty modules, and "no escape at all" is easier to promise when one
// function writes them. Think again if anything here must redraw what it wrote.
//
// History lives in memory only. What people ask here can endanger them, and a
// file outlives the conversation.
package console
