package datastoreproxy_test

import (
	"syscall"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// BenchmarkCall is one lookup at a time, of the emulator and through the proxy, which
// records nothing of it. Client, proxy and emulator are one process, whose processor
// time per call is "cpu-us/op".
func BenchmarkCall(b *testing.B) {
	s := openStore(b, school())
	for _, way := range []struct{ name, addr string }{
		{"emulator", s.URL()},
		{"proxy", startProxy(b, s.URL()).URL()},
	} {
		b.Run(way.name, func(b *testing.B) {
			c := rawClient(b, way.addr)
			req := &pb.LookupRequest{ProjectId: project, Keys: []*pb.Key{{
				Path: []*pb.Key_PathElement{{Kind: "User", IdType: &pb.Key_PathElement_Name{Name: "ann"}}},
			}}}
			look := func() {
				if _, err := c.Lookup(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
			look() // connects
			busy := processor(b)
			b.ReportAllocs()
			for b.Loop() {
				look()
			}
			b.ReportMetric(float64((processor(b)-busy).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

// processor is the time that the process kept a processor busy.
func processor(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
