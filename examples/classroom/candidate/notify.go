package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

// notice is a mail that was sent.
type notice struct {
	id, to   string
	attempts int
}

func (n *notice) ID() graphql.ID  { return graphql.ID(n.id) }
func (n *notice) To() string      { return n.to }
func (n *notice) Attempts() int32 { return int32(n.attempts) }

// reachable is the account of a student who wants mail.
func (s *server) reachable(ctx context.Context, id string) (*account, error) {
	found, err := s.services.accounts(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case found[0] == nil:
		return nil, notFound("account", id)
	case found[0].Muted:
		return nil, conflict("%q wants no mail", id)
	}
	return found[0], nil
}

// words are the texts of a language.
type words struct{ welcome, handIn, grade string }

func (s *server) wordsOf(a *account) words {
	if a.Locale == "sv" && !s.broken("lost-locale") {
		return words{"Välkommen till ", "Lämna in ditt arbete på nätet.", "Ditt betyg: "}
	}
	return words{"Welcome to ", "Hand in your work online.", "Your grade: "}
}

type welcomeArgs struct{ ClassID, StudentID graphql.ID }

// WelcomeStudent is a mutation.
func (s *server) WelcomeStudent(ctx context.Context, args welcomeArgs) (*notice, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	id := string(args.StudentID)
	e, err := find[enrollment](ctx, s, personalKey("Enrollment", id, c.Key))
	if err != nil {
		return nil, err
	}
	if e == nil || !e.Active {
		return nil, badInput("student %q is not in class %q", id, idOf(c.Key))
	}
	who, err := s.reachable(ctx, id)
	if err != nil {
		return nil, err
	}
	words := s.wordsOf(who)
	m := message{Student: id, To: who.Email, Subject: words.welcome + c.Title, Text: words.handIn, Reference: "welcome-" + idOf(c.Key)}
	sent := &notice{id: "mail-00000000", to: who.Email, attempts: 1}
	if !s.broken("mail-not-sent") {
		if sent, err = s.send(ctx, m); err != nil {
			return nil, err
		}
	}
	e.Welcomed = sent.id
	return sent, s.change(ctx, e)
}

// sendGrade writes to one student, now for the n-th time after the first.
func (s *server) sendGrade(ctx context.Context, a *assignment, w *submission, who *account, again int64) (*notice, error) {
	text := fmt.Sprintf("%s of %d points", strconv.FormatFloat(*w.Score, 'f', -1, 64), a.Points)
	if w.Percent != nil {
		text += fmt.Sprintf(", %d %%", *w.Percent)
	}
	if w.Feedback != nil && !s.broken("mail-lost-feedback") {
		text += "\n" + *w.Feedback
	}
	m := message{Student: idOf(w.Key), To: who.Email, Subject: s.wordsOf(who).grade + a.Title, Text: text, Reference: "grade-" + idOf(a.Key)}
	if again > 0 && !s.broken("mail-same-reference") {
		m.Reference += "-" + strconv.FormatInt(again, 10)
	}
	return s.send(ctx, m)
}

type publishResult struct {
	sent    []*notice
	skipped []graphql.ID
}

func (r *publishResult) Sent() []*notice       { return r.sent }
func (r *publishResult) Skipped() []graphql.ID { return r.skipped }
func (r *publishResult) Count() int32          { return int32(len(r.sent)) }

type publishArgs struct{ ClassID, AssignmentID graphql.ID }

// PublishGrades is a mutation. It asks for all accounts in one query.
func (s *server) PublishGrades(ctx context.Context, args publishArgs) (*publishResult, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.AssignmentID)
	if err != nil {
		return nil, err
	}
	graded, err := query[submission](ctx, s,
		datastore.NewQuery("Submission").Ancestor(a.Key).FilterField("state", "=", string(workGraded)))
	if err != nil {
		return nil, err
	}
	if len(graded) == 0 {
		return nil, conflict("nothing of assignment %q is graded", idOf(a.Key))
	}
	r, err := s.publish(ctx, a, graded)
	if err != nil {
		return nil, err
	}
	at := now(ctx)
	a.Published = &at
	return r, s.change(ctx, a)
}

