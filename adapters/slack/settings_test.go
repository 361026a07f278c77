package slack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
)

// settled is a process at which one workspace is installed, with an administrator
// and somebody who is none in one channel.
func settled(t *testing.T, o slacktwin.Options, tweaks ...func(*slack.Options)) (p *process, admin, other, channel string) {
	w := newTown(t, o)
	p = w.process(tweaks...)
	p.install(second)
	admin = w.twin.AddUser(slacktwin.User{Team: second})
	other = w.twin.AddUser(slacktwin.User{Team: second})
	channel = w.twin.AddChannel(slacktwin.Channel{Team: second, Members: []string{w.twin.BotOf(second), admin, other}})
	w.admins.Store(admin, "is_admin")
	return p, admin, other, channel
}

// posts are what everybody sees of the app's in a channel.
func (w *town) posts(channel string) (out []string) {
	for _, p := range w.twin.History(channel) {
		if p.ByApp() && p.EphemeralTo == "" {
			out = append(out, p.Text)
		}
	}
	return out
}

// Administrators and owners see and change the settings; everybody else is told
// kindly that they cannot, whenever they try, and nothing changes.
func TestSettingsWhoMay(t *testing.T) {
	for role, may := range map[string]bool{
		"is_admin": true, "is_owner": true, "is_primary_owner": true, "": false, "is_bot": false, "is_restricted": false, "is_app_user": false,
	} {
		t.Run(role, func(t *testing.T) {
			p, _, other, channel := settled(t, slacktwin.Options{})
			if role != "" {
				p.admins.Store(other, role)
			}
			for i, e := range []slacktwin.Event{
				p.twin.Command(channel, other, "/porchlight", "settings"), p.picks(channel, other, "public", "on"),
				p.twin.Command(channel, other, "/porchlight", "Ajustes"),
			} {
				p.say(e)
				got := p.whispered(other, i+1)
				if strings.Contains(got, "Settings of this workspace") != may || strings.Contains(got, "Only an administrator or owner") == may {
					t.Errorf("shown %s", got)
				}
			}
			if got := len(p.kept("public")); got != map[bool]int{true: 1, false: 0}[may] {
				t.Errorf("%d settings kept", got)
			}
			if len(p.posts(channel)) > 0 {
				t.Error("others were shown something")
			}
		})
	}
}

// Who is an administrator is asked each time: somebody who was one until just now
// is refused at their next press.
func TestSettingsNoLongerAdmin(t *testing.T) {
	p, admin, _, channel := settled(t, slacktwin.Options{})
	p.say(p.twin.Command(channel, admin, "/porchlight", "settings"))
	p.whispered(admin, 1)
	p.admins.Delete(admin)
	p.say(p.picks(channel, admin, "public", "on"))
	if got := p.whispered(admin, 2); !strings.Contains(got, "Only an administrator") || len(p.kept("public")) > 0 {
		t.Errorf("shown %s", got)
	}
	if p.counts.of("settings.refused") != 1 || p.counts.of("settings.opened") != 1 {
		t.Error("miscounted")
	}
}

// Somebody of another workspace is no administrator here, whatever they are there.
func TestSettingsStranger(t *testing.T) {
	p, _, _, channel := settled(t, slacktwin.Options{})
	stranger := p.twin.AddUser(slacktwin.User{Team: slacktwin.Team})
	p.admins.Store(stranger, "is_owner")
	p.say(p.picks(channel, stranger, "public", "on"))
	if got := p.whispered(stranger, 1); !strings.Contains(got, "Only an administrator") || len(p.kept("public")) > 0 {
		t.Errorf("shown %s", got)
	}
	// And where Slack tells of such a person, as it does in shared channels.
	guest := p.twin.AddUser(slacktwin.User{Team: second})
	p.admins.Store(guest, "is_owner")
	p.homes.Store(guest, slacktwin.Team)
	p.say(p.picks(channel, guest, "public", "on"))
	if got := p.whispered(guest, 1); !strings.Contains(got, "Only an administrator") || len(p.kept("public")) > 0 {
		t.Errorf("shown %s", got)
	}
}

// Without the scope to see who administers nobody changes anything, and is told why.
func TestSettingsUnseen(t *testing.T) {
	p, admin, _, channel := settled(t, slacktwin.Options{Scopes: []string{"app_mentions:read", "chat:write", "commands", "im:history", "im:write"}})
	p.say(p.twin.Command(channel, admin, "/porchlight", "settings"))
	if got := p.whispered(admin, 1); !strings.Contains(got, "users:read") {
		t.Errorf("shown %s", got)
	}
	p.say(p.picks(channel, admin, "public", "on"))
	p.whispered(admin, 2)
	if len(p.kept("public")) > 0 {
		t.Error("changed all the same")
	}
}

