package datastoreproxy

import (
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"

	"github.com/sidebyside/replay/recorder"
)

func trace(digit string) string { return strings.Repeat(digit, 32) }

func carrying(id string) metadata.MD {
	if id == "" {
		return nil
	}
	return metadata.Pairs("traceparent", "00-"+id+"-b7ad6b7169203331-00")
}

// TestOwner asks whom a call belongs to while operations are in flight: a and b of
// traces a and b, of which a began transaction t; c, which is over, had trace c and
// transaction u.
func TestOwner(t *testing.T) {
	for _, test := range []struct {
		why             string
		flight          string // "a", "ab", "aa": two operations of one trace
		sole            bool
		trace           string
		token, previous string
		want, reason    string
		spoilt          string
	}{
		{why: "its trace says so", flight: "ab", trace: "b", want: "b"},
		{why: "its transaction says so", flight: "ab", token: "t", want: "a"},
		{why: "it tries a transaction again", flight: "ab", previous: "t", want: "a"},
		{why: "trace and transaction agree", flight: "ab", trace: "a", token: "t", want: "a"},
		{why: "they do not", flight: "ab", trace: "b", token: "t", reason: disagreement, spoilt: "ab"},
		{why: "no mark, two in flight", flight: "ab", sole: true, reason: noMark, spoilt: "ab"},
		{why: "no mark, and being alone says nothing", flight: "a", reason: noMark, spoilt: "a"},
		{why: "no mark, but the only one", flight: "a", sole: true, want: "a"},
		{why: "an unknown trace, but the only one: legacy starts its own", flight: "a", sole: true, trace: "d", want: "a"},
		{why: "an unknown trace", flight: "ab", trace: "d", reason: foreignTrace, spoilt: "ab"},
		{why: "a transaction that nobody began", flight: "a", sole: true, token: "x", reason: foreignTransaction, spoilt: "a"},
		{why: "two operations of one trace", flight: "aa", trace: "a", reason: sharedTrace, spoilt: "aa"},
		{why: "late, by its trace: spoils nobody", flight: "ab", trace: "c", reason: lateCall},
		{why: "late, by its transaction", flight: "a", sole: true, token: "u", reason: lateCall},
		{why: "nobody is in flight"},
	} {
		t.Run(test.why, func(t *testing.T) {
			p := &Proxy{}
			over := p.begin(recorder.Mark{Trace: trace("c")})
			p.register.began("u", over)
			over.End()
			var ops []*operation
			names := map[*operation]string{}
			for name := range strings.SplitSeq(test.flight, "") {
				o := p.begin(recorder.Mark{Trace: trace(name), Sole: test.sole})
				names[o] = name
				if ops = append(ops, o); name == "a" {
					p.register.began("t", o)
				}
			}
			id := ""
			if test.trace != "" {
				id = trace(test.trace)
			}
			got, _ := p.register.enter(&call{name: "Lookup", md: carrying(id), token: test.token, previous: test.previous})
			if names[got] != test.want {
				t.Errorf("it belongs to %q, want %q", names[got], test.want)
			}
			spoilt := ""
			for _, o := range ops {
				if o.flaw != nil {
					spoilt += names[o]
					if o.flaw.Reason != test.reason {
						t.Errorf("%s is spoilt for %q, want %q", names[o], o.flaw.Reason, test.reason)
					}
				}
			}
			if spoilt != test.spoilt || test.reason != "" && p.Strays()[test.reason] != 1 {
				t.Errorf("spoilt %q, want %q; counted %v", spoilt, test.spoilt, p.Strays())
			}
		})
	}
}

// A call that comes after the answer spoils the recording that is being made.
func TestLateCall(t *testing.T) {
	p := &Proxy{}
	o := p.begin(recorder.Mark{Trace: trace("a")})
	o.Answered(t.Context())
	if _, ok := p.register.enter(&call{name: "Commit", md: carrying(trace("a"))}); ok {
		t.Error("the call belongs to it")
	}
	if o.flaw == nil || o.flaw.Reason != lateCall {
		t.Errorf("flaw %v", o.flaw)
	}
}

func TestRecentForgets(t *testing.T) {
	var r recent
	for i := range 1<<13 + 1 {
		r.add(strconv.Itoa(i))
	}
	if r.has("0") || !r.has("1") || len(r.known) != len(r.order) {
		t.Errorf("it holds %d", len(r.known))
	}
}