// publish writes to everybody who can be reached, in the order of their keys.
func (s *server) publish(ctx context.Context, a *assignment, graded []*submission) (*publishResult, error) {
	if s.broken("mail-order") {
		slices.Reverse(graded)
	}
	ids := make([]string, len(graded))
	for i, w := range graded {
		ids[i] = idOf(w.Key)
	}
	accounts, err := s.services.accounts(ctx, ids...)
	if err != nil {
		return nil, err
	}
	r := &publishResult{sent: []*notice{}, skipped: []graphql.ID{}}
	for i, w := range graded {
		who := accounts[i]
		if who == nil || who.Muted && !s.broken("mail-to-muted") {
			r.skipped = append(r.skipped, graphql.ID(ids[i]))
			continue
		}
		sent, err := s.sendGrade(ctx, a, w, who, 0)
		if s.broken("mail-twice") && err == nil {
			sent, err = s.sendGrade(ctx, a, w, who, 0)
		}
		switch refused := (errMail{}); {
		case errors.As(err, &refused):
			r.skipped = append(r.skipped, graphql.ID(ids[i]))
		case err != nil:
			return nil, err
		default:
			r.sent = append(r.sent, sent)
		}
	}
	return r, nil
}

type resendArgs struct{ ClassID, AssignmentID, StudentID graphql.ID }

// ResendGrade is a mutation.
func (s *server) ResendGrade(ctx context.Context, args resendArgs) (*notice, error) {
	_, c, err := s.coached(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.AssignmentID)
	if err != nil {
		return nil, err
	}
	id := string(args.StudentID)
	w, err := find[submission](ctx, s, personalKey("Submission", id, a.Key))
	if err != nil {
		return nil, err
	}
	if w == nil || w.State != workGraded {
		return nil, conflict("the work of %q is not graded", id)
	}
	who, err := s.reachable(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.broken("mail-stored-address") {
		u, err := find[user](ctx, s, w.Student)
		if err != nil {
			return nil, err
		}
		who.Email = u.Email
	}
	w.Notices++
	sent, err := s.sendGrade(ctx, a, w, who, w.Notices)
	if err != nil {
		return nil, err
	}
	return sent, s.change(ctx, w)
}

// ChangeEmail is a mutation. The users service may refuse; that the old address
// cannot be told changes nothing.
func (s *server) ChangeEmail(ctx context.Context, args struct{ Email string }) (*personResolver, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	email := strings.Trim(args.Email, " ")
	if !strings.Contains(email, "@") {
		return nil, badInput("email %q is not an address", email)
	}
	if s.broken("lower-case-address") {
		email = strings.ToLower(email)
	}
	id := idOf(me.Key)
	who, err := s.reachable(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.services.setEmail(ctx, id, email); err != nil {
		return nil, err
	}
	if s.broken("unrecorded-call") {
		// Nobody waits for the answer.
		_ = s.services.graphql(ctx, `mutation ($id: ID!) { verifyEmail(id: $id) { id } }`, map[string]string{"id": id}, nil)
	}
	if err := s.storeEmail(ctx, me, email); err != nil {
		return nil, err
	}
	_, err = s.send(ctx, message{
		Student: id, To: who.Email, Subject: "Your address has changed", Text: "Mail goes to " + email + " from now on.", Reference: "email",
	})
	if err != nil {
		return nil, err
	}
	return s.person(me), nil
}

// storeEmail changes an account as it is stored: coaches and students do not have
// the same properties.
func (s *server) storeEmail(ctx context.Context, u *user, email string) error {
	_, err := s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		var stored datastore.PropertyList
		if err := tx.Get(u.Key, &stored); err != nil {
			return err
		}
		for i := range stored {
			if stored[i].Name == "email" {
				stored[i].Value = email
			}
		}
		_, err := tx.Put(u.Key, &stored)
		return err
	})
	u.Email = email
	return err
}
