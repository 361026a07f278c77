package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// passages reads an answer, which is exactly one line of JSON, and looks for
// each id among its "passages", whether these are ids or objects with an id.
func passages(in io.Reader, ids []string) error {
	all, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("passages: %w", err)
	}
	line := strings.TrimSuffix(string(all), "\n")
	if line == "" || strings.Contains(line, "\n") {
		return fmt.Errorf("passages: want one line of JSON, got %d bytes in %d lines:\n%s",
			len(all), strings.Count(string(all), "\n"), all)
	}
	var answer struct {
		Passages []json.RawMessage `json:"passages"`
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		return fmt.Errorf("passages: %w in %s", err, line)
	}
	var have []string
	for _, raw := range answer.Passages {
		id, err := passageID(raw)
		if err != nil {
			return fmt.Errorf("passages: %s: %w", raw, err)
		}
		have = append(have, id)
	}
	for _, id := range ids {
		if !hasPassage(have, id) {
			return fmt.Errorf("passages: no %q among %q", id, have)
		}
	}
	return nil
}

func passageID(raw json.RawMessage) (string, error) {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id, nil
	}
	var object struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return "", err
	}
	if object.ID == "" {
		return "", errors.New("a passage without an id")
	}
	return object.ID, nil
}

// hasPassage takes "topic", and "topic.en" where the id names the language too.
func hasPassage(have []string, id string) bool {
	for _, h := range have {
		if h == id || strings.HasPrefix(h, id+".") || strings.HasPrefix(h, id+"#") {
			return true
		}
	}
	return false
}
