package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/bot"
)

// The errands of a server's settings: to show and change them, and to say that
// somebody may not. No button carries them.
const (
	errandSettings = "settings"
	errandDenied   = "denied"
)

// What a server can choose, by the names of the options and of what is kept.
const (
	keptPublic   = "public"   // information may be answered where it was asked
	keptChannel  = "channel"  // a channel to add to those in which that holds, or to take off
	keptChannels = "channels" // those channels; none is all
	keptLanguage = "language"
	keptCountry  = "country"
)

// auto stands for a choice that is left open: an option cannot be empty.
const auto = "auto"

const on, off = "on", "off"

// settingsLangs are the languages that a server can choose.
var settingsLangs = []string{"en", "es"}

// maxChannels is how many channels can be chosen.
const maxChannels = 100

// Permissions of a member, as Discord numbers them.
const (
	administrator = 1 << 3
	manageGuild   = 1 << 5
)

// A Vault keeps what is not to be read where it lies: Discord's own ids.
type Vault interface {
	SetSealed(ctx context.Context, scope, name, value string) error
	Sealed(ctx context.Context, scope, name string) (string, error)
}

// manages tells whether the member may change the settings of the server, by what
// Discord says of them with this very command.
func (i interaction) manages() bool {
	if i.GuildID == "" || i.Member == nil {
		return false
	}
	may, err := strconv.ParseUint(i.Member.Permissions, 10, 64)
	return err == nil && may&(administrator|manageGuild) != 0
}

// settings is the errand of the command: what was chosen, or that the member may not.
func (d *decoder) settings(i interaction, p place) bot.Message {
	p.Errand = errandDenied
	if i.manages() {
		chosen := url.Values{}
		for _, name := range []string{keptPublic, keptChannel, keptLanguage, keptCountry} {
			if v := strings.TrimSpace(i.text(name)); v != "" {
				chosen.Set(name, v)
			}
		}
		p.Errand, p.Arg = errandSettings, chosen.Encode()
	}
	m := d.message(p, i.Locale, "interaction", i.ID)
	m.Command = bot.Errand
	return m
}

// chosen is what a server chose for whoever asks there.
type chosen struct {
	lang, country string
	at            time.Time
}

// chosenLife is how long choices are taken for true: another process may have
// changed them. What others may see is never taken from memory.
const chosenLife = 10 * time.Second

// furnish gives a message the country that its server chose, and the language
// unless the person has their own. A store that does not answer costs only that.
func (a *Adapter) furnish(ctx context.Context, m *bot.Message) {
	p, err := placeOf(m.From)
	if err != nil || p.Guild == "" {
		return
	}
	scope := a.scope(p.Guild)
	c, ok := a.chosen.Get(scope)
	if !ok || time.Since(c.at) > chosenLife {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		lang, err1 := a.o.Setting(ctx, scope, keptLanguage)
		country, err2 := a.o.Setting(ctx, scope, keptCountry)
		if err := errors.Join(err1, err2); err != nil {
			a.o.Log.Warn("settings of a server not read", "err", err)
		} else {
			c.lang, c.country = lang, country
		}
		c.at = time.Now() // else each event would wait for a store that hangs
		a.chosen.Add(scope, c)
	}
	m.Lang, m.Country = cmp.Or(m.Lang, c.lang), cmp.Or(m.Country, c.country)
}

// manners are what a server lets others see where m was asked. They are read anew
// each time: who has made a server private is obeyed at once.
func (d *delivery) manners(ctx context.Context) (m bot.Manners, err error) {
	if d.p.Guild == "" || d.p.Surface != bot.Channel { // nothing is chosen for the rest
		return m, nil
	}
	scope := d.scope(d.p.Guild)
	public, err := d.o.Setting(ctx, scope, keptPublic)
	if err != nil || public != on {
		return m, err
	}
	all, _, err := d.channels(ctx, scope)
	if err != nil {
		return m, err
	}
	m.Public = len(all) == 0 || slices.Contains(all, d.p.Channel)
	if !m.Public {
		parent, err := d.parent(ctx, d.p.Channel)
		if err != nil {
			return m, err
		}
		m.Public = parent != "" && slices.Contains(all, parent)
	}
	return m, nil
}

