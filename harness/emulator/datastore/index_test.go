package datastore_test

import (
	"context"
	"strings"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

func parseIndexes(t *testing.T, text string) []datastore.Index {
	t.Helper()
	indexes, err := datastore.ParseIndexes("index.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return indexes
}

func TestCompositeIndexes(t *testing.T) {
	indexes := parseIndexes(t, `
indexes:
- kind: T
  properties: [{name: a}, {name: b}]
- kind: T
  properties: [{name: a}, {name: c, direction: desc}]
- kind: T
  properties: [{name: d}, {name: c, direction: desc}]
- kind: T
  ancestor: yes
  properties: [{name: b}]
`)
	c := rawClient(t, start(t, datastore.Options{Indexes: indexes}).Addr())
	for _, row := range []struct {
		gql    string
		want   codes.Code
		reason string
	}{
		{"SELECT * FROM T WHERE a = 1 AND b = 2 AND z = 3", codes.OK, "equalities are merged from built-in indexes"},
		{"SELECT * FROM T WHERE b > 1 ORDER BY b DESC", codes.OK, "one property is built in, both ways"},
		{"SELECT * FROM T WHERE a = 1 ORDER BY b", codes.OK, "declared"},
		{"SELECT * FROM T WHERE a = 1 AND b > 3", codes.OK, "an inequality orders"},
		{"SELECT * FROM T WHERE a = 1 ORDER BY b DESC", codes.FailedPrecondition, "the direction matters"},
		{"SELECT * FROM T WHERE a = 1 AND d = 2 ORDER BY c DESC", codes.OK, "two declared indexes with the same tail are merged"},
		{"SELECT * FROM T WHERE a = 1 AND z = 2 ORDER BY c DESC", codes.FailedPrecondition, "z is in none of them"},
		{"SELECT a, b FROM T", codes.OK, "a projection in any order"},
		{"SELECT b, a FROM T", codes.OK, "a projection in any order"},
		{"SELECT a, z FROM T", codes.FailedPrecondition, "no index has both"},
		{"SELECT * FROM T WHERE __key__ HAS ANCESTOR KEY(P, 1) AND b > 1", codes.OK, "declared with ancestor"},
		{"SELECT * FROM T WHERE __key__ HAS ANCESTOR KEY(P, 1) AND a > 1", codes.FailedPrecondition, "a is declared without ancestor only"},
		{"SELECT * FROM T WHERE __key__ HAS ANCESTOR KEY(P, 1) AND a = 1", codes.OK, "ancestor and equality are merged"},
		{"SELECT * FROM U ORDER BY a, b", codes.FailedPrecondition, "another kind"},
	} {
		gql := &pb.GqlQuery{QueryString: row.gql, AllowLiterals: true}
		_, err := c.RunQuery(context.Background(), &pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_GqlQuery{GqlQuery: gql}})
		wantCode(t, row.reason+": "+row.gql, err, row.want)
		if row.want == codes.FailedPrecondition && !strings.Contains(err.Error(), "no matching index found. recommended index is:\n- kind: ") {
			t.Errorf("%s: %v", row.gql, err)
		}
	}
}

func TestNeededIndexesAreReported(t *testing.T) {
	e := start(t, datastore.Options{})
	c := rawClient(t, e.Addr())
	for _, s := range []string{
		"SELECT * FROM T WHERE b = 1 AND a = 2 ORDER BY c DESC", "SELECT * FROM T WHERE a = 2 AND b = 1 ORDER BY c DESC",
		"SELECT * FROM T WHERE a = 1", "SELECT * FROM A WHERE __key__ HAS ANCESTOR KEY(P, 1) ORDER BY due",
	} {
		gql := &pb.GqlQuery{QueryString: s, AllowLiterals: true}
		if _, err := c.RunQuery(context.Background(), &pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_GqlQuery{GqlQuery: gql}}); err != nil {
			t.Fatal(err)
		}
	}
	e.Reset(nil)
	want := `indexes:

- kind: A
  ancestor: yes
  properties:
  - name: due

- kind: T
  properties:
  - name: a
  - name: b
  - name: c
    direction: desc
`
	got := datastore.FormatIndexes(e.NeededIndexes())
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(e.NeededIndexes(), parseIndexes(t, got)); d != "" {
		t.Errorf("what is written is read differently: %s", d)
	}
}

func TestIndexFileProblems(t *testing.T) {
	_, err := datastore.ParseIndexes("index.yaml", []byte("indexes:\n- knd: T\n- kind: T\n  ancestor: maybe\n  properties:\n  - name: a\n    direction: up\n"))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{`index.yaml:2:3: unknown key "knd"`, "index.yaml:4:13: want yes or no", "index.yaml:7:16: want asc or desc"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}
