package datastore_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

// childAddr makes this test binary an emulator: benchmarks compare processes
// with processes.
const childAddr = "EMULATOR_CHILD_ADDR"

func TestMain(m *testing.M) {
	if addr := os.Getenv(childAddr); addr != "" {
		e, err := datastore.Start(datastore.Options{Listen: addr, NoJournal: true})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		<-e.Done()
		os.Exit(0)
	}
	flag.Parse()
	explicit := false
	flag.Visit(func(f *flag.Flag) { explicit = explicit || f.Name == "rapid.seed" })
	if !explicit { // the same programs in every run; -rapid.seed=0 draws others
		if err := flag.Set("rapid.seed", "20261120"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// startChild starts this emulator as a process of its own.
func startChild(b *testing.B) *official {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	addr := freeAddr(b)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childAddr+"="+addr)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(10 * time.Second); !healthy(addr); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(deadline) {
			b.Fatal("the child did not answer")
		}
	}
	return &official{"ours", addr, cmd.Process.Pid, rawClient(b, addr)}
}

// A starter starts one emulator.
type starter func(b *testing.B) *official

func eachEmulator(b *testing.B, run func(b *testing.B, start starter)) {
	b.Helper()
	b.Run("ours", func(b *testing.B) { run(b, startChild) })
	for _, name := range []string{"A", "C"} {
		b.Run(name, func(b *testing.B) {
			run(b, func(b *testing.B) *official {
				b.Helper()
				return officialEmulator(b, name)
			})
		})
	}
}

// BenchmarkStart is the time from the start of the process to the first answer,
// for the official ones including the gcloud command that starts them.
func BenchmarkStart(b *testing.B) {
	eachEmulator(b, func(b *testing.B, start starter) {
		b.Helper()
		for b.Loop() {
			start(b)
		}
	})
}

// BenchmarkCycle is what a test does to an emulator: reset, a commit of 10
// entities, a lookup, a query, a read-write transaction, all over the wire.
func BenchmarkCycle(b *testing.B) {
	eachEmulator(b, func(b *testing.B, start starter) {
		b.Helper()
		o := start(b)
		for range 200 { // the Java virtual machine warms up
			cycle(b, o)
		}
		for b.Loop() {
			cycle(b, o)
		}
		b.ReportMetric(residentMB(b, o.pid), "MB-resident")
	})
}

func cycle(b *testing.B, o *official) {
	b.Helper()
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	resp, err := http.Post("http://"+o.addr+"/reset", "", nil)
	check(err)
	_ = resp.Body.Close()
	var ms []*pb.Mutation
	for i := range int64(10) {
		ms = append(ms, upsert(demo(namedKey("T", fmt.Sprint(i))), i))
	}
	check(commit(o.client, write(ms...)))
	one := demo(namedKey("T", "3"))
	_, err = o.client.Lookup(ctx, &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{one}})
	check(err)
	q := &pb.Query{Kind: []*pb.KindExpression{{Name: "T"}}, Filter: propertyFilter("n", pb.PropertyFilter_GREATER_THAN, intValue(5))}
	found, err := o.client.RunQuery(ctx, &pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_Query{Query: q}})
	check(err)
	if n := len(found.Batch.EntityResults); n != 4 {
		b.Fatalf("the query found %d", n)
	}
	tx, err := o.client.BeginTransaction(ctx, &pb.BeginTransactionRequest{ProjectId: "demo"})
	check(err)
	_, err = o.client.Lookup(ctx, &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{one}, ReadOptions: in(tx.Transaction)})
	check(err)
	check(commit(o.client, writeIn(tx.Transaction, upsert(one, 100))))
}

// residentMB sums the resident memory of a process and its descendants.
func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	parent := map[int]int{}
	for _, s := range stats {
		text, err := os.ReadFile(s)
		if err != nil {
			continue // the process has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(s)))
		parent[child], _ = strconv.Atoi(fields[1])
	}
	total := 0.0
	for child := range parent {
		for p := child; p > 1; p = parent[p] {
			if p == pid {
				total += statusKB(child)
				break
			}
		}
	}
	return total / 1024
}

func statusKB(pid int) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb
		}
	}
	return 0
}

func people(n int) []*pb.Entity {
	all := make([]*pb.Entity, n)
	for i := range all {
		k := demo(&pb.Key{Path: []*pb.Key_PathElement{{Kind: "Person", IdType: &pb.Key_PathElement_Id{Id: int64(i + 1)}}}})
		all[i] = &pb.Entity{Key: k, Properties: map[string]*pb.Value{
			"age":  intValue(int64(i % 1000)),
			"name": {ValueType: &pb.Value_StringValue{StringValue: fmt.Sprintf("person %d", i)}},
			"note": {ExcludeFromIndexes: true, ValueType: &pb.Value_StringValue{StringValue: "not indexed"}},
		}}
	}
	return all
}

// million is built once: a million entities, which two benchmarks share.
var million = sync.OnceValues(func() (*datastore.State, error) { return datastore.NewState().Put(people(1_000_000)...) })

// BenchmarkFork replaces the whole content of an emulator.
func BenchmarkFork(b *testing.B) {
	for _, n := range []int{10, 10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := million()
			if n < 1_000_000 {
				s, err = datastore.NewState().Put(people(n)...)
			}
			if err != nil {
				b.Fatal(err)
			}
			e, err := datastore.Start(datastore.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = e.Close() }()
			for b.Loop() {
				e.Reset(s)
			}
		})
	}
}

// BenchmarkSeedAndEffects builds a state of 10 entities, takes it as content,
// changes two, and asks what has changed.
func BenchmarkSeedAndEffects(b *testing.B) {
	seed := people(10)
	changed := people(2)
	changed[0].Properties["age"] = intValue(-1)
	changed[1].Properties["age"] = intValue(-1)
	e, err := datastore.Start(datastore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	for b.Loop() {
		before, err := datastore.NewState().Put(seed...)
		if err != nil {
			b.Fatal(err)
		}
		e.Reset(before)
		after, err := e.State().Put(changed...)
		if err != nil {
			b.Fatal(err)
		}
		if n := len(datastore.Diff(e.Before(), after)); n != 2 {
			b.Fatalf("%d changes", n)
		}
	}
}

// BenchmarkMillion queries a million entities by an indexed property.
func BenchmarkMillion(b *testing.B) {
	s, err := million()
	if err != nil {
		b.Fatal(err)
	}
	q := &pb.Query{
		Kind: []*pb.KindExpression{{Name: "Person"}}, Limit: wrapperspb.Int32(20),
		Filter: propertyFilter("name", pb.PropertyFilter_GREATER_THAN_OR_EQUAL, &pb.Value{ValueType: &pb.Value_StringValue{StringValue: "person 5"}}),
	}
	req := &pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_Query{Query: q}}
	b.Run("state", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Run(req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("wire", func(b *testing.B) {
		e, err := datastore.Start(datastore.Options{Initial: s, NoJournal: true})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		c := rawClient(b, e.Addr())
		for b.Loop() {
			if _, err := c.RunQuery(context.Background(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
