package datastore_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	gcd "cloud.google.com/go/datastore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/harness/store/storetest"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// TestDrivers is what every store has to pass, by driver. Each names what it needs
// where that is missing.
func TestDrivers(t *testing.T) {
	for driver, open := range map[string]func(*testing.T) (o datastore.RemoteOptions, left func(*testing.T) []string){
		"embedded": func(*testing.T) (datastore.RemoteOptions, func(*testing.T) []string) {
			return datastore.RemoteOptions{}, nil
		},
		"container": func(t *testing.T) (datastore.RemoteOptions, func(*testing.T) []string) {
			t.Helper()
			left := func(t *testing.T) []string { t.Helper(); return testimage.Left(t) }
			return datastore.RemoteOptions{Driver: datastore.Container, Image: testimage.Datastore(t), Pull: "never"}, left
		},
		"gcloud firestore": func(t *testing.T) (datastore.RemoteOptions, func(*testing.T) []string) {
			t.Helper()
			return gcloud(t, datastore.ModeFirestore)
		},
		"gcloud datastore": func(t *testing.T) (datastore.RemoteOptions, func(*testing.T) []string) {
			t.Helper()
			return gcloud(t, datastore.ModeDatastore)
		},
	} {
		t.Run(driver, func(t *testing.T) {
			o, left := open(t)
			o.Project = "demo"
			s := subject(func(t *testing.T) store.Recordable {
				t.Helper()
				if o.Driver == "" {
					s, err := datastore.Open(o.Options)
					if err != nil {
						t.Fatal(err)
					}
					return s
				}
				s, err := datastore.OpenRemote(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				return s
			})
			s.Left = left
			storetest.Run(t, s)
		})
	}
}

func gcloud(t *testing.T, mode string) (o datastore.RemoteOptions, left func(*testing.T) []string) {
	t.Helper()
	if testing.Short() {
		t.Skip("the official emulators take long to start")
	}
	_, err := exec.LookPath("gcloud")
	storetest.Need(t, "gcloud", err == nil, "the gcloud command is not installed")
	return datastore.RemoteOptions{Driver: datastore.Gcloud, Mode: mode}, storetest.TempDir(t)
}

func subject(open func(*testing.T) store.Recordable) storetest.Subject {
	user := func(id int64) corpus.Key { return corpus.Key{Path: []corpus.PathElement{{Kind: "User", ID: id}}} }
	entity := func(id int64, name string) corpus.Entity {
		return corpus.Entity{Key: user(id), Properties: map[string]corpus.Value{"name": name}}
	}
	put := func(id int64, name string) func(*testing.T, *gcd.Client) {
		return func(t *testing.T, c *gcd.Client) {
			t.Helper()
			if _, err := c.Put(t.Context(), gcd.IDKey("User", id, nil), &person{name}); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(id int64) func(*testing.T, *gcd.Client) {
		return func(t *testing.T, c *gcd.Client) {
			t.Helper()
			if err := c.Delete(t.Context(), gcd.IDKey("User", id, nil)); err != nil {
				t.Fatal(err)
			}
		}
	}
	from, to := corpus.Value("ann"), corpus.Value("eve")
	return storetest.Subject{
		Open:    open,
		Content: people,
		Small:   corpus.State{Entities: []corpus.Entity{entity(1, "ann"), entity(2, "bob")}, Absent: []corpus.Key{user(3)}},
		Large:   corpus.State{Entities: []corpus.Entity{entity(2, "cy"), entity(4, "dan"), entity(5, "")}},
		Refused: map[string]corpus.State{
			"a key twice":      {Entities: []corpus.Entity{entity(1, "a"), entity(1, "b")}},
			"there and absent": {Entities: []corpus.Entity{entity(1, "a")}, Absent: []corpus.Key{user(1)}},
		},
		Writes: []storetest.Write{
			{Reason: "changed", Do: as(put(1, "eve")), Want: []corpus.Effect{
				{Op: corpus.Update, Key: user(1), Set: map[string]corpus.Change{"name": {From: &from, To: &to}}},
			}},
			{Reason: "written as it was", Do: as(put(1, "ann"))},
			{Reason: "inserted", Do: as(put(3, "new")), Want: []corpus.Effect{
				{Op: corpus.Insert, Key: user(3), Properties: map[string]corpus.Value{"name": "new"}},
			}},
			{Reason: "deleted", Do: as(remove(2)), Want: []corpus.Effect{{Op: corpus.Delete, Key: user(2)}}},
			{Reason: "deleted and inserted again", Do: as(remove(1), put(1, "ann"))},
			{Reason: "inserted and deleted", Do: as(put(9, "x"), remove(9))},
		},
	}
}

type person struct {
	Name string `datastore:"name"`
}

func as(steps ...func(*testing.T, *gcd.Client)) func(*testing.T, store.Recordable) {
	return func(t *testing.T, s store.Recordable) {
		t.Helper()
		c := suiteClient(t, s)
		for _, step := range steps {
			step(t, c)
		}
	}
}

func suiteClient(t *testing.T, s store.Recordable) *gcd.Client {
	t.Helper()
	c, err := gcd.NewClient(t.Context(), "demo",
		option.WithEndpoint(s.URL()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func people(t *testing.T, s store.Recordable) string {
	t.Helper()
	var all []person
	keys, err := suiteClient(t, s).GetAll(t.Context(), gcd.NewQuery("User"), &all)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i, p := range all {
		fmt.Fprintln(&b, keys[i], p.Name)
	}
	return b.String()
}
