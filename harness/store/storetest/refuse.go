package storetest

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// Refuses checks that opening a store at an address ends in an error before a
// byte is sent there, and before anything connects. Open is given host:port of a
// listener: on the loopback, or on another address of this machine.
func Refuses(t *testing.T, loopback bool, refused error, open func(address string) error) {
	t.Helper()
	host := "127.0.0.1"
	if !loopback {
		host = otherAddress(t)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	met := make(chan struct{}, 1)
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			_ = c.Close()
			select {
			case met <- struct{}{}:
			default:
			}
		}
		close(met)
	}()
	err = open(l.Addr().String())
	if !errors.Is(err, refused) {
		t.Errorf("want a refusal of %s, have %v", l.Addr(), err)
	}
	// A connection of ours comes after any of the store's.
	own, dialErr := net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
	if dialErr != nil {
		t.Fatal(dialErr)
	}
	<-met
	_ = own.Close()
	_ = l.Close()
	if _, more := <-met; more {
		t.Errorf("somebody connected to %s", l.Addr())
	}
}

// otherAddress is an address of this machine that is not the loopback.
func otherAddress(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no address but the loopback")
	return ""
}

// Need skips a test for want of something, or fails it where REPLAY_REQUIRE names
// that.
func Need(tb testing.TB, what string, have bool, why string) {
	tb.Helper()
	if have {
		return
	}
	for required := range strings.SplitSeq(os.Getenv("REPLAY_REQUIRE"), ",") {
		if strings.TrimSpace(required) == what {
			tb.Fatalf("REPLAY_REQUIRE names %s: %s", what, why)
		}
	}
	tb.Skip(why)
}

// TempDir makes a folder of the test's own the one for temporary files, which
// other users may enter, and lists what is in it.
func TempDir(t *testing.T) func(*testing.T) []string {
	t.Helper()
	dir, err := os.MkdirTemp("", "storetest-") //nolint:usetesting // t.TempDir lies in a folder that others may not enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a server runs as another user
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	return func(t *testing.T) []string {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
}
