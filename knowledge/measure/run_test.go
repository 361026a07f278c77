package measure

import (
	"encoding/json"
	"math"
	"testing"

	"porchlight/knowledge/index"
)

func small(t *testing.T) *Collection {
	t.Helper()
	c, err := Load(files(
		"a\tPassport\tNobody may keep your passport or identity papers.\n"+
			"b\tWages\tYou must be paid at least the minimum wage.\n"+
			"c\tRest\tYou may leave the housing on your day off.\n",
		"1\tmy boss keeps my passport\n2\tthe minimum wage\n3\tzebra quantum\n",
		"1\ta\t1\n2\tb\t1\n"), "small")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRun(t *testing.T) {
	foreign := &Collection{Questions: []Question{{ID: "f", Text: "football league results"}}}
	o := Options{Index: index.Options{Lang: "en"}, Foreign: []*Collection{foreign}}
	m := Run(small(t), o)
	if m.Passages != 3 || m.Questions != 2 || m.MRR != 1 || m.NDCG != 1 || m.Recall != 1 || m.First != 1 {
		t.Errorf("got %+v", m)
	}
	if m.Refusal == nil || m.Refusal.Unanswerable != 2 || len(m.Refusal.Signals) != len(signals) || m.Refusal.Signals[0].AUROC != 1 {
		t.Errorf("refusal: %+v", m.Refusal)
	}
	if m.P50 <= 0 || m.P99 < m.P50 || m.Build < 0 {
		t.Errorf("times: %+v", m)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Error(err)
	}
	again := Run(small(t), o)
	if again.NDCG != m.NDCG || again.MRR95 != m.MRR95 || math.Abs(again.Refusal.Signals[0].Threshold-m.Refusal.Signals[0].Threshold) > 0 {
		t.Errorf("measured again: %+v, before: %+v", again, m)
	}
}

func TestRunWithNothingToRefuse(t *testing.T) {
	c := small(t)
	c.Questions = c.Questions[:2]
	if m := Run(c, Options{Typos: 1, Unaccented: true, Limit: 1}); m.Refusal != nil || m.Questions != 1 {
		t.Errorf("got %+v", m)
	}
	c.Questions = nil
	if m := Run(c, Options{}); m.Questions != 0 || m.MRR != 0 {
		t.Errorf("no questions: %+v", m)
	}
	if m := Run(&Collection{}, Options{}); m.Passages != 0 {
		t.Errorf("nothing at all: %+v", m)
	}
}
