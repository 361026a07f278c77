// Package bot is the vocabulary of Porchlight: messages, replies, the four
// doors where the outside can be swapped, and Serve, which is the program.
//
// It knows what a message and a reply are and how they travel. It must not know
// any chat platform, any store, any model, or what makes an answer good.
//
//	platform event                                          platform message
//	     │                                                         ▲
//	 Adapter.Run ──Message──▶ Inbox.Put ══ stored ══▶ Inbox.Work ──▶ Deliver
//	     │ (acknowledged only after Put)                 │          ▲
//	     └────────                                       ▼          │ Reply, growing
//	                                                 Answerer.Answer
package bot
