package datastore_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	gcd "cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

func openContainer(t *testing.T) *datastore.Remote {
	t.Helper()
	s, err := datastore.OpenRemote(t.Context(), datastore.RemoteOptions{
		Options: datastore.Options{Project: "demo"}, Driver: datastore.Container, Image: testimage.Datastore(t), Pull: "never",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left := testimage.Left(t); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
	return s
}

// TestRemoteSeesTheSame: what is seen of an emulator that runs elsewhere is what
// is seen of the embedded one, whatever is asked and by whichever transport.
func TestRemoteSeesTheSame(t *testing.T) {
	embedded, err := datastore.Open(datastore.Options{Project: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close() //nolint:errcheck // of the test
	want, have := seenOf(t, embedded), seenOf(t, openContainer(t))
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-embedded +container):\n%s", diff)
	}
	for _, text := range []string{"aggregation of query", "User/ann", "shop", "REST 1"} {
		if !strings.Contains(want, text) {
			t.Errorf("the test asks too little: no %q in\n%s", text, want)
		}
	}
}

// number is an id that was given out, which differ.
var number = regexp.MustCompile(`\d{2,}`)

func seenOf(t *testing.T, s store.Recordable) string {
	t.Helper()
	ctx := t.Context()
	key := func(namespace string, id any) corpus.Key {
		e := corpus.PathElement{Kind: "User"}
		switch id := id.(type) {
		case int:
			e.ID = int64(id)
		case string:
			e.Name = id
		}
		return corpus.Key{Namespace: namespace, Path: []corpus.PathElement{e}}
	}
	var state corpus.State
	for _, k := range []corpus.Key{key("", 1), key("", 2), key("", "ann"), key("shop", 1)} {
		state.Entities = append(state.Entities, corpus.Entity{Key: k, Properties: map[string]corpus.Value{"name": k.String()}})
	}
	if err := s.Seed(ctx, state); err != nil {
		t.Fatal(err)
	}
	c := suiteClient(t, s)
	check := func(err error) {
		t.Helper()
		if err != nil && !errors.Is(err, gcd.ErrNoSuchEntity) {
			t.Fatal(err)
		}
	}
	var p person
	var all []person
	check(c.Get(ctx, gcd.NameKey("User", "ann", nil), &p))
	check(c.Get(ctx, gcd.NameKey("User", "nobody", nil), &p))
	_, err := c.GetAll(ctx, gcd.NewQuery("User").FilterField("name", ">", "User/1").Order("name").Limit(1), &all)
	check(err)
	_, err = c.RunAggregationQuery(ctx, gcd.NewQuery("User").NewAggregationQuery().WithCount("n"))
	check(err)
	_, err = c.Put(ctx, gcd.IncompleteKey("User", nil), &person{"new"})
	check(err)
	elsewhere := gcd.NameKey("User", "far", nil)
	elsewhere.Namespace = "other"
	_, err = c.RunInTransaction(ctx, func(tx *gcd.Transaction) error {
		if err := tx.Get(gcd.IDKey("User", 2, nil), &p); err != nil {
			return err
		}
		if err := tx.Delete(gcd.IDKey("User", 2, nil)); err != nil {
			return err
		}
		_, err := tx.Put(elsewhere, &person{"there"})
		return err
	})
	check(err)
	rest(t, s.URL(), "reserveIds", `{"keys": [{"path": [{"kind": "User", "id": "7"}]}]}`)
	found := rest(t, s.URL(), "lookup", `{"keys": [{"partitionId": {"namespaceId": "shop"}, "path": [{"kind": "User", "id": "1"}]}]}`)
	return number.ReplaceAllString(fmt.Sprintf("%s\nREST %d", text(t, s), found), "ID")
}

// rest asks over HTTP, and tells how many entities were found.
func rest(t *testing.T, addr, method, body string) int {
	t.Helper()
	resp, err := http.Post("http://"+addr+"/v1/projects/demo:"+method, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // of the test
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %v: %s", resp.Status, err, answer)
	}
	return strings.Count(string(answer), `"found"`)
}

func text(t *testing.T, s store.Recordable) string {
	t.Helper()
	o, err := s.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fixture, err := s.Fixture(t.Context(), store.FixtureOptions{Guards: 1, Follow: 1})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range o.Effects {
		fmt.Fprintln(&b, "effect", e.Op, e.Key, e.Properties["name"])
	}
	for _, r := range o.Reads {
		fmt.Fprintln(&b, "read", r.Text, r.Found, r.Missing, r.Query, r.Kind)
	}
	fmt.Fprintln(&b, "allocated", o.Allocated)
	if fmt.Sprint(o.Reserved) != "[User/7]" {
		t.Errorf("reserved %v, want User/7", o.Reserved)
	}
	for _, e := range fixture.Entities {
		fmt.Fprintln(&b, "fixture", e.Key)
	}
	for _, k := range fixture.Absent {
		fmt.Fprintln(&b, "absent", k)
	}
	return b.String()
}

// TestRemoteIsGone: the end of the container is the cause that is told, with the
// last lines of its log.
func TestRemoteIsGone(t *testing.T) {
	s := openContainer(t)
	out, err := exec.Command("docker", "rm", "--force", strings.Fields(testimage.Left(t)[0])[1]).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = s.Seed(t.Context(), corpus.State{}); err != nil && strings.Contains(err.Error(), "the container of datastore is gone") {
			return
		}
	}
	t.Errorf("want the end of the container, have %v", err)
}
