package main

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

const handOutMost = 50

type assignResult struct {
	assigned []*submissionResolver
	skipped  []graphql.ID
	count    int
}

func (r *assignResult) Assigned() []*submissionResolver { return r.assigned }
func (r *assignResult) Skipped() []graphql.ID           { return r.skipped }
func (r *assignResult) Count() int32                    { return int32(r.count) }

type assignToStudentsArgs struct {
	ClassID, ID graphql.ID
	StudentIds  []graphql.ID
}

// AssignToStudents is a mutation.
func (s *server) AssignToStudents(ctx context.Context, args assignToStudentsArgs) (*assignResult, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.ID)
	if err != nil {
		return nil, err
	}
	if len(args.StudentIds) > handOutMost {
		return nil, badInput("at most %d students at once", handOutMost)
	}
	if a.State == stateClosed {
		return nil, conflict("assignment %q is closed", idOf(a.Key))
	}
	ids, err := s.allEnrolled(ctx, c, args.StudentIds)
	if err != nil {
		return nil, err
	}
	if s.broken("first-ten") && len(ids) > 10 {
		ids = ids[:10]
	}
	var res *assignResult
	_, err = s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		res, err = s.handOut(tx, a, ids, now(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// allEnrolled refuses the first who is not an active student of the class.
func (s *server) allEnrolled(ctx context.Context, c *class, ids []graphql.ID) ([]graphql.ID, error) {
	var ok []graphql.ID
	for _, id := range ids {
		in, err := s.enrolled(ctx, c.Key, string(id))
		if err != nil {
			return nil, err
		}
		if in {
			ok = append(ok, id)
		} else if !s.broken("swallowed-error") {
			return nil, badInput("student %q is not in class %q", id, idOf(c.Key))
		}
	}
	return ok, nil
}

// handOut may run more than once.
func (s *server) handOut(tx *datastore.Transaction, a *assignment, ids []graphql.ID, at time.Time) (*assignResult, error) {
	keys := make([]*datastore.Key, len(ids))
	for i, id := range ids {
		keys[i] = s.workKey(a, string(id))
	}
	old, err := load(keys, func(found []*submission) error { return tx.GetMulti(keys, found) })
	if err != nil {
		return nil, err
	}
	res := &assignResult{assigned: []*submissionResolver{}, skipped: []graphql.ID{}}
	var changed []entity
	for i, id := range ids {
		if old[i] != nil {
			res.skipped = append(res.skipped, id)
			continue
		}
		named := func(r *submissionResolver) bool { return r.w.Key.Equal(keys[i]) }
		repeated := slices.ContainsFunc(res.assigned, named)
		if repeated && s.broken("fixed-count-repeats") {
			continue
		}
		// ported bug: count-repeats. A student named twice is counted twice.
		res.count++
		if !repeated {
			w := newSubmission(keys[i], personalKey("User", string(id), nil))
			changed = append(changed, w)
			res.assigned = append(res.assigned, s.submission(w, a))
		}
	}
	if res.count > 0 && a.State == stateDraft {
		opened := *a
		opened.State, opened.Updated = stateOpen, at
		changed = append(changed, &opened)
	}
	return res, s.putAll(tx, changed...)
}

func (s *server) workKey(a *assignment, student string) *datastore.Key {
	if s.broken("wrong-parent") {
		return personalKey("Submission", student, a.Key.Parent)
	}
	return personalKey("Submission", student, a.Key)
}

func newSubmission(key, student *datastore.Key) *submission {
	return &submission{Key: key, Student: student, State: workAssigned}
}
