package database

import "strings"

// A dialect is all that differs between the two engines in what they are asked.
type dialect struct {
	driver, serial, blob string
	skip                 string // rows that another replica is about to take
	keep                 string // a row that is read to be changed
}

var (
	sqlite   = dialect{"sqlite", "INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB", "", ""}
	postgres = dialect{"pgx", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BYTEA", "FOR UPDATE OF a SKIP LOCKED", "FOR UPDATE"}
)

// Speak puts a statement into the words of the engine.
func (d *DB) Speak(statement string) string { return d.dialect.speak(statement) }

func (d dialect) speak(s string) string {
	return strings.NewReplacer("{serial}", d.serial, "{blob}", d.blob, "{skip}", d.skip, "{keep}", d.keep).Replace(s)
}
