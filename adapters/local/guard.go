package local

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
)

// guard lets in what a program on this machine sends, and no web page.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		status, why := s.objection(r)
		if status == 0 {
			next.ServeHTTP(w, r)
			return
		}
		s.o.Log.Warn("request refused", "status", status, "why", why)
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		refuse(w, status, why)
	})
}

// objection is the status and the reason to turn r away; 0 when there is none.
// The reasons are constants: they are logged.
func (s *Server) objection(r *http.Request) (status int, why string) {
	switch {
	case !loopback(r.Host): // a name that an attacker pointed here
		return http.StatusForbidden, "the host is not this machine: ask for 127.0.0.1, [::1] or localhost"
	case fromPage(r.Header):
		return http.StatusForbidden, "web pages may not ask here: use a program, and send no Origin"
	case !s.knows(r.Header.Get("Authorization")):
		return http.StatusUnauthorized, `the token is missing or wrong: send the header "Authorization: Bearer …"`
	case r.Method == http.MethodPost && !isJSON(r.Header.Get("Content-Type")): // a form can send others
		return http.StatusUnsupportedMediaType, `the Content-Type is not JSON: send the header "Content-Type: application/json"`
	}
	return 0, ""
}

// loopback tells whether a Host header names this machine.
func loopback(hostport string) bool {
	host := (&url.URL{Host: hostport}).Hostname()
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Zone() == "" && ip.IsLoopback()
}

// fromPage tells whether a browser sent the request for a page: with the page's
// origin, or where there is none, as for an image, with how they are related.
func fromPage(h http.Header) bool {
	site := h.Get("Sec-Fetch-Site")
	return h.Values("Origin") != nil || site != "" && site != "none"
}

// knows compares in a time that tells nothing of the token, its length included.
func (s *Server) knows(authorization string) bool {
	if s.o.Token == "" {
		return true
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.o.Token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

func isJSON(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	charset, named := params["charset"]
	return err == nil && kind == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

// only refuses other methods. HEAD passes as GET does.
func only(method string, do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
			do(w, r)
			return
		}
		w.Header().Set("Allow", method)
		refuse(w, http.StatusMethodNotAllowed, "the method does not fit this path: use "+method)
	}
}

// contain ends a panic with its request. What was panicked with may hold words,
// and is not logged.
func (s *Server) contain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			s.o.Log.Error("panic in a request", "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			if w.Header().Get("Content-Type") != "" { // the answer has begun
				panic(http.ErrAbortHandler) // which closes the connection, and says nothing
			}
			refuse(w, http.StatusInternalServerError, "something broke here: the log tells where")
		}()
		next.ServeHTTP(w, r)
	})
}

// refuse answers with one line of what is wrong, where, and how to mend it.
func refuse(w http.ResponseWriter, status int, why string) {
	write(w, status, encode(failure{why}))
}

// write answers with JSON. Who is not there to read it has no use for an error.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // see above
}

// failure has the console's name for what went wrong.
type failure struct {
	Error string `json:"error"`
}
