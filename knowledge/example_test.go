package knowledge_test

import (
	"errors"
	"fmt"
	"testing/fstest"

	"porchlight/knowledge"
	"porchlight/knowledge/index"
)

// The embedded content answers a question with a topic, its sources, and the
// help lines that fit.
func ExampleLoad() {
	base, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		fmt.Println(err) // all that is wrong, with file, line and mend
		return
	}
	found := base.Find("en", index.Query{Text: "my boss has my passport and wont give it back"})
	topic := found.Found[0].Topic
	fmt.Println(found.Band, topic.ID)
	for _, c := range base.Cards("en", "US", topic.Help...) {
		fmt.Println(c.Brief)
	}
	fmt.Println(len(base.Cite(topic)) > 0)
	// Output:
	// certain document-confiscation
	// National Human Trafficking Hotline: 1-888-373-7888; Text HELP to 233733; any hour. Not police, not immigration.
	// true
}

// An organisation lays a folder of its own over the content. One with mistakes
// is refused whole.
func ExampleLoad_overlay() {
	folder := fstest.MapFS{
		"hide.yaml": {Data: []byte("topics: [wear-blue-day]\nresources: [nhth]\n")},
	}
	_, err := knowledge.Load(knowledge.Embedded(), folder)
	if problems, ok := errors.AsType[knowledge.Problems](err); ok {
		for _, p := range problems {
			fmt.Printf("%s, line %d: %s\n", p.File, p.Line, p.What)
		}
	}
	// Output:
	// hide.yaml, line 2: help line "nhth" cannot be hidden
}

// Fixed phrases name a contact; the registry fills it in.
func ExampleBase_Fill() {
	base, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		fmt.Println(err)
		return
	}
	phrase := "Llame a {name:emergency} ahora."
	fmt.Println(base.Fill(phrase, "es", "US"))
	fmt.Println(base.Fill(phrase, "es", "GB"))
	_, ok := base.Fill(phrase, "es", "FR")
	fmt.Println(ok)
	// Output:
	// Llame al 911 ahora. true
	// Llame al 999 ahora. true
	// false
}
