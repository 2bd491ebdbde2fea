package main

import (
	"context"
	"fmt"

	"cloud.google.com/go/datastore"
)

// viewer loads the caller, every time anew.
func (a *app) viewer(ctx context.Context) (*doc, error) {
	name, _ := ctx.Value(userHeader).(string)
	if name == "" {
		return nil, fault{"UNAUTHENTICATED", "sign in first"}
	}
	me, err := a.get(ctx, named("User", name, nil))
	if err == nil && me == nil {
		err = fault{"UNAUTHENTICATED", fmt.Sprintf("unknown user %q", name)}
	}
	return me, err
}

func (a *app) classByID(ctx context.Context, id string) (*doc, error) {
	class, err := a.get(ctx, numbered("Class", id, nil))
	if err == nil && class == nil {
		err = notFound("class", id)
	}
	return class, err
}

func coaches(class *doc, who *datastore.Key) bool {
	if k := class.ref("coach"); k != nil && k.Equal(who) {
		return true
	}
	for _, v := range class.list("coCoaches") {
		if k, ok := v.(*datastore.Key); ok && k.Equal(who) {
			return true
		}
	}
	return false
}

// coachOf is the gate of everything that only coaches of a class may do.
func (a *app) coachOf(ctx context.Context, classID string) (me, class *doc, err error) {
	if me, err = a.viewer(ctx); err != nil {
		return nil, nil, err
	}
	if class, err = a.classByID(ctx, classID); err != nil {
		return nil, nil, err
	}
	if !coaches(class, me.key) {
		return nil, nil, forbidden("only a coach of class %q may do this", class.id())
	}
	return me, class, nil
}

// activeCoachOf is coachOf for classes that still run.
func (a *app) activeCoachOf(ctx context.Context, classID string) (me, class *doc, err error) {
	me, class, err = a.coachOf(ctx, classID)
	if err == nil && class.yes("archived") {
		err = conflict("class %q is archived", class.id())
	}
	return me, class, err
}

func (a *app) enrollment(ctx context.Context, class *doc, userID string) (*doc, error) {
	return a.get(ctx, named("Enrollment", userID, class.key))
}

// mayView lets in the coaches of a class and its active students.
func (a *app) mayView(ctx context.Context, me, class *doc) error {
	if coaches(class, me.key) {
		return nil
	}
	e, err := a.enrollment(ctx, class, me.id())
	if err != nil {
		return err
	}
	if e == nil || !e.yes("active") {
		return forbidden("class %q is not yours", class.id())
	}
	return nil
}