// Information shows in the thread once an administrator has said so, danger never,
// and nothing once they have taken it back.
func TestSettingsPublic(t *testing.T) {
	p, admin, other, channel := settled(t, slacktwin.Options{})
	n := 0
	private := func(text string) {
		t.Helper()
		before := len(p.posts(channel))
		n++
		p.say(p.twin.Mention(channel, other, text, ""))
		p.whispered(other, n)
		if len(p.posts(channel)) != before {
			t.Errorf("everybody saw the answer to %q", text)
		}
	}
	private("what is a visa?")
	p.say(p.picks(channel, admin, "public", "on"))
	if got := p.whispered(admin, 1); !strings.Contains(got, "Saved") {
		t.Errorf("the change was not acknowledged: %s", got)
	}
	asked := p.twin.Mention(channel, other, "what is a visa?", "")
	p.say(asked)
	p.until("the answer is there", func() bool { return len(p.posts(channel)) == 1 })
	for _, post := range p.twin.Posts(channel) {
		if post.ThreadTS != asked.TS {
			t.Errorf("not in the thread: %+v", post)
		}
	}
	private("I am in danger")
	p.say(p.picks(channel, admin, "public", "off"))
	p.whispered(admin, 2)
	private("what is a visa?")
	if p.counts.of("settings.public.on") != 1 || p.counts.of("settings.public.off") != 1 {
		t.Error("not counted")
	}
	for _, id := range []string{admin, other, channel, second} {
		if strings.Contains(p.logs.String(), id) {
			t.Errorf("%s was logged", id)
		}
	}
}

// In the channels chosen, and in no others; with none chosen, in none.
func TestSettingsChannels(t *testing.T) {
	p, admin, other, channel := settled(t, slacktwin.Options{})
	elsewhere := p.twin.AddChannel(slacktwin.Channel{Team: second, Members: []string{p.twin.BotOf(second), admin, other}})
	changes := 0
	change := func(what string, chosen ...string) string {
		t.Helper()
		p.say(p.picks(channel, admin, what, chosen...))
		changes++
		return p.whispered(admin, changes)
	}
	whispers := 0
	open := func(in string, want bool) {
		t.Helper()
		before := len(p.posts(in))
		p.say(p.twin.Mention(in, other, "what is a visa?", ""))
		if want {
			p.until("the answer is there", func() bool { return len(p.posts(in)) == before+1 })
			return
		}
		whispers++
		p.whispered(other, whispers)
		if len(p.posts(in)) != before {
			t.Error("everybody saw it")
		}
	}
	if got := change("public", "listed"); !strings.Contains(got, "multi_conversations_select") {
		t.Errorf("no way to choose channels: %s", got)
	}
	open(channel, false)
	open(elsewhere, false)
	if got := change("channels", channel, "D0DIRECT01", "not a channel", "<!channel>"); !strings.Contains(got, `"initial_conversations":["`+channel+`"]`) {
		t.Errorf("the choice is not shown: %s", got)
	}
	open(channel, true)
	open(elsewhere, false)
	scope := p.kept("channels")[0]
	if raw, err := p.store.Setting(t.Context(), scope, "channels"); err != nil || strings.Contains(raw, channel) {
		t.Errorf("%v: kept as %s", err, raw)
	}
	change("channels")
	open(channel, false)
	change("public", "on")
	open(elsewhere, true)
}

