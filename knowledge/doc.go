// Package knowledge is what Porchlight knows: topics, their sources, and the
// registry of help lines, loaded from files that people without a programming
// background can edit, checked, and made searchable.
//
// It knows passages, sources, resources and the index over them. It must not
// know platforms, models, conversations, or what a message asked for.
//
// Contacts (telephone numbers, short codes, web and e-mail addresses) leave
// this package only inside a Card or a Citation, which only it can make, from
// typed registry entries. Prose names a help line by its id in braces; the
// loader puts the line's name there, never its number.
package knowledge

import (
	"embed"
	"io/fs"
)

//go:embed sources.yaml topics resources synonyms outside
var embedded embed.FS

// Embedded is the content that ships with the program.
func Embedded() fs.FS { return embedded }
