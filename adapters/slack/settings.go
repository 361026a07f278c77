package slack

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// The errands of workspace settings: to show them, and to change one.
const (
	errandSettings = "settings"
	pressSet       = "set"
	errandLeave    = "leave"
)

// settingsWords are what follows /porchlight to see the settings.
var settingsWords = []string{"settings", "ajustes", "configuración", "configuracion"} //nolint:misspell // Spanish

// What keptPublic can be; anything else is publicOff.
const (
	publicOff    = "off"    // the asker alone sees an answer
	publicOn     = "on"     // information is answered where everybody sees it
	publicListed = "listed" // the same, in the channels chosen and in no others
)

// auto stands for a choice that is left open: Slack takes no empty value.
const auto = "auto"

// choices are what a workspace chose for whoever asks there.
type choices struct {
	lang, country string
	at            time.Time
}

// choicesLife is how long choices are taken for true: another process may have
// changed them. What may be shown to others is never taken from memory.
const choicesLife = 10 * time.Second

// furnish gives a message the language and the country that its workspace chose. A
// store that does not answer costs only that.
func (a *Adapter) furnish(ctx context.Context, m *bot.Message, team string) {
	scope := a.scope(team)
	c, ok := a.chosen.Get(scope)
	if !ok || a.o.Now().Sub(c.at) > choicesLife {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		lang, err1 := a.o.Setting(ctx, scope, keptLanguage)
		country, err2 := a.o.Setting(ctx, scope, keptCountry)
		if err := errors.Join(err1, err2); err != nil {
			a.o.Log.Warn("settings of a workspace not read", "err", err)
		} else {
			c.lang, c.country = lang, country
		}
		c.at = a.o.Now() // else each event would wait for a store that hangs
		a.chosen.Add(scope, c)
	}
	m.Lang, m.Country = first(c.lang, m.Lang), c.country
}

// manners are what the workspace lets others see where m was asked. They are read
// anew each time: who has made a workspace private is obeyed at once.
func (d *delivery) manners(ctx context.Context) (m bot.Manners, err error) {
	m.Whispers = true
	if d.p.Surface != bot.Channel { // nothing is chosen for the rest
		return m, nil
	}
	scope := d.scope(d.p.Team)
	public, err := d.o.Setting(ctx, scope, keptPublic)
	if err != nil {
		return m, err
	}
	switch public {
	case publicOn:
		m.Public = true
	case publicListed:
		all, err := d.channels(ctx, scope)
		if err != nil {
			return m, err
		}
		m.Public = slices.Contains(all, d.p.Channel)
	}
	return m, nil
}

// channels are those that a workspace chose. They are sealed, for Slack's ids are
// nothing to lie about in the open.
func (a *Adapter) channels(ctx context.Context, scope string) ([]string, error) {
	if a.o.Vault == nil {
		return nil, nil
	}
	list, err := a.o.Vault.Sealed(ctx, scope, keptChannels)
	return strings.Fields(list), err
}

// settings shows what the workspace chose to somebody who may change it.
func (d *delivery) settings(ctx context.Context) error {
	if no, err := d.denied(ctx); err != nil || no != "" {
		return d.tell(ctx, no, err)
	}
	d.o.Count("settings.opened")
	return d.panel(ctx, "")
}

