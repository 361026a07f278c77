package llm

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"
)

// An address is what the URL of the options says.
type address struct {
	base       string // what a request's path is appended to
	host       string // for people to read
	unix       string // the path of a socket, or ""
	local      bool   // it leads to this machine
	openai     bool   // it is OpenAI's own
	azure      bool
	deployment string // of Azure, or ""
	version    string // of Azure's API, or ""
}

// azureVersion is the newest stable one when this was written.
const azureVersion = "2024-10-21"

// parseAddress reads the options' URL. Its errors show nothing that stands in front of
// an "@" or behind a "?", where people put keys.
func parseAddress(o Options) (address, error) {
	if o.URL == "" {
		return address{}, errors.New("url: there is none; write where the server is, such as http://127.0.0.1:11434/v1")
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return address{}, errors.New("url: it cannot be read; write it like http://127.0.0.1:11434/v1")
	}
	if u.Scheme == "unix" {
		return socket(u)
	}
	a := address{host: u.Host, local: loopback(u.Hostname())}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Hostname() == "":
		return a, errors.New("url: it begins neither with http:// nor with https:// and a host; write it like http://127.0.0.1:11434/v1")
	case u.User != nil:
		return a, errors.New("url: it holds a name or password; set the key on its own")
	case u.Scheme == "http" && !near(u.Hostname()):
		return a, fmt.Errorf("url: http:// would send what people ask unencrypted to %s; write https://", u.Host)
	}
	a.openai = u.Hostname() == "api.openai.com"
	rest, err := a.takeQuery(u)
	if err != nil {
		return a, err
	}
	a.azure = o.APIVersion != "" || a.version != "" || azureHost(u.Hostname()) && !strings.HasPrefix(rest, "/openai/v1")
	if !a.azure {
		or(&rest, "/v1")
		a.base = u.Scheme + "://" + u.Host + rest
		return a, nil
	}
	if o.APIVersion != "" {
		a.version = o.APIVersion
	}
	or(&a.version, azureVersion)
	a.base = u.Scheme + "://" + u.Host + a.takeDeployment(rest)
	return a, nil
}

// takeQuery takes the version out of the query, in which nothing else may stand, and
// returns the path, without the end that people copy along.
func (a *address) takeQuery(u *url.URL) (string, error) {
	q := u.Query()
	a.version = q.Get("api-version")
	q.Del("api-version")
	if len(q) > 0 || u.Fragment != "" {
		return "", errors.New("url: something stands behind the path; leave it out, and set a key on its own")
	}
	rest := strings.TrimRight(u.EscapedPath(), "/")
	for _, end := range []string{"/chat/completions", "/embeddings", "/models", "/completions"} {
		rest = strings.TrimSuffix(rest, end)
	}
	return strings.TrimRight(rest, "/"), nil
}

// takeDeployment takes …/openai/deployments/NAME apart; the library adds it again.
func (a *address) takeDeployment(rest string) string {
	before, after, found := strings.Cut(rest, "/openai")
	if name, ok := strings.CutPrefix(after, "/deployments/"); found && ok {
		a.deployment = path.Base(name)
	}
	return before
}

func socket(u *url.URL) (address, error) {
	name := u.Path
	if name == "" {
		name = u.Opaque
	}
	if !strings.HasPrefix(name, "/") || u.Host != "" {
		return address{}, errors.New("url: a socket needs its whole path; write it like unix:/run/llama.sock")
	}
	return address{base: "http://localhost/v1", host: "unix:" + name, unix: name, local: true}, nil
}

func azureHost(host string) bool {
	for _, end := range []string{".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}

// loopback tells whether a host is this machine, by its name alone.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// near tells whether a host is on this machine or in a network of one's own, by its
// name alone.
func near(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, ".") {
		return true // another container, or a name of the own network
	}
	for _, end := range []string{".local", ".internal", ".lan", ".home.arpa", ".svc", ".localhost"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}
