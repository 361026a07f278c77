package slacktwin

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// A Fault is what a client sees instead of an answer, or how late it sees it.
type Fault struct {
	Name string // what Call.Fault says
	// Accept has Slack do what was asked all the same, before the fault shows.
	Accept bool
	// Hang never answers; the client has to give up. Reset resets the connection.
	Hang, Reset bool
	// BeforeHeaders and BeforeBody are waited for, the latter in mid-body.
	BeforeHeaders, BeforeBody time.Duration
	// Status is 200 if it is 0. Body, if any, stands in the place of the answer.
	Status     int
	RetryAfter string // the header, if not ""
	Type, Body string
}

// RateLimited is Slack's 429; the header has whole seconds.
func RateLimited(after time.Duration) Fault {
	f := RateLimitedBare()
	f.RetryAfter = strconv.Itoa(int((after + time.Second - 1) / time.Second))
	return f
}

// RateLimitedBare is a 429 without Retry-After, as proxies send it.
func RateLimitedBare() Fault {
	return Fault{Name: "429", Status: http.StatusTooManyRequests, Body: `{"ok":false,"error":"ratelimited"}`}
}

// Broken is a server error: 500, 502, 503.
func Broken(status int) Fault {
	return Fault{
		Name: strconv.Itoa(status), Status: status, Type: "text/html",
		Body: "<html><body><h1>" + http.StatusText(status) + "</h1></body></html>",
	}
}

// HTML is a page with status 200, as a captive portal sends it.
func HTML() Fault {
	return Fault{Name: "html", Type: "text/html", Body: "<!DOCTYPE html><html><body>Sign in</body></html>"}
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

// Deaf takes the request, does nothing and says nothing.
func Deaf() Fault { return Fault{Name: "deaf", Hang: true} }

// ResetBefore resets the connection and does nothing.
func ResetBefore() Fault { return Fault{Name: "reset before", Reset: true} }

// ResetAfter does what was asked and resets the connection.
func ResetAfter() Fault { return Fault{Name: "reset after", Accept: true, Reset: true} }

// Refused is {"ok":false} with an error that Slack names, and whatever else it says.
func Refused(name string, more map[string]any) Fault {
	body := map[string]any{"ok": false, "error": name}
	maps.Copy(body, more)
	raw, err := json.Marshal(body)
	if err != nil {
		panic("slacktwin: " + err.Error())
	}
	return Fault{Name: name, Body: string(raw)}
}

// OddErrors is a refusal whose "errors" have a shape of their own: an object, a
// list of unknown objects, a text.
func OddErrors(name string, shape any) Fault { return Refused(name, map[string]any{"errors": shape}) }

// planned is a fault that is due: for the next left calls, or with a probability.
type planned struct {
	method string
	left   int
	chance float64
	fault  Fault
}

// Fault befalls the next n calls of the method; "" is any method of the Web API,
// "hook" a response URL. The faults of one method come in the order they were
// planned in.
func (tw *Twin) Fault(method string, n int, f Fault) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.faults = append(tw.faults, &planned{method: method, left: n, fault: f})
}

// Sometimes has the fault befall each call of the method with a probability, after
// those that Fault planned.
func (tw *Twin) Sometimes(method string, chance float64, f Fault) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.faults = append(tw.faults, &planned{method: method, chance: chance, fault: f})
}

// NoFaults ends all of Fault and Sometimes.
func (tw *Twin) NoFaults() {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.faults = nil
}

// pick is the fault of this call, or nil.
func (tw *Twin) pick(method string) *Fault {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	for _, p := range tw.faults {
		if p.left > 0 && p.befalls(method) {
			p.left--
			return &p.fault
		}
	}
	for _, p := range tw.faults {
		if p.chance > 0 && p.befalls(method) && tw.random.Float64() < p.chance {
			return &p.fault
		}
	}
	return nil
}

func (p *planned) befalls(method string) bool {
	return p.method == method || p.method == "" && method != "hook"
}

func (f *Fault) name() string {
	if f == nil {
		return ""
	}
	return f.Name
}

// play shows the fault to the client; said is the answer that it would have had.
func (f *Fault) play(tw *Twin, w http.ResponseWriter, r *http.Request, said any) {
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
	if f.Body == "" {
		body, _ = json.Marshal(said)
	}
	kind := f.Type
	if kind == "" {
		kind = "application/json; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	w.WriteHeader(max(f.Status, http.StatusOK))
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
