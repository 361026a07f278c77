package discordtwin

import (
	"crypto/ed25519"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// A Sign is how a request of Deliver is signed.
type Sign int

// SignWell is the way of Discord; the rest must be turned away.
const (
	SignWell     Sign = iota
	SignWrong         // with another key
	SignOld           // six minutes ago: the signature is good, and the request too old
	SignFuture        // in six minutes
	SignMissing       // no signature, no time stamp
	SignTampered      // the body was changed after it was signed
	SignGarbage       // what is no hexadecimal number
)

// sign puts the signature into the headers, or what stands in its place.
func (tw *Twin) sign(req *http.Request, body string, sign Sign) {
	at, key := tw.now(), tw.key
	switch sign {
	case SignMissing:
		return
	case SignWrong:
		key = ed25519.NewKeyFromSeed([]byte("another key, of nobody's, it is."))
	case SignOld:
		at = at.Add(-6 * time.Minute)
	case SignFuture:
		at = at.Add(6 * time.Minute)
	case SignWell, SignTampered, SignGarbage:
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	signature := hexed(ed25519.Sign(key, []byte(stamp+body)))
	if sign == SignGarbage {
		signature = "not a signature"
	}
	req.Header.Set("X-Signature-Timestamp", stamp)
	req.Header.Set("X-Signature-Ed25519", signature)
}

func hexed(b []byte) string { return hex.EncodeToString(b) }
