package verify

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

//go:embed forest.tsv
var forestFile string

// forest are small trees, each adding to the doubt that the ones before it left.
type forest struct{ trees [][]node }

// node parts claims by one sign; a leaf has no sign and adds its value.
type node struct {
	by          sign // leaf for none
	over        float64
	left, right int // where to go on: not over it, over it
	adds        float64
}

const leaf sign = -1

// doubt is how likely a claim with these signs is unfaithful, 0 to 1.
func (f *forest) doubt(v *values) float64 {
	z := 0.0
	for _, t := range f.trees {
		z += drop(t, v)
	}
	return 1 / (1 + math.Exp(-z))
}

// drop is what the leaf adds that a claim falls into.
func drop(t []node, v *values) float64 {
	at := 0
	for t[at].by != leaf {
		if v[t[at].by] > t[at].over {
			at = t[at].right
		} else {
			at = t[at].left
		}
	}
	return t[at].adds
}

// readForest reads a file of lines: "limit LANG X", and for each tree "tree" and
// its nodes, parted by tabs: "SIGN OVER LEFT RIGHT" or what a leaf adds. Left and
// right are places in the tree, from 0.
func readForest(text string) (f *forest, limits map[string]float64, err error) {
	f, limits = &forest{}, map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		var name string
		var x float64
		switch kind, rest, _ := strings.Cut(line, " "); {
		case strings.HasPrefix(line, "tree\t"):
			var t []node
			t, err = readTree(line[len("tree\t"):])
			f.trees = append(f.trees, t)
		case kind == "limit":
			_, err = fmt.Sscan(rest, &name, &x)
			limits[name] = x
		case kind != "" && kind != "#" && kind != "learned":
			err = errors.New("unknown")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("verify: forest.tsv: line %.30q: %w", line, err)
		}
	}
	return f, limits, nil
}

// readTree reads the nodes of one tree. Each way through it ends at a leaf.
func readTree(text string) (t []node, err error) {
	for part := range strings.SplitSeq(text, "\t") {
		n := node{by: leaf}
		name := ""
		if strings.Contains(part, " ") {
			_, err = fmt.Sscan(part, &name, &n.over, &n.left, &n.right)
			n.by = sign(slices.Index(signNames, name))
		} else {
			_, err = fmt.Sscan(part, &n.adds)
		}
		if err != nil || name != "" && n.by == leaf {
			return nil, fmt.Errorf("node %q: learn the trees anew", part)
		}
		t = append(t, n)
	}
	for at, n := range t {
		if n.by != leaf && (n.left <= at || n.right <= at || n.left >= len(t) || n.right >= len(t)) {
			return nil, errors.New("a tree that leads nowhere")
		}
	}
	return t, nil
}
