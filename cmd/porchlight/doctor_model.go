package main

import (
	"context"
	"fmt"
)

// theModel asks the model's server what it offers, and for one word and one vector.
func (d *doctor) theModel(ctx context.Context) []finding {
	const what = "model"
	client, err := d.dial(ctx, nil, nil)
	if err != nil {
		return []finding{failOf(what, err, "mend the setting, or leave --model out: without one the knowledge base answers")}
	}
	defer client.Close()
	where := "on another machine: personal detail is taken out of what it is sent"
	switch {
	case client.Local():
		where = "on this machine"
	case d.ModelPrivacy == "strict":
		where += ", and what people tell of themselves is not sent"
	}
	if err := client.Probe(ctx); err != nil {
		// Answers do not depend on it.
		f := failOf(what, err, "see that the server runs and offers the model")
		return []finding{warn(what, f.Detail, f.Mend+"; until then the knowledge base answers alone")}
	}
	return []finding{ok(what, fmt.Sprintf("%s at %s answers, %s", client.Model(), client.Host(), where))}
}
