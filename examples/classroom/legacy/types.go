package main

import (
	"context"

	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

func (t *types) people(a *app) {
	t.person = graphql.NewInterface(graphql.InterfaceConfig{
		Name:   "Person",
		Fields: graphql.Fields{"id": {Type: must(graphql.ID)}, "name": {Type: must(graphql.String)}, "email": {Type: graphql.String}},
		ResolveType: func(p graphql.ResolveTypeParams) *graphql.Object {
			return t.byRole(p.Value.(*doc))
		},
	})
	email := &graphql.Field{Type: graphql.String, Resolve: a.email}
	t.coach = graphql.NewObject(graphql.ObjectConfig{
		Name: "Coach", Interfaces: []*graphql.Interface{t.person},
		Fields: graphql.Fields{
			"id": idField(), "name": prop("name", must(graphql.String)), "email": email,
			"bio": prop("bio", graphql.String),
		},
	})
	guardian := graphql.NewObject(graphql.ObjectConfig{Name: "Guardian", Fields: graphql.Fields{
		"name": {Type: must(graphql.String)}, "phone": {Type: graphql.String},
	}})
	t.student = graphql.NewObject(graphql.ObjectConfig{
		Name: "Student", Interfaces: []*graphql.Interface{t.person},
		Fields: graphql.Fields{
			"id": idField(), "name": prop("name", must(graphql.String)), "email": email,
			"year": prop("year", graphql.Int), "guardian": embedded("guardian", guardian),
		},
	})
}

func (t *types) byRole(user *doc) *graphql.Object {
	if user.str("role") == "coach" {
		return t.coach
	}
	return t.student
}

func (t *types) classFields(a *app) {
	schedule := graphql.NewObject(graphql.ObjectConfig{Name: "Schedule", Fields: graphql.Fields{
		"weekday": {Type: must(graphql.Int)}, "minutes": {Type: must(graphql.Int)}, "room": {Type: graphql.String},
	}})
	addFields(t.class, graphql.Fields{
		"id": idField(), "title": prop("title", must(graphql.String)), "subject": prop("subject", graphql.String),
		"tags":            emptyNotNull("tags", must(listOf(graphql.String))),
		"coach":           linked(a, "coach", t.coach),
		"coCoaches":       {Type: listOf(t.coach), Resolve: a.coCoaches},
		"schedule":        embedded("schedule", schedule),
		"archived":        prop("archived", must(graphql.Boolean)),
		"created":         prop("created", must(dateTime)),
		"termEnd":         prop("termEnd", dateTime),
		"studentCount":    prop("studentCount", must(graphql.Int)),
		"assignmentCount": prop("assignmentCount", must(graphql.Int)),
		"students":        {Type: listOf(t.student), Resolve: a.studentsOfClass},
		"assignments":     {Type: listOf(t.assignment), Args: args("first", graphql.Int), Resolve: a.firstAssignments},
	})
	t.coach.AddFieldConfig("classes", &graphql.Field{Type: listOf(t.class), Resolve: a.classesOfCoach})
}

func (t *types) assignmentFields(a *app) {
	criterion := graphql.NewObject(graphql.ObjectConfig{Name: "Criterion", Fields: graphql.Fields{
		"name": {Type: must(graphql.String)}, "points": {Type: must(graphql.Int)},
		"weight": {Type: must(graphql.Float)}, "note": {Type: graphql.String},
	}})
	addFields(t.assignment, graphql.Fields{
		"id": idField(), "class": parent(a, t.class), "title": prop("title", must(graphql.String)),
		"description": prop("description", graphql.String),
		"points":      prop("points", must(graphql.Int)), "weight": prop("weight", must(graphql.Float)),
		"position": prop("position", must(graphql.Int)), "state": prop("state", must(assignmentState)),
		"due": prop("due", dateTime), "labels": emptyNotNull("labels", must(listOf(graphql.String))),
		"rubric":  embeddedList("rubric", must(listOf(criterion))),
		"created": prop("created", must(dateTime)), "updated": prop("updated", must(dateTime)),
		"submissions": {Type: listOf(t.submission), Args: args("state", submissionState), Resolve: a.submissionsOfAssignment},
	})
}

func (t *types) submissionFields(a *app) {
	attempt := graphql.NewObject(graphql.ObjectConfig{Name: "Attempt", Fields: graphql.Fields{
		"number": {Type: must(graphql.Int)}, "text": {Type: must(graphql.String)}, "requestId": {Type: graphql.String},
	}})
	addFields(t.submission, graphql.Fields{
		"id": idField(), "assignment": parent(a, t.assignment), "student": linked(a, "student", t.student),
		"state": prop("state", must(submissionState)), "text": prop("text", graphql.String),
		"attempts": embeddedList("attempts", must(listOf(attempt))),
		"score":    prop("score", graphql.Float), "percent": prop("percent", graphql.Int),
		"feedback": prop("feedback", graphql.String), "submittedAt": prop("submittedAt", dateTime),
		"gradedBy": linked(a, "gradedBy", t.coach),
	})
}

func (t *types) results() {
	object := func(name string, fields graphql.Fields) *graphql.Object {
		return graphql.NewObject(graphql.ObjectConfig{Name: name, Fields: fields})
	}
	t.page = object("AssignmentPage", graphql.Fields{
		"nodes": {Type: must(listOf(t.assignment))}, "total": {Type: must(graphql.Int)},
		"page": {Type: must(graphql.Int)}, "hasMore": {Type: must(graphql.Boolean)},
	})
	t.dashboard = object("Dashboard", graphql.Fields{
		"coach": {Type: must(t.coach)}, "classes": {Type: must(listOf(t.class))},
		"toGrade": {Type: must(listOf(t.submission))}, "upcoming": {Type: must(listOf(t.assignment))},
		"averagePercent": {Type: graphql.Float},
	})
	t.gradeRow = object("GradeRow", graphql.Fields{
		"student": {Type: must(t.student)}, "graded": {Type: must(graphql.Int)}, "average": {Type: graphql.Float},
		"streak": {Type: must(graphql.Int)},
	})
	t.assignResult = object("AssignResult", graphql.Fields{
		"assigned": {Type: must(listOf(t.submission))}, "skipped": {Type: must(listOf(graphql.ID))}, "count": {Type: must(graphql.Int)},
	})
	t.archiveResult = object("ArchiveResult", graphql.Fields{
		"class": {Type: must(t.class)}, "closed": {Type: must(graphql.Int)}, "removed": {Type: must(graphql.Int)},
	})
	t.deleteResult = object("DeleteResult", graphql.Fields{
		"id": {Type: must(graphql.ID)}, "submissions": {Type: must(graphql.Int)},
	})
	t.notice = object("Notice", graphql.Fields{
		"id": {Type: must(graphql.ID)}, "to": {Type: must(graphql.String)}, "attempts": {Type: must(graphql.Int)},
	})
	t.publishResult = object("PublishResult", graphql.Fields{
		"sent": {Type: must(listOf(t.notice))}, "skipped": {Type: must(listOf(graphql.ID))}, "count": {Type: must(graphql.Int)},
	})
}

func (t *types) unions() {
	t.hit = graphql.NewUnion(graphql.UnionConfig{
		Name: "SearchHit", Types: []*graphql.Object{t.class, t.assignment, t.coach, t.student},
		ResolveType: func(p graphql.ResolveTypeParams) *graphql.Object {
			switch d := p.Value.(*doc); d.key.Kind {
			case "Class":
				return t.class
			case "Assignment":
				return t.assignment
			default:
				return t.byRole(d)
			}
		},
	})
	invited := graphql.NewObject(graphql.ObjectConfig{Name: "Invited", Fields: graphql.Fields{
		"person": {Type: must(t.person)}, "class": {Type: must(t.class)},
	}})
	already := graphql.NewObject(graphql.ObjectConfig{Name: "AlreadyMember", Fields: graphql.Fields{
		"person": {Type: must(t.person)}, "since": {Type: must(dateTime)},
	}})
	t.invite = graphql.NewUnion(graphql.UnionConfig{
		Name: "InviteResult", Types: []*graphql.Object{invited, already},
		ResolveType: func(p graphql.ResolveTypeParams) *graphql.Object {
			if _, ok := p.Value.(map[string]any)["since"]; ok {
				return already
			}
			return invited
		},
	})
}

// linked resolves to the entity that a key property names.
func linked(a *app, name string, t graphql.Output) *graphql.Field {
	return &graphql.Field{Type: t, Resolve: func(p graphql.ResolveParams) (any, error) {
		return a.orNull(p.Context, p.Source.(*doc).ref(name))
	}}
}

// parent resolves to the entity above in the key.
func parent(a *app, t graphql.Output) *graphql.Field {
	return &graphql.Field{Type: t, Resolve: func(p graphql.ResolveParams) (any, error) {
		return a.orNull(p.Context, p.Source.(*doc).key.Parent)
	}}
}

// orNull keeps a missing entity from becoming a typed nil, which the library
// would resolve further.
func (a *app) orNull(ctx context.Context, key *datastore.Key) (any, error) {
	d, err := a.get(ctx, key)
	if d == nil || err != nil {
		return nil, err
	}
	return d, nil
}

func embedded(name string, t graphql.Output) *graphql.Field {
	return &graphql.Field{Type: t, Resolve: func(p graphql.ResolveParams) (any, error) {
		if m := unembed(p.Source.(*doc).m[name]); m != nil {
			return m, nil
		}
		return nil, nil
	}}
}

func embeddedList(name string, t graphql.Output) *graphql.Field {
	return &graphql.Field{Type: t, Resolve: func(p graphql.ResolveParams) (any, error) {
		list := []any{}
		for _, v := range p.Source.(*doc).list(name) {
			list = append(list, unembed(v))
		}
		return list, nil
	}}
}
