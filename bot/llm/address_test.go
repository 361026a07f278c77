package llm

import (
	"net"
	"testing"
	"time"
)

// An address of this machine is held to it, whatever a name service says.
func TestAbroad(t *testing.T) {
	var own string
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			own = ip.IP.String()
		}
	}
	if own == "" {
		t.Skip("this machine has no address but its own")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", net.JoinHostPort(own, "0"))
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for _, local := range []bool{true, false} {
		conn, err := address{local: local}.dialer(time.Second)(t.Context(), "tcp", listener.Addr().String())
		if conn != nil {
			_ = conn.Close()
		}
		if refused := Reason(err) == "abroad"; refused != local {
			t.Errorf("local %v: %v", local, err)
		}
	}
}
