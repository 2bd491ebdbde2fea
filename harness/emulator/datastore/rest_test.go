package datastore_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

// restClient speaks REST in one of the two formats.
type restClient struct {
	addr, format string
}

// call posts a request and returns the name of the status.
func (c restClient) call(t *testing.T, method string, req, resp proto.Message) string {
	t.Helper()
	marshal, unmarshal := protojson.Marshal, protojson.Unmarshal
	if c.format == "application/x-protobuf" {
		marshal, unmarshal = proto.Marshal, proto.Unmarshal
	}
	b, err := marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.Post("http://"+c.addr+"/v1/projects/demo:"+method, c.format, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err = io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("Content-Type"); got != c.format {
		t.Errorf("%s answered as %s", method, got)
	}
	if r.StatusCode == http.StatusOK {
		if err := unmarshal(b, resp); err != nil {
			t.Fatal(err)
		}
		return "OK"
	}
	return c.errorName(t, b)
}

func (c restClient) errorName(t *testing.T, b []byte) string {
	t.Helper()
	if c.format == "application/x-protobuf" {
		var s spb.Status
		if err := proto.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		return strings.ToUpper(codes.Code(s.Code).String())
	}
	var e struct {
		Error struct{ Status, Message string }
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return strings.ReplaceAll(e.Error.Status, "_", "")
}

func namedKey(kind, name string) *pb.Key {
	return &pb.Key{Path: []*pb.Key_PathElement{{Kind: kind, IdType: &pb.Key_PathElement_Name{Name: name}}}}
}

func intValue(i int64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: i}}
}

func upsert(k *pb.Key, n int64) *pb.Mutation {
	e := &pb.Entity{Key: k, Properties: map[string]*pb.Value{"n": intValue(n)}}
	return &pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: e}}
}

func write(ms ...*pb.Mutation) *pb.CommitRequest {
	return &pb.CommitRequest{Mode: pb.CommitRequest_NON_TRANSACTIONAL, Mutations: ms}
}

func writeIn(tx []byte, ms ...*pb.Mutation) *pb.CommitRequest {
	return &pb.CommitRequest{TransactionSelector: &pb.CommitRequest_Transaction{Transaction: tx}, Mutations: ms}
}

func in(tx []byte) *pb.ReadOptions {
	return &pb.ReadOptions{ConsistencyType: &pb.ReadOptions_Transaction{Transaction: tx}}
}

func TestRESTScenario(t *testing.T) {
	for _, format := range []string{"application/json", "application/x-protobuf"} {
		t.Run(format, func(t *testing.T) {
			c := restClient{start(t, datastore.Options{}).Addr(), format}
			restCRUD(t, c)
			restConflict(t, c)
			restPages(t, c)
			restAggregation(t, c)
		})
	}
}

func restCRUD(t *testing.T, c restClient) {
	t.Helper()
	key := namedKey("Thing", "one")
	want := func(method string, req, resp proto.Message, status string) {
		t.Helper()
		if got := c.call(t, method, req, resp); got != status {
			t.Errorf("%s: got %s, want %s", method, got, status)
		}
	}
	insert := &pb.Mutation{Operation: &pb.Mutation_Insert{Insert: &pb.Entity{Key: key, Properties: map[string]*pb.Value{"n": intValue(1)}}}}
	want("commit", write(insert), &pb.CommitResponse{}, "OK")
	want("commit", write(insert), &pb.CommitResponse{}, "ALREADYEXISTS")
	var found pb.LookupResponse
	want("lookup", &pb.LookupRequest{Keys: []*pb.Key{key, namedKey("Thing", "none")}}, &found, "OK")
	if len(found.Found) != 1 || len(found.Missing) != 1 || found.Found[0].Entity.Properties["n"].GetIntegerValue() != 1 {
		t.Errorf("lookup: %v", &found)
	}
	want("commit", write(&pb.Mutation{Operation: &pb.Mutation_Delete{Delete: key}}), &pb.CommitResponse{}, "OK")
	want("lookup", &pb.LookupRequest{Keys: []*pb.Key{{Path: []*pb.Key_PathElement{{Kind: "Thing"}}}}}, &found, "INVALIDARGUMENT")
	var allocated pb.AllocateIdsResponse
	want("allocateIds", &pb.AllocateIdsRequest{Keys: []*pb.Key{{Path: []*pb.Key_PathElement{{Kind: "Thing"}}}}}, &allocated, "OK")
	want("reserveIds", &pb.ReserveIdsRequest{Keys: allocated.Keys}, &pb.ReserveIdsResponse{}, "OK")
}

