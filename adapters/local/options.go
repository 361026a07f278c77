package local

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// Options is what the adapter needs to know. The zero value listens on a port
// that the system chooses and asks for no token.
type Options struct {
	// Addr is where to listen: 127.0.0.1 or [::1], and a port. "" is 127.0.0.1:0,
	// any free port; Server.Addr tells which.
	Addr string
	// Name makes the pseudonym of an event, a conversation or a person. nil makes
	// names that last as long as the process: then an id that is sent again after a
	// restart is another message.
	Name func(kind string, parts ...string) string
	// Token, unless "", must come with each request as "Authorization: Bearer …".
	// Without one, every user of the machine may ask.
	Token string
	// Log gets what could not be stored and who was turned away, never a person's
	// words; nil is silent.
	Log *slog.Logger
	// Keep is how long an answer can be fetched; 0 means ten minutes.
	Keep time.Duration
	// MaxKept is how many answers are kept, the latest ones; 0 means 10,000.
	MaxKept int
}

// Validate tells all that is wrong with o, or nil. Run does so, too.
func (o Options) Validate() error {
	var wrong []error
	host, port, err := net.SplitHostPort(o.addr())
	switch _, noPort := strconv.ParseUint(port, 10, 16); {
	case err != nil || host != "127.0.0.1" && host != "::1":
		wrong = append(wrong, fmt.Errorf("local listens on 127.0.0.1 only, not on %q: write 127.0.0.1:8080, say, or [::1]:8080", o.Addr))
	case noPort != nil:
		wrong = append(wrong, fmt.Errorf("local: the port in %q is none: write a number from 0 to 65535", o.Addr))
	}
	if strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		wrong = append(wrong, errors.New("local: the token cannot stand in a header: use letters, digits and signs, without spaces or line ends"))
	}
	return errors.Join(wrong...)
}

func (o Options) addr() string { return cmp.Or(o.Addr, "127.0.0.1:0") }

func (o Options) filled() Options {
	if o.Name == nil {
		o.Name = names()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Keep <= 0 {
		o.Keep = 10 * time.Minute
	}
	if o.MaxKept <= 0 {
		o.MaxKept = 10_000
	}
	return o
}

// names makes pseudonyms under a key that is forgotten with the process.
func names() func(kind string, parts ...string) string {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: the program would end
	return func(kind string, parts ...string) string {
		mac := hmac.New(sha256.New, key)
		for _, p := range append([]string{kind}, parts...) {
			_, _ = fmt.Fprintf(mac, "%d:%s", len(p), p) // a hash takes everything
		}
		return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
	}
}
