package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/alecthomas/kong"

	"porchlight/adapters/discord"
	"porchlight/bot/answer"
	"porchlight/bot/inbox/store"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// discord makes the adapter of Discord.
func (c *serveCmd) discord(ctx context.Context, s *store.Store, p *answer.Pipeline, log *slog.Logger) (*discord.Adapter, error) {
	token, err := c.DiscordBotToken.reveal(ctx)
	if err != nil {
		return nil, fmt.Errorf("discord-bot-token: %w", err)
	}
	o := discord.Options{
		Token: token, HTTP: c.DiscordTransport == "http", Listen: c.DiscordListen, PublicKey: c.DiscordPublicKey,
		APIURL: c.DiscordAPIURL, Shards: c.DiscordShards, Name: s.Name, Say: p.Phrases.Screen,
		Sectors:   func() []discord.Choice { return sectors(p.Base()) },
		Countries: func() []discord.Choice { return countries(p.Base()) },
		Hold:      s.Hold, Leave: s.Leave, Setting: s.Setting, Set: s.Set, Count: s.Count, Log: log,
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return discord.New(o), nil
}

// sectors are the topics about a line of work or a place.
func sectors(b *knowledge.Base) (out []discord.Choice) {
	for _, t := range b.Topics("en") {
		if t.Section != "places" && t.Section != "signs" {
			continue
		}
		c := discord.Choice{Value: t.ID, Name: map[string]string{}}
		for _, lang := range b.Langs() {
			if x, ok := b.Topic(t.ID, lang); ok {
				c.Name[lang] = x.Title
			}
		}
		out = append(out, c)
	}
	return out
}

// countries are those with help lines, by their codes.
func countries(b *knowledge.Base) (out []discord.Choice) {
	for _, code := range b.Countries() {
		out = append(out, discord.Choice{Value: code, Name: map[string]string{"en": code}})
	}
	return out
}

type discordCmd struct {
	Register discordRegisterCmd `cmd:"" help:"Tell Discord which commands there are. Again after an upgrade."`
	Invite   discordInviteCmd   `cmd:"" help:"Print the address at which the bot is let into a server."`
}

type discordRegisterCmd struct {
	Token  secret `name:"discord-bot-token" env:"PORCHLIGHT_DISCORD_BOT_TOKEN,DISCORD_BOT_TOKEN" required:"" placeholder:"SOURCE" help:"Bot token."`
	APIURL string `name:"discord-api-url" default:"https://discord.com/api/v9/" placeholder:"URL" help:"Address of Discord's API."`
	Guild  string `placeholder:"ID" help:"Only in this server, where they show at once."`
}

// Run registers the commands.
func (c *discordRegisterCmd) Run(ctx context.Context, k *kong.Context) error {
	token, err := c.Token.reveal(ctx)
	if err != nil {
		return fmt.Errorf("discord-bot-token: %w", err)
	}
	phrases, err := prompts.Load()
	if err != nil {
		return err
	}
	o := discord.Options{Token: token, APIURL: c.APIURL, Say: phrases.Screen, Name: func(string, ...string) string { return "" }}
	if err := o.Validate(); err != nil {
		return err
	}
	changes, err := discord.New(o).Register(ctx, c.Guild)
	for _, line := range changes {
		fmt.Fprintln(k.Stdout, line)
	}
	return err
}

type discordInviteCmd struct {
	App string `arg:"" help:"Application id; it stands at General Information of your application."`
}

// Run prints the address.
func (c *discordInviteCmd) Run(k *kong.Context) error {
	_, err := fmt.Fprintln(k.Stdout, discord.Invite(c.App))
	return err
}
