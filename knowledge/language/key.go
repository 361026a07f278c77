package language

// A key is how a word is looked up.
type key struct {
	typed, bare uint64 // hashes: as typed in lower case, and without accents
	length      int    // letters and digits
	langs       set    // that use all its letters
	digits      bool
}

// look hashes a word without its joints and marks. A letter held down counts
// less often: a vowel once ("holaaaa"), a consonant twice ("hmmmm").
func (t *tables) look(w string) key {
	k := key{typed: seed, bare: seed, langs: ^set(0)}
	once := k // k after the first of a run of equal letters
	var last uint16
	run := 0
	for _, ch := range w {
		i, ok := letterIndex(ch)
		switch {
		case !ok && letterOf(ch) != none:
			k.strange(ch)
			continue
		case !ok || joint(ch) || mark(ch):
			continue
		}
		le := &t.letters[i]
		if le.lower != last {
			last, run = le.lower, 0
		}
		run++
		switch {
		case run == 1:
			k.add(le)
			once = k
		case run == 2:
			k.add(le)
		case vowel(le.bare):
			once.length = k.length + 1
			k = once
		default:
			k.length++
		}
	}
	k.typed, k.bare = finish(k.typed), finish(k.bare)
	return k
}

func (k *key) add(le *letter) {
	k.length++
	k.typed = mix(k.typed, uint64(le.lower))
	k.bare = mix(k.bare, uint64(le.bare))
	if le.second != 0 {
		k.bare = mix(k.bare, uint64(le.second))
	}
	if digit(rune(le.lower)) {
		k.digits = true
		return
	}
	k.langs &= le.langs
}

// strange adds a letter that the table does not hold.
func (k *key) strange(ch rune) {
	k.length++
	k.langs = 0
	k.typed, k.bare = mix(k.typed, uint64(ch)), mix(k.bare, uint64(ch))
}

func vowel(r uint16) bool {
	switch r {
	case 'a', 'e', 'i', 'o', 'u', 'y', 'а', 'е', 'и', 'і', 'о', 'у', 'ы', 'я', 'ا', 'و', 'ي':
		return true
	}
	return false
}

const seed = 14695981039346656037

// mix is a step of FNV-1a, over characters instead of bytes.
func mix(h, v uint64) uint64 { return (h ^ v) * 1099511628211 }

// finish spreads a hash so that its low and high halves both serve.
func finish(h uint64) uint64 {
	h ^= h >> 32
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>29
}
