// Package inbox keeps messages from the moment a platform is told "received"
// until they have been answered.
//
// It knows messages, their conversations, and which of them are open. It must
// not know what a message says, who answers it, or which platform it is from.
package inbox
