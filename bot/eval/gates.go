package eval

import (
	_ "embed"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

//go:embed gates.yaml
var gatesFile []byte

// A Gate is a share that must be kept, and the one that is aimed at.
type Gate struct {
	Name    string   `yaml:"name"`
	Sets    []string `yaml:"sets"`
	Langs   []string `yaml:"langs"`   // none: all
	Measure string   `yaml:"measure"` // see measures
	// Keep is the share under which a run fails: a little under what was
	// reached. Aim is what the project wants. For measures of which less is
	// better they are the most that may be.
	Keep float64 `yaml:"keep"`
	Aim  float64 `yaml:"aim"`
}

// A Verdict is what came of a gate.
type Verdict struct {
	Gate
	N     int     `json:"n"`
	Count int     `json:"count"`
	Share float64 `json:"share"`
	Kept  bool    `json:"kept"`
	Met   bool    `json:"met"` // the aim
	Fewer bool    `json:"fewer"`
}

// measures say what is counted, of which cases, and whether fewer is better.
var measures = map[string]struct {
	fewer  bool
	of     func(Outcome) bool
	counts func(Outcome) bool
}{
	"right":    {counts: func(o Outcome) bool { return o.Right }},
	"alarm":    {fewer: true, counts: func(o Outcome) bool { return o.Urgent }},
	"declined": {fewer: true, counts: func(o Outcome) bool { return o.Kind == "no_answer" || o.Kind == "off_topic" }},
	"broken":   {fewer: true, counts: func(o Outcome) bool { return len(o.Broken) > 0 }},
	// how many of the lay wordings are missed whose expert twin is not
	"lay":    {of: func(o Outcome) bool { return o.Voice == "lay" }, counts: func(o Outcome) bool { return o.Right }},
	"expert": {of: func(o Outcome) bool { return o.Voice == "expert" }, counts: func(o Outcome) bool { return o.Right }},
}

// Gates reads a gates file; nil is the one that comes with the program.
func Gates(data []byte) ([]Gate, error) {
	if data == nil {
		data = gatesFile
	}
	var out []Gate
	if err := yaml.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("gates: %w", err)
	}
	for _, g := range out {
		if _, ok := measures[g.Measure]; !ok {
			return nil, fmt.Errorf("gates: %q: measure %q: it may be right, alarm, declined, broken, lay or expert", g.Name, g.Measure)
		}
		for _, s := range g.Sets {
			if !slices.Contains(Names, s) {
				return nil, fmt.Errorf("gates: %q: there is no set %q", g.Name, s)
			}
		}
	}
	return out, nil
}

// Judge holds the report against gates. A gate without cases is left out.
func (r *Report) Judge(gates []Gate) {
	for _, g := range gates {
		m := measures[g.Measure]
		v := Verdict{Gate: g, Fewer: m.fewer}
		for _, o := range r.Cases {
			if len(g.Sets) > 0 && !slices.Contains(g.Sets, o.Set) || len(g.Langs) > 0 && !slices.Contains(g.Langs, o.Lang) ||
				m.of != nil && !m.of(o) {
				continue
			}
			v.N++
			v.Count += one(m.counts(o))
		}
		if v.N == 0 {
			continue
		}
		v.Share = float64(v.Count) / float64(v.N)
		v.Kept, v.Met = v.Share >= g.Keep, v.Share >= g.Aim
		if m.fewer {
			v.Kept, v.Met = v.Share <= g.Keep, v.Share <= g.Aim
		}
		r.Gates = append(r.Gates, v)
	}
}

// Kept says whether every gate was kept.
func (r *Report) Kept() bool {
	return !slices.ContainsFunc(r.Gates, func(v Verdict) bool { return !v.Kept })
}
