package main

import (
	"time"

	"github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"
)

var dateTime = graphql.NewScalar(graphql.ScalarConfig{
	Name: "DateTime",
	Serialize: func(v any) any {
		if t, ok := v.(time.Time); ok {
			return t.UTC().Format(time.RFC3339Nano)
		}
		return nil
	},
	ParseValue: func(v any) any {
		s, _ := v.(string)
		return parseTime(s)
	},
	ParseLiteral: func(v ast.Value) any {
		if s, ok := v.(*ast.StringValue); ok {
			return parseTime(s.Value)
		}
		return nil
	},
})

// parseTime returns nil for what is no instant, and the library refuses that.
func parseTime(s string) any {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return nil
}

func enum(name string, values ...string) *graphql.Enum {
	m := graphql.EnumValueConfigMap{}
	for _, v := range values {
		m[v] = &graphql.EnumValueConfig{Value: v}
	}
	return graphql.NewEnum(graphql.EnumConfig{Name: name, Values: m})
}

var (
	assignmentState = enum("AssignmentState", "DRAFT", "OPEN", "CLOSED")
	submissionState = enum("SubmissionState", "ASSIGNED", "SUBMITTED", "LATE", "GRADED")
	orderEnum       = enum("AssignmentOrder", "POSITION", "DUE", "TITLE")
)

// input takes names and types in turn.
func input(name string, pairs ...any) *graphql.InputObject {
	fields := graphql.InputObjectConfigFieldMap{}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i].(string)] = &graphql.InputObjectFieldConfig{Type: pairs[i+1].(graphql.Input)}
	}
	return graphql.NewInputObject(graphql.InputObjectConfig{Name: name, Fields: fields})
}

var (
	stringList = graphql.NewList(must(graphql.String))

	assignmentFilter = input("AssignmentFilter", "state", assignmentState, "label", graphql.String, "dueBefore", dateTime)
	scheduleInput    = input("ScheduleInput", "weekday", must(graphql.Int), "minutes", must(graphql.Int), "room", graphql.String)
	classInput       = input("ClassInput", "title", must(graphql.String), "subject", graphql.String, "tags", stringList,
		"schedule", scheduleInput, "coCoachIds", graphql.NewList(must(graphql.ID)))
	criterionInput = input("CriterionInput", "name", must(graphql.String), "points", must(graphql.Int),
		"weight", graphql.Float, "note", graphql.String)
	assignmentInput = input("AssignmentInput", "title", must(graphql.String), "description", graphql.String,
		"points", graphql.Int, "weight", graphql.Float, "state", assignmentState, "due", dateTime,
		"labels", stringList, "rubric", graphql.NewList(must(criterionInput)))
	assignmentPatch = input("AssignmentPatch", "title", graphql.String, "description", graphql.String,
		"points", graphql.Int, "weight", graphql.Float, "state", assignmentState, "due", dateTime,
		"labels", stringList, "rubric", graphql.NewList(must(criterionInput)))
	workInput     = input("WorkInput", "text", must(graphql.String), "requestId", graphql.String)
	gradeInput    = input("GradeInput", "score", must(graphql.Float), "feedback", graphql.String)
	guardianInput = input("GuardianInput", "name", must(graphql.String), "phone", graphql.String)
	studentInput  = input("StudentInput", "name", must(graphql.String), "email", must(graphql.String),
		"year", graphql.Int, "guardian", guardianInput)
)

// given tells which fields the caller named in an input object, null or not:
// the library drops nulls, so they look like absence in p.Args.
func given(p graphql.ResolveParams, arg string) map[string]bool {
	names := map[string]bool{}
	vars, _ := p.Context.Value(rawVars).(map[string]any)
	for _, a := range p.Info.FieldASTs[0].Arguments {
		if a.Name.Value != arg {
			continue
		}
		switch v := a.Value.(type) {
		case *ast.Variable:
			object, _ := vars[v.Name.Value].(map[string]any)
			for name := range object {
				names[name] = true
			}
		case *ast.ObjectValue:
			for _, f := range v.Fields {
				if ref, ok := f.Value.(*ast.Variable); ok {
					_, names[f.Name.Value] = vars[ref.Name.Value]
				} else {
					names[f.Name.Value] = true
				}
			}
		}
	}
	return names
}
