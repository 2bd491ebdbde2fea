package main

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"time"

	"cloud.google.com/go/datastore"
)

type app struct{ db *datastore.Client }

// doc is an entity the way this code passes all of them around.
type doc struct {
	key *datastore.Key
	m   map[string]any
}

// Long texts were taken out of the indexes when the first one passed 1500 bytes.
var longTexts = map[string]bool{"description": true, "text": true, "feedback": true, "note": true, "bio": true}

var (
	_ datastore.PropertyLoadSaver = (*doc)(nil)
	_ datastore.KeyLoader         = (*doc)(nil)
)

// Load is called by the client library.
func (d *doc) Load(props []datastore.Property) error {
	d.m = map[string]any{}
	for _, p := range props {
		d.m[p.Name] = p.Value
	}
	return nil
}

// LoadKey is called by the client library.
func (d *doc) LoadKey(k *datastore.Key) error {
	d.key = k
	return nil
}

// Save is called by the client library.
func (d *doc) Save() ([]datastore.Property, error) { return props(d.m), nil }

func props(m map[string]any) []datastore.Property {
	list := []datastore.Property{}
	for name, v := range m {
		list = append(list, datastore.Property{Name: name, Value: v, NoIndex: longTexts[name]})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// embed makes the value of an embedded entity.
func embed(m map[string]any) *datastore.Entity {
	return &datastore.Entity{Properties: props(m)}
}

// unembed is embed backwards; nil stays nil.
func unembed(v any) map[string]any {
	e, ok := v.(*datastore.Entity)
	if !ok || e == nil {
		return nil
	}
	m := map[string]any{}
	for _, p := range e.Properties {
		m[p.Name] = p.Value
	}
	return m
}

func (d *doc) str(name string) string   { s, _ := d.m[name].(string); return s }
func (d *doc) num(name string) int64    { n, _ := d.m[name].(int64); return n }
func (d *doc) yes(name string) bool     { b, _ := d.m[name].(bool); return b }
func (d *doc) at(name string) time.Time { t, _ := d.m[name].(time.Time); return t }
func (d *doc) list(name string) []any {
	l, _ := d.m[name].([]any)
	return l
}

func (d *doc) ref(name string) *datastore.Key {
	k, _ := d.m[name].(*datastore.Key)
	return k
}

// id is what the outside knows an entity by.
func (d *doc) id() string { return idOf(d.key) }

func idOf(k *datastore.Key) string {
	if k.Name != "" {
		return k.Name
	}
	return strconv.FormatInt(k.ID, 10)
}

// numbered makes a key of a numeric id; nil when it is none.
func numbered(kind, id string, parent *datastore.Key) *datastore.Key {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return nil
	}
	return datastore.IDKey(kind, n, parent)
}

// named makes a key of an id that is a number for the accounts made by an
// invitation, and a name for the older ones.
func named(kind, id string, parent *datastore.Key) *datastore.Key {
	if k := numbered(kind, id, parent); k != nil {
		return k
	}
	if id == "" {
		return nil
	}
	return datastore.NameKey(kind, id, parent)
}

// get returns nil when there is no such entity.
func (a *app) get(ctx context.Context, key *datastore.Key) (*doc, error) {
	if key == nil {
		return nil, nil
	}
	d := &doc{}
	err := a.db.Get(ctx, key, d)
	if errors.Is(err, datastore.ErrNoSuchEntity) {
		return nil, nil
	}
	return d, err
}

func (a *app) all(ctx context.Context, q *datastore.Query) ([]*doc, error) {
	var found []*doc
	_, err := a.db.GetAll(ctx, q, &found)
	return found, err
}

func (a *app) put(ctx context.Context, d *doc) error {
	key, err := a.db.Put(ctx, d.key, d)
	d.key = key
	return err
}
