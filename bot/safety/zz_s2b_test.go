package safety

import (
	"os"
	"strings"
	"testing"
)

func TestS2b(t *testing.T) {
	lines := func(f string) []string { b, _ := os.ReadFile("/tmp/s2/" + f); return strings.Split(strings.TrimSpace(string(b)), "\n") }
	for _, l := range append(lines("refusal2.txt"), lines("refusal3.txt")...) {
		if f := Triage(l, Context{}); f.Kind != Refusal {
			t.Logf("R: %q -> %s %v", l, f.Kind, f.Signs)
		}
	}
	for _, l := range append(lines("honest2.txt"), lines("honest3.txt")...) {
		if f := Triage(l, Context{}); f.Kind == Refusal || f.Kind == OffTopic || f.Kind == About {
			t.Logf("H2: %q -> %s %v", l, f.Kind, f.Signs)
		}
	}
	for _, l := range lines("asks.tsv") {
		c := strings.Split(l, "\t")
		if strings.Contains("off-topic-and-harmful what-are-you languages", c[1]) {
			if f := Triage(c[0], Context{}); f.Kind != About && f.Kind != OffTopic && f.Kind != Refusal {
				t.Logf("ABOUT %s: %q -> %s", c[1], c[0], f.Kind)
			}
			continue
		}
		if f := Triage(c[0], Context{}); f.Kind == Refusal || f.Kind == OffTopic || f.Kind == About {
			t.Logf("ASK %s: %q -> %s %v", c[1], c[0], f.Kind, f.Signs)
		}
	}
}
