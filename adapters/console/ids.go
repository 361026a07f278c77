package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// ids makes names that tell nothing: a hash under a key that lives as long as
// the process, so that two runs cannot be linked.
type ids struct{ key []byte }

const idLen = 26

func newIDs() ids {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: the program would end
	return ids{key}
}

// id is the name of a thing of a kind; equal parts give equal names.
func (k ids) id(kind string, parts ...string) string {
	mac := hmac.New(sha256.New, k.key)
	var n [8]byte
	for _, p := range append([]string{kind}, parts...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		_, _ = mac.Write(n[:]) // a hash takes everything
		_, _ = mac.Write([]byte(p))
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))[:idLen]
}
