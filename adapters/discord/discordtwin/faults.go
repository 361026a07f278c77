package discordtwin

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"time"
)

// A Fault is what a client sees instead of an answer, or how late it sees it.
type Fault struct {
	Name string // what Call.Fault says
	// Accept has Discord do what was asked all the same, before the fault shows.
	Accept bool
	// Hang never answers; the client has to give up. Reset resets the connection.
	Hang, Reset bool
	// BeforeHeaders and BeforeBody are waited for, the latter in mid-body.
	BeforeHeaders, BeforeBody time.Duration
	// Status is that of the answer, or 200, if it is 0. Header is added; Body, if
	// any, stands in the place of the answer.
	Status     int
	Header     map[string]string
	Type, Body string
	// Change, if any, makes another answer out of a copy of the one there was.
	Change func(answer map[string]any)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func whole(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

func limitBody(after time.Duration, global bool) string {
	return `{"message":"You are being rate limited.","retry_after":` + seconds(after) + `,"global":` + strconv.FormatBool(global) + `}`
}

// RateLimited is a route's 429. scope is "user", or "shared" for a limit that is not
// the app's own fault and does not count towards Cloudflare's ban.
func RateLimited(after time.Duration, scope string) Fault {
	name := "429"
	if scope == "shared" {
		name += " shared"
	}
	return Fault{Name: name, Status: http.StatusTooManyRequests, Body: limitBody(after, false), Header: map[string]string{
		"Retry-After": whole(after), "X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Scope": scope,
		"X-RateLimit-Reset-After": seconds(after), "X-RateLimit-Bucket": "abcd1234",
	}}
}

// GlobalLimited is the global 429: it has Retry-After, and no X-RateLimit-Reset-After.
func GlobalLimited(after time.Duration) Fault {
	return Fault{Name: "429 global", Status: http.StatusTooManyRequests, Body: limitBody(after, true), Header: map[string]string{
		"Retry-After": whole(after), "X-RateLimit-Global": "true", "X-RateLimit-Scope": "global",
	}}
}

// RateLimitedBare is a 429 with no header and no body that would say for how long.
func RateLimitedBare() Fault {
	return Fault{Name: "429 bare", Status: http.StatusTooManyRequests, Body: `{"message":"You are being rate limited."}`}
}

// Cloudflare is the 429 of somebody who is banned: a page, not JSON.
func Cloudflare(after time.Duration) Fault {
	return Fault{
		Name: "429 html", Status: http.StatusTooManyRequests, Type: "text/html", Body: banned,
		Header: map[string]string{"Retry-After": whole(after)},
	}
}

// Broken is a server error as a proxy says it: 500, 502, 503, 504.
func Broken(status int) Fault {
	return Fault{
		Name: strconv.Itoa(status), Status: status, Type: "text/html",
		Body: "<html><body><h1>" + http.StatusText(status) + "</h1></body></html>",
	}
}

// HTML is a page with status 200, as a captive portal sends it.
func HTML() Fault {
	return Fault{Name: "html", Status: http.StatusOK, Type: "text/html", Body: "<!DOCTYPE html><html><body>Sign in</body></html>"}
}

// SlowHeaders does what was asked and then takes its time.
func SlowHeaders(d time.Duration) Fault {
	return Fault{Name: "slow headers", Accept: true, BeforeHeaders: d}
}

// SlowBody does what was asked and stops for a while in the middle of the answer.
func SlowBody(d time.Duration) Fault {
	return Fault{Name: "slow body", Accept: true, BeforeBody: d}
}

// LostAnswer does what was asked and never says so.
func LostAnswer() Fault { return Fault{Name: "lost answer", Accept: true, Hang: true} }

// BrokenAfter does what was asked and says that the server is broken.
func BrokenAfter(status int) Fault {
	f := Broken(status)
	f.Name, f.Accept = f.Name+" after", true
	return f
}

// Deaf takes the request, does nothing and says nothing.
func Deaf() Fault { return Fault{Name: "deaf", Hang: true} }

// ResetBefore resets the connection and does nothing.
func ResetBefore() Fault { return Fault{Name: "reset before", Reset: true} }

// ResetAfter does what was asked and resets the connection.
func ResetAfter() Fault { return Fault{Name: "reset after", Accept: true, Reset: true} }

// Refused is an error with one of Discord's codes.
func Refused(status, code int, message string) Fault {
	raw, err := json.Marshal(refuse(status, code, message).body)
	if err != nil {
		panic("discordtwin: " + err.Error())
	}
	return Fault{Name: strconv.Itoa(code), Status: status, Body: string(raw)}
}

// Strange does what was asked and puts a component that no library knows into the
// message that it answers with.
func Strange() Fault {
	return Fault{Name: "strange", Accept: true, Change: func(a map[string]any) {
		a["components"] = append(list(a["components"]), StrangeComponent())
	}}
}

// play shows the fault to the client; said is the answer that it would have had.
func (f *Fault) play(tw *Twin, w http.ResponseWriter, r *http.Request, said answer) {
	gone := r.Context().Done()
	if f.BeforeHeaders > 0 && !tw.pause(f.BeforeHeaders, gone) {
		panic(http.ErrAbortHandler)
	}
	if f.Hang {
		select {
		case <-gone:
		case <-tw.done:
		}
		panic(http.ErrAbortHandler)
	}
	if f.Reset {
		reset(w)
		return
	}
	body := []byte(f.Body)
	if f.Body == "" && said.body != nil {
		if m := object(said.body); f.Change != nil && m != nil {
			m = copied(m)
			f.Change(m)
			said.body = m
		}
		body, _ = json.Marshal(said.body)
	}
	kind := f.Type
	if kind == "" {
		kind = "application/json"
	}
	status := f.Status
	if status == 0 {
		status = max(said.status, http.StatusOK)
	}
	if status != http.StatusNoContent {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	for name, v := range f.Header {
		w.Header().Set(name, v)
	}
	w.WriteHeader(status)
	half := 0
	if f.BeforeBody > 0 {
		half = len(body) / 2
		_, _ = w.Write(body[:half])
		_ = http.NewResponseController(w).Flush()
		if !tw.pause(f.BeforeBody, gone) {
			panic(http.ErrAbortHandler)
		}
	}
	_, _ = w.Write(body[half:])
}

// reset ends the connection with an RST.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	hard(conn)
}

// hard closes a connection so that the other side sees a reset.
func hard(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
