package knowledge

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"sync/atomic"
	"time"
)

// Live is content in force that may be replaced while the program runs.
type Live struct {
	base     atomic.Pointer[Base]
	fsys     fs.FS
	overlays []fs.FS
	seen     uint64 // fingerprint of the overlays last looked at
}

// Open loads content and overlays. When an overlay is invalid the content
// without overlays is in force and the error says all that is wrong; when even
// that cannot be loaded, Live is nil.
func Open(fsys fs.FS, overlays ...fs.FS) (*Live, error) {
	l := &Live{fsys: fsys, overlays: overlays, seen: fingerprint(overlays)}
	b, err := Load(fsys, overlays...)
	if err != nil && len(overlays) > 0 {
		var plain *Base
		if plain, _ = Load(fsys); plain != nil {
			l.base.Store(plain)
			return l, err
		}
	}
	if err != nil {
		return nil, err
	}
	l.base.Store(b)
	return l, nil
}

// Base is the content in force. It is safe to call at any time.
func (l *Live) Base() *Base { return l.base.Load() }

// Watch looks for changed overlays every so often until ctx ends. Good content
// replaces the old at once; bad content is refused whole, and the old stays.
// changed is told of both: err is nil, or what is wrong.
func (l *Live) Watch(ctx context.Context, every time.Duration, changed func(version string, err error)) {
	if len(l.overlays) == 0 {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if reloaded, err := l.Reload(); reloaded || err != nil {
				changed(l.Base().Version(), err)
			}
		}
	}
}

// Reload loads the content anew if an overlay has changed since it was last
// looked at. It tells whether new content came into force. It must not be
// called by two goroutines at once.
func (l *Live) Reload() (bool, error) {
	p := fingerprint(l.overlays)
	if p == l.seen {
		return false, nil
	}
	l.seen = p
	b, err := Load(l.fsys, l.overlays...)
	if err != nil {
		return false, err
	}
	if b.Version() == l.Base().Version() {
		return false, nil
	}
	l.base.Store(b)
	return true, nil
}

// fingerprint changes when a file comes, goes, is written, or becomes readable.
func fingerprint(list []fs.FS) uint64 {
	h := fnv.New64a()
	for i, f := range list {
		fmt.Fprintf(h, "overlay %d\n", i)
		err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(h, "%s %d %d %s\n", name, info.Size(), info.ModTime().UnixNano(), info.Mode())
			return err
		})
		if err != nil {
			fmt.Fprintf(h, "%v", err) // unreadable now: look again when that changes
		}
	}
	return h.Sum64()
}
