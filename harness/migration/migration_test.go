package migration

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	fields, err := Read("school.graphql", []byte(`
directive @migrate(from: String!, state: String = "manual", color: String, since: String) on FIELD_DEFINITION
type Query { class: Class @migrate(from: "python", state: "side-by-side", color: "blue") }
type Class { id: ID! title: String @migrate(from: "python", since: "May") }
type Mutation { rename: Class }
extend type Mutation { archive: Class @migrate(from: "python", state: "migrated") }
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Field{
		{Coordinate: "Query.class", State: SideBySide, From: "python", Color: "blue", Root: true, At: "school.graphql:3:27"},
		{Coordinate: "Mutation.rename", Mutation: true, Root: true, At: "school.graphql:5:17"},
		{Coordinate: "Mutation.archive", State: Migrated, From: "python", Mutation: true, Root: true, At: "school.graphql:6:39"},
		{Coordinate: "Class.title", State: Manual, From: "python", At: "school.graphql:4:36"},
	}
	if diff := cmp.Diff(want, fields.All); diff != "" {
		t.Error(diff)
	}
	if f, ok := fields.Find("Class.id"); !ok || f.State != None {
		t.Errorf("Class.id: %+v %v", f, ok)
	}
}

func TestReadProblems(t *testing.T) {
	for _, c := range []struct{ reason, directive, want string }{
		{"a misspelt state", `@migrate(from: "py", state: "cannary")`, `a.graphql:2:38: unknown state "cannary" of Query.a; did you mean "canary"?`},
		{"a state like no other", `@migrate(from: "py", state: "x")`, `a.graphql:2:38: unknown state "x" of Query.a`},
		{"no state would be taken for any", `@migrate(from: "py")`, `a.graphql:2:9: @migrate of Query.a has no state; add one of manual, side-by-side, canary, migrated`},
		{"no service", `@migrate(state: "manual")`, `a.graphql:2:9: @migrate of Query.a does not say from which service; add from`},
		{"an enum value is no string", `@migrate(from: "py", state: canary)`, `a.graphql:2:37: want a string for state of @migrate, have canary`},
		{"a misspelt argument", `@migrate(from: "py", stat: "canary")`, `a.graphql:2:30: unknown argument "stat" of @migrate; did you mean "state"?`},
		{"two states", `@migrate(from: "py", state: "manual") @migrate(from: "py", state: "canary")`, `a.graphql:2:47: @migrate stands twice on Query.a; keep one`},
	} {
		_, err := Read("a.graphql", []byte("type Query {\n a: Int "+c.directive+"\n}"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have\n%v\nwant\n%s", c.reason, err, c.want)
		}
	}
}

func TestCompare(t *testing.T) {
	state := func(name string) string {
		if name == "" {
			return ""
		}
		return `@migrate(from: "py", state: "` + name + `")`
	}
	for _, c := range []struct {
		reason, operation, from, to string
		needs                       bool
		refused, note               string
	}{
		{"nobody is affected yet", "Mutation", "", "manual", false, "", ""},
		{"a mutation in production", "Mutation", "manual", "canary", true, "", ""},
		{"and after side-by-side", "Mutation", "side-by-side", "canary", true, "", ""},
		{"all of production", "Mutation", "canary", "migrated", true, "", ""},
		{"a query's canary can be watched live", "Query", "side-by-side", "canary", false, "", ""},
		{"a query that is handed over", "Query", "canary", "migrated", true, "", ""},
		{"a query needs to be watched first", "Query", "manual", "canary", false, "it skips side-by-side; move there first", ""},
		{"the canary is left out", "Mutation", "manual", "migrated", false, "it skips canary; move there first", ""},
		{"straight into production", "Mutation", "", "canary", false, "it begins at canary; begin at manual", ""},
		{"back is always allowed", "Mutation", "migrated", "manual", false, "", "it moves back"},
		{"without the directive the new service answers alone", "Mutation", "manual", "", false, "without @migrate the field is handed over whole, from manual; move it to canary first", ""},
		{"the end", "Mutation", "migrated", "", false, "", "the migration is over"},
	} {
		schema := func(s string) *Fields {
			f, err := Read("s.graphql", []byte("type Query { q: Int "+state(s)+" }\ntype Mutation { m: Int "+state(s)+" }"))
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		found := false
		for _, m := range Compare(schema(c.from), schema(c.to)) {
			if !strings.HasPrefix(m.Field.Coordinate, c.operation) {
				continue
			}
			found = true
			if m.Needs != c.needs || !strings.HasPrefix(m.Refused, c.refused) || c.refused == "" && m.Refused != "" || m.Note != c.note {
				t.Errorf("%s: %q to %q: %+v", c.reason, c.from, c.to, m)
			}
		}
		if !found {
			t.Errorf("%s: no move", c.reason)
		}
	}
}

func TestCompareFieldsThatComeAndGo(t *testing.T) {
	const directive = ` @migrate(from: "py", state: "canary")`
	for _, c := range []struct{ reason, base, head, want string }{
		{"a new mutation at canary", "type Mutation { a: Int }", "type Mutation { a: Int b: Int" + directive + " }", "Mutation.b: refused: a new field cannot begin at canary"},
		{"a new field that migrates from nowhere", "type Mutation { a: Int }", "type Mutation { a: Int b: Int }", ""},
		{"a removed field", "type Mutation { a: Int b: Int" + directive + " }", "type Mutation { a: Int }", "Mutation.b: the field is removed"},
		{"another service", "type Mutation { a: Int" + directive + " }", `type Mutation { a: Int @migrate(from: "java", state: "canary") }`, `Mutation.a: needs: the service it migrates from was "py" and is "java"`},
		{"a nested field that was there", "type Query { t: T } type T { a: Int }", "type Query { t: T } type T { a: Int" + directive + " }", "T.a: refused: it begins at canary"},
		{"a nested field handed over", "type Query { t: T } type T { a: Int" + directive + " }", "type Query { t: T } type T { a: Int }", "T.a: refused: without @migrate the field is handed over whole"},
		{"nothing", "type Mutation { a: Int" + directive + " }", "type Mutation { a: Int" + directive + " }", ""},
	} {
		var got []string
		for _, m := range Compare(read(t, c.base), read(t, c.head)) {
			line := m.Field.Coordinate + ": "
			if m.Needs {
				line += "needs: "
			}
			if m.Refused != "" {
				line += "refused: "
			}
			got = append(got, line+m.Refused+m.Note)
		}
		text := strings.Join(got, "\n")
		if !strings.HasPrefix(text, c.want) || c.want == "" && text != "" {
			t.Errorf("%s: have %q, want %q", c.reason, text, c.want)
		}
	}
}

func read(t *testing.T, sdl string) *Fields {
	t.Helper()
	f, err := Read("s.graphql", []byte(sdl))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func FuzzRead(f *testing.F) {
	f.Add(`type Query { a: Int @migrate(from: "py", state: "manual") }`)
	f.Add(`directive @migrate(state: String = 3) on FIELD_DEFINITION type Mutation { a: Int @migrate }`)
	f.Fuzz(func(t *testing.T, sdl string) {
		fields, err := Read("f.graphql", []byte(sdl))
		if err != nil {
			return
		}
		if moves := Compare(fields, fields); len(moves) > 0 {
			t.Errorf("a schema differs from itself: %+v", moves)
		}
	})
}
