package discordtwin_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot/bottest"
)

// rewrite sends discordgo's requests to the twin.
type rewrite struct {
	to   *url.URL
	with http.RoundTripper
}

func (r rewrite) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	q.URL.Scheme, q.URL.Host, q.Host = r.to.Scheme, r.to.Host, r.to.Host
	return r.with.RoundTrip(q)
}

func (w *world) discordgo() *discordgo.Session {
	w.Helper()
	s, err := discordgo.New("Bot " + discordtwin.Token)
	w.must(err)
	to, err := url.Parse(w.URL())
	w.must(err)
	s.Client = &http.Client{Transport: rewrite{to, w.client.Transport}, Timeout: bottest.Patience}
	s.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentsDirectMessages
	s.StateEnabled, s.LogLevel = false, -1
	s.ShouldReconnectOnError = false
	return s
}

func TestDiscordgo(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: 200 * time.Millisecond})
	s := w.discordgo()
	messages := make(chan *discordgo.MessageCreate, 100)
	s.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) { messages <- m })
	s.AddHandler(func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		if i.Type == discordgo.InteractionApplicationCommand {
			_ = s.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
				Type: discordgo.InteractionResponseDeferredChannelMessageWithSource,
				Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral},
			})
			answer := "answered"
			_, _ = s.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Content: &answer})
		}
	})
	w.must(s.Open())
	w.Cleanup(func() { _ = s.Close() })
	w.Send(w.Mention(discordtwin.General, discordtwin.Ana, "help"))
	m := bottest.Receive(t, "message", messages)
	same(t, "mentions", m.Mentions[0].ID, discordtwin.BotUser)
	p, err := s.ChannelMessageSendComplex(m.ChannelID, &discordgo.MessageSend{
		Content: "hi", Reference: m.SoftReference(), AllowedMentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
		Embeds:     []*discordgo.MessageEmbed{{Title: "x"}},
		Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{Label: "x", CustomID: "y"}}}},
	})
	w.must(err)
	same(t, "reply", p.ReferencedMessage.ID, m.ID)
	w.Send(w.Command(discordtwin.General, discordtwin.Ana, "ask", discordtwin.Option{Name: "question", Value: "?"}))
	seen, err := w.AwaitEphemerals(w.ctx, discordtwin.Ana, 1)
	w.must(err)
	same(t, "answer", seen[0].Content, "answered")
	made, err := s.ApplicationCommandBulkOverwrite(discordtwin.App, "", []*discordgo.ApplicationCommand{
		{Name: "ask", Description: "Ask", DefaultMemberPermissions: new(int64(32)), Contexts: &[]discordgo.InteractionContextType{0, 1}},
	})
	w.must(err)
	same(t, "made", made[0].Name, "ask")
	var refused *discordgo.RESTError
	_, err = s.ChannelMessageSend("1", "x")
	same(t, "code", errors.As(err, &refused) && refused.Message.Code == 10003, true)
	w.must(w.Await(w.ctx, func() bool { return w.Sockets()[0].Heartbeats() > 1 }))
}

func TestDiscordgoComesBack(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Second})
	s := w.discordgo()
	messages, down := make(chan *discordgo.MessageCreate, 100), make(chan bool, 10)
	s.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) { messages <- m })
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) { down <- true })
	w.must(s.Open())
	w.Cleanup(func() { _ = s.Close() })
	first, err := w.AwaitSocket(w.ctx, 1)
	w.must(err)
	w.Send(w.DM(discordtwin.Ana, "before"))
	bottest.Receive(t, "before", messages)
	first.Drop()
	bottest.Receive(t, "down", down)
	w.Send(w.DM(discordtwin.Ana, "meanwhile"))
	w.must(s.Open())
	same(t, "replayed", bottest.Receive(t, "meanwhile", messages).Content, "meanwhile")
	second, err := w.AwaitSocket(w.ctx, 2)
	w.must(err)
	same(t, "resumed", second.Resumed(), true)
	same(t, "identifies", w.Identifies(), 999)
}

func TestDiscordgoIsRefused(t *testing.T) {
	w := start(t, discordtwin.Options{})
	s := w.discordgo()
	s.Identify.Intents |= discordgo.IntentMessageContent
	var bye *websocket.CloseError
	if err := s.Open(); !errors.As(err, &bye) || bye.Code != discordtwin.DisallowedIntents || bye.Text != "Disallowed intent(s)." {
		t.Errorf("got %v", err)
	}
}