// parent is the channel that a thread belongs to, "" for what is no thread or may not
// be looked at. It is known from then on: no thread moves.
func (a *Adapter) parent(ctx context.Context, channel string) (string, error) {
	if p, ok := a.parents.Get(channel); ok {
		return p, nil
	}
	var c struct {
		Type   int    `json:"type"`
		Parent string `json:"parent_id"`
	}
	err := a.rest.do(ctx, call{method: http.MethodGet, path: "channels/" + url.PathEscape(channel), route: "channel " + channel}, &c)
	if e, ok := errors.AsType[*refusal](err); ok && e.Status < http.StatusInternalServerError {
		return "", nil
	}
	if errors.Is(err, bot.ErrUnclear) {
		return "", fmt.Errorf("discord: thread not looked up (%w)", errAgain) // nothing was posted: it may be tried at once
	}
	if err != nil {
		return "", err
	}
	if c.Type < firstThread || c.Type > lastThread {
		c.Parent = "" // a category
	}
	a.parents.Add(channel, c.Parent)
	return c.Parent, nil
}

// The types of channel that are threads: in news, public, private.
const (
	firstThread = 10
	lastThread  = 12
)

// channels are those that a server chose, and the message that changed them last.
func (a *Adapter) channels(ctx context.Context, scope string) (all []string, by bot.MessageID, err error) {
	if a.o.Vault == nil {
		return nil, "", nil
	}
	kept, err := a.o.Vault.Sealed(ctx, scope, keptChannels)
	if err != nil || kept == "" {
		return nil, "", err
	}
	var list struct {
		By  bot.MessageID
		All []string
	}
	err = json.Unmarshal([]byte(kept), &list)
	return list.All, list.By, err
}

// settings keeps what was chosen, and shows what is in force now.
func (d *delivery) settings(ctx context.Context) error {
	chosen, err := url.ParseQuery(d.p.Arg)
	if err != nil {
		chosen = nil // not one of ours: nothing is changed
	}
	changed, err := d.choose(ctx, chosen)
	d.chosen.Remove(d.scope(d.p.Guild))
	if err != nil {
		return err
	}
	shown, err := d.inForce(ctx, changed)
	if err != nil {
		return err
	}
	return d.aside(ctx, shown)
}

// choose keeps what of the choices is one. Less is shown to others first, and more
// last, so that no answer is seen by more people than before and after.
func (d *delivery) choose(ctx context.Context, choice url.Values) (changed bool, err error) {
	set := func(name, value string) {
		if err == nil {
			err = d.o.Set(ctx, d.scope(d.p.Guild), name, value)
			changed = true
		}
	}
	public := choice.Get(keptPublic)
	if public == off {
		set(keptPublic, off)
	}
	if channel := choice.Get(keptChannel); snowflake(channel) && d.o.Vault != nil && err == nil {
		changed = true
		err = d.turn(ctx, channel, public == on)
	}
	if public == on {
		set(keptPublic, on)
	}
	if lang := choice.Get(keptLanguage); lang == auto || slices.Contains(settingsLangs, lang) {
		set(keptLanguage, strings.TrimPrefix(lang, auto))
	}
	country := choice.Get(keptCountry)
	if country == auto || slices.ContainsFunc(d.o.Countries(), func(c Choice) bool { return c.Value == country }) {
		set(keptCountry, strings.TrimPrefix(country, auto))
	}
	if changed && err == nil {
		d.o.Count("settings.changed")
	}
	return changed, err
}

// turn adds a channel to those chosen, or takes it off if it is one of them; once,
// however often the message is handed out. Who takes the last one off means less to
// be seen, and not more: then nothing is public, unless they say so.
func (d *delivery) turn(ctx context.Context, channel string, public bool) error {
	scope := d.scope(d.p.Guild)
	all, by, err := d.channels(ctx, scope)
	if err != nil || by == d.m.ID {
		return err
	}
	if i := slices.Index(all, channel); i >= 0 {
		all = slices.Delete(all, i, i+1)
	} else if len(all) < maxChannels {
		all = append(all, channel)
	}
	if len(all) == 0 && !public {
		if err := d.o.Set(ctx, scope, keptPublic, off); err != nil {
			return err
		}
	}
	kept, err := json.Marshal(map[string]any{"By": d.m.ID, "All": all})
	if err != nil {
		return err
	}
	return d.o.Vault.SetSealed(ctx, scope, keptChannels, string(kept))
}

