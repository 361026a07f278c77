package llm

import (
	"net/http"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// NewOver is New with something else in the place of the network.
func NewOver(o Options, f func(*http.Request) (*http.Response, error)) (*Client, error) {
	c, err := New(o)
	if err != nil {
		return nil, err
	}
	c.api = library(c.options, c.address, &wire{next: roundTrip(f), key: o.Key, azure: c.address.azure, mostText: c.options.MaxBytes})
	return c, nil
}
