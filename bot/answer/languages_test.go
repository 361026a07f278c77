package answer_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porchlight/prompts"
)

// TestWhatLanguagesLack lists what each language that is recognised still lacks.
// English and Spanish lack nothing; the others have at least what is said, and
// looked for, when life is at stake.
func TestWhatLanguagesLack(t *testing.T) {
	phrases, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	base := content(t)
	there := func(pattern string) bool {
		found, err := filepath.Glob(filepath.FromSlash(pattern))
		return err == nil && len(found) > 0
	}
	files, err := os.ReadDir(filepath.FromSlash("../safety/words"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 12 {
		t.Errorf("only %d languages are recognised", len(files))
	}
	for _, f := range files {
		lang := strings.TrimSuffix(f.Name(), ".yaml")
		var lacks []string
		need := func(what string, ok bool) {
			if !ok {
				lacks = append(lacks, what)
			}
		}
		need("topics", slices.Contains(base.Langs(), lang))
		need("phrases", phrases.Has(lang))
		need("urgent phrases", phrases.Has(lang) || phrases.Urgent(lang, "danger") != "")
		need("never-words", there("../../prompts/never/"+lang+".txt"))
		need("follow-ups", there("../../prompts/follow/"+lang+".yaml"))
		need("word classes", there("../safety/lexicon/"+lang+".txt"))
		for _, kind := range []string{"danger", "self_harm", "benign", "disclosure", "tip", "refusal", "off_topic", "about"} {
			need("examples of "+kind, there("../safety/examples/"+kind+"."+lang+".*.tsv"))
			need("a test set of "+kind, there("../eval/sets/test/"+kind+"."+lang+".tsv"))
		}
		t.Logf("%s lacks: %s", lang, strings.Join(lacks, ", "))
		if lang == "en" || lang == "es" {
			if len(lacks) > 0 {
				t.Errorf("%s lacks %v", lang, lacks)
			}
			continue
		}
		for _, must := range []string{"urgent phrases", "examples of danger", "examples of self_harm", "examples of benign", "a test set of danger", "a test set of self_harm", "a test set of benign"} {
			if slices.Contains(lacks, must) {
				t.Errorf("%s lacks %s", lang, must)
			}
		}
	}
}

// TestUrgentInTheirLanguage: who cries for help in one of the ten other languages
// reads it there first, with the number, and in English after it.
func TestUrgentInTheirLanguage(t *testing.T) {
	p := pipeline(t, content(t))
	for lang, text := range map[string]string{
		"zh": "救命 他拿着刀要杀我", "vi": "cứu tôi với, ông ta có dao và nhốt tôi", "tl": "tulungan niyo ako may baril siya papatayin niya ako",
		"ko": "살려주세요 사장이 칼을 들고 있어요", "ru": "помогите у него нож он меня убьёт", "fr": "au secours il a un couteau il va me tuer",
		"pt": "socorro ele tem uma faca e vai me matar", "ht": "sekou li gen yon kouto li vle touye m", "ar": "النجدة معه سكين سوف يقتلني",
		"hi": "बचाओ उसके पास चाकू है वह मुझे मार देगा",
	} {
		r := ask(t, p, say("native-"+lang, text))
		want, ok := content(t).Fill(p.Phrases.Urgent(lang, "danger"), lang, "US")
		if !ok || !r.Urgent || !strings.Contains(r.Lead, want) || !strings.Contains(r.Lead, "911") || !strings.Contains(r.Also, "Call 911") {
			t.Errorf("%s: %s: lead %q, also %q", lang, r.Kind, r.Lead, r.Also)
		}
		if r.Closing == "" {
			t.Errorf("%s: nobody says how to get an interpreter", lang)
		}
	}
}

// TestCannotSpeakOrHear: the way without a voice comes first.
func TestCannotSpeakOrHear(t *testing.T) {
	p := pipeline(t, content(t))
	for _, text := range []string{"i cant talk he is in the next room with a gun", "im deaf and my boss is beating me help"} {
		r := ask(t, p, say("quiet "+text, text))
		if !r.Urgent || !strings.HasPrefix(r.Lead, "Can't talk? Text 911") {
			t.Errorf("%q: %s %v: %q", text, r.Kind, r.Flags, r.Lead)
		}
	}
}
