package main

import (
	"maps"

	"github.com/graphql-go/graphql"
)

// types are the output types; they refer to each other, so they are made first
// and get their fields later.
type types struct {
	person                                        *graphql.Interface
	coach, student, class, assignment, submission *graphql.Object
	page, dashboard, gradeRow                     *graphql.Object
	assignResult, archiveResult, deleteResult     *graphql.Object
	notice, publishResult                         *graphql.Object
	hit, invite                                   *graphql.Union
}

func newSchema(a *app) (graphql.Schema, error) {
	t := &types{}
	t.people(a)
	t.class = graphql.NewObject(graphql.ObjectConfig{Name: "Class", Fields: graphql.Fields{}})
	t.assignment = graphql.NewObject(graphql.ObjectConfig{Name: "Assignment", Fields: graphql.Fields{}})
	t.submission = graphql.NewObject(graphql.ObjectConfig{Name: "Submission", Fields: graphql.Fields{}})
	t.classFields(a)
	t.assignmentFields(a)
	t.submissionFields(a)
	t.results()
	t.unions()
	return graphql.NewSchema(graphql.SchemaConfig{
		Query:    graphql.NewObject(graphql.ObjectConfig{Name: "Query", Fields: queries(a, t)}),
		Mutation: graphql.NewObject(graphql.ObjectConfig{Name: "Mutation", Fields: withNotices(mutations(a, t), a, t)}),
		Types:    []graphql.Type{t.coach, t.student},
	})
}

func queries(a *app, t *types) graphql.Fields {
	return graphql.Fields{
		"class":      {Type: t.class, Args: ids("id"), Resolve: a.classQuery},
		"classes":    {Type: listOf(t.class), Args: args("archived", graphql.Boolean), Resolve: a.classes},
		"assignment": {Type: t.assignment, Args: ids("classId", "id"), Resolve: a.assignment},
		"assignments": {Type: t.page, Resolve: a.assignments, Args: merge(ids("classId"),
			args("filter", assignmentFilter, "order", orderEnum, "page", graphql.Int, "size", graphql.Int))},
		"submission": {Type: t.submission, Args: ids("classId", "assignmentId", "studentId"), Resolve: a.submission},
		"submissions": {Type: listOf(t.submission), Resolve: a.submissions, Args: merge(ids("classId", "assignmentId"),
			args("state", submissionState))},
		"search": {
			Type: listOf(t.hit), Resolve: a.search,
			Args: args("text", must(graphql.String), "limit", graphql.Int),
		},
		"dashboard": {Type: t.dashboard, Resolve: a.dashboard},
		"person":    {Type: t.person, Args: ids("id"), Resolve: a.person},
		"gradebook": {Type: listOf(t.gradeRow), Args: ids("classId"), Resolve: a.gradebook},
	}
}

func mutations(a *app, t *types) graphql.Fields {
	return graphql.Fields{
		"createClass": {Type: t.class, Resolve: a.createClass, Args: args("input", must(classInput))},
		"createAssignment": {
			Type: t.assignment, Resolve: a.createAssignment,
			Args: merge(ids("classId"), args("input", must(assignmentInput))),
		},
		"renameAssignment": {
			Type: t.assignment, Resolve: a.renameAssignment,
			Args: merge(ids("classId", "id"), args("title", must(graphql.String))),
		},
		"updateAssignment": {
			Type: t.assignment, Resolve: a.updateAssignment,
			Args: merge(ids("classId", "id"), args("input", must(assignmentPatch))),
		},
		"assignToStudents": {
			Type: t.assignResult, Resolve: a.assignToStudents,
			Args: merge(ids("classId", "id"), args("studentIds", manyIDs)),
		},
		"submitWork": {
			Type: t.submission, Resolve: a.submitWork,
			Args: merge(ids("classId", "assignmentId"), args("input", must(workInput))),
		},
		"gradeSubmission": {
			Type: t.submission, Resolve: a.gradeSubmission,
			Args: merge(ids("classId", "assignmentId", "studentId"), args("input", must(gradeInput))),
		},
		"archiveClass": {Type: t.archiveResult, Args: ids("id"), Resolve: a.archiveClass},
		"inviteStudent": {
			Type: t.invite, Resolve: a.inviteStudent,
			Args: merge(ids("classId"), args("input", must(studentInput))),
		},
		"inviteCoach": {
			Type: t.invite, Resolve: a.inviteCoach,
			Args: merge(ids("classId"), args("email", must(graphql.String))),
		},
		"reorderAssignments": {
			Type: listOf(t.assignment), Resolve: a.reorderAssignments,
			Args: merge(ids("classId"), args("ids", manyIDs)),
		},
		"deleteAssignment": {
			Type: t.deleteResult, Resolve: a.deleteAssignment,
			Args: merge(ids("classId", "id"), args("force", graphql.Boolean)),
		},
	}
}

// withNotices adds the mutations that write to people.
func withNotices(fields graphql.Fields, a *app, t *types) graphql.Fields {
	maps.Copy(fields, graphql.Fields{
		"welcomeStudent": {Type: t.notice, Args: ids("classId", "studentId"), Resolve: a.welcomeStudent},
		"publishGrades":  {Type: t.publishResult, Args: ids("classId", "assignmentId"), Resolve: a.publishGrades},
		"resendGrade":    {Type: t.notice, Args: ids("classId", "assignmentId", "studentId"), Resolve: a.resendGrade},
		"changeEmail":    {Type: t.person, Args: args("email", must(graphql.String)), Resolve: a.changeEmail},
	})
	return fields
}

var manyIDs = must(graphql.NewList(must(graphql.ID)))

func must(t graphql.Type) graphql.Type { return graphql.NewNonNull(t) }

// listOf is a list that may be null, of things that are not.
func listOf(t graphql.Type) graphql.Output { return graphql.NewList(must(t)) }

func ids(names ...string) graphql.FieldConfigArgument {
	m := graphql.FieldConfigArgument{}
	for _, n := range names {
		m[n] = &graphql.ArgumentConfig{Type: must(graphql.ID)}
	}
	return m
}

// args takes names and types in turn.
func args(pairs ...any) graphql.FieldConfigArgument {
	m := graphql.FieldConfigArgument{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = &graphql.ArgumentConfig{Type: pairs[i+1].(graphql.Input)}
	}
	return m
}

func merge(each ...graphql.FieldConfigArgument) graphql.FieldConfigArgument {
	all := graphql.FieldConfigArgument{}
	for _, m := range each {
		maps.Copy(all, m)
	}
	return all
}

func addFields(o *graphql.Object, fields graphql.Fields) {
	for name, f := range fields {
		o.AddFieldConfig(name, f)
	}
}

// prop resolves to a property of the entity.
func prop(name string, t graphql.Output) *graphql.Field {
	return &graphql.Field{Type: t, Resolve: func(p graphql.ResolveParams) (any, error) {
		return p.Source.(*doc).m[name], nil
	}}
}

func idField() *graphql.Field {
	return &graphql.Field{Type: must(graphql.ID), Resolve: func(p graphql.ResolveParams) (any, error) {
		return p.Source.(*doc).id(), nil
	}}
}

// emptyNotNull resolves to a list property that was never written as [].
func emptyNotNull(name string, t graphql.Output) *graphql.Field {
	return &graphql.Field{Type: t, Resolve: func(p graphql.ResolveParams) (any, error) {
		if l := p.Source.(*doc).list(name); l != nil {
			return l, nil
		}
		return []any{}, nil
	}}
}