// set changes one setting; p.Arg is its name and what it is to be.
func (d *delivery) set(ctx context.Context) error {
	if no, err := d.denied(ctx); err != nil || no != "" {
		return d.tell(ctx, no, err)
	}
	what, value, _ := strings.Cut(d.p.Arg, " ")
	counted, err := d.choose(ctx, what, value)
	d.chosen.Remove(d.scope(d.p.Team))
	switch {
	case err != nil:
		return err
	case counted == "": // a button of another version, or not one of ours
		return d.panel(ctx, "")
	}
	if d.w.scope != "" && d.w.Team == "" {
		if err := d.o.Set(ctx, d.scope(d.p.Team), keptOrg, d.w.scope); err != nil {
			return err
		}
	}
	d.o.Count("settings." + counted)
	return d.panel(ctx, "settings_saved")
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,24}$`)

// maxChannels is how many channels can be chosen.
const maxChannels = 100

// choose keeps a choice and returns what of it is counted, "" for one that there is not.
func (d *delivery) choose(ctx context.Context, what, value string) (counted string, err error) {
	scope := d.scope(d.p.Team)
	open := value
	if value == auto {
		value = ""
	}
	switch {
	case what == keptPublic && slices.Contains([]string{publicOff, publicOn, publicListed}, value):
	case what == keptLanguage && (value == "" || slices.Contains(langs, value)):
	case what == keptCountry && (value == "" || slices.Contains(d.countries(), value)):
		return what, d.o.Set(ctx, scope, what, value) // a count for each would be no use
	case what == keptChannels && d.o.Vault != nil:
		all := strings.Fields(value)
		all = slices.DeleteFunc(all, func(c string) bool { return !channelID.MatchString(c) })
		return what, d.o.Vault.SetSealed(ctx, scope, what, strings.Join(all[:min(len(all), maxChannels)], " "))
	default:
		return "", nil
	}
	return what + "." + open, d.o.Set(ctx, scope, what, value)
}

func (a *Adapter) countries() []string {
	if a.o.Countries == nil {
		return nil
	}
	return a.o.Countries()
}

// denied asks Slack, now, whether the person who asks looks after the workspace. It
// returns the key of what they are told if not, or if Slack does not say.
func (d *delivery) denied(ctx context.Context) (key string, err error) {
	if err := d.pace.call(ctx, "users.info"); err != nil {
		return "", err
	}
	u, err := d.api.GetUserInfoContext(ctx, d.p.User)
	code := codeOf(err)
	switch {
	case code == noScope:
		return "settings_unseen", nil
	case code == "user_not_found", code == "user_not_visible":
		return "settings_refused", nil
	case err != nil:
		return "", unsent(err)
	}
	d.m.Lang = first(d.m.Lang, u.Locale)
	switch {
	case u.ID != d.p.User, u.Deleted, u.IsBot, u.IsStranger, u.IsRestricted, u.IsUltraRestricted, foreign(d.p.Team, u.TeamID):
	case u.IsAdmin, u.IsOwner, u.IsPrimaryOwner:
		return "", nil
	}
	return "settings_refused", nil
}

// tell says why nothing is shown or changed, to whoever asked alone.
func (d *delivery) tell(ctx context.Context, key string, err error) error {
	if err != nil {
		return err
	}
	d.o.Count("settings.refused")
	return d.aside(ctx, &slack.WebhookMessage{Text: inert(d.o.Say(d.m.Lang, key))})
}

// aside answers a command or a press where only that person sees it.
func (d *delivery) aside(ctx context.Context, msg *slack.WebhookMessage) error {
	msg.ResponseType, msg.UnfurlLinks, msg.UnfurlMedia = slack.ResponseTypeEphemeral, new(bool), new(bool)
	if d.p.Hook == "" {
		return nil
	}
	if err := d.hook(ctx, d.p.Hook, msg); err != nil && !refused(err) {
		return sent(err)
	}
	return nil
}

// panel shows the settings as they are kept now; after a change it stands in the
// place of the one before, with a line that says so.
func (d *delivery) panel(ctx context.Context, done string) error {
	scope := d.scope(d.p.Team)
	now := map[string]string{}
	for _, name := range []string{keptPublic, keptLanguage, keptCountry} {
		var err error
		if now[name], err = d.o.Setting(ctx, scope, name); err != nil {
			return err
		}
	}
	chosen, err := d.channels(ctx, scope)
	if err != nil {
		return err
	}
	say := func(key string) string { return d.o.Say(d.m.Lang, key) }
	text := []string{say("settings_title"), say("settings_intro")}
	set := []slack.Block{slack.NewHeaderBlock(plainText(text[0])), slack.NewSectionBlock(plainText(text[1]), nil, nil)}
	add := func(label string, e slack.BlockElement) {
		text = append(text, label)
		set = append(set, slack.NewSectionBlock(plainText(label), nil, slack.NewAccessory(e)))
	}

	shown := []string{publicOff, publicOn}
	if d.o.Vault != nil {
		shown = append(shown, publicListed)
	}
	add(say("settings_public"), d.menu(keptPublic, first(now[keptPublic], publicOff), shown, false))
	if now[keptPublic] == publicListed && d.o.Vault != nil {
		all := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeConversations, plainText(say("settings_channels_pick")), pressSet+":"+keptChannels)
		all.InitialConversations = chosen
		most := maxChannels
		all.MaxSelectedItems = &most
		all.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeExternalSharedChannels: true}
		add(say("settings_channels"), all)
	}
	add(say("settings_language"), d.menu(keptLanguage, first(now[keptLanguage], auto), append([]string{auto}, langs...), false))
	if c := d.countries(); len(c) > 0 {
		add(say("settings_country"), d.menu(keptCountry, first(now[keptCountry], auto), append([]string{auto}, c[:min(len(c), 99)]...), true))
	}
	if done != "" {
		text = append(text, say(done))
		set = append(set, slack.NewContextBlock("", plainText(say(done))))
	}
	return d.aside(ctx, &slack.WebhookMessage{
		Text: inert(strings.Join(text, "\n")), Blocks: &slack.Blocks{BlockSet: set}, ReplaceOriginal: d.p.Errand == pressSet,
	})
}

// menu is a choice of one. An option's label is the phrase of its name; codes are
// shown where there is none.
func (d *delivery) menu(name, now string, values []string, codes bool) *slack.SelectBlockElement {
	var options []*slack.OptionBlockObject
	var initial *slack.OptionBlockObject
	for _, v := range values {
		label := d.o.Say(d.m.Lang, "settings_"+name+"_"+strings.ToLower(v))
		if label == "" && codes {
			label = v
		}
		o := slack.NewOptionBlockObject(v, plainText(shorten(label, buttonText)), nil)
		if options = append(options, o); v == now {
			initial = o
		}
	}
	m := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, pressSet+":"+name, options...)
	m.InitialOption = initial
	return m
}
