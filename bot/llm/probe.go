package llm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"
)

// probeTime is enough for a list of models, also on a slow line.
const probeTime = 5 * time.Second

// Probe finds out whether the server is there, takes the key and has the models, by its
// list of models; it costs no tokens. The error names the server and says what to mend;
// it is of the same kinds as Generate's. Neither retries nor the breaker have a part in
// it.
func (c *Client) Probe(ctx context.Context) error {
	within, w := watch(ctx)
	defer w.stop()
	w.within(probeTime, whyFirst)
	list, err := c.api.ListModels(within)
	if err != nil {
		f := explain(ctx, w.cause(within, err))
		f.detail = c.address.host
		return f
	}
	for _, model := range []string{c.options.Model, c.options.EmbeddingModel} {
		if !c.offers(list.Models, model) {
			f := fail(whyModel)
			f.detail = fmt.Sprintf("%s lists %d, among them no %q", c.address.host, len(list.Models), model)
			return f
		}
	}
	return nil
}

// offers tells whether a model is in the list, or need not be. Azure lists models, not
// deployments, and llama.cpp answers to any name.
func (c *Client) offers(list []openai.Model, model string) bool {
	if model == "" || c.address.azure || len(list) == 0 {
		return true
	}
	for _, m := range list {
		if m.OwnedBy == "llamacpp" || strings.EqualFold(m.ID, model) || strings.EqualFold(m.ID, model+":latest") {
			return true
		}
	}
	return false
}

// failed tells whether an error is one of ours, or a ctx's.
func failed(err error) bool {
	if _, ok := errors.AsType[*failure](err); ok {
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
