package knowledge

import (
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	"porchlight/knowledge/classify"
)

var learn = flag.Bool("learn", false, "learn from the topics and write learned/*.bin")

// lessons are the examples that a language is learned from.
func lessons(b *Base, lang string) (out []classify.Example, digest uint64) {
	h := fnv.New64a()
	add := func(class, text string) {
		out = append(out, classify.Example{Class: class, Text: text})
		fmt.Fprintf(h, "%s\t%s\n", class, text)
	}
	for _, t := range b.Topics(lang) {
		add(t.ID, t.Title)
		add(t.ID, t.Answer)
		for _, s := range t.Details {
			add(t.ID, s)
		}
		for _, s := range t.Asks {
			add(t.ID, s)
		}
	}
	for _, o := range b.outside[lang] {
		for _, s := range o.Asks {
			add(foreignClass, s)
		}
	}
	return out, h.Sum64()
}

// TestLearned refuses weights that were learned from other topics than are
// there. With -learn it learns anew.
func TestLearned(t *testing.T) {
	b := embeddedBase(t)
	for _, lang := range b.Langs() {
		examples, digest := lessons(b, lang)
		if *learn {
			if err := os.WriteFile(filepath.Join("learned", lang+".bin"), classify.Train(examples, digest), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if models()[lang].Digest() != digest {
			t.Errorf("learned/%s.bin was not made of the topics as they are; run: go test ./knowledge -run Learned -learn", lang)
		}
	}
}
