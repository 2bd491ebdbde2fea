package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/graphql-go/graphql"
)

// reachable is the account of a student who wants mail.
func reachable(ctx context.Context, id string) (map[string]any, error) {
	who, err := account(ctx, id)
	if err != nil {
		return nil, err
	}
	if who == nil {
		return nil, notFound("account", id)
	}
	if who["muted"] == true {
		return nil, conflict("%q wants no mail", id)
	}
	return who, nil
}

func (a *app) welcomeStudent(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	student := p.Args["studentId"].(string)
	e, err := a.enrollment(p.Context, class, student)
	if err != nil {
		return nil, err
	}
	if e == nil || !e.yes("active") {
		return nil, badInput("student %q is not in class %q", student, class.id())
	}
	who, err := reachable(p.Context, student)
	if err != nil {
		return nil, err
	}
	subject, text := "Welcome to ", "Hand in your work online."
	if who["locale"] == "sv" {
		subject, text = "Välkommen till ", "Lämna in ditt arbete på nätet."
	}
	notice, err := sendMail(p.Context, student, who["email"].(string), subject+class.str("title"), text, "welcome-"+class.id())
	if err != nil {
		return nil, err
	}
	e.m["welcomed"] = notice["id"]
	return notice, a.put(p.Context, e)
}

// gradeMail writes to one student, now for the n-th time after the first.
func gradeMail(ctx context.Context, d, s *doc, who map[string]any, again int64) (map[string]any, error) {
	subject := "Your grade: "
	if who["locale"] == "sv" {
		subject = "Ditt betyg: "
	}
	text := fmt.Sprintf("%s of %d points", strconv.FormatFloat(s.m["score"].(float64), 'f', -1, 64), d.num("points"))
	if s.m["percent"] != nil {
		text += fmt.Sprintf(", %d %%", s.num("percent"))
	}
	if s.m["feedback"] != nil {
		text += "\n" + s.str("feedback")
	}
	reference := "grade-" + d.id()
	if again > 0 {
		reference += "-" + strconv.FormatInt(again, 10)
	}
	return sendMail(ctx, s.id(), who["email"].(string), subject+d.str("title"), text, reference)
}

// publishGrades goes from student to student: an account, a mail, the next. Who
// cannot be reached is skipped.
func (a *app) publishGrades(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	d, err := a.assignmentByID(p.Context, class, p.Args["assignmentId"].(string))
	if err != nil {
		return nil, err
	}
	graded, err := a.work(p.Context, d.key, "GRADED")
	if err != nil {
		return nil, err
	}
	if len(graded) == 0 {
		return nil, conflict("nothing of assignment %q is graded", d.id())
	}
	sent, skipped := []any{}, []any{}
	for _, s := range graded {
		who, err := account(p.Context, s.id())
		if err != nil {
			return nil, err
		}
		if who == nil || who["muted"] == true {
			skipped = append(skipped, s.id())
			continue
		}
		notice, err := gradeMail(p.Context, d, s, who, 0)
		var f fault
		if errors.As(err, &f) && f.code == "MAIL" {
			skipped = append(skipped, s.id())
			continue
		}
		if err != nil {
			return nil, err
		}
		sent = append(sent, notice)
	}
	d.m["published"] = now(p.Context)
	if err := a.put(p.Context, d); err != nil {
		return nil, err
	}
	return map[string]any{"sent": sent, "skipped": skipped, "count": len(sent)}, nil
}

func (a *app) resendGrade(p graphql.ResolveParams) (any, error) {
	_, class, err := a.coachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	d, err := a.assignmentByID(p.Context, class, p.Args["assignmentId"].(string))
	if err != nil {
		return nil, err
	}
	student := p.Args["studentId"].(string)
	s, err := a.get(p.Context, named("Submission", student, d.key))
	if err != nil {
		return nil, err
	}
	if s == nil || s.str("state") != "GRADED" {
		return nil, conflict("the work of %q is not graded", student)
	}
	who, err := reachable(p.Context, student)
	if err != nil {
		return nil, err
	}
	s.m["notices"] = s.num("notices") + 1
	notice, err := gradeMail(p.Context, d, s, who, s.num("notices"))
	if err != nil {
		return nil, err
	}
	return notice, a.put(p.Context, s)
}

// changeEmail tells the users service first, which may refuse, and the old address
// last: if that one cannot be told, the new one holds all the same.
func (a *app) changeEmail(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	email := strings.Trim(p.Args["email"].(string), " ")
	if !strings.Contains(email, "@") {
		return nil, badInput("email %q is not an address", email)
	}
	who, err := reachable(p.Context, me.id())
	if err != nil {
		return nil, err
	}
	_, err = users(p.Context, `mutation SetEmail($id: ID!, $email: String!) { setEmail(id: $id, email: $email) { id name email locale muted } }`,
		map[string]any{"id": me.id(), "email": email})
	if err != nil {
		return nil, err
	}
	me.m["email"] = email
	if err := a.put(p.Context, me); err != nil {
		return nil, err
	}
	_, err = sendMail(p.Context, me.id(), who["email"].(string), "Your address has changed", "Mail goes to "+email+" from now on.", "email")
	if err != nil {
		return nil, err
	}
	return me, nil
}
