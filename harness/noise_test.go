package harness

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

const noiseSchema = `
type Query { class: Class }
type Class { id: ID title: String created: String size: Int ratio: Float tags: [String] token: String members: [Member] link: String }
type Member { name: String }
`

const noiseCase = `version: 1
recorded: {at: 2026-11-20T14:03:22.000Z}
request: {operation: query, fields: [class], document: "{ class { id title created size ratio tags token members { name } link } }"}
fixture: {datastore: {entities: [{key: [Class, 7]}]}}
expect:
`

// noiseOf is what two runs collect: the first at 14:03:22, the second at 15:04:05.
func noiseOf(t *testing.T, schema bool, observations ...string) *noise {
	t.Helper()
	c := &Config{File: "replay.yaml", Rules: &normalizers.Rules{}}
	if schema {
		var err error
		if c.Schema, err = normalizers.LoadSchema("schema.graphql", []byte(noiseSchema)); err != nil {
			t.Fatal(err)
		}
	}
	n := &noise{config: c, runs: 1, opts: NoiseOptions{Seed: 42}}
	for i := 0; i+1 < len(observations); i += 2 {
		first, cs := noiseSide(t, observations[i], time.Date(2026, 11, 20, 14, 3, 22, 0, time.UTC))
		again, _ := noiseSide(t, observations[i+1], time.Date(2026, 11, 20, 15, 4, 5, 0, time.UTC))
		n.cases = append(n.cases, cs)
		n.pairs = append(n.pairs, pair{cs, 1, first, again})
		n.comparisons++
	}
	return n
}

func noiseSide(t *testing.T, expect string, from time.Time) (side, *corpus.Case) {
	t.Helper()
	if !strings.Contains(expect, "  http: {") {
		expect = "  http: {status: 200}\n" + expect
	}
	cs, err := corpus.Parse("class/x-00000001.yaml", []byte(noiseCase+expect))
	if err != nil {
		t.Fatal(err)
	}
	cs.Name = "class/x-00000001"
	return side{name: "legacy", obs: &cs.Expect, from: from, to: from.Add(time.Second)}, cs
}

func answers(class string) string { return "  response: {data: {class: {" + class + "}}}\n" }

func updates(set string) string {
	return "  response: {data: {class: null}}\n  effects: {datastore: [{update: [Class, 7], set: {" + set + "}}]}\n"
}

