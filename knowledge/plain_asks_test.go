package knowledge

import (
	"io/fs"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// What plainAsks reads must be what YAML reads, in every file that ships.
func TestPlainAsksAreYAML(t *testing.T) {
	names, err := fs.Glob(Embedded(), "topics/*.md")
	if err != nil || len(names) == 0 {
		t.Fatal(err, len(names))
	}
	quick := 0
	for _, name := range names {
		data, err := fs.ReadFile(Embedded(), name)
		if err != nil {
			t.Fatal(err)
		}
		head, _, err := frontMatter(data)
		if err != nil {
			t.Fatal(name, err)
		}
		_, asks := plainAsks(string(head))
		if asks == nil {
			continue
		}
		quick++
		var all struct{ Asks []string }
		if err := yaml.Unmarshal(head, &all); err != nil {
			t.Fatal(name, err)
		}
		if !slices.Equal(all.Asks, asks) {
			t.Errorf("%s: YAML reads %q, plainAsks %q", name, all.Asks, asks)
		}
	}
	t.Logf("%d of %d files were read the quick way", quick, len(names))
}
