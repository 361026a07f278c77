package slacktwin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// A Sign is how a request of Deliver is signed.
type Sign int

// SignWell is the way of Slack; the rest must be turned away.
const (
	SignWell      Sign = iota
	SignWrong          // with another secret
	SignOld            // six minutes ago
	SignFuture         // in six minutes
	SignMissing        // no signature, no time stamp
	SignNoVersion      // without "v0="
	SignTampered       // the body was changed after it was signed
)

// sign puts the signature of Slack's version 0 into the headers, or what stands in
// its place.
func (tw *Twin) sign(req *http.Request, body string, sign Sign) {
	at, secret, version := tw.now(), tw.options.SigningSecret, "v0="
	switch sign {
	case SignMissing:
		return
	case SignWrong:
		secret += "?"
	case SignOld:
		at = at.Add(-6 * time.Minute)
	case SignFuture:
		at = at.Add(6 * time.Minute)
	case SignNoVersion:
		version = ""
	case SignWell, SignTampered:
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":" + body))
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", version+hex.EncodeToString(mac.Sum(nil)))
}

// Credentials are what the app has to be set up with.
func (tw *Twin) Credentials() (signingSecret, clientID, clientSecret string) {
	return tw.options.SigningSecret, tw.options.ClientID, tw.options.ClientSecret
}
