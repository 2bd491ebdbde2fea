package datastore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

var fuzzDB = dbID{project: "demo"}

// fuzzState has a value of every class.
func fuzzState(tb testing.TB) *State {
	tb.Helper()
	var all []*pb.Entity
	for i, v := range []*pb.Value{
		integer(1), double(-0.5),
		{ValueType: &pb.Value_NullValue{}},
		{ValueType: &pb.Value_StringValue{StringValue: "a\x00b"}},
		{ValueType: &pb.Value_BooleanValue{BooleanValue: true}},
		arrayOf([]*pb.Value{integer(1), integer(9)}),
		withEntity(nil, &pb.Entity{Properties: map[string]*pb.Value{"z": integer(5)}}),
	} {
		k := &pb.Key{PartitionId: &pb.PartitionId{ProjectId: "demo"}}
		k.Path = []*pb.Key_PathElement{{Kind: "T", IdType: &pb.Key_PathElement_Id{Id: int64(i + 1)}}}
		all = append(all, &pb.Entity{Key: k, Properties: map[string]*pb.Value{"p": v, "q": integer(int64(i))}})
	}
	s, err := NewState().Put(all...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func FuzzGQL(f *testing.F) {
	for _, s := range []string{
		"SELECT * FROM T", "SELECT __key__ FROM T WHERE p = @1 LIMIT @2", "SELECT DISTINCT ON (p) p, q FROM T ORDER BY p DESC",
		"SELECT * FROM T WHERE p IN ARRAY(1, 5) OR NOT p", "SELECT * FROM `T` WHERE __key__ HAS ANCESTOR KEY(T, 1, U, 'x')",
		"AGGREGATE COUNT(*) AS n, SUM(p), COUNT_UP_TO(5) OVER (SELECT * FROM T WHERE q > 1)", "SELECT COUNT(*) FROM T",
		"SELECT * FROM T WHERE p = DATETIME('2023-11-14T22:13:20Z') AND q != -1.5e3", "SELECT p.z FROM T WHERE (p = BLOB('aGk') OR p IS NULL) AND 1 <= q",
		"SELECT * WHERE __key__ > KEY(NAMESPACE('n'), T, 'a''b') LIMIT FIRST(3, @c) OFFSET @c + 2", `SELECT * FROM T WHERE p = "a\n"`, "",
	} {
		f.Add(s)
	}
	s := fuzzState(f)
	args := []*pb.GqlQueryParameter{
		{ParameterType: &pb.GqlQueryParameter_Value{Value: integer(1)}}, {ParameterType: &pb.GqlQueryParameter_Value{Value: integer(2)}},
	}
	named := map[string]*pb.GqlQueryParameter{"c": {ParameterType: &pb.GqlQueryParameter_Cursor{Cursor: []byte("x")}}}
	f.Fuzz(func(t *testing.T, text string) {
		gql := &pb.GqlQuery{QueryString: text, AllowLiterals: true, PositionalBindings: args, NamedBindings: named}
		if !strings.Contains(text, "@") {
			gql.PositionalBindings = nil
		}
		q, agg, err := parseGQL(fuzzDB, nil, gql)
		if err != nil {
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("%v", err)
			}
			return
		}
		if agg != nil {
			q = agg.GetNestedQuery()
		}
		runAny(t, s, q)
	})
}

// runAny runs a query that may be wrong; what it must not do is panic or fail
// without a reason.
func runAny(t *testing.T, s *State, q *pb.Query) {
	t.Helper()
	p, err := newPlan(fuzzDB, nil, q, nil)
	if err != nil {
		if c := status.Code(err); c != codes.InvalidArgument && c != codes.Unimplemented {
			t.Errorf("%v", err)
		}
		return
	}
	p.run(s.db(fuzzDB), maxBatchRows, maxBatchBytes)
	p.planSummary()
}

func FuzzREST(f *testing.F) {
	f.Add("lookup", `{"keys":[{"path":[{"kind":"T","id":"1"}]}]}`, false)
	f.Add("commit", `{"mode":"NON_TRANSACTIONAL","mutations":[{"upsert":{"key":{"path":[{"kind":"T"}]},"properties":{"p":{"arrayValue":{"values":[{"geoPointValue":{"latitude":1}}]}}}}}]}`, false)
	f.Add("commit", `{"singleUseTransaction":{},"mutations":[{"update":{"key":{"path":[{"kind":"T","id":"1"}]}},"propertyMask":{"paths":["p"]},"propertyTransforms":[{"property":"p.z","increment":{"integerValue":"1"}}],"baseVersion":"1"}]}`, false)
	f.Add("runQuery", `{"query":{"kind":[{"name":"T"}],"filter":{"propertyFilter":{"property":{"name":"p"},"op":"IN","value":{"arrayValue":{"values":[{"integerValue":"1"}]}}}},"limit":2},"explainOptions":{"analyze":true}}`, false)
	f.Add("runQuery", `{"gqlQuery":{"queryString":"SELECT * FROM __property__"}}`, false)
	f.Add("runAggregationQuery", `{"aggregationQuery":{"nestedQuery":{"kind":[{"name":"T"}]},"aggregations":[{"sum":{"property":{"name":"p"}}}]}}`, false)
	f.Add("beginTransaction", `{"transactionOptions":{"readOnly":{"readTime":"2026-01-01T00:00:00Z"}}}`, false)
	f.Add("allocateIds", "\x1a\x07\x12\x05\x0a\x01A", true)
	f.Add("reserveIds", `{"databaseId":"d","keys":[]}`, false)
	s := fuzzState(f)
	f.Fuzz(func(t *testing.T, method, body string, protobuf bool) {
		if restMethods[method].req == nil {
			return
		}
		e := newEmulator(Options{Initial: s, NoJournal: true})
		r := httptest.NewRequest(http.MethodPost, "/v1/projects/demo:"+method, strings.NewReader(body))
		r.Header.Set("Content-Type", map[bool]string{false: typeJSON, true: typeProtobuf}[protobuf])
		w := httptest.NewRecorder()
		e.handler().ServeHTTP(w, r.WithContext(context.Background()))
		if w.Code >= http.StatusInternalServerError && w.Code != http.StatusNotImplemented {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if !protobuf && !json.Valid(w.Body.Bytes()) {
			t.Errorf("no JSON: %s", w.Body)
		}
	})
}

func FuzzCursor(f *testing.F) {
	s := fuzzState(f)
	queries := []*pb.Query{
		{Kind: []*pb.KindExpression{{Name: "T"}}},
		{Kind: []*pb.KindExpression{{Name: "T"}}, Order: []*pb.PropertyOrder{{Property: &pb.PropertyReference{Name: "p"}, Direction: pb.PropertyOrder_DESCENDING}}},
		{Kind: []*pb.KindExpression{{Name: "T"}}, Order: []*pb.PropertyOrder{{Property: &pb.PropertyReference{Name: "p"}}}},
	}
	for _, q := range queries {
		p, err := newPlan(fuzzDB, nil, q, nil)
		if err != nil {
			f.Fatal(err)
		}
		for _, r := range p.run(s.db(fuzzDB), -1, 0).rows {
			f.Add(p.cursorBytes(r.pos))
		}
	}
	f.Add([]byte("garbage"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, q := range queries {
			for _, cursor := range [][]byte{raw, forged(t, q, raw)} {
				start, end := proto.CloneOf(q), proto.CloneOf(q)
				start.StartCursor, end.EndCursor = cursor, cursor
				runAny(t, s, start)
				runAny(t, s, end)
			}
		}
	})
}

// forged is a cursor of the query that points anywhere.
func forged(t *testing.T, q *pb.Query, pos []byte) []byte {
	t.Helper()
	p, err := newPlan(fuzzDB, nil, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := p.cursorBytes(string(pos))
	end := len(b) - 4
	binary.BigEndian.PutUint32(b[end:], crc32.ChecksumIEEE(b[:end]))
	return b
}

// FuzzText checks that the encoding of text keeps the order and decodes to
// what it was.
func FuzzText(f *testing.F) {
	f.Add("a", "a\x00")
	f.Add("", "\x00\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := string(appendText(nil, a)), string(appendText(nil, b))
		if strings.Compare(a, b) != strings.Compare(x, y) {
			t.Errorf("%q and %q change places", a, b)
		}
		back, rest, ok := cutText(x + "rest")
		if back != a || rest != "rest" || !ok {
			t.Errorf("%q comes back as %q %q", a, back, rest)
		}
	})
}