// TestNoiseExplains wants the least permissive rule that explains a difference.
func TestNoiseExplains(t *testing.T) {
	tests := []struct {
		reason, first, again string
		want                 []string // without the reason
	}{
		{
			"the time of each request is now", answers(`created: "2026-11-20T14:03:22.1Z"`), answers(`created: "2026-11-20T15:04:05.2Z"`),
			[]string{"- {match: {coordinate: Class.created}, use: now"},
		},
		{
			"a time of neither request is not", answers(`created: "2026-11-01T14:03:22.1Z"`), answers(`created: "2026-11-02T15:04:05.2Z"`),
			[]string{"- {match: {coordinate: Class.created}, use: generated"},
		},
		{
			"one instant may be spelled in two ways", answers(`created: "2012-11-20T14:03:22Z"`), answers(`created: "2012-11-20T15:03:22+01:00"`),
			[]string{"- {match: {coordinate: Class.created}, use: instant"},
		},
		{
			"stored instants are named by property", updates("seen: {to: 2026-11-20T14:03:22.1Z}"), updates("seen: {to: 2026-11-20T15:04:05.2Z}"),
			[]string{"- {match: {property: Class.seen}, use: now"},
		},
		{
			"in embedded entities, too", updates("log: {to: [!entity {at: 2026-11-20T14:03:22.1Z}]}"), updates("log: {to: [!entity {at: 2026-11-20T15:04:05.2Z}]}"),
			[]string{"- {match: {property: Class.log.at}, use: now"},
		},
		{
			"a list in another order", answers("tags: [a, b, c]"), answers("tags: [c, a, b]"),
			[]string{"- {match: {coordinate: Class.tags}, use: unordered"},
		},
		{
			"a list of objects", answers("members: [{name: A}, {name: B}]"), answers("members: [{name: B}, {name: A}]"),
			[]string{"- {match: {coordinate: Class.members}, use: unordered"},
		},
		{
			"a list with repetitions", answers("tags: [a, b, b]"), answers("tags: [b, a, a]"),
			[]string{"- {match: {coordinate: Class.tags}, use: set"},
		},
		{
			"an error in the last places", answers("ratio: 0.30000000000000004"), answers("ratio: 0.3"),
			[]string{"- {match: {coordinate: Class.ratio}, use: tolerance, absolute: 6e-17"},
		},
		{
			"a counter is no measurement", answers("size: 3"), answers("size: 4"),
			[]string{"- {match: {coordinate: Class.size}, use: generated"},
		},
		{
			"upper and lower case", answers("title: Maths"), answers("title: MATHS"),
			[]string{"- {match: {coordinate: Class.title}, use: case"},
		},
		{
			"null where nothing is", answers("title: null"), answers(""),
			[]string{"- {match: {coordinate: Class.title}, use: null-is-absent"},
		},
		{
			"JSON in a text", answers(`title: '{"a":1,"b":2}'`), answers(`title: '{"b":2,"a":1}'`),
			[]string{"- {match: {coordinate: Class.title}, use: json"},
		},
		{
			"the parameters of a URL", answers(`link: "http://x/?a=1&b=2"`), answers(`link: "http://x/?b=2&a=1"`),
			[]string{"- {match: {coordinate: Class.link}, use: url"},
		},
		{
			"a token", answers("token: q8w7e6r5t4"), answers("token: m1n2b3v4c5"),
			[]string{"- {match: {coordinate: Class.token}, use: generated"},
		},
		{
			"a value of another type", answers("token: 5"), answers("token: abc"),
			[]string{"- {match: {coordinate: Class.token}, use: ignore"},
		},
		{
			"a write that is done or not", updates("a: {to: 1}"), "  response: {data: {class: null}}\n",
			[]string{`- {match: {path: "effects:datastore/**/Class/*"}, use: ignore`},
		},
		{
			"the text of an error", "  response: {data: {class: null}, errors: [{message: took 5 ms, path: [class]}]}\n", "  response: {data: {class: null}, errors: [{message: took 6 ms, path: [class]}]}\n",
			[]string{`- {match: {path: "response:errors[*].message"}, use: generated`},
		},
		{
			"a call", "  response: {data: {class: null}}\n  calls: [{upstream: mail, request: {method: POST, path: /a, body: {at: \"2026-11-20T14:03:22Z\"}}, response: {status: 200}}]\n",
			"  response: {data: {class: null}}\n  calls: [{upstream: mail, request: {method: POST, path: /a, body: {at: \"2026-11-20T15:04:05Z\"}}, response: {status: 200}}]\n",
			[]string{`- {match: {path: "calls:mail[*].body.at"}, use: now`},
		},
		{
			"the status", "  response: {data: {class: null}}\n", "  response: {data: {class: null}}\n  http: {status: 201}\n",
			[]string{`- {match: {path: "http:status"}, use: ignore`},
		},
		{
			"several places, the least permissive first", answers(`created: "2026-11-20T14:03:22.1Z", tags: [a, b], token: x1`), answers(`created: "2026-11-20T15:04:05.2Z", tags: [b, a], token: null`),
			[]string{
				"- {match: {coordinate: Class.created}, use: now",
				"- {match: {coordinate: Class.tags}, use: unordered",
				"- {match: {coordinate: Class.token}, use: ignore",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			n := noiseOf(t, true, test.first, test.again)
			r, err := n.report(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, rule := range r.Rules {
				text, _, _ := strings.Cut(rule, ", reason:")
				have = append(have, text)
			}
			if diff := cmp.Diff(test.want, have); diff != "" {
				t.Errorf("-want +have\n%s", diff)
			}
			if len(r.Unexplained) > 0 || r.Settled() {
				t.Errorf("unexplained %v, settled %v", r.Unexplained, r.Settled())
			}
			settlesWhenPasted(t, n, r)
		})
	}
}

// settlesWhenPasted reads the rules as a configuration does, and compares again.
func settlesWhenPasted(t *testing.T, n *noise, r *NoiseReport) {
	t.Helper()
	doc, node := strictyaml.Parse("replay.yaml", []byte(strings.Join(r.Rules, "\n")))
	n.config.Rules = normalizers.Parse(node, n.config.Schema)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	again, err := n.report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Settled() {
		t.Errorf("with the rules it differs at %v", again.Places)
	}
}

// TestNoiseKeepsRules builds on what is configured, and does not repeat it.
func TestNoiseKeepsRules(t *testing.T) {
	n := noiseOf(t, true,
		answers(`created: "2026-11-20T14:03:22.1Z", title: a`), answers(`created: "2026-11-20T15:04:05.2Z", title: A`))
	doc, node := strictyaml.Parse("replay.yaml", []byte(`[{match: {coordinate: Class.created}, use: now, reason: x}]`))
	n.config.Rules = normalizers.Parse(node, n.config.Schema)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	r, err := n.report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rules) != 1 || !strings.Contains(r.Rules[0], "Class.title}, use: case") {
		t.Errorf("rules %q", r.Rules)
	}
}

// TestNoiseNeedsAllPairs: a rule must explain every pair, not the first one.
func TestNoiseNeedsAllPairs(t *testing.T) {
	n := noiseOf(t, true,
		answers("title: a"), answers("title: A"),
		answers("title: a"), answers("title: bb"))
	r, err := n.report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rules) != 1 || !strings.Contains(r.Rules[0], "use: generated") {
		t.Errorf("rules %q", r.Rules)
	}
}

// TestNoiseReport is what a user sees.
func TestNoiseReport(t *testing.T) {
	refused := "  response: {errors: [{message: no}]}\n"
	tests := map[string]*noise{
		"rules": noiseOf(t, true,
			answers(`created: "2026-11-20T14:03:22.1Z", tags: [a, b]`), answers(`created: "2026-11-20T15:04:05.2Z", tags: [b, a]`),
			updates("seen: {to: 2026-11-20T14:03:22.1Z}"), updates("seen: {to: 2026-11-20T15:04:05.2Z}")),
		"paths":       noiseOf(t, false, answers(`members: [{name: A}]`), answers(`members: [{name: a}]`)),
		"unexplained": noiseOf(t, true, answers("title: a"), refused),
		"settled":     noiseOf(t, true),
		"broken":      noiseOf(t, true),
	}
	tests["broken"].broken = []BrokenCase{{"class/x-00000001", 3, "legacy: no answer within its timeout of 10s\nlast lines of its log:\n    oh"}}
	for name, n := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := n.report(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r.Seconds = 1
			if r.Settled() != (name == "settled") {
				t.Errorf("settled: %v", r.Settled())
			}
			var text, object strings.Builder
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/noise/"+name+".txt", text.String())
			if err := r.WriteJSON(&object); err != nil {
				t.Fatal(err)
			}
			var again NoiseReport
			if err := json.Unmarshal([]byte(object.String()), &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r, &again, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the JSON says something else: %s", diff)
			}
		})
	}
}
