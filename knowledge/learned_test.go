package knowledge

import (
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	"porchlight/knowledge/classify"
	"porchlight/knowledge/index"
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

// TestLearnedOfATopic: a way of asking looks like its own topic more than like
// others, whether the search found them or not; a subject of none looks like none.
func TestLearnedOfATopic(t *testing.T) {
	b := embeddedBase(t)
	topic := func(id string) *Topic {
		x, ok := b.Topic(id, "en")
		if !ok {
			t.Fatal(id)
		}
		return x
	}
	f := b.FindIn("en", index.Query{Text: "can my husband and children be on my t visa", Limit: 1})
	own, other := f.Learned(topic("t-visa")), f.Learned(topic("wear-blue-day"))
	if own <= 0 || other >= 0 || f.LearnedOutside() >= own {
		t.Errorf("own %.2f, other %.2f, outside %.2f", own, other, f.LearnedOutside())
	}
	f = b.FindIn("en", index.Query{Text: "epidural pros and cons"})
	if f.LearnedOutside() <= f.Learned(topic("t-visa")) {
		t.Error("childbirth looks like the T visa")
	}
	if none := (&Finding{}); none.Learned(topic("t-visa")) >= 0 || none.LearnedOutside() >= 0 {
		t.Error("something was learned of nothing")
	}
}
