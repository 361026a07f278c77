// Package redact takes personal detail out of a text before the text leaves the
// machine, and leaves what an answer depends on.
//
// It knows how people write their names, numbers and addresses in English and
// Spanish, from word lists that a non-programmer can extend (words/). Text goes
// in, text comes out. It must not know messages, topics or platforms, keep what
// it has read, or write it anywhere; what belongs to the registry and to the
// knowledge base it is told by its caller, in a [Keep].
//
// # What goes and what stays
//
// Telephone numbers in any grouping, script or in words, e-mails, links,
// handles, addresses, ids, plates, accounts, dates of birth, names of people,
// employers and towns each give way to a marker such as [name]. The markers are
// the same in both languages: they are for a model, not for a person. Years,
// dates, sums of money, hours, ages, countries, U.S. states, visas, forms and
// citations of law stay, for they decide the answer.
//
// # How it works
//
// A text is folded (case, accents, digits and letters of other scripts,
// characters nobody sees) and cut into words once. Rules walk over it and paint
// what must go, the sure ones first; some paint what must stay, such as a sum of
// money, so that no later rule takes it for a telephone number. Then the painted
// stretches are replaced. What a rule took away can bring other words together,
// so all is done again until nothing changes.
//
// # Why not a model
//
// A model that finds names would itself be a place where a person's words go. It
// would also need to be there on the smallest machine. Rules miss names that
// look like any other word; that is the price, and testdata/ says how high it is.
//
// # Sections of words/*.txt
//
// A name follows openings and shorttitles in any case, and titles, roles and
// maybe only with a capital or when it is in names or surnames. Behind a role, an
// unknown word before one of copulas is a name too. Names counts in any case,
// except for those in maybenames, which are words as well and need a capital and
// a place inside a sentence. One of verbs behind an unknown capitalised word at
// the beginning of a sentence makes it a name. Connectors join the parts of a
// name; stop never is one.
//
// Places, states and proper stay. Towns, and unknown capitalised words, go behind
// near, but not behind consulates. An employer follows employers and stands
// before business or behind businessof. Streets are strongstreets, weakstreets
// (which are words too), esstreets and highways; rooms add to them. A number with
// units behind it is none of a house. Ids, plates, accounts, zips, passwords and
// born are followed by what they say, with fillers between, and handles too when
// one of tells stands there. Digits are number words, with what they say.
package redact
