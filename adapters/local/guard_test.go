package local

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const hello = `{"conversation":"c","text":"hello"}`

func TestGuard(t *testing.T) {
	for _, test := range []struct {
		name, token string
		headers     []string
		want        int
	}{
		{"a program", "", nil, 202},
		{"localhost", "", []string{"Host", "localhost:8080"}, 202},
		{"in capitals", "", []string{"Host", "LocalHost"}, 202},
		{"IPv6", "", []string{"Host", "[::1]:8080"}, 202},
		{"IPv6 without port", "", []string{"Host", "[::1]"}, 202},
		{"another loopback", "", []string{"Host", "127.1.2.3"}, 202},
		{"another name", "", []string{"Host", "evil.example"}, 403},
		{"a name that begins well", "", []string{"Host", "127.0.0.1.evil.example:80"}, 403},
		{"and one with a port first", "", []string{"Host", "localhost:80.evil.example"}, 403},
		{"a user before the name", "", []string{"Host", "127.0.0.1@evil.example"}, 403},
		{"below localhost", "", []string{"Host", "a.localhost"}, 403},
		{"every address", "", []string{"Host", "0.0.0.0:8080"}, 403},
		{"a zone", "", []string{"Host", "[::1%25eth0]"}, 403},
		{"another machine", "", []string{"Host", "192.168.1.7:8080"}, 403},
		{"a page", "", []string{"Origin", "https://evil.example"}, 403},
		{"a page of ours", "", []string{"Origin", "http://127.0.0.1"}, 403},
		{"a page without origin", "", []string{"Origin", "null"}, 403},
		{"an empty origin", "", []string{"Origin", ""}, 403},
		{"an image of a page", "", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"the address line of a browser", "", []string{"Sec-Fetch-Site", "none"}, 202},
		{"a form", "", []string{"Content-Type", "text/plain"}, 415},
		{"another form", "", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"no type", "", []string{"Content-Type", ""}, 415},
		{"no type at all", "", []string{"Content-Type", "application/json; x"}, 415},
		{"a type that begins well", "", []string{"Content-Type", "application/jsonp"}, 415},
		{"a charset", "", []string{"Content-Type", "Application/JSON; charset=UTF-8"}, 202},
		{"another charset", "", []string{"Content-Type", "application/json; charset=utf-16"}, 415},
		{"a token nobody asked for", "", []string{"Authorization", "Bearer x"}, 202},
		{"the token", "s3cret", []string{"Authorization", "Bearer s3cret"}, 202},
		{"its scheme in other letters", "s3cret", []string{"Authorization", "bearer s3cret"}, 202},
		{"no token", "s3cret", nil, 401},
		{"half of it", "s3cret", []string{"Authorization", "Bearer s3c"}, 401},
		{"more than it", "s3cret", []string{"Authorization", "Bearer s3cretx"}, 401},
		{"another scheme", "s3cret", []string{"Authorization", "Basic s3cret"}, 401},
		{"an empty one", "s3cret", []string{"Authorization", "Bearer "}, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log record
			h := New(Options{Token: test.token, Log: log.logger()}).handler(stored)
			w := ask(t.Context(), h, http.MethodPost, "/v1/messages", hello, test.headers...)
			if w.Code != test.want {
				t.Errorf("%d, want %d: %s", w.Code, test.want, w.Body)
			}
			if w.Code != http.StatusAccepted {
				complaint(t, w)
			}
			if (w.Code == http.StatusUnauthorized) != (w.Header().Get("WWW-Authenticate") == "Bearer") {
				t.Errorf("%d with %v", w.Code, w.Header())
			}
			if strings.Contains(log.String(), "s3c") || strings.Contains(log.String(), "evil") {
				t.Errorf("what was sent is in the log: %s", log.String())
			}
			safeHeaders(t, w)
		})
	}
}

func safeHeaders(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if h := w.Header(); h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d with %v", w.Code, h)
	}
	for name := range w.Header() {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s lets web pages in", name)
		}
	}
}

