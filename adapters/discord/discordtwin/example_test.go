package discordtwin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"porchlight/adapters/discord/discordtwin"
)

// A load generator has no test: it uses New and Close.
func ExampleNew() {
	ctx := context.Background()
	tw := discordtwin.New(discordtwin.Options{KeepCalls: 100})
	defer tw.Close()
	next := tw.Next("")
	question := tw.DM(discordtwin.Ana, "What are the signs?")
	tw.Fault(discordtwin.CreateMessage, 1, discordtwin.ResetAfter())

	to := tw.APIURL() + "channels/" + question.Channel + "/messages"
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(`{"content":"These:"}`))
	req.Header.Set("Authorization", "Bot "+discordtwin.Token)
	req.Header.Set("Content-Type", "application/json")
	_, err := http.DefaultClient.Do(req) //nolint:bodyclose // there is none: the connection is reset
	fmt.Println("the app saw an error:", err != nil)
	post, _ := next(ctx)
	fmt.Println("people saw:", post.Content, post.Channel == tw.DMOf(discordtwin.Ana))
	// Output:
	// the app saw an error: true
	// people saw: These: true
}
