package llm

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// The most bytes of what comes, unpacked.
const (
	mostError      = 64 << 10
	mostEmbeddings = 64 << 20
	mostModels     = 4 << 20
	perByte        = 256 // of a stream for a byte of text: each word comes in an event of its own
)

// A wire is everything between the library and the server; see "Why" in the package's
// documentation. What it returns as an error is a *failure.
type wire struct {
	next     http.RoundTripper
	key      Key
	azure    bool
	mostText int
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	r, err := w.dress(r)
	if err != nil {
		return nil, err
	}
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, unreachable(err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, refused(resp)
	}
	if strings.HasSuffix(r.URL.Path, "/chat/completions") {
		return w.stream(resp)
	}
	most := mostModels
	if strings.HasSuffix(r.URL.Path, "/embeddings") {
		most = mostEmbeddings
	}
	return object(resp, most)
}

// dress adds to a request what the library cannot say.
func (w *wire) dress(r *http.Request) (*http.Request, error) {
	ctx := r.Context()
	r = r.Clone(ctx)
	r.Header.Del("Connection") // not a client's to set
	if !w.key.IsZero() {
		if w.azure {
			r.Header.Set("Api-Key", w.key.reveal())
		} else {
			r.Header.Set("Authorization", "Bearer "+w.key.reveal())
		}
	} else {
		r.Header.Del("Api-Key")
	}
	a, ok := askFrom(ctx)
	if !ok || r.Body == nil {
		return r, nil
	}
	raw, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, fail(whyNothing)
	}
	raw, err = a.patch(raw)
	if err != nil {
		return nil, fail(whyNothing)
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(raw))
	return r, nil
}

// stream hands on a stream of events, and judges whatever else came.
func (w *wire) stream(resp *http.Response) (*http.Response, error) {
	if mediaType(resp) == "text/event-stream" {
		resp.Body = newLines(resp.Body, 8*w.mostText+64<<10, perByte*w.mostText+1<<20)
		return resp, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostError))
	switch {
	case err != nil:
		return nil, unreachable(err)
	case isError(body):
		return nil, judge(0, resp.Header, body)
	case mediaType(resp) == "text/html":
		return nil, fail(whyPage)
	default:
		return nil, fail(whyNoStream)
	}
}

// object hands on an object that came whole and is not an error.
func object(resp *http.Response, most int) (*http.Response, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, unreachable(err)
	case len(body) > most:
		return nil, fail(whyWire)
	case mediaType(resp) == "text/html":
		return nil, fail(whyPage)
	case isError(body):
		return nil, judge(0, resp.Header, body)
	case !json.Valid(body):
		return nil, fail(whyJSON)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func refused(resp *http.Response) *failure {
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, mostError)) // what came of it is enough
	return judge(resp.StatusCode, resp.Header, body)
}

func mediaType(resp *http.Response) string {
	t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return t
}

// isError tells whether an object that came with a status of success is an error.
func isError(body []byte) bool {
	var o struct {
		Error  json.RawMessage `json:"error"`
		Object string          `json:"object"`
	}
	return json.Unmarshal(body, &o) == nil && (present(o.Error) || o.Object == "error")
}

// unreachable says why no answer came, or not all of it.
func unreachable(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	var (
		unknown   x509.UnknownAuthorityError
		wrongHost x509.HostnameError
		invalid   x509.CertificateInvalidError
		dns       *net.DNSError
		op        *net.OpError
		slow      net.Error
	)
	switch {
	case errors.As(err, &unknown), errors.As(err, &wrongHost), errors.As(err, &invalid), strings.Contains(err.Error(), "tls: "):
		return fail(whyTLS)
	case errors.As(err, &dns):
		return fail(whyName)
	case errors.Is(err, syscall.ECONNREFUSED), errors.As(err, &op) && op.Op == "dial":
		return fail(whyConnect)
	case errors.As(err, &slow) && slow.Timeout() && !errors.Is(err, context.DeadlineExceeded): // of a handshake
		return fail(whyConnect)
	default:
		return fail(whyReset)
	}
}