func TestPaths(t *testing.T) {
	h := New(Options{}).handler(stored)
	for _, test := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{http.MethodPost, "/v1/messages", 202, ""},
		{http.MethodGet, "/v1/messages", 405, "POST"},
		{http.MethodOptions, "/v1/messages", 405, "POST"},
		{http.MethodPost, "/v1/messages/x", 405, "GET"},
		{http.MethodDelete, "/v1/messages/x", 405, "GET"},
		{http.MethodGet, "/v1/messages/x?wait=0s", 404, ""},
		{http.MethodHead, "/v1/messages/x?wait=0", 404, ""},
		{http.MethodGet, "/v1/messages/", 404, ""},
		{http.MethodGet, "/v1/messages/x/y", 404, ""},
		{http.MethodGet, "/", 404, ""},
		{http.MethodGet, "/v1/messages/x?wait=soon", 400, ""},
		{http.MethodGet, "/v1/messages/x?wait=-1s", 400, ""},
		{http.MethodGet, "/v1/messages/x?wait=61s", 400, ""},
		{http.MethodGet, "/v1/messages/x?wait=30", 400, ""},
	} {
		w := ask(t.Context(), h, test.method, test.path, hello)
		if w.Code != test.want || w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d, Allow %q: %s", test.method, test.path, w.Code, w.Header().Get("Allow"), w.Body)
		}
		if w.Code >= http.StatusBadRequest {
			complaint(t, w)
		}
		safeHeaders(t, w)
	}
}

func TestPanicsEndWithTheirRequest(t *testing.T) {
	var log record
	s := New(Options{Log: log.logger()})
	h := s.contain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "text/event-stream")
		}
		panic(errors.New("my boss keeps my marigold"))
	}))
	if w := ask(t.Context(), h, http.MethodPost, "/", ""); w.Code != http.StatusInternalServerError {
		t.Errorf("%d %s", w.Code, w.Body)
	} else {
		complaint(t, w)
	}
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // http compares it so
				t.Errorf("a stream that broke ended with %v", v)
			}
		}()
		ask(t.Context(), h, http.MethodGet, "/", "")
	}()
	if got := log.String(); strings.Contains(got, "marigold") || strings.Count(got, "panic in a request") != 2 || !strings.Contains(got, "guard_test.go") {
		t.Errorf("logged: %s", got)
	}
}

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		o    Options
		want string // in the error
	}{
		{Options{}, ""},
		{Options{Addr: "127.0.0.1:8080", Token: "a-B_9~!"}, ""},
		{Options{Addr: "[::1]:0"}, ""},
		{Options{Addr: ":8080"}, "127.0.0.1 only"},
		{Options{Addr: "0.0.0.0:8080"}, "127.0.0.1 only"},
		{Options{Addr: "[::]:8080"}, "127.0.0.1 only"},
		{Options{Addr: "localhost:8080"}, "127.0.0.1 only"},
		{Options{Addr: "example.org:80"}, "127.0.0.1 only"},
		{Options{Addr: "127.0.0.1"}, "127.0.0.1 only"},
		{Options{Addr: "127.0.0.1:http"}, "a number from 0 to 65535"},
		{Options{Addr: "127.0.0.1:65536"}, "a number from 0 to 65535"},
		{Options{Addr: "127.0.0.1:"}, "a number from 0 to 65535"},
		{Options{Token: "a\n"}, "the token cannot stand in a header"},
		{Options{Token: "zwölf"}, "the token cannot stand in a header"},
	} {
		err := test.o.Validate()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: %v, want %q", test.o, err, test.want)
		}
		if err != nil && test.o.Token != "" && strings.Contains(err.Error(), test.o.Token) {
			t.Errorf("the token is in %q", err)
		}
		if test.want == "" {
			continue
		}
		s := New(test.o)
		if err := s.Run(t.Context(), stored); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: Run returned %v", test.o, err)
		}
		if _, err := s.Addr(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: Addr returned %v", test.o, err)
		}
	}
	if err := (Options{Addr: ":1", Token: " "}).Validate(); strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not all that is wrong: %v", err)
	}
}
