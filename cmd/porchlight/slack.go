package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"porchlight/adapters/slack"
	"porchlight/prompts"
)

// slackCmd helps to set Slack up.
type slackCmd struct {
	Manifest slackManifestCmd `cmd:"" help:"Print the manifest to make the Slack app from."`
}

type slackManifestCmd struct {
	HTTP    string `name:"http" placeholder:"URL" help:"For the HTTP transport: the https address under which Slack reaches serve. Without it the app uses Socket Mode."`
	Explain bool   `help:"Tell why each scope and event is asked for, and what is lost without it."`
}

// Run prints the manifest, or what it asks for.
func (c *slackManifestCmd) Run(k *kong.Context) error {
	phrases, err := prompts.Load()
	if err != nil {
		return err
	}
	raw, err := slack.Manifest(c.HTTP, phrases.Screen)
	if err != nil {
		return err
	}
	if c.Explain {
		return c.explain(k.Stdout)
	}
	fmt.Fprintf(k.Stdout, "%s\n", raw)
	return nil
}

func (c *slackManifestCmd) explain(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	rows := func(title string, grants []slack.Grant) {
		fmt.Fprintf(w, "%s\t\twhy\twithout it\n", title)
		for _, g := range grants {
			need := "needed"
			if g.Optional {
				need = "optional"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", g.Name, need, g.Why, g.Without)
		}
		fmt.Fprintln(w)
	}
	rows("SCOPE", slack.Scopes())
	rows("EVENT", slack.Events())
	if c.HTTP == "" {
		rows("APP TOKEN", []slack.Grant{{Name: "connections:write", Why: "open Socket Mode; you choose it when you make the token", Without: "no event arrives"}})
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(to, "What is optional can be declined when the app is installed, or taken out of bot, bot_optional and bot_events.\n"+
		"With channels:history or groups:history Slack sends all that is said in the channels that the app was added to; what is no question is dropped unread.\n")
	return err
}
