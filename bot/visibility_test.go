package bot_test

import (
	"fmt"
	"testing"

	"porchlight/bot"
)

var allKinds = []bot.Kind{
	bot.Danger, bot.SelfHarm, bot.Disclosure, bot.Tip, bot.Refusal, bot.OffTopic, bot.About, bot.NoAnswer, bot.Answer, "",
}

// TestSee goes through everything that can be asked: what others may see is
// listed, and nothing else is.
func TestSee(t *testing.T) {
	opens := map[string]bool{
		"aside answer share": true, "aside answer share public": true,
		"channel answer share": true, "channel answer public": true, "channel answer share public": true,
	}
	for _, s := range []bot.Surface{bot.Direct, bot.Aside, bot.Channel, "", "new"} {
		for _, k := range allKinds {
			for _, share := range []bool{false, true} {
				for _, m := range []bot.Manners{{}, {Public: true}, {Whispers: true}, {Public: true, Whispers: true}} {
					name := fmt.Sprintf("%s %s", s, k)
					if share {
						name += " share"
					}
					if m.Public {
						name += " public"
					}
					got, want := bot.See(s, k, share, m), bot.Whisper
					switch {
					case s == bot.Direct:
						want = bot.InDirect
					case opens[name]:
						want = bot.Open
					case s == bot.Channel && !m.Whispers:
						want = bot.Pointer
					}
					if got != want {
						t.Errorf("%s, %+v: %v, want %v", name, m, got, want)
					}
					if got == bot.Open && k.Personal() {
						t.Errorf("%s, %+v: a person is given away", name, m)
					}
				}
			}
		}
	}
	if bot.See("", "", false, bot.Manners{}) != bot.Whisper {
		t.Error("the zero value is not private")
	}
}
