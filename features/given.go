package features

import (
	"fmt"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// givens are the steps that say what there is before the request.
func givens() []step {
	return []step{
		def("Given", `the recorded case "NAME"`, nothing,
			"The fixture, the request, the user and the time of a case of the corpus; the end of its name is enough where only one case has it.", givenCase),
		def("Given", `the fixture of the recorded case "NAME"`, nothing,
			"The fixture and the time of a case, without its request.", givenFixtureOf),
		def("Given", `the fixture in "FILE"`, nothing,
			"A fixture file (docs/corpus.md), beside the feature file.", givenFixtureFile),
		def("Given", `the fixture`, docString,
			"A fixture in the form of a case, by the name of the store. What is given later replaces what was given before under the same key.", givenFixture),
		def("Given", `the "KIND" entities [in "STORE"]`, table,
			"Entities of Datastore: a column `key` with the whole key, or with the id or name alone for a root entity, and a column for each property. Values are spelled as in the corpus (`!key [User, ada]`, `2026-12-01T00:00:00Z`); an empty cell is a property that is absent; `NAME (unindexed)` excludes a column from indexes.", givenEntities),
		def("Given", `the "TABLE" rows [in "STORE"]`, table,
			"Rows of a table of PostgreSQL, the schema included in its name, with a column for each column. `NAME (key)` marks the primary key; an empty cell is left to the default of the table.", givenRows),
		def("Given", `the keys [in "STORE"]`, table,
			"Keys of Redis, with the columns `key`, `type`, `value` and, if there is one, `ttl` in seconds.", givenKeys),
		def("Given", `"KEY" [in "STORE"] is absent`, nothing,
			"There is no such entity, row or key, and the request may look for it.", givenAbsent),
		def("Given", `the user is "NAME"`, nothing,
			"Who asks: the header that `identity` keeps, or the only one that `record.headers` keeps.", givenUser),
		def("Given", `the header "NAME" is "VALUE"`, nothing, "A header of the request.", givenHeader),
		def("Given", `it is "INSTANT"`, nothing,
			"The time of the scenario, to which its dates belong (docs/time.md). Without it, the time is now.", givenTime),
		def("Given", `the upstream "NAME" answers`, docString,
			"A call that an upstream answers, with `request` (`document` and `variables`, or `method`, `path` and `body`) and `response` (`status`, `body`). Repeated for further calls.", givenAnswer),
		def("Given", `the operation name is "NAME"`, nothing, "Which operation of a document with several is meant.", givenOperation),
		def("Given", `the variables`, docString, "The variables of the request, as JSON.", givenVariables),
		def("Given", `the variable "PATH" is VALUE`, nothing,
			"One variable, or a part of one (`input.labels[0]`), as JSON; `omitted` leaves it out, which is not `null`.", givenVariable),
	}
}

func givenCase(d *draft, l line) (check, error) {
	cs, err := d.find(l.args[0])
	if err != nil {
		return nil, err
	}
	d.recorded = cs
	d.cs.Request.Headers = joined(cs.Request.Headers, d.cs.Request.Headers)
	d.cs.Expect.Calls = append(d.cs.Expect.Calls, cs.Expect.Calls...)
	return nil, d.take(cs)
}

func givenFixtureOf(d *draft, l line) (check, error) {
	cs, err := d.find(l.args[0])
	if err != nil {
		return nil, err
	}
	return nil, d.take(cs)
}

func givenFixtureFile(d *draft, l line) (check, error) {
	stores, err := corpus.OpenState(d.beside(l.args[0]))
	if err != nil {
		return nil, err
	}
	return nil, d.giveAll(stores)
}

func givenFixture(d *draft, l line) (check, error) {
	stores, err := corpus.ParseState(l.file, []byte(l.doc.Content))
	if err != nil {
		return nil, l.moved(err, l.inDoc(0, 0))
	}
	return nil, d.giveAll(stores)
}

func (d *draft) giveAll(stores map[string]corpus.State) error {
	for name, s := range stores {
		if err := d.give(name, s); err != nil {
			return err
		}
	}
	return nil
}

func givenAbsent(d *draft, l line) (check, error) {
	store, k, err := d.key(l.args[0], l.args[1])
	if err != nil {
		return nil, err
	}
	return nil, d.give(store, corpus.State{Form: d.form(store), Absent: []corpus.Key{k}})
}

func givenUser(d *draft, l line) (check, error) {
	header, err := d.userHeader()
	if err != nil {
		return nil, err
	}
	return nil, d.header(header, l.args[0])
}

func givenHeader(d *draft, l line) (check, error) {
	return nil, d.header(strings.ToLower(l.args[0]), l.args[1])
}

func (d *draft) header(name, value string) error {
	if strings.ContainsAny(name+value, "\r\n\x00") || name == "" || strings.ContainsAny(name, " :\"") {
		return fmt.Errorf("%q is no name for a header, or %q no value", name, value)
	}
	d.cs.Request.Headers = joined(d.cs.Request.Headers, map[string]string{name: value})
	return nil
}

func givenTime(d *draft, l line) (check, error) {
	t, err := time.Parse(time.RFC3339, l.args[0])
	if err != nil {
		return nil, fmt.Errorf("%q is no instant such as 2026-11-20T14:03:22.184Z", l.args[0])
	}
	d.at(t.UTC())
	return nil, nil
}

func givenAnswer(d *draft, l line) (check, error) {
	if err := d.upstream(l.args[0]); err != nil {
		return nil, err
	}
	call, err := readCall(l, l.args[0], true)
	if err != nil {
		return nil, err
	}
	d.cs.Expect.Calls = append(d.cs.Expect.Calls, call)
	return nil, nil
}

func givenOperation(d *draft, l line) (check, error) {
	d.cs.Request.OperationName = l.args[0]
	return nil, nil
}

func givenVariables(d *draft, l line) (check, error) {
	v, err := parseJSON(l.doc.Content)
	if err != nil {
		return nil, err
	}
	if tree, err := v.Decode(); err != nil {
		return nil, err
	} else if _, ok := tree.(corpus.Object); !ok {
		return nil, fmt.Errorf("the variables are an object, in { and }")
	}
	d.cs.Request.Variables = v
	return nil, nil
}

func givenVariable(d *draft, l line) (check, error) {
	e, err := readEdit(l.args[0], l.args[1])
	if err != nil {
		return nil, err
	}
	d.edits = append(d.edits, e)
	return nil, nil
}

// form is how the content of a store is written.
func (b *book) form(store string) corpus.Form {
	for _, s := range b.config.Stores {
		if s.Name == store {
			return map[string]corpus.Form{"postgres": corpus.Tables, "redis": corpus.Keys}[s.Kind]
		}
	}
	return corpus.Entities
}

func parseJSON(text string) (corpus.JSON, error) {
	v, err := corpus.ParseJSON([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q is no JSON: %w", excerpt(text), err)
	}
	return v, nil
}

func excerpt(text string) string {
	first, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	if more {
		return first + " …"
	}
	return first
}
