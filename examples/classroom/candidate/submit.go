package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

const workBytes = 5000

type workInput struct {
	Text      string
	RequestID *string
}

type submitWorkArgs struct {
	ClassID, AssignmentID graphql.ID
	Input                 workInput
}

// SubmitWork is a mutation. The same requestId again changes nothing.
func (s *server) SubmitWork(ctx context.Context, args submitWorkArgs) (*submissionResolver, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.classByID(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	in, err := s.enrolled(ctx, c.Key, idOf(me.Key))
	if err != nil {
		return nil, err
	}
	if !in {
		return nil, forbidden("you are not in class %q", idOf(c.Key))
	}
	if err := checkText(args.Input.Text); err != nil {
		return nil, err
	}
	var res *submissionResolver
	_, err = s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		res, err = s.handIn(ctx, tx, c, me, string(args.AssignmentID), args.Input)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

func checkText(text string) error {
	if strings.Trim(text, " ") == "" {
		return badInput("text must not be empty")
	}
	if len(text) > workBytes {
		return badInput("text is too long: %d of at most %d bytes", len(text), workBytes)
	}
	return nil
}

// handIn may run more than once.
func (s *server) handIn(ctx context.Context, tx *datastore.Transaction, c *class, me *user, id string, in workInput) (*submissionResolver, error) {
	a, err := openAssignment(tx, c, id)
	if err != nil {
		return nil, err
	}
	w := newSubmission(personalKey("Submission", idOf(me.Key), a.Key), me.Key)
	if err := s.earlier(ctx, tx, w); err != nil {
		return nil, err
	}
	if w.State == workGraded {
		return nil, conflict("assignment %q is already graded", idOf(a.Key))
	}
	if w.has(in.RequestID) && !s.broken("retry-writes") {
		return s.submission(w, a), nil
	}
	s.add(ctx, w, in, a.Due)
	if s.broken("outside-transaction") {
		if err := s.change(ctx, w); err != nil {
			return nil, err
		}
	} else if err := s.putAll(tx, w); err != nil {
		return nil, err
	}
	return s.submission(w, a), s.countHandIn(tx, c, me, came(ctx))
}

// earlier loads what was handed in before, if anything was.
func (s *server) earlier(ctx context.Context, tx *datastore.Transaction, w *submission) error {
	var err error
	if s.broken("outside-transaction") {
		err = s.db.Get(ctx, w.Key, w)
	} else {
		err = tx.Get(w.Key, w)
	}
	if errors.Is(err, datastore.ErrNoSuchEntity) {
		return nil
	}
	return err
}

// has reports whether an attempt was made by the same request.
func (w *submission) has(requestID *string) bool {
	return requestID != nil && slices.ContainsFunc(w.Attempts, func(a attempt) bool {
		return a.RequestID != nil && *a.RequestID == *requestID
	})
}

func (s *server) add(ctx context.Context, w *submission, in workInput, due *time.Time) {
	at, written := came(ctx), now(ctx)
	w.State, w.Text, w.SubmittedAt = workSubmitted, &in.Text, &written
	if due != nil && (at.After(*due) || at.Equal(*due) && s.broken("late-at-due")) {
		w.State = workLate
	}
	w.Attempts = append(w.Attempts, attempt{Number: int64(len(w.Attempts) + 1), Text: in.Text, RequestID: in.RequestID})
}

func openAssignment(tx *datastore.Transaction, c *class, id string) (*assignment, error) {
	key := numericKey("Assignment", id, c.Key)
	if key == nil {
		return nil, notFound("assignment", id)
	}
	a := new(assignment)
	err := tx.Get(key, a)
	switch {
	case errors.Is(err, datastore.ErrNoSuchEntity):
		return nil, notFound("assignment", id)
	case err != nil:
		return nil, err
	case a.State == stateDraft:
		return nil, conflict("assignment %q is not open", idOf(key))
	case a.State == stateClosed:
		return nil, conflict("assignment %q is closed", idOf(key))
	}
	return a, nil
}

// countHandIn refuses when the class was archived in the meantime.
func (s *server) countHandIn(tx *datastore.Transaction, c *class, me *user, at time.Time) error {
	if err := c.reload(tx); err != nil {
		return err
	}
	if c.Archived {
		return conflict("class %q is archived", idOf(c.Key))
	}
	e := new(enrollment)
	if err := tx.Get(personalKey("Enrollment", idOf(me.Key), c.Key), e); err != nil {
		return err
	}
	e.Submitted++
	s.countDay(e, at)
	return s.putAll(tx, e)
}
