package llm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sashabaranov/go-openai"
	"golang.org/x/time/rate"
)

// A Client is one server with one model that writes, one that makes vectors, or both.
// It is a Model and an Embedder, and may be used by many goroutines at once. Make one
// with New.
type Client struct {
	options   Options
	address   address
	api       *openai.Client
	transport *http.Transport
	writing   *gate
	embedding *gate
	retries   *rate.Limiter // of all calls, so that retries do not drown a server that is about to recover
	learned   atomic.Pointer[dialect]
	length    atomic.Int64 // of the vectors, once known
}

// New makes a client; it asks the server nothing. The error says all that is wrong with
// the options, where, and how to mend it; it is an ErrConfig and holds no key.
func New(o Options) (*Client, error) {
	a, err := parseAddress(o)
	or(&o.Model, a.deployment)
	if err := errors.Join(err, o.wrong()); err != nil {
		return nil, fmt.Errorf("%w:\n%w", ErrConfig, err)
	}
	o = o.filled(a.local)
	c := &Client{options: o, address: a, retries: rate.NewLimiter(rate.Every(6*time.Second), 10)}
	c.writing, c.embedding = newGate(o, "write"), newGate(o, "embed")
	c.learned.Store(&dialect{maxNew: a.openai || a.azure})
	c.transport = transport(o, a)
	c.api = library(o, a, &wire{next: c.transport, key: o.Key, azure: a.azure, mostText: o.MaxBytes})
	return c, nil
}

// library is the client that makes addresses and requests. It gets no key.
func library(o Options, a address, rt http.RoundTripper) *openai.Client {
	config := openai.DefaultConfig("")
	if a.azure {
		config = openai.DefaultAzureConfig("", "")
		config.APIVersion = a.version
		config.AzureModelMapperFunc = func(model string) string {
			if a.deployment != "" && model == o.Model {
				return a.deployment
			}
			return model
		}
	}
	config.BaseURL = a.base
	config.HTTPClient = &http.Client{Transport: rt} // without Timeout, which would cut streams
	return openai.NewClientWithConfig(config)
}

func transport(o Options, a address) *http.Transport {
	t := &http.Transport{
		DialContext:            o.Dial,
		TLSHandshakeTimeout:    o.Connect,
		MaxIdleConnsPerHost:    o.MaxInFlight,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
	if !a.local {
		t.Proxy = http.ProxyFromEnvironment
	}
	if o.Dial == nil {
		t.DialContext = a.dialer(o.Connect)
	}
	return t
}

// dialer connects to the address. One of this machine is held to it: a name service
// that takes "localhost" elsewhere finds nobody.
func (a address) dialer(within time.Duration) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{Timeout: within, KeepAlive: 15 * time.Second}
	return func(ctx context.Context, network, to string) (net.Conn, error) {
		if a.unix != "" {
			network, to = "unix", a.unix
		}
		conn, err := d.DialContext(ctx, network, to)
		if err != nil || !a.local || a.unix != "" {
			return conn, err
		}
		if there, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err != nil || !there.Addr().Unmap().IsLoopback() {
			_ = conn.Close()
			return nil, fail(whyAbroad)
		}
		return conn, nil
	}
}

// Local tells whether the server is on this machine, so that nothing that is asked
// leaves it: a loopback address, "localhost" that leads to one, or a socket. Redirects
// are not followed, here or elsewhere.
func (c *Client) Local() bool { return c.address.local }

// Host is where the server is, for people to read: "127.0.0.1:11434".
func (c *Client) Host() string { return c.address.host }

// Model is the name of what writes; it may be "".
func (c *Client) Model() string { return c.options.Model }

// EmbeddingModel is the name of what makes vectors; it may be "".
func (c *Client) EmbeddingModel() string { return c.options.EmbeddingModel }

// Resting tells whether the model that writes kept failing and is left alone for a
// moment, so that Generate would fail at once.
func (c *Client) Resting() bool { return c.writing.resting() }

// Close ends the connections that are kept for later. The client can still be used.
func (c *Client) Close() { c.transport.CloseIdleConnections() }
