package discordtwin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// answer is what an operation says.
type answer struct {
	status int
	body   any // nil is no body
}

func fine(v any) answer { return answer{http.StatusOK, v} }

func nothing() answer { return answer{status: http.StatusNoContent} }

// refuse is an answer with one of Discord's error codes.
func refuse(status, code int, message string) answer {
	return answer{status, map[string]any{"message": message, "code": code}}
}

// Discord's errors, by its codes. 0 is for those that are HTTP's alone.
var (
	notFound           = refuse(404, 0, "404: Not Found")
	wrongMethod        = refuse(405, 0, "405: Method Not Allowed")
	unauthorised       = refuse(401, 0, "401: Unauthorized")
	unknownChannel     = refuse(404, 10003, "Unknown Channel")
	unknownGuild       = refuse(404, 10004, "Unknown Guild")
	unknownMessage     = refuse(404, 10008, "Unknown Message")
	unknownUser        = refuse(404, 10013, "Unknown User")
	unknownWebhook     = refuse(404, 10015, "Unknown Webhook")
	unknownInteraction = refuse(404, 10062, "Unknown interaction")
	unknownCommand     = refuse(404, 10063, "Unknown application command")
	acknowledged       = refuse(400, 40060, "Interaction has already been acknowledged.")
	tooManyFollowups   = refuse(400, 40094, "This interaction has reached the maximum number of follow-up messages")
	missingAccess      = refuse(403, 50001, "Missing Access")
	notTheAuthor       = refuse(403, 50005, "Cannot edit a message authored by another user")
	emptyMessage       = refuse(400, 50006, "Cannot send an empty message")
	closedDM           = refuse(403, 50007, "Cannot send messages to this user")
	missingPermissions = refuse(403, 50013, "Missing Permissions")
	invalidToken       = refuse(401, 50027, "Invalid Webhook Token")
	archived           = refuse(400, 50083, "Thread is archived")
	noSelf             = refuse(400, 50033, "Invalid Recipient(s)")
	noJSON             = refuse(400, 50109, "The request body contains invalid JSON.")
	cannotReply        = refuse(400, 160002, "Cannot reply without permission to read message history")
)

// form collects what is wrong with a body, by its place in it.
type form struct{ wrong []wrong }

type wrong struct{ path, code, message string }

func (f *form) add(path, code, message string) { f.wrong = append(f.wrong, wrong{path, code, message}) }

// tooLong measures a text and says so when it has more than n characters. Discord's
// clients count differently; here are UTF-16 units, which are never fewer.
func (f *form) tooLong(path string, v any, n int) {
	if s, ok := v.(string); ok && length(s) > n {
		f.add(path, "BASE_TYPE_MAX_LENGTH", "Must be "+strconv.Itoa(n)+" or fewer in length.")
	}
}

// tooMany is tooLong of a list.
func (f *form) tooMany(path string, v any, n int) {
	if len(list(v)) > n {
		f.add(path, "BASE_TYPE_MAX_LENGTH", "Must be "+strconv.Itoa(n)+" or fewer in length.")
	}
}

func (f *form) required(path string) { f.add(path, "BASE_TYPE_REQUIRED", "This field is required") }

// answer is nil when nothing is wrong.
func (f *form) answer() *answer {
	if len(f.wrong) == 0 {
		return nil
	}
	errors := map[string]any{}
	for _, w := range f.wrong {
		at := errors
		for step := range strings.SplitSeq(w.path, ".") {
			if step == "" {
				continue
			}
			below := object(at[step])
			if below == nil {
				below = map[string]any{}
				at[step] = below
			}
			at = below
		}
		at["_errors"] = append(list(at["_errors"]), map[string]any{"code": w.code, "message": w.message})
	}
	return &answer{http.StatusBadRequest, map[string]any{"message": "Invalid Form Body", "code": 50035, "errors": errors}}
}

// invalid is an answer about one field.
func invalid(path, code, message string) answer {
	f := form{}
	f.add(path, code, message)
	return *f.answer()
}

// length is how many UTF-16 units a text has.
func length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

func writeAnswer(w http.ResponseWriter, a answer) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}

// list, object, text, number: a JSON value as what it should be, or the zero value.
func list(v any) []any { l, _ := v.([]any); return l }

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func text(v any) string { s, _ := v.(string); return s }

func number(v any) int {
	switch n := v.(type) {
	case float64:
		return int(n)
	case int:
		return n
	}
	return 0
}

// copied is a value that nobody else holds.
func copied[T any](v T) T {
	var c T
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		panic("discordtwin: " + err.Error())
	}
	return c
}
