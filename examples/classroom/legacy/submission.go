package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

const (
	workBytes   = 5000
	handOutMost = 50
)

func (a *app) submission(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	class, err := a.get(p.Context, numbered("Class", p.Args["classId"].(string), nil))
	if class == nil || err != nil {
		return nil, err
	}
	if err := a.mayView(p.Context, me, class); err != nil {
		return nil, err
	}
	student := p.Args["studentId"].(string)
	if !coaches(class, me.key) && me.id() != student {
		return nil, forbidden("the work of %q is not yours", student)
	}
	key := numbered("Assignment", p.Args["assignmentId"].(string), class.key)
	if key == nil {
		return nil, nil
	}
	return a.orNull(p.Context, named("Submission", student, key))
}

func (a *app) submissions(p graphql.ResolveParams) (any, error) {
	_, class, err := a.coachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	d, err := a.assignmentByID(p.Context, class, p.Args["assignmentId"].(string))
	if err != nil {
		return nil, err
	}
	return a.work(p.Context, d.key, p.Args["state"])
}

func (a *app) submissionsOfAssignment(p graphql.ResolveParams) (any, error) {
	d := p.Source.(*doc)
	if _, _, err := a.coachOf(p.Context, idOf(d.key.Parent)); err != nil {
		return nil, err
	}
	return a.work(p.Context, d.key, p.Args["state"])
}

// work is the submissions below a key, in any state when state is nil.
func (a *app) work(ctx context.Context, under *datastore.Key, state any) ([]*doc, error) {
	q := datastore.NewQuery("Submission").Ancestor(under)
	if state != nil {
		q = q.FilterField("state", "=", state)
	}
	return a.all(ctx, q)
}

func newSubmission(key, student *datastore.Key) *doc {
	return &doc{key: key, m: map[string]any{
		"student": student, "state": "ASSIGNED", "text": nil, "attempts": []any{}, "score": nil,
		"percent": nil, "feedback": nil, "submittedAt": nil, "gradedBy": nil,
	}}
}

func (a *app) assignToStudents(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	d, err := a.assignmentByID(p.Context, class, p.Args["id"].(string))
	if err != nil {
		return nil, err
	}
	list := listOrEmpty(p.Args["studentIds"])
	if len(list) > handOutMost {
		return nil, badInput("at most %d students at once", handOutMost)
	}
	if d.str("state") == "CLOSED" {
		return nil, conflict("assignment %q is closed", d.id())
	}
	for _, id := range list {
		e, err := a.enrollment(p.Context, class, id.(string))
		if err != nil {
			return nil, err
		}
		if e == nil || !e.yes("active") {
			return nil, badInput("student %q is not in class %q", id, class.id())
		}
	}
	return a.handOut(p.Context, d, list)
}

func (a *app) handOut(ctx context.Context, d *doc, list []any) (any, error) {
	assigned, skipped, keys, seen, count := []*doc{}, []string{}, []*datastore.Key{}, map[string]bool{}, 0
	for _, v := range list {
		id := v.(string)
		key := named("Submission", id, d.key)
		old, err := a.get(ctx, key)
		if err != nil {
			return nil, err
		}
		if old != nil {
			skipped = append(skipped, id)
			continue
		}
		// ported bug: count-repeats. A student named twice gets the assignment
		// once and is counted twice.
		count++
		if !seen[id] {
			seen[id] = true
			keys = append(keys, key)
			assigned = append(assigned, newSubmission(key, named("User", id, nil)))
		}
	}
	if _, err := a.db.PutMulti(ctx, keys, assigned); err != nil {
		return nil, err
	}
	if count > 0 && d.str("state") == "DRAFT" {
		d.m["state"], d.m["updated"] = "OPEN", now(ctx)
		if err := a.put(ctx, d); err != nil {
			return nil, err
		}
	}
	return map[string]any{"assigned": assigned, "skipped": skipped, "count": count}, nil
}

func (a *app) submitWork(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	class, err := a.classByID(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	e, err := a.enrollment(p.Context, class, me.id())
	if err != nil {
		return nil, err
	}
	if e == nil || !e.yes("active") {
		return nil, forbidden("you are not in class %q", class.id())
	}
	in := p.Args["input"].(map[string]any)
	text := in["text"].(string)
	if strings.Trim(text, " ") == "" {
		return nil, badInput("text must not be empty")
	}
	if len(text) > workBytes {
		return nil, badInput("text is too long: %d of at most %d bytes", len(text), workBytes)
	}
	var s *doc
	_, err = a.db.RunInTransaction(p.Context, func(tx *datastore.Transaction) error {
		s, err = handIn(p.Context, tx, class, me, p.Args["assignmentId"].(string), in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// handIn runs in a transaction and may run again.
func handIn(ctx context.Context, tx *datastore.Transaction, class, me *doc, assignmentID string, in map[string]any) (*doc, error) {
	d, err := openAssignment(tx, class, assignmentID)
	if err != nil {
		return nil, err
	}
	s := newSubmission(named("Submission", me.id(), d.key), me.key)
	if err := tx.Get(s.key, s); err != nil && !errors.Is(err, datastore.ErrNoSuchEntity) {
		return nil, err
	}
	if s.str("state") == "GRADED" {
		return nil, conflict("assignment %q is already graded", d.id())
	}
	for _, v := range s.list("attempts") {
		if id := unembed(v)["requestId"]; id != nil && id == in["requestId"] {
			return s, nil
		}
	}
	s.m["state"], s.m["text"], s.m["submittedAt"] = "SUBMITTED", in["text"], now(ctx)
	if d.m["due"] != nil && came(ctx).After(d.at("due")) {
		s.m["state"] = "LATE"
	}
	s.m["attempts"] = append(s.list("attempts"), embed(map[string]any{
		"number": int64(len(s.list("attempts")) + 1), "text": in["text"], "requestId": in["requestId"],
	}))
	if _, err := tx.Put(s.key, s); err != nil {
		return nil, err
	}
	return s, countHandIn(tx, class, me, came(ctx))
}

func openAssignment(tx *datastore.Transaction, class *doc, id string) (*doc, error) {
	key := numbered("Assignment", id, class.key)
	if key == nil {
		return nil, notFound("assignment", id)
	}
	d := &doc{key: key}
	err := tx.Get(key, d)
	if errors.Is(err, datastore.ErrNoSuchEntity) {
		return nil, notFound("assignment", id)
	}
	if err != nil {
		return nil, err
	}
	switch d.str("state") {
	case "DRAFT":
		return nil, conflict("assignment %q is not open", d.id())
	case "CLOSED":
		return nil, conflict("assignment %q is closed", d.id())
	}
	return d, nil
}

// countHandIn is the last step, and the last chance to refuse.
func countHandIn(tx *datastore.Transaction, class, me *doc, at time.Time) error {
	fresh := &doc{}
	if err := tx.Get(class.key, fresh); err != nil {
		return err
	}
	if fresh.yes("archived") {
		return conflict("class %q is archived", class.id())
	}
	e := &doc{key: named("Enrollment", me.id(), class.key)}
	if err := tx.Get(e.key, e); err != nil {
		return err
	}
	e.m["submitted"] = e.num("submitted") + 1
	countDay(e, at)
	_, err := tx.Put(e.key, e)
	return err
}
