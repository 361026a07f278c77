// Package seal keeps what people wrote unreadable on a disk: one master key
// wraps a random key per day, with which texts are sealed, and one key for
// pseudonyms. What a forgotten day's key has sealed is noise from then on.
//
// It knows keys, bytes and days. It must not know what is sealed, nor where the
// wrapped keys are kept.
//
// Why AES-256-GCM with a random nonce: it is in the standard library, takes less
// than a microsecond for a message, and a day's key seals far fewer than the
// 2^32 messages up to which random nonces are safe (NIST SP 800-38D, 8.3).
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Size is the length of every key, in bytes.
const Size = 32

// The errors of opening.
var (
	ErrWrongKey = errors.New("seal: not the master key that this was wrapped with")
	ErrNotOpen  = errors.New("seal: the text was sealed with another key, or was changed")
)

// A Master is the one key that must be kept outside the store. It wraps others
// and does nothing else. The zero value is of no use; see NewMaster.
type Master struct{ gcm cipher.AEAD }

// NewMaster makes a master of a key of Size bytes.
func NewMaster(key []byte) (*Master, error) {
	if len(key) != Size {
		return nil, fmt.Errorf("seal: a master key has %d bytes, this one %d", Size, len(key))
	}
	k, err := hkdf.Key(sha256.New, key, nil, "porchlight wrap 1", Size)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &Master{gcm(k)}, nil
}

// Wrap makes a new random key, wrapped under its name.
func (m *Master) Wrap(name string) (wrapped []byte) {
	key := make([]byte, Size)
	rand.Read(key)                                 // never fails
	return m.gcm.Seal(nil, nil, key, []byte(name)) //nolint:gosec // this AEAD makes its own random nonce
}

// Rewrap wraps again for another master what this one has wrapped.
func (m *Master) Rewrap(to *Master, name string, wrapped []byte) ([]byte, error) {
	key, err := m.unwrap(name, wrapped)
	if err != nil {
		return nil, err
	}
	return to.gcm.Seal(nil, nil, key, []byte(name)), nil //nolint:gosec // this AEAD makes its own random nonce
}

func (m *Master) unwrap(name string, wrapped []byte) ([]byte, error) {
	key, err := m.gcm.Open(nil, nil, wrapped, []byte(name))
	if err != nil || len(key) != Size {
		return nil, ErrWrongKey
	}
	return key, nil
}

// A Box seals texts with the key of one day.
type Box struct {
	day int
	gcm cipher.AEAD
}

// Box unwraps the key of a day; the error is ErrWrongKey.
func (m *Master) Box(day int, wrapped []byte) (*Box, error) {
	key, err := m.unwrap(BoxName(day), wrapped)
	if err != nil {
		return nil, err
	}
	return &Box{day, gcm(key)}, nil
}

// BoxName is the name under which the key of a day is wrapped.
func BoxName(day int) string { return fmt.Sprintf("day %d", day) }

const dayLen = 4

// Seal returns text sealed for a place; only there can it be opened. The day is
// in front, in the clear.
func (b *Box) Seal(text []byte, place string) []byte {
	out := binary.BigEndian.AppendUint32(make([]byte, 0, dayLen+b.gcm.Overhead()+len(text)), uint32(b.day)) //nolint:gosec // days since 1970
	return b.gcm.Seal(out, nil, text, []byte(place))                                                        //nolint:gosec // this AEAD makes its own random nonce
}

// Open returns what was sealed for that place; the error is ErrNotOpen.
func (b *Box) Open(sealed []byte, place string) ([]byte, error) {
	if day, ok := Day(sealed); !ok || day != b.day {
		return nil, ErrNotOpen
	}
	text, err := b.gcm.Open(nil, nil, sealed[dayLen:], []byte(place))
	if err != nil {
		return nil, ErrNotOpen
	}
	return text, nil
}

// Day is the day whose key sealed something; ok is false when it is too short
// to be sealed.
func Day(sealed []byte) (day int, ok bool) {
	if len(sealed) < dayLen {
		return 0, false
	}
	return int(binary.BigEndian.Uint32(sealed)), true
}

// A Namer gives people, conversations and events the names they have here.
type Namer struct{ key []byte }

// NamerName is the name under which the key of a Namer is wrapped.
const NamerName = "names"

// Namer unwraps the key of pseudonyms; the error is ErrWrongKey.
func (m *Master) Namer(wrapped []byte) (*Namer, error) {
	key, err := m.unwrap(NamerName, wrapped)
	if err != nil {
		return nil, err
	}
	return &Namer{key}, nil
}

// Name is a pseudonym: 128 bits of HMAC-SHA256, 22 letters, the same for the
// same kind and parts. Without the key nobody can tell whose it is.
func (n *Namer) Name(kind string, parts ...string) string {
	h := hmac.New(sha256.New, n.key)
	for _, s := range append([]string{kind}, parts...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s)))) // so that no two lists read alike
		h.Write([]byte(s))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// gcm is never given a key of a wrong size.
func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	g, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return g
}

// Parse reads a key written as 43 or 44 characters of base64, spaces around it
// allowed.
func Parse(s string) ([]byte, error) {
	s = strings.TrimRight(strings.TrimSpace(s), "=")
	s = strings.NewReplacer("+", "-", "/", "_").Replace(s)
	key, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(key) != Size {
		return nil, fmt.Errorf("seal: a master key is %d bytes in base64, as `openssl rand -base64 32` prints them", Size)
	}
	return key, nil
}

// KeyFile reads the key in a file. If there is none and create is set, it makes
// one that only its owner can read, and returns once that is on disk.
func KeyFile(name string, create bool) ([]byte, error) {
	raw, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		return createKey(name)
	case err != nil:
		return nil, fmt.Errorf("master key: %w", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return nil, fmt.Errorf("master key: %s can be read by others; run chmod 600 on it", name)
	}
	key, err := Parse(string(raw))
	if err != nil {
		return nil, fmt.Errorf("master key: %s: %w", name, err)
	}
	return key, nil
}

// createKey writes aside and links: a crash between leaves no half a key, and of
// processes that start at once one makes it.
func createKey(name string) ([]byte, error) {
	key := make([]byte, Size)
	rand.Read(key)
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".new") // which only its owner can read
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), name)
	}
	if errors.Is(err, fs.ErrExist) {
		return KeyFile(name, false)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return key, nil
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
