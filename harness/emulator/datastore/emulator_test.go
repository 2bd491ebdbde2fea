package datastore_test

import (
	"context"
	"errors"
	"testing"

	cds "cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

func start(t *testing.T, opts datastore.Options) *datastore.Emulator {
	t.Helper()
	e, err := datastore.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func client(t *testing.T, e *datastore.Emulator) *cds.Client {
	t.Helper()
	t.Setenv("DATASTORE_EMULATOR_HOST", e.Addr())
	c, err := cds.NewClient(context.Background(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

type person struct {
	Name string
	Age  int
	Note string `datastore:",noindex"`
}

func TestOfficialClientPutsAndGets(t *testing.T) {
	ctx := context.Background()
	e := start(t, datastore.Options{})
	c := client(t, e)
	want := person{Name: "Ann", Age: 7, Note: "long"}
	k, err := c.Put(ctx, cds.IncompleteKey("Person", nil), &want)
	if err != nil {
		t.Fatal(err)
	}
	var got person
	if err := c.Get(ctx, k, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if err := c.Get(ctx, cds.NameKey("Person", "nobody", nil), &got); !errors.Is(err, cds.ErrNoSuchEntity) {
		t.Errorf("got %v for an absent entity", err)
	}
	if n := len(datastore.Diff(e.Before(), e.State())); n != 1 {
		t.Errorf("got %d changes, want 1", n)
	}
	if n := len(e.Journal()); n != 3 {
		t.Errorf("got %d events, want 3", n)
	}
}
