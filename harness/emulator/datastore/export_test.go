package datastore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

// exportable has every class of value, an array, an embedded entity, a
// namespace, and a record that spans blocks of the log.
func exportable() []*pb.Entity {
	var all []*pb.Entity
	for i, v := range diffScalars("demo") {
		k := demo(namedKey("T", fmt.Sprint(i)))
		unindexed := diffScalars("demo")[i]
		unindexed.ExcludeFromIndexes = true
		all = append(all, &pb.Entity{Key: k, Properties: map[string]*pb.Value{
			"v": v, "u": unindexed, "e": {ValueType: &pb.Value_EntityValue{EntityValue: &pb.Entity{Properties: map[string]*pb.Value{"z": v}}}},
			"a": {ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: []*pb.Value{v, intValue(1)}}}},
			"n": {ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{}}},
		}})
	}
	long := &pb.Value{ExcludeFromIndexes: true, ValueType: &pb.Value_StringValue{StringValue: strings.Repeat("long ", 20000)}}
	ns := demo(namedKey("T", "long"))
	ns.PartitionId.NamespaceId = "ns"
	return append(all, &pb.Entity{Key: ns, Properties: map[string]*pb.Value{"long": long}})
}

func TestExportComesBack(t *testing.T) {
	s := put(t, datastore.NewState(), exportable()...)
	file, err := s.WriteExport(t.TempDir(), "demo", "", time.Date(2026, 11, 20, 1, 2, 3, 4e6, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(file, "/2026-11-20T01:02:03_004/2026-11-20T01:02:03_004.overall_export_metadata") {
		t.Errorf("the metadata is at %s", file)
	}
	entities, err := datastore.ReadExport(file, "demo", "")
	if err != nil {
		t.Fatal(err)
	}
	back := put(t, datastore.NewState(), entities...)
	want, got := slices.Collect(s.Entities("")), slices.Collect(back.Entities(""))
	if d := cmp.Diff(want, got, protocmp.Transform(), cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
}

// TestExportsOfTheOfficialEmulator carries content there and back again.
func TestExportsOfTheOfficialEmulator(t *testing.T) {
	if testing.Short() {
		t.Skip("the official emulators take long to start")
	}
	a := officialEmulator(t, "A")
	s := put(t, datastore.NewState(), exportable()...)
	file, err := s.WriteExport(t.TempDir(), "demo", "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	transfer(t, a.addr, "import", map[string]string{"input_url": file})
	url := transfer(t, a.addr, "export", map[string]string{"output_url_prefix": t.TempDir() + "/theirs"})
	out := findMetadata(t, url)
	e := start(t, datastore.Options{})
	transfer(t, e.Addr(), "import", map[string]string{"input_url": out})
	var changes []string
	for _, c := range datastore.Diff(s, e.State()) {
		changes = append(changes, cmp.Diff(c.Before, c.After, protocmp.Transform()))
	}
	if len(changes) > 0 {
		t.Errorf("%d entities of %d came back differently:\n%s", len(changes), s.Len(), changes[0])
	}
	r, err := rawClient(t, e.Addr()).Lookup(context.Background(), &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", "0")}})
	wantCode(t, "lookup", err, codes.OK)
	if len(r.GetFound()) != 1 {
		t.Errorf("the import is not served: %v", r)
	}
}

// transfer calls :export or :import and returns the URL of the result.
func transfer(t *testing.T, addr, method string, req map[string]string) string {
	t.Helper()
	b, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	code, text := post(t, "http://"+addr+"/v1/projects/demo:"+method, "application/json", strings.NewReader(string(b)))
	var op struct {
		Response struct {
			OutputURL string `json:"outputUrl"`
		} `json:"response"`
	}
	if err := json.Unmarshal([]byte(text), &op); err != nil || code != 200 {
		t.Fatalf("%s: %d %s %v", method, code, text, err)
	}
	return op.Response.OutputURL
}

// findMetadata finds the overall metadata below a directory; the official
// emulator answers with the prefix it was given.
func findMetadata(t *testing.T, dir string) string {
	t.Helper()
	found := ""
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".overall_export_metadata") {
			found = path
		}
		return err
	})
	if err != nil || found == "" {
		t.Fatalf("no overall metadata below %s: %v", dir, err)
	}
	return found
}
