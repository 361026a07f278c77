package slacktwin_test

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

// A load generator has no test: it uses New and Close.
func ExampleNew() {
	ctx := context.Background()
	tw := slacktwin.New(slacktwin.Options{KeepCalls: 100})
	defer tw.Close()
	next := tw.Next("")
	question := tw.DM(slacktwin.Ana, "What are the signs?")
	tw.Fault("chat.postMessage", 1, slacktwin.ResetAfter())

	api := slack.New(slacktwin.BotToken, slack.OptionAPIURL(tw.APIURL()))
	_, _, err := api.PostMessageContext(ctx, question.Channel, slack.MsgOptionText("These:", true), slack.MsgOptionTS(question.Thread))
	fmt.Println("the app saw an error:", err != nil)
	post, _ := next(ctx)
	fmt.Println("people saw:", post.Text, post.ThreadTS == question.TS)
	// Output:
	// the app saw an error: true
	// people saw: These: true
}
