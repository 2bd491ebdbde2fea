package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"cloud.google.com/go/datastore"
)

type sessionKey struct{}

// session is the caller of one request, loaded once.
type session struct {
	clock
	name string
	once sync.Once
	user *user
	err  error
}

// viewer is the caller. Errors: nobody signed in, or nobody of that name.
func (s *server) viewer(ctx context.Context) (*user, error) {
	caller := ctx.Value(sessionKey{}).(*session)
	if caller.name == "" {
		return nil, unauthenticated("sign in first")
	}
	caller.once.Do(func() {
		caller.user, caller.err = find[user](ctx, s, personalKey("User", caller.name, nil))
		if caller.err == nil && caller.user == nil {
			caller.err = unauthenticated("unknown user %q", caller.name)
		}
	})
	return caller.user, caller.err
}

func (c *class) coachedBy(u *user) bool {
	return c.Coach.Equal(u.Key) || slices.ContainsFunc(c.CoCoaches, u.Key.Equal)
}

func (s *server) classByID(ctx context.Context, id string) (*class, error) {
	c, err := find[class](ctx, s, numericKey("Class", id, nil))
	if err == nil && c == nil {
		if s.broken("wrong-message") {
			return nil, problem{"NOT_FOUND", fmt.Sprintf("class %s not found", id)}
		}
		return nil, notFound("class", id)
	}
	return c, err
}

// coached loads the viewer and a class that the viewer coaches.
func (s *server) coached(ctx context.Context, id string) (*user, *class, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.classByID(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if !c.coachedBy(me) {
		return nil, nil, forbidden("only a coach of class %q may do this", idOf(c.Key))
	}
	return me, c, nil
}

// running is coached for classes that are not archived.
func (s *server) running(ctx context.Context, id string) (*user, *class, error) {
	me, c, err := s.coached(ctx, id)
	if err == nil && c.Archived {
		return nil, nil, conflict("class %q is archived", idOf(c.Key))
	}
	return me, c, err
}

// enrolled tells whether an account is an active student of a class.
func (s *server) enrolled(ctx context.Context, classKey *datastore.Key, id string) (bool, error) {
	e, err := find[enrollment](ctx, s, personalKey("Enrollment", id, classKey))
	return e != nil && e.Active, err
}

// seen loads the viewer and a class that the viewer coaches or attends; the
// class is nil when there is none.
func (s *server) seen(ctx context.Context, id string) (*user, *class, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, err := find[class](ctx, s, numericKey("Class", id, nil))
	if c == nil || err != nil {
		return me, nil, err
	}
	if c.coachedBy(me) {
		return me, c, nil
	}
	ok, err := s.enrolled(ctx, c.Key, idOf(me.Key))
	if err == nil && !ok {
		err = forbidden("class %q is not yours", idOf(c.Key))
	}
	return me, c, err
}
