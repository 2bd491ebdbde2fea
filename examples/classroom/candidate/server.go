package main

import (
	"context"
	"errors"
	"strconv"

	"cloud.google.com/go/datastore"
)

// server is the root resolver.
type server struct {
	db       *datastore.Client
	services *services
	brk      string // see package breaks; "" in earnest
	// toldTime takes the present time from the header x-replay-now.
	toldTime bool
}

// idOf is what the outside knows an entity by.
func idOf(k *datastore.Key) string {
	if k.Name != "" {
		return k.Name
	}
	return strconv.FormatInt(k.ID, 10)
}

// numericKey is nil when the id is none that Datastore allocates.
func numericKey(kind, id string, parent *datastore.Key) *datastore.Key {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return nil
	}
	return datastore.IDKey(kind, n, parent)
}

// personalKey is a key that holds the id of an account: a number when it came by
// an invitation, else a name. It is nil for "".
func personalKey(kind, id string, parent *datastore.Key) *datastore.Key {
	if k := numericKey(kind, id, parent); k != nil {
		return k
	}
	if id == "" {
		return nil
	}
	return datastore.NameKey(kind, id, parent)
}

// entity is what a struct of the model can do: know its key, and what is stored
// of its lists and embedded structs when they are empty.
type entity interface {
	key() *datastore.Key
	empties() datastore.PropertyList
}

// record turns a struct into what is stored. The client library leaves out empty
// lists and nil embedded structs; legacy stores [] and null.
func (s *server) record(e entity) (*datastore.PropertyList, error) {
	saved, err := datastore.SaveStruct(e)
	if err != nil {
		return nil, err
	}
	props, present := datastore.PropertyList{}, map[string]bool{}
	for _, p := range saved {
		present[p.Name] = true
		props = append(props, p)
	}
	for _, p := range e.empties() {
		if !present[p.Name] && !s.broken("lost-empty-list") {
			props = append(props, p)
		}
	}
	props = s.distort(e.key().Kind, props)
	return &props, nil
}

// put stores within a transaction; an incomplete key is completed by the commit.
func (s *server) put(tx *datastore.Transaction, e entity) (*datastore.PendingKey, error) {
	rec, err := s.record(e)
	if err != nil {
		return nil, err
	}
	return tx.Put(e.key(), rec)
}

// change stores entities with complete keys in a transaction of their own.
func (s *server) change(ctx context.Context, changed ...entity) error {
	_, err := s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		return s.putAll(tx, changed...)
	})
	return err
}

func (s *server) putAll(tx *datastore.Transaction, changed ...entity) error {
	for _, e := range changed {
		if _, err := s.put(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// find loads an entity; the result is nil when there is none, or no key.
func find[T any](ctx context.Context, s *server, key *datastore.Key) (*T, error) {
	if key == nil {
		return nil, nil
	}
	e := new(T)
	err := s.db.Get(ctx, key, e)
	if errors.Is(err, datastore.ErrNoSuchEntity) {
		return nil, nil
	}
	return e, err
}

// findAll loads entities in the order of keys, nil where there is none.
func findAll[T any](ctx context.Context, s *server, keys []*datastore.Key) ([]*T, error) {
	return load[T](keys, func(found []*T) error { return s.db.GetMulti(ctx, keys, found) })
}

// load calls get for as many entities as there are keys, and sorts out which of
// them exist.
func load[T any](keys []*datastore.Key, get func([]*T) error) ([]*T, error) {
	found := make([]*T, len(keys))
	for i := range found {
		found[i] = new(T)
	}
	err := get(found)
	var each datastore.MultiError
	if !errors.As(err, &each) {
		return found, err
	}
	for i, err := range each {
		if errors.Is(err, datastore.ErrNoSuchEntity) {
			found[i] = nil
		} else if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func query[T any](ctx context.Context, s *server, q *datastore.Query) ([]*T, error) {
	found := []*T{}
	_, err := s.db.GetAll(ctx, q, &found)
	return found, err
}
