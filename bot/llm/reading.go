package llm

import (
	"encoding/json"
	"strings"

	"github.com/sashabaranov/go-openai"
)

// A chunk is one event of a stream, as far as it matters. The library's own type is
// not used for it: that one wants types of fields that nobody reads, and loses bytes.
type chunk struct {
	Choices []struct {
		Index        int    `json:"index"`
		Delta        delta  `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	} `json:"usage"`
}

type delta struct {
	Content      json.RawMessage `json:"content"`
	Refusal      json.RawMessage `json:"refusal"`
	ToolCalls    json.RawMessage `json:"tool_calls"`
	FunctionCall json.RawMessage `json:"function_call"`
	Thought      json.RawMessage `json:"reasoning_content"`
	Reasoning    json.RawMessage `json:"reasoning"`
}

// A reading makes an answer of the events of a stream. It is pure; the time between the
// events is watched elsewhere.
type reading struct {
	speech
	most  int    // bytes of text
	bytes int    // of text so far
	alive bool   // the model has begun: with text, or with a thought
	fin   string // why the model stopped, or ""
	usage Usage
}

// take reads one event and returns the text that came with it, which also counts when
// there is an error.
func (r *reading) take(raw []byte) (string, error) {
	if isError(raw) {
		return "", judge(0, nil, raw)
	}
	var c chunk
	if json.Unmarshal(raw, &c) != nil {
		return "", fail(whyJSON)
	}
	if c.Usage != nil {
		r.usage = Usage{Prompt: c.Usage.Prompt, Cached: c.Usage.Details.Cached, Completion: c.Usage.Completion}
	}
	var text strings.Builder
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue // only one was asked for
		}
		if choice.FinishReason != "" {
			r.fin = choice.FinishReason
		}
		t, err := r.hear(choice.Delta)
		text.WriteString(t)
		if err != nil {
			return text.String(), err
		}
	}
	return text.String(), nil
}

func (r *reading) hear(d delta) (string, error) {
	refusal, bad := unquote(d.Refusal)
	content, err := unquote(d.Content)
	switch {
	case bad != nil || err != nil:
		return "", fail(whyJSON)
	case len(refusal) > 0:
		return "", fail(whyRefusal)
	case filled(d.ToolCalls) || filled(d.FunctionCall):
		return "", fail(whyTools)
	}
	r.alive = r.alive || len(content) > 0 || filled(d.Thought) || filled(d.Reasoning)
	t, sure := r.say(content)
	if !sure {
		return "", fail(whyThought)
	}
	return r.within(t)
}

// within counts text, and cuts it where it is too long.
func (r *reading) within(t string) (string, error) {
	if r.bytes += len(t); r.bytes <= r.most {
		return t, nil
	}
	t = strings.ToValidUTF8(t[:len(t)-(r.bytes-r.most)], "")
	return t, fail(whyAnswer)
}

// filled tells whether a value is there and not empty.
func filled(raw json.RawMessage) bool {
	s := string(raw)
	return present(raw) && s != "[]" && s != `""` && s != "{}"
}

// finished tells whether the model said that it stopped by itself, so that nothing is
// missing but the usage.
func (r *reading) finished() bool { return r.ending() == nil }

// end returns the last text, and an error if the answer is not whole. It is called when
// the stream ended in good order or the model had finished.
func (r *reading) end() (string, error) {
	if f := r.ending(); f != nil {
		return "", f
	}
	t, err := r.within(r.rest())
	if err == nil && !r.spoken {
		err = fail(whyEmpty)
	}
	return t, err
}

// ending judges the word for why the model stopped; nil is a good one.
func (r *reading) ending() *failure {
	switch openai.FinishReason(strings.ToLower(r.fin)) {
	case openai.FinishReasonStop, "eos", "eos_token", "end_turn", "stop_sequence":
		return nil
	case "":
		return fail(whyCut)
	case openai.FinishReasonLength, "max_tokens":
		return fail(whyLength)
	case openai.FinishReasonContentFilter, "safety":
		return fail(whyFilter)
	case openai.FinishReasonToolCalls, openai.FinishReasonFunctionCall:
		return fail(whyTools)
	case "error", "abort":
		return fail(whyServer)
	default:
		return fail(whyFinish)
	}
}
