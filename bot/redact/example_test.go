package redact_test

import (
	"fmt"

	"porchlight/bot/redact"
)

func ExampleText() {
	keep := redact.Keep{
		Digits: func(digits string) bool { return digits == "18883737888" },
		Host:   func(string) bool { return false },
		Known:  func(word string) bool { return word == "takes" },
	}
	fmt.Println(redact.Text("My name is Rosa Mena, 212 555 0188. Kevin takes my H-2A pay of $300. Is 1-888-373-7888 free?", keep))
	// Output: My name is [name], [phone]. [name] takes my H-2A pay of $300. Is 1-888-373-7888 free?
}