func restConflict(t *testing.T, c restClient) {
	t.Helper()
	key := namedKey("Counter", "c")
	var first, second pb.BeginTransactionResponse
	c.call(t, "beginTransaction", &pb.BeginTransactionRequest{}, &first)
	c.call(t, "beginTransaction", &pb.BeginTransactionRequest{}, &second)
	for _, tx := range [][]byte{first.Transaction, second.Transaction} {
		c.call(t, "lookup", &pb.LookupRequest{Keys: []*pb.Key{key}, ReadOptions: in(tx)}, &pb.LookupResponse{})
	}
	if got := c.call(t, "commit", writeIn(first.Transaction, upsert(key, 1)), &pb.CommitResponse{}); got != "OK" {
		t.Errorf("first commit: %s", got)
	}
	if got := c.call(t, "commit", writeIn(second.Transaction, upsert(key, 2)), &pb.CommitResponse{}); got != "ABORTED" {
		t.Errorf("second commit: %s", got)
	}
	if got := c.call(t, "rollback", &pb.RollbackRequest{Transaction: []byte("garbage")}, &pb.RollbackResponse{}); got != "INVALIDARGUMENT" {
		t.Errorf("rollback of garbage: %s", got)
	}
}

func restPages(t *testing.T, c restClient) {
	t.Helper()
	var ms []*pb.Mutation
	for i := range int64(7) {
		ms = append(ms, upsert(namedKey("Page", string(rune('a'+i))), i))
	}
	c.call(t, "commit", write(ms...), &pb.CommitResponse{})
	q := &pb.Query{
		Kind:  []*pb.KindExpression{{Name: "Page"}},
		Order: []*pb.PropertyOrder{{Property: ref("n"), Direction: pb.PropertyOrder_DESCENDING}},
		Limit: wrapperspb.Int32(3),
	}
	var got []int64
	for range 4 {
		var resp pb.RunQueryResponse
		if s := c.call(t, "runQuery", &pb.RunQueryRequest{QueryType: &pb.RunQueryRequest_Query{Query: q}}, &resp); s != "OK" {
			t.Fatal(s)
		}
		for _, r := range resp.Batch.EntityResults {
			got = append(got, r.Entity.Properties["n"].GetIntegerValue())
		}
		q.StartCursor = resp.Batch.EndCursor
	}
	if d := cmp.Diff([]int64{6, 5, 4, 3, 2, 1, 0}, got); d != "" {
		t.Error(d)
	}
}

func restAggregation(t *testing.T, c restClient) {
	t.Helper()
	gql := &pb.GqlQuery{QueryString: "SELECT COUNT(*) AS n, SUM(n) AS sum FROM Page WHERE n > @1"}
	gql.PositionalBindings = []*pb.GqlQueryParameter{{ParameterType: &pb.GqlQueryParameter_Value{Value: intValue(2)}}}
	var resp pb.RunAggregationQueryResponse
	if s := c.call(t, "runAggregationQuery", &pb.RunAggregationQueryRequest{QueryType: &pb.RunAggregationQueryRequest_GqlQuery{GqlQuery: gql}}, &resp); s != "OK" {
		t.Fatal(s)
	}
	got := resp.Batch.AggregationResults[0].AggregateProperties
	if got["n"].GetIntegerValue() != 4 || got["sum"].GetIntegerValue() != 18 {
		t.Errorf("got %v, want 4 and 18", got)
	}
}

func post(t *testing.T, url, contentType string, body io.Reader) (status int, text string) {
	t.Helper()
	r, err := http.Post(url, contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestAdminEndpoints(t *testing.T) {
	e := start(t, datastore.Options{})
	url := "http://" + e.Addr()
	restClient{e.Addr(), "application/json"}.call(t, "commit", write(upsert(namedKey("T", "x"), 1)), &pb.CommitResponse{})
	r, err := http.Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil || string(b) != "Ok\n" {
		t.Errorf("GET /: %q %v", b, err)
	}
	if _, text := post(t, url+"/reset", "", nil); text != "Resetting...\n" || e.State().Len() != 0 {
		t.Errorf("POST /reset: %q, %d entities left", text, e.State().Len())
	}
	if code, _ := post(t, url+"/v1/projects/demo:nothing", "application/json", nil); code != http.StatusNotFound {
		t.Errorf("unknown method: %d", code)
	}
	if _, text := post(t, url+"/shutdown", "", nil); text != "Shutting down...\n" {
		t.Errorf("POST /shutdown: %q", text)
	}
	<-e.Done()
}

func TestRESTAcceptsGzip(t *testing.T) {
	e := start(t, datastore.Options{})
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	_, _ = z.Write([]byte(`{"keys":[{"path":[{"kind":"T","name":"x"}]}]}`)) // into memory
	_ = z.Close()
	req, err := http.NewRequest(http.MethodPost, "http://"+e.Addr()+"/v1/projects/demo:lookup", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Encoding", "gzip")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if r.StatusCode != http.StatusOK {
		t.Errorf("got %d", r.StatusCode)
	}
}

// TestNodeClient runs testdata/node/scenario.js with the official Node client,
// installed from npm into a scratch directory.
func TestNodeClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("installs a package from npm")
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			skipWithout(t, "node", err.Error())
		}
	}
	dir := t.TempDir()
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "@google-cloud/datastore")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		skipWithout(t, "node", "npm cannot install the client: "+string(out))
	}
	script, err := os.ReadFile("testdata/node/scenario.js")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "scenario.js"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("node", "scenario.js")
	run.Dir = dir
	run.Env = append(os.Environ(), "DATASTORE_EMULATOR_HOST="+start(t, datastore.Options{}).Addr(), "GCLOUD_PROJECT=demo", "METADATA_SERVER_DETECTION=none")
	out, err := run.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "ok\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
