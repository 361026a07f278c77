package near

import (
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errOther says that a file holds vectors of something else.
var errOther = errors.New("near: vectors of another model or content")

// file is where the vectors of a content are kept: one a model, so that an old
// content's give way to a new one's.
func (x *Index) file() string {
	sum := sha256.Sum256([]byte(x.Embedder.EmbeddingModel()))
	return filepath.Join(x.Dir, "vectors-"+hex.EncodeToString(sum[:6]))
}

// read takes vectors from the file. It fails where there are none of this model
// and content, or they are damaged.
func (x *Index) read(version string) (*vectors, error) {
	if x.Dir == "" {
		return nil, os.ErrNotExist
	}
	f, err := os.Open(x.file())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v := &vectors{}
	if err := gob.NewDecoder(f).Decode(v); err != nil {
		return nil, fmt.Errorf("near: read vectors: %w", err)
	}
	if v.Model != x.Embedder.EmbeddingModel() || v.Version != version || len(v.Entries) == 0 {
		return nil, errOther
	}
	for _, e := range v.Entries {
		if len(e.Vector) == 0 || len(e.Vector) != len(v.Entries[0].Vector) {
			return nil, errOther
		}
	}
	return v, nil
}

// write keeps vectors, whole or not at all.
func (x *Index) write(v *vectors) error {
	if x.Dir == "" {
		return nil
	}
	f, err := os.CreateTemp(x.Dir, ".vectors-*")
	if err != nil {
		return fmt.Errorf("near: keep vectors: %w", err)
	}
	defer os.Remove(f.Name())
	if err := errors.Join(gob.NewEncoder(f).Encode(v), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("near: keep vectors: %w", err)
	}
	return os.Rename(f.Name(), x.file())
}
