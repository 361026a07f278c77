package llm_test

import (
	"context"
	"fmt"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

// A client of a server, here one of our own; elsewhere an Ollama at
// http://127.0.0.1:11434.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	url := make(chan string)
	go llmtwin.New(llmtwin.Options{Model: "llama3.2"}).ListenAndServe(ctx, "127.0.0.1:0", func(u string) { url <- u })

	client, err := llm.New(llm.Options{URL: <-url, Model: "llama3.2"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Println("on this machine:", client.Local(), "there:", client.Probe(ctx) == nil)

	for piece, err := range client.Generate(ctx, llm.Prompt{Static: "Be brief.", Data: "Who speaks?", Name: "example"}) {
		if err != nil {
			fmt.Println(llm.Reason(err)) // what was printed before may be incomplete
			return
		}
		fmt.Print(piece.Text)
	}
	// Output:
	// on this machine: true there: true
	// This is what the model says.
}

// A model for tests.
func ExampleScripted() {
	model := &llm.Scripted{Drafts: []string{"[1] Your papers are yours."}, Err: llm.ErrTruncated, After: 8}
	for piece, err := range model.Generate(context.Background(), llm.Prompt{Data: "whose papers?"}) {
		fmt.Printf("%q %s\n", piece.Text, llm.Reason(err))
	}
	// Output:
	// "[1] Your" ok
	// "" truncated
}
