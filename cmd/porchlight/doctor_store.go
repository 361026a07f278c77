package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

var errNoPostgres = errors.New("the address does not begin with postgres://; it looks like postgres://user@host:5432/database")

// where is the place of the store.
func (d *doctor) where(ctx context.Context) (string, error) {
	if !d.Store.set() {
		return d.Data, nil
	}
	place, err := d.reveal(ctx, "store", d.Store)
	if err == nil && !database.IsPostgres(place) {
		err = errNoPostgres
	}
	return place, err
}

func (d *doctor) thePostgres(ctx context.Context) []finding {
	const what = "postgres"
	place, err := d.where(ctx)
	if err != nil {
		return []finding{failOf(what, err, "look at the setting store")}
	}
	conn, err := pgx.Connect(ctx, place)
	if err != nil {
		return []finding{fail(what, "not reached: "+err.Error(), "look whether it runs, and at the address, user and password in the setting store")}
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var version, commit, sync string
	var standby bool
	var ms float64
	began := time.Now()
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version'), current_setting('synchronous_commit'), current_setting('fsync'),
		pg_is_in_recovery(), (extract(epoch FROM clock_timestamp())*1000)::float8`).Scan(&version, &commit, &sync, &standby, &ms)
	if err != nil {
		return []finding{fail(what, err.Error(), "look at its log")}
	}
	middle := began.Add(time.Since(began) / 2)
	clock := d.skew("clock", "the Postgres", time.UnixMilli(int64(ms)).Sub(middle), postgresSkew, warning, "have both machines keep the time with NTP")
	switch {
	case commit == "off":
		return []finding{fail(what, "version "+version+", synchronous_commit is off: what was acknowledged may be lost", "set synchronous_commit to on"), clock}
	case sync != "on":
		return []finding{fail(what, "version "+version+", fsync is "+sync+": what was acknowledged may be lost", "set fsync to on"), clock}
	case standby:
		return []finding{fail(what, "version "+version+", a standby, which takes no writes", "give the address of the primary"), clock}
	}
	return []finding{ok(what, "version "+version+", synchronous_commit is "+commit), clock}
}

// theStore looks at the master key and the store, which only together tell
// whether the key is right.
func (d *doctor) theStore(ctx context.Context) []finding {
	const what = "store"
	place, err := d.where(ctx)
	if err != nil {
		return []finding{fail(what, "not looked at: no address", "see postgres")}
	}
	fresh := false
	if !database.IsPostgres(place) {
		_, err := os.Stat(filepath.Join(place, "porchlight.db"))
		fresh = absent(err)
	}
	master, key := d.masterKey(ctx, place, fresh)
	if master == nil {
		return []finding{key}
	}
	if fresh {
		return []finding{key, trial(ctx, place, master)}
	}
	name := place
	if database.IsPostgres(place) {
		name = "the Postgres"
	}
	s, err := store.Open(ctx, place, master, store.Options{})
	switch {
	case errors.Is(err, database.ErrInUse):
		d.nowRunning()
		key.Detail += "; not held against the store, which is in use"
		return []finding{key, warn(what, "serve is running here", "stop it to have the store looked at")}
	case errors.Is(err, seal.ErrWrongKey):
		return []finding{fail("master key", "not the one that the store in "+name+" was sealed with", "give that one; without it nothing in the store can be read")}
	case err != nil:
		return []finding{key, failOf(what, err, storeMend(err))}
	}
	open, oldest, waitErr := s.Waiting(ctx)
	err = errors.Join(s.Ready(ctx), waitErr, s.Close()) //nolint:contextcheck // Close takes none
	if err != nil {
		return []finding{key, failOf(what, err, storeMend(err))}
	}
	key.Detail += "; it opens the store"
	return []finding{key, ok(what, fmt.Sprintf("%s opens, takes writes, and has them on disk; %d messages wait, the oldest for %v", name, open, oldest.Round(time.Second)))}
}

// absent tells whether there is no such file; below a file there is none either.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }

func storeMend(err error) string {
	switch {
	case errors.Is(err, database.ErrNoSpace):
		return "make room on the disk"
	case errors.Is(err, fs.ErrPermission):
		return "run this as the user that serve runs as, or give another --data"
	}
	return "look at the disk; where the file itself is damaged, move the folder away and start anew (go doc ./bot/inbox/store)"
}

// masterKey reads the key. There is no master where it cannot.
func (d *doctor) masterKey(ctx context.Context, place string, fresh bool) (*seal.Master, finding) {
	const what = "master key"
	var key []byte
	var err error
	found := ok(what, "can be read")
	switch name := filepath.Join(place, "key"); {
	case d.MasterKey.set():
		var text string
		if text, err = d.reveal(ctx, "master-key", d.MasterKey); err == nil {
			key, err = seal.Parse(text)
		}
		found = keyMode(d.MasterKey)
	case database.IsPostgres(place):
		return nil, fail(what, "none is set", "every process needs the same; make one with: openssl rand -base64 32")
	default:
		key, err = seal.KeyFile(name, false)
		found.Detail = name + " can be read, by its owner alone"
		if fresh && absent(err) {
			key, err = make([]byte, seal.Size), nil
			rand.Read(key) // never fails
			found.Detail = "none yet; serve makes one in " + name
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fail(what, name+" is missing, and the store is there", "bring it back from where it is kept; without it nothing in the store can be read")
		}
	}
	if err != nil {
		return nil, failOf(what, err, "give the key as file:PATH, cmd:COMMAND or env:NAME")
	}
	master, err := seal.NewMaster(key)
	if err != nil {
		return nil, failOf(what, err, "make one with: openssl rand -base64 32")
	}
	return master, found
}

// keyMode looks who can read the file of a key. What is handed in below /run is
// for this process alone, whatever its mode.
func keyMode(s secret) finding {
	const what = "master key"
	path, isFile := strings.CutPrefix(s.source, "file:")
	if !isFile || strings.HasPrefix(path, "/run/") {
		return ok(what, "can be read")
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return warn(what, fmt.Sprintf("%s can be read by others (mode %04o)", path, info.Mode().Perm()), "run chmod 600 on it")
	}
	return ok(what, path+" can be read, by its owner alone")
}

// trial makes a store beside the one that is not there yet, and takes it away.
func trial(ctx context.Context, place string, master *seal.Master) finding {
	const what = "store"
	near := place
	for near != filepath.Dir(near) {
		if _, err := os.Stat(near); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		near = filepath.Dir(near)
	}
	dir, err := os.MkdirTemp(near, "porchlight-doctor-")
	if err != nil {
		return fail(what, fmt.Sprintf("cannot be made in %s: %v", place, err), "run this as the user that serve runs as, or give another --data")
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, dir, master, store.Options{})
	if err == nil {
		err = errors.Join(s.Ready(ctx), s.Close()) //nolint:contextcheck // Close takes none
	}
	if err != nil {
		return failOf(what, err, storeMend(err))
	}
	return ok(what, "none yet; serve makes it in "+place+", where one opens, takes writes, and has them on disk")
}
