package slacktwin_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

// TestManyAtOnce is a small load run: people ask, the app answers, all at once.
func TestManyAtOnce(t *testing.T) {
	w := start(t, patient())
	for range 3 {
		l := w.dial()
		l.read()
		go func() {
			for {
				var v obj
				if l.ReadJSON(&v) != nil {
					return
				}
				_ = l.WriteJSON(obj{"envelope_id": at[string](v, "envelope_id")})
			}
		}()
	}
	const people, questions = 8, 20
	w.Sometimes("chat.postMessage", 0.1, slacktwin.ResetBefore())
	var group sync.WaitGroup
	for i := range people {
		group.Go(func() {
			user := w.AddUser(slacktwin.User{})
			for n := range questions {
				e := w.DM(user, "question")
				w.Send(e)
				for {
					_, _, err := w.api.PostMessageContext(w.ctx, e.Channel, slack.MsgOptionText(fmt.Sprint(i, n), true), slack.MsgOptionTS(e.Thread))
					if err == nil || w.ctx.Err() != nil {
						break
					}
				}
			}
			if posts, err := w.AwaitPosts(w.ctx, w.IM(user), questions); err != nil || len(posts) != questions {
				t.Errorf("%d posts, %v", len(posts), err)
			}
		})
	}
	group.Wait()
	w.must(w.Await(w.ctx, func() bool { return len(w.Waiting()) == 0 }))
	same(t, "acks", len(w.Acks()), people*questions)
	seen := map[string]bool{}
	for _, p := range w.History("") {
		seen[p.TS] = true
	}
	same(t, "different time stamps", len(seen), 2*people*questions)
}
