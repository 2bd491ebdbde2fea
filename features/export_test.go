package features

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// drafted is a case as its scenario gives it, without anything being started.
func drafted(t *testing.T, c *harness.Config, cases *corpus.Corpus, text string) *draft {
	t.Helper()
	file := filepath.Join(t.TempDir(), "case.feature")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	list, err := parseFiles([]string{file}, "")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d scenarios: %v\n%s", len(list), err, text)
	}
	b := &book{c, cases}
	d := b.draft(list[0])
	for n := range d.scenario.Steps {
		if err := d.read(d.line(n)); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	return d
}

func compact(t *testing.T, v corpus.JSON) string {
	t.Helper()
	if v == nil {
		return "absent"
	}
	var b bytes.Buffer
	if err := json.Compact(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sameCase compares what is given and sent.
func sameCase(t *testing.T, cs *corpus.Case, d *draft) {
	t.Helper()
	r, have := cs.Request, d.cs.Request
	for _, pair := range [][3]string{
		{"document", strings.TrimRight(r.Document, "\n"), strings.TrimRight(have.Document, "\n")},
		{"operation name", r.OperationName, have.OperationName},
		{"variables", compact(t, r.Variables), compact(t, have.Variables)},
	} {
		if diff := cmp.Diff(pair[1], pair[2]); diff != "" {
			t.Errorf("%s of %s (-case +scenario):\n%s", pair[0], cs.Name, diff)
		}
	}
	if diff := cmp.Diff(r.Headers, have.Headers, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("headers of %s (-case +scenario):\n%s", cs.Name, diff)
	}
	for _, store := range cs.StoreNames() {
		if diff := cmp.Diff(cs.State(store), d.cs.Fixture.Stores[store], cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("fixture %s of %s (-case +scenario):\n%s", store, cs.Name, diff)
		}
	}
	if !cs.Recorded.At.Equal(d.cs.Recorded.At) {
		t.Errorf("%s was recorded %s, the scenario is at %s", cs.Name, cs.Recorded.At, d.cs.Recorded.At)
	}
	if diff := cmp.Diff(cs.Expect.Calls, d.cs.Expect.Calls, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("calls of %s (-case +scenario):\n%s", cs.Name, diff)
	}
}

// TestScenarioSaysTheCase wants the scenario of every case of the classroom to
// give and send what the case does.
func TestScenarioSaysTheCase(t *testing.T) {
	c, err := harness.LoadConfig("../examples/classroom")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	for i, cs := range cases.Cases {
		// A text in a feature file has no carriage returns.
		reference := i%10 == 0 || strings.ContainsRune(cs.Request.Document, '\r')
		text, err := Scenario(c, cs, ScenarioOptions{Reference: reference})
		if err != nil {
			t.Error(err)
			continue
		}
		sameCase(t, cs, drafted(t, c, cases, text))
	}
}

const oddCase = `version: 1
description: "| odd \\ one"
tags: [smoke]
recorded: {at: 2026-11-20T14:00:00.5Z, implementation: legacy}
request:
  operation: mutation
  fields: [say]
  document: |
    mutation ($x: String) {
      say(text: """block "quoted" \""" text""", more: $x)
    }
  variables: {x: "a | b \\ c \"\"\" d", "n": 1.0, "big": 12345678901234567890}
  headers: {x-user: '{"sub":"ada"}', accept: application/json}
fixture:
  cache:
    keys: {'a "b" / c': {type: string, value: "x | y"}}
  db:
    primary: {public.t: [a, b]}
    tables: {public.t: [{a: 1, b: x, c: !numeric 1.50}, {a: 2, b: "x,y", c: null}]}
expect:
  http: {status: 200, headers: {content-type: application/json}}
  response: {data: {say: "\"\"\""}}
  effects:
    cache:
      - update: [key, 'a "b" / c']
        set: {value: {from: "x | y", to: 'back\slash'}}
    db:
      - delete: [public.t, [2, "x,y"]]
      - update: [public.t, [1, x]]
        set: {c: {from: !numeric 1.50, to: null}}
  calls:
    - upstream: users
      request: {method: POST, path: /graphql, document: "mutation { a }"}
      response: {status: 200, body: {data: {a: 1}}}
    - upstream: users
      request: {method: GET, path: "/x?y=1"}
      response: {status: 404}
`

func oddConfig() *harness.Config {
	return &harness.Config{
		File:      "replay.yaml",
		Stores:    []harness.StoreConfig{{Name: "cache", Kind: "redis"}, {Name: "db", Kind: "postgres"}},
		Upstreams: []harness.UpstreamConfig{{Name: "users"}},
		Record:    harness.RecordConfig{Headers: []string{"X-User", "accept"}},
	}
}

// TestScenarioOfAnOddCase holds what feature files make difficult: their own
// quotes, bars and backslashes.
func TestScenarioOfAnOddCase(t *testing.T) {
	cs, err := corpus.Parse("say/odd", []byte(oddCase))
	if err != nil {
		t.Fatal(err)
	}
	text, err := Scenario(oddConfig(), cs, ScenarioOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sameCase(t, cs, drafted(t, oddConfig(), &corpus.Corpus{}, text))
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile("testdata/odd.feature", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/odd.feature")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("testdata/odd.feature (-want +have):\n%s", diff)
	}
}

func TestScenarioThatCannotBeWritten(t *testing.T) {
	for reason, change := range map[string]func(*corpus.Case){
		"extensions": func(cs *corpus.Case) { cs.Request.Extensions = corpus.JSON("{}") },
		"a carriage return": func(cs *corpus.Case) {
			cs.Request.Document = "mutation {\r\n say }"
		},
		"both kinds of quotes": func(cs *corpus.Case) { cs.Request.Document += "# \"\"\" ```" },
	} {
		cs, err := corpus.Parse("say/odd", []byte(oddCase))
		if err != nil {
			t.Fatal(err)
		}
		change(cs)
		if _, err := Scenario(oddConfig(), cs, ScenarioOptions{}); err == nil || !strings.Contains(err.Error(), "use --reference") {
			t.Errorf("%s: %v", reason, err)
		}
		if _, err := Scenario(oddConfig(), cs, ScenarioOptions{Reference: true}); err != nil {
			t.Errorf("%s, by reference: %v", reason, err)
		}
	}
}