// snowflake tells whether s looks like an id of Discord's.
func snowflake(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil && len(s) <= 20
}

// inForce are the settings as they are kept now.
func (d *delivery) inForce(ctx context.Context, changed bool) (post, error) {
	scope := d.scope(d.p.Guild)
	now := map[string]string{}
	for _, name := range []string{keptPublic, keptLanguage, keptCountry} {
		var err error
		if now[name], err = d.o.Setting(ctx, scope, name); err != nil {
			return post{}, err
		}
	}
	all, _, err := d.channels(ctx, scope)
	if err != nil {
		return post{}, err
	}
	f := face{Say: d.o.Say}
	say := func(key string) string { return inert(f.say(d.m.Lang, key)) }
	lines := []string{"**" + say("server_title") + "**", say("server_intro")}
	if changed {
		lines = slices.Insert(lines, 0, say("settings_saved"))
	}
	add := func(label, value string) { lines = append(lines, "- "+label+": **"+value+"**") }
	add(say("server_public"), say("server_public_"+cmp.Or(now[keptPublic], off)))
	names := []string{}
	for _, c := range all[:min(len(all), 40)] { // what is longer than a post is told by its number
		names = append(names, "<#"+c+">")
	}
	if more := len(all) - len(names); more > 0 {
		names = append(names, "+"+strconv.Itoa(more))
	}
	add(say("server_channels"), cmp.Or(strings.Join(names, " "), say("server_channels_all")))
	add(say("server_language"), say("settings_language_"+cmp.Or(now[keptLanguage], auto)))
	country := cmp.Or(now[keptCountry], auto)
	add(say("settings_country"), cmp.Or(say("settings_country_"+strings.ToLower(country)), inert(country)))
	return post{Content: strings.Join(lines, "\n"), Whole: true}, nil
}

// deny says that somebody does not manage the server, to them alone.
func (d *delivery) deny(ctx context.Context) error {
	d.o.Count("settings.refused")
	return d.aside(ctx, line(d.o.Say, d.m.Lang, "server_refused"))
}

// aside answers a command where only that person sees it.
func (d *delivery) aside(ctx context.Context, p post) error {
	err := d.original(ctx, p)
	switch codeOf(err) {
	case codeUnknownInteraction, codeUnknownWebhook, codeInvalidToken, codeUnknownMessage:
		return nil // too late; what was chosen is kept all the same
	}
	return err
}

// settingsCommand is the command as Discord takes it: shown to those who manage the
// server, unless its owners say otherwise there, and nowhere else.
func (o Options) settingsCommand() command {
	option := func(kind int, name, described string, values ...string) commandOption {
		c := commandOption{
			Type: kind, Name: name, Names: spanish(o.Say("es", "name_"+name)),
			Description: o.Say("en", described), Descriptions: spanish(o.Say("es", described)),
		}
		for _, v := range values {
			key := described + "_" + v
			c.Choices = append(c.Choices, commandChoice{Name: o.Say("en", key), Names: spanish(o.Say("es", key)), Value: v})
		}
		return c
	}
	channel := option(7, keptChannel, "server_channel")
	channel.ChannelTypes = []int{0, 2, 5, 10, 11, 12, 13} // where messages are: channels, threads, chats beside voices
	country := option(3, keptCountry, "settings_country")
	country.Autocomplete = true
	language := option(3, keptLanguage, "server_language")
	for _, v := range append([]string{auto}, settingsLangs...) {
		key := "settings_language_" + v
		language.Choices = append(language.Choices, commandChoice{Name: o.Say("en", key), Names: spanish(o.Say("es", key)), Value: v})
	}
	return command{
		Type: 1, Name: commandSettings, Names: spanish(o.Say("es", "name_settings")),
		Description: o.Say("en", "command_settings"), Descriptions: spanish(o.Say("es", "command_settings")),
		Options:     []commandOption{option(3, keptPublic, "server_public", on, off), channel, language, country},
		Permissions: json.Number(strconv.Itoa(manageGuild)), Contexts: []int{0}, Installs: []int{0},
	}
}
