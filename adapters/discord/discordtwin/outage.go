package discordtwin

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// Down is an outage: every connection ends, and none is taken until Up. Sessions can
// be resumed afterwards, for as long as they live. A second Down does nothing.
func (tw *Twin) Down() {
	tw.mu.Lock()
	server, sockets := tw.server, tw.live
	tw.server = nil
	tw.mu.Unlock()
	if server != nil {
		_ = server.Close()
	}
	for _, s := range sockets {
		s.cut()
	}
}

// Up ends an outage, at the address that there was. It panics when that cannot be
// listened on.
func (tw *Twin) Up() {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if tw.closed || tw.server != nil {
		return
	}
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tw.port})
	if err != nil {
		panic(fmt.Sprintf("discordtwin: %v", err))
	}
	if tw.port == 0 {
		tw.port = listener.Addr().(*net.TCPAddr).Port //nolint:errcheck // it is one
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", tw.counted(tw.serveAPI))
	mux.HandleFunc("/", tw.counted(tw.serveGateway))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	tw.server = server
	tw.running.Go(func() { _ = server.Serve(listener) })
}
