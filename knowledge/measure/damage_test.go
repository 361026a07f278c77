package measure

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTyposAreDeterministic(t *testing.T) {
	const q = "where is my passport and who keeps these documents"
	one := Typos(1)
	if again := one(q); again != one(q) || again != Typos(1)(q) {
		t.Error("equal seed and question, other damage")
	}
	same := 0
	for seed := range uint64(20) {
		if Typos(seed+2)(q) == one(q) {
			same++
		}
	}
	if same > 5 {
		t.Errorf("%d of 20 other seeds give the damage of the first", same)
	}
}

func TestTyposDamageThreeInTen(t *testing.T) {
	// Words of one shape, so that a damaged one is easy to tell.
	words, hit := 0, 0
	for seed := range uint64(200) {
		got := strings.Fields(Typos(seed + 1)("abcdef the abcdef abcdef is abcdef abcdef 123456"))
		if len(got) != 8 || got[1] != "the" || got[4] != "is" || got[7] != "123456" {
			t.Fatalf("short words and numbers must stay: %v", got)
		}
		for _, i := range []int{0, 2, 3, 5, 6} {
			words++
			if got[i] != "abcdef" {
				hit++
			}
		}
	}
	if share := float64(hit) / float64(words); share < 0.26 || share > 0.34 {
		t.Errorf("%.3f of the words damaged, want about 0.3", share)
	}
}

func TestTyposKinds(t *testing.T) {
	kinds := map[string]int{}
	for seed := range uint64(3000) {
		got := Typos(seed + 1)("Passwort")
		switch {
		case got == "Passwort":
		case len(got) == 7:
			kinds["dropped"]++
			if got[0] != 'P' {
				t.Errorf("first letter lost: %s", got)
			}
		case strings.Join(sorted(got), "") == strings.Join(sorted("Passwort"), ""):
			kinds["swapped"]++
		default:
			kinds["key"]++
			differ := 0
			for i := range got {
				if got[i] != "Passwort"[i] {
					differ++
					if !strings.ContainsRune(string(besideKey(rune("Passwort"[i]))), rune(got[i])) {
						t.Errorf("%s: %c is not beside %c", got, got[i], "Passwort"[i])
					}
				}
			}
			if differ != 1 {
				t.Errorf("%s: %d letters differ", got, differ)
			}
		}
	}
	for _, k := range []string{"dropped", "swapped", "key"} {
		if kinds[k] < 200 {
			t.Errorf("%s only %d times in about 900", k, kinds[k])
		}
	}
}

func sorted(s string) []string {
	out := strings.Split(s, "")
	for i := range out {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

func TestBesideKey(t *testing.T) {
	for r, want := range map[rune]string{
		'q': "wa", 'a': "sqwz", 'G': "FHTYVB", 'm': "njk", 'é': "wrsd", 'ж': "", '7': "", '中': "",
	} {
		if got := string(besideKey(r)); strings.Join(sorted(got), "") != strings.Join(sorted(want), "") {
			t.Errorf("%c: got %q, want the letters of %q", r, got, want)
		}
	}
}

// In other scripts the damage stays within the word.
func TestTyposInOtherScripts(t *testing.T) {
	for _, q := range []string{"Сколько очков уступила защита", "पैंथर्स डिफ़ेंस ने कितने अंक", "ทีมรับของแพนเธอร์ส", "黑豹队的防守丢了多少分", "كم نقطة تخلى عنها"} {
		changed := false
		for seed := range uint64(30) {
			got := Typos(seed + 1)(q)
			changed = changed || got != q
			if !utf8.ValidString(got) {
				t.Errorf("%q: damage broke the encoding", q)
			}
			for _, r := range got {
				if !strings.ContainsRune(q, r) {
					t.Errorf("%q: %c was not in the question", q, r)
				}
			}
		}
		if !changed {
			t.Errorf("%q: never damaged", q)
		}
	}
	for seed := range uint64(50) {
		if got := Typos(seed + 1)("ккккк"); got != "ккккк" && got != "кккк" {
			t.Errorf("one letter repeated: %q", got)
		}
	}
}

func TestUnaccented(t *testing.T) {
	for q, want := range map[string]string{
		"Đường sắt bị đóng": "Duong sat bi dong",
		"¿Cuántos niños?":   "¿Cuantos ninos?",
		"Łódź, ışık, Grün":  "Lodz, isik, Grun",
		"Ποιος κατέγραψε":   "Ποιος κατεγραψε",
		"Ещё мой ёж":        "Еще мой еж",
		"पैंथर्स ने":        "पैंथर्स ने",
		"ทีมรับ":            "ทีมรับ",
		"한국 東京 ASCII":       "한국 東京 ASCII",
	} {
		if got := Unaccented(q); got != want {
			t.Errorf("%q: got %q, want %q", q, got, want)
		}
	}
}
