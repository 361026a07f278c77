package safety

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porchlight/knowledge"
)

// An example is a message and the kinds that it is, is not, or may be.
type example struct {
	what, lang, text string
	is               [len(weighed)]int8 // 1 yes, -1 no, 0 either
	feats            []int32
	part             bool // one sentence of an example
}

// answers says for each sort of example which kinds it is ("+") and which it
// may also be ("?"). All others it is not.
var answers = map[string]string{
	"danger":     "+danger +urgent ?disclosure ?tip",
	"self_harm":  "+self_harm +urgent ?disclosure ?tip",
	"disclosure": "+disclosure ?tip",
	"tip":        "+tip ?disclosure",
	"refusal":    "+refusal ?about",
	"off_topic":  "+off_topic",
	"about":      "+about",
	"asks":       "?disclosure ?tip ?about",                            // how people ask for a topic
	"cries":      "?danger ?self_harm ?urgent ?disclosure ?tip ?about", // for a topic about danger: many are in it
	"benign":     "",
	"info":       "?about", // questions that have a topic
	"honest":     "",
}

func labelled(what string) (out [len(weighed)]int8) {
	not, look := strings.CutPrefix(what, "not ") // looks like that kind; it may be another
	for i := range out {
		out[i] = -1
		if look && string(weighed[i]) != not && (weighed[i] != either || !Kind(not).Urgent()) {
			out[i] = 0
		}
	}
	for a := range strings.FieldsSeq(answers[what]) {
		i := slices.Index(weighed[:], Kind(a[1:]))
		out[i] = 0
		if a[0] == '+' {
			out[i] = 1
		}
	}
	return out
}

// examples reads all that the weights are trained on.
func examples(t *testing.T) []example {
	t.Helper()
	var out []example
	seen := map[string]bool{}
	add := func(what, lang, text string) {
		if text = strings.TrimSpace(text); text == "" || seen[text] {
			return
		}
		seen[text] = true
		out = append(out, example{what: what, lang: lang, text: text, is: labelled(what)})
	}
	for _, dir := range []string{"examples", "testdata"} {
		names, err := filepath.Glob(dir + "/*.tsv")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			part := strings.Split(filepath.Base(name), ".")
			if _, ok := answers[part[0]]; !ok || len(part) < 3 {
				t.Fatalf("%s: name it kind.language.tsv; the kinds are %v", name, slices.Sorted(maps.Keys(answers)))
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(bytes.NewReader(data))
			for lines.Scan() {
				text := lines.Text()
				if cols := strings.Split(text, "\t"); dir == "testdata" {
					text = cols[1]
				} else {
					text = cols[0]
				}
				add(part[0], part[1], text)
			}
		}
	}
	signs, err := load(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range signs.entries {
		if !slices.Contains(weighed[:], e.kind) || e.after != nil {
			continue
		}
		for _, l := range e.examples {
			add(string(e.kind), e.lang, l.text)
		}
		for _, l := range e.benign {
			add("not "+string(e.kind), e.lang, l.text)
		}
	}
	base, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range base.Langs() {
		for _, topic := range base.Topics(lang) {
			what := "asks"
			if Kind(topic.Kind).Urgent() {
				what = "cries"
			}
			for _, ask := range topic.Asks {
				add(what, lang, ask)
			}
		}
	}
	return append(out, runOn(out)...)
}

// runOn writes every third cry for help of English and Spanish the way it may
// be typed: without a stop before or after something calm.
func runOn(all []example) (out []example) {
	asks := map[string][]string{}
	for _, e := range all {
		if (e.what == "asks" || e.what == "about" || e.what == "info" || e.what == "tip") && strings.Count(e.text, " ") < 10 {
			asks[e.lang] = append(asks[e.lang], e.text)
		}
	}
	rng := rand.New(rand.NewPCG(2, 2))
	for i, e := range all {
		if i%3 != 0 || !Kind(e.what).Urgent() || len(asks[e.lang]) == 0 {
			continue
		}
		beside := strings.TrimRight(asks[e.lang][rng.IntN(len(asks[e.lang]))], "?!. ")
		if rng.IntN(2) == 0 {
			e.text = strings.TrimRight(e.text, "?!. ") + " " + beside
		} else {
			e.text = beside + " " + e.text
		}
		out = append(out, e)
	}
	return out
}

// lexicon packs the classes of words, lexicon/<language>.txt.
func lexicon(t *testing.T, s *signs) []byte {
	t.Helper()
	type entry struct{ class, longest uint8 }
	table := map[uint64]entry{}
	classes := map[string]uint8{}
	files, err := filepath.Glob("lexicon/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	sc := &scan{reader: reader{v: s.v}}
	none := &weights{words: "\x00\x00\x00\x00"}
	var problems int
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		for lines.Scan() {
			word, class, ok := strings.Cut(strings.TrimSpace(lines.Text()), " ")
			if !ok {
				problems++
				continue
			}
			sc.split(strings.ReplaceAll(word, "_", " "))
			s.hashTokens(sc, none)
			if len(sc.hashes) == 0 || len(sc.hashes) > 8 {
				continue
			}
			first := sc.hashes[0]
			h := first
			for _, x := range sc.hashes[1:] {
				h = mix(h, x)
			}
			if classes[class] == 0 {
				classes[class] = uint8(len(classes) + 1)
			}
			if e := table[h]; e.class == 0 {
				e.class, e.longest = classes[class], max(e.longest, 1)
				table[h] = e
			}
			e := table[first]
			e.longest = max(e.longest, uint8(len(sc.hashes)))
			table[first] = e
		}
	}
	t.Logf("%d words and phrases in %d classes, %d bad lines", len(table), len(classes), problems)
	bits := 4
	for 1<<bits < len(table)*3/2 {
		bits++
	}
	out := make([]byte, wordSize<<bits)
	mask := uint64(1)<<bits - 1
	for _, h := range slices.Sorted(maps.Keys(table)) {
		i := h & mask
		for out[i*wordSize] != 0 || out[i*wordSize+1] != 0 {
			i = (i + 1) & mask
		}
		slot := out[i*wordSize:]
		binary.LittleEndian.PutUint16(slot, print16(h))
		slot[2], slot[3] = table[h].class, table[h].longest
	}
	return out
}

// digest is a number for all that people may edit to train by: examples/ and
// lexicon/. Topics are left out, so that editing one does not ask for a training.
func digest(t *testing.T) uint64 {
	t.Helper()
	h := fnv.New64a()
	for _, pattern := range []string{"examples/*.tsv", "lexicon/*.txt"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			h.Write([]byte(filepath.ToSlash(name)))
			h.Write(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
		}
	}
	return h.Sum64()
}
