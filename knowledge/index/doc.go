// Package index is a small, immutable, in-memory search index for short texts.
//
// It knows words and how they are spelt, stemmed and weighed. It must not know
// what the texts are about, who asks, or any collection it was measured on.
//
// # Why our own
//
// Retrieval is what this program is for. Measured against general engines on
// the same files, four decisions answer better, and all four live inside the
// posting store: one idf shared by all fields, words kept as written and
// without accents, spelling correction of unknown words only, and proximity
// rescoring. The linguistics come from libraries: UAX #29 word boundaries from
// clipperhouse/uax29, Snowball stemmers from blevesearch/snowballstem, Unicode
// forms from golang.org/x/text. Think again when an index must be larger than
// memory, or must change in place.
//
// # How it scores
//
// A posting carries a ready-made impact: idf x sum over fields of weight x
// tf'(k1+1)/(tf'+k1), quantised to 1..255. A search sums impacts in integers,
// prunes with MaxScore (proven equal to exhaustive search by a test), rescores
// the best twenty by proximity, and reports calibrated signals beside the raw
// score, which by itself means nothing across collections.
package index
