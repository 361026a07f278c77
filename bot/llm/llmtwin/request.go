package llmtwin

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A Request is what a client asked, and what it was asked with.
type Request struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	Body         []byte
	Fault        string // the name of the fault that befell it, or ""

	Model     string
	System    string // the system message
	User      string // the last message of the user
	MaxTokens int    // by either name
	Stream    bool
	Usage     bool     // it asks for the usage in the stream
	Cached    bool     // its system message was seen before
	Inputs    []string // of embeddings

	fields map[string]json.RawMessage
}

// Has tells whether the body has a field, also one whose value is zero.
func (r Request) Has(field string) bool {
	_, ok := r.fields[field]
	return ok
}

// Field is a field of the body as it came, "" if it has none.
func (r Request) Field(name string) string { return string(r.fields[name]) }

const mostBody = 8 << 20

func readRequest(r *http.Request) Request {
	body, _ := io.ReadAll(io.LimitReader(r.Body, mostBody)) // what is missing shows as bad JSON
	q := Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(), Body: body}
	var in struct {
		Model    string
		Messages []struct{ Role, Content string }
		Stream   bool
		Max      int `json:"max_tokens"`
		MaxNew   int `json:"max_completion_tokens"`
		Options  struct {
			Usage bool `json:"include_usage"`
		} `json:"stream_options"`
		Input any
	}
	_ = json.Unmarshal(body, &in) // check says what is wrong
	_ = json.Unmarshal(body, &q.fields)
	q.Model, q.Stream, q.Usage, q.MaxTokens = in.Model, in.Stream, in.Options.Usage, max(in.Max, in.MaxNew)
	for _, m := range in.Messages {
		if m.Role == "system" || m.Role == "developer" {
			q.System = m.Content
		} else {
			q.User = m.Content
		}
	}
	switch input := in.Input.(type) {
	case string:
		q.Inputs = []string{input}
	case []any:
		for _, t := range input {
			text, _ := t.(string)
			q.Inputs = append(q.Inputs, text)
		}
	}
	return q
}

// check is what a server does not take about a request, as an error, or "".
func (tw *Twin) check(r Request) (status int, body string) {
	if tw.options.Key != "" && r.Header.Get("Authorization") != "Bearer "+tw.options.Key && r.Header.Get("Api-Key") != tw.options.Key {
		return http.StatusUnauthorized, errorBody("Incorrect API key provided: "+r.Header.Get("Authorization"), "invalid_request_error", "invalid_api_key", "")
	}
	switch {
	case strings.HasSuffix(r.Path, "/models"):
		return 0, ""
	case !json.Valid(r.Body):
		return http.StatusBadRequest, errorBody("We could not parse the JSON body of your request.", "invalid_request_error", "", "")
	case strings.HasSuffix(r.Path, "/embeddings"):
		return tw.checkInputs(r)
	case strings.HasSuffix(r.Path, "/chat/completions"):
		return tw.checkChat(r)
	default:
		return 0, ""
	}
}

func (tw *Twin) checkInputs(r Request) (int, string) {
	if tw.options.EmbeddingModel != "" && r.Model != tw.options.EmbeddingModel {
		return noModel(r.Model)
	}
	if len(r.Inputs) == 0 || slices.Contains(r.Inputs, "") {
		return http.StatusBadRequest, errorBody("'$.input' is invalid.", "invalid_request_error", "", "input")
	}
	return 0, ""
}

func (tw *Twin) checkChat(r Request) (int, string) {
	if tw.options.Model != "" && r.Model != tw.options.Model {
		return noModel(r.Model)
	}
	if r.User == "" {
		return http.StatusBadRequest, errorBody("messages: a message has no content", "invalid_request_error", "", "messages")
	}
	for _, f := range tw.options.Refuses {
		if f == "system role" && r.System != "" {
			return http.StatusBadRequest, errorBody("System role not supported", "BadRequestError", "400", "")
		}
		if !r.Has(f) {
			continue
		}
		text, param := "Unrecognized request argument supplied: "+f, ""
		switch f {
		case "max_tokens":
			text, param = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", f
		case "temperature":
			text, param = "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.", f
		}
		return http.StatusBadRequest, errorBody(text, "invalid_request_error", "unsupported_parameter", param)
	}
	return 0, ""
}

func noModel(name string) (int, string) {
	return http.StatusNotFound, errorBody("The model '"+name+"' does not exist or you do not have access to it.", "invalid_request_error", "model_not_found", "")
}

// errorBody is an error as OpenAI writes it.
func errorBody(message, kind, code, param string) string {
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return compact(map[string]any{"error": map[string]any{"message": message, "type": kind, "code": null(code), "param": null(param)}})
}

func compact(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("llmtwin: " + err.Error()) // maps, texts and numbers are always written
	}
	return string(raw)
}