// Language and country of the workspace come with every question; who has none
// keeps their own.
func TestSettingsLanguageAndCountry(t *testing.T) {
	p, admin, other, channel := settled(t, slacktwin.Options{})
	asks := 0
	answer := func() string {
		asks++
		p.say(p.twin.Command(channel, other, "/porchlight", "what is a visa?"))
		return p.whispered(other, asks)
	}
	if got := answer(); !strings.Contains(got, "larkspur /") {
		t.Errorf("answered %s", got)
	}
	p.say(p.picks(channel, admin, "language", "es"))
	p.whispered(admin, 1)
	p.say(p.picks(channel, admin, "country", "MX"))
	if got := p.whispered(admin, 2); !strings.Contains(got, "Guardado") || !strings.Contains(got, "Ajustes") {
		t.Errorf("the settings are not in the language chosen: %s", got)
	}
	if got := answer(); !strings.Contains(got, "larkspur es/MX") {
		t.Errorf("answered %s", got)
	}
	p.say(p.picks(channel, admin, "language", "auto"))
	p.whispered(admin, 3)
	p.say(p.picks(channel, admin, "country", "auto"))
	p.whispered(admin, 4)
	if got := answer(); !strings.Contains(got, "larkspur en-US/ ") && !strings.Contains(got, "larkspur en-US/\"") {
		t.Errorf("answered %s", got)
	}
	for _, name := range []string{"language.es", "language.auto", "country"} {
		if p.counts.of("settings."+name) == 0 {
			t.Errorf("%s is not counted", name)
		}
	}
}

// Another process obeys within seconds, and what others may see at once.
func TestSettingsElsewhere(t *testing.T) {
	p, admin, other, channel := settled(t, slacktwin.Options{})
	q := p.process()
	q.say(q.twin.Command(channel, other, "/porchlight", "what is a visa?")) // it has read the settings
	q.whispered(other, 1)
	p.say(p.picks(channel, admin, "public", "on"))
	p.whispered(admin, 1)
	p.say(p.picks(channel, admin, "language", "es"))
	p.whispered(admin, 2)
	q.say(q.twin.Mention(channel, other, "what is a visa?", ""))
	q.until("the answer is there", func() bool { return len(q.posts(channel)) == 1 })
	p.pass(11 * time.Second)
	q.say(q.twin.Command(channel, other, "/porchlight", "what is a visa?"))
	if got := q.whispered(other, 2); !strings.Contains(got, "larkspur es/") {
		t.Errorf("answered %s", got)
	}
}

// What is no choice changes nothing, whatever Slack is made to say.
func TestSettingsNonsense(t *testing.T) {
	p, admin, _, channel := settled(t, slacktwin.Options{})
	n := 0
	for what, values := range map[string][]string{
		"public": {"", "yes", "ON", "auto"}, "language": {"fr", "en us", "off"}, "country": {"ZZ", "us", "USA"},
		"install": {"x"}, "org": {"x"}, "state": {"x"}, "": {"on"}, "public on": {"on"},
	} {
		for _, v := range values {
			p.say(p.picks(channel, admin, what, v))
			n++
			if got := p.whispered(admin, n); strings.Contains(got, "Saved") {
				t.Errorf("%s=%q is said to be saved", what, v)
			}
		}
	}
	if all := p.everything(); len(all) != 1 {
		t.Errorf("kept: %v", all)
	}
}

// The workspace of the bot token has settings like any other, over either transport
// and without a place for secrets, too.
func TestSettingsOfTheOnlyWorkspace(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process(func(o *slack.Options) {
		o.ClientID, o.ClientSecret, o.PublicURL, o.BotToken, o.Vault = "", "", "", slacktwin.BotToken, nil
	})
	w.admins.Store(slacktwin.Ana, "is_owner")
	p.say(w.twin.Command(slacktwin.General, slacktwin.Ana, "/porchlight", "settings"))
	if got := w.whispered(slacktwin.Ana, 1); strings.Contains(got, "listed") || strings.Contains(got, "multi_") {
		t.Errorf("channels can be chosen and not kept: %s", got)
	}
	p.say(w.picks(slacktwin.General, slacktwin.Ana, "public", "on"))
	w.whispered(slacktwin.Ana, 2)
	p.say(w.twin.Mention(slacktwin.General, slacktwin.Ben, "what is a visa?", ""))
	w.until("the answer is there", func() bool { return len(w.posts(slacktwin.General)) == 1 })
	p.say(w.twin.Uninstalled(slacktwin.Team))
	w.until("the choice is gone", func() bool {
		got := w.kept("public")
		v, err := w.store.Setting(t.Context(), got[0], "public")
		return err == nil && v == ""
	})
}

// Every option that is offered has words in both languages, and fits.
func TestSettingsWords(t *testing.T) {
	say := phrases()
	for _, lang := range []string{"en", "es"} {
		for key, words := range say.Screens(lang) {
			if strings.HasPrefix(key, "settings_") && strings.Count(key, "_") == 2 && !slices.Contains([]string{"settings_channels_pick"}, key) && len([]rune(words)) > 25 {
				t.Errorf("%s %s is too long for a menu: %s", lang, key, words)
			}
		}
	}
}
