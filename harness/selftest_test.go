package harness

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

func selfTestBench(tb testing.TB, file string) (*Config, *corpus.Corpus) {
	tb.Helper()
	c, err := LoadConfig(filepath.Join("testdata", "selftest", file))
	if err != nil {
		tb.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		tb.Fatal(err)
	}
	return c, cases
}

// TestFaults puts each fault into each place of a small corpus: it changes the
// observation, the recording stays what it was, and without rules the comparison
// finds it. What is no fault changes the observation, too, and is not reported.
func TestFaults(t *testing.T) {
	c, cases := selfTestBench(t, "replay.yaml")
	try := tester{config: c}
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			if f.does == "" {
				t.Error("it does not say what it does")
			}
			places := 0
			for _, cs := range cases.Cases {
				s, err := newSpecimen(cs, c.Schema.EnumSiblings)
				if err != nil {
					t.Fatal(err)
				}
				text, err := corpus.Format(cs)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range f.places(s) {
					places++
					checkFault(t, try, f, s, p)
				}
				if again, err := corpus.Format(cs); err != nil || string(again) != string(text) {
					t.Errorf("the recording of %s was changed (%v)", cs.Name, err)
				}
			}
			if places == 0 {
				t.Error("no case has a place for it")
			}
		})
	}
}

func checkFault(t *testing.T, try tester, f fault, s *specimen, p place) {
	t.Helper()
	obs, err := p.inject()
	if err != nil {
		t.Fatalf("%s %s: %v", p.channel, p.path, err)
	}
	if reflect.DeepEqual(obs, &s.cs.Expect) || normalizers.Identical(obs, &s.cs.Expect) {
		t.Errorf("%s %s: nothing is changed", p.channel, p.path)
	}
	by, found, err := try.try(newComparer(nil, nil), s, p)
	if err != nil {
		t.Fatalf("%s %s: %v", p.channel, p.path, err)
	}
	if found == f.control {
		t.Errorf("%s %s: reported %v (hidden by %v)", p.channel, p.path, found, by)
	}
}

func TestFaultsAreManyAndNamedOnce(t *testing.T) {
	names := map[string]bool{}
	channels := map[Channel]bool{}
	c, cases := selfTestBench(t, "replay.yaml")
	faulty := 0
	for _, f := range faults() {
		if names[f.name] {
			t.Errorf("two faults are called %s", f.name)
		}
		names[f.name] = true
		if !f.control {
			faulty++
		}
		for _, cs := range cases.Cases {
			s, err := newSpecimen(cs, c.Schema.EnumSiblings)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range f.places(s) {
				channels[p.channel] = true
			}
		}
	}
	if faulty < 30 {
		t.Errorf("there are %d faults, want at least 30", faulty)
	}
	for _, channel := range Channels() {
		if !channels[channel] {
			t.Errorf("no fault is of channel %s", channel)
		}
	}
}

// TestEquivalentIsNoFault: what looks like a fault and means the same has no
// place.
func TestEquivalentIsNoFault(t *testing.T) {
	const head = "version: 1\nrecorded: {at: 2026-11-20T14:03:22.000Z}\nrequest: {operation: mutation, fields: [a], document: \"mutation { a }\"}\nfixture: {datastore: {entities: [{key: [K, 1], properties: {at: 2026-11-20T14:03:21.5Z}}]}}\nexpect:\n  http: {status: 200}\n"
	tests := []struct{ reason, fault, expect string }{
		{"equal items cannot be swapped", "move-item", "  response: {data: {a: [x, x]}}\n"},
		{"errors have no order", "move-item", "  response: {data: {a: null}, errors: [{message: x, path: [a]}, {message: y, path: [a]}]}\n"},
		{"new entities that look alike can stand for each other", "swap-ids", "  response: {data: {a: [\"50\", \"51\"]}}\n  effects: {datastore: [{insert: [N, 50], properties: {x: 1}}, {insert: [N, 51], properties: {x: 1}}]}\n"},
		{"so can the items that return them", "move-item", "  response: {data: {a: [{id: \"50\"}, {id: \"51\"}]}}\n  effects: {datastore: [{insert: [N, 50], properties: {x: 1}}, {insert: [N, 51], properties: {x: 1}}]}\n"},
		{"a new id that is seen nowhere else may be any", "wrong-entity", "  response: {data: {a: 1}}\n  effects: {datastore: [{insert: [N, 50], properties: {x: 1}}]}\n"},
		{"the time of the request is another in every run", "shift-second", "  response: {data: {a: \"2026-11-20T14:03:22.01Z\"}}\n"},
		{"a request error's text is the library's", "wrong-error-message", "  response: {errors: [{message: x}]}\n"},
		{"a request error's status is the library's", "wrong-status", "  response: {errors: [{message: x}]}\n"},
		{"ASCII has as many bytes as characters", "truncate-bytes", "  response: {data: {a: abc}}\n"},
		{"JSON has one type of number", "float-for-integer", "  response: {data: {a: 1}}\n"},
		{"a read need not match", "drop-call", "  response: {data: {a: 1}}\n  calls: [{upstream: u, request: {method: POST, path: /graphql, document: \"{ a }\"}, response: {status: 200}}]\n"},
		{"nor what is selected of a call's answer", "drop-member", "  response: {}\n  calls: [{upstream: u, request: {method: POST, path: /graphql, document: \"mutation($n: Int) { a { b(n: $n) } }\", variables: {n: 1}}, response: {status: 200}}]\n"},
	}
	for _, test := range tests {
		if n := placesOf(t, test.fault, head+test.expect); n != 0 {
			t.Errorf("%s: %s has %d places", test.reason, test.fault, n)
		}
	}
	// The same faults have places where the reason does not hold.
	for fault, expect := range map[string]string{
		"move-item":    "  response: {data: {a: [x, y]}}\n",
		"swap-ids":     "  response: {data: {a: [\"50\"]}}\n  effects: {datastore: [{insert: [N, 50], properties: {x: 1}}, {insert: [N, 51], properties: {x: 2}}]}\n",
		"shift-second": "  response: {data: {a: \"2026-11-20T14:03:21.5Z\"}}\n",
	} {
		if placesOf(t, fault, head+expect) == 0 {
			t.Errorf("%s has no place", fault)
		}
	}
}

func placesOf(t *testing.T, name, text string) int {
	t.Helper()
	cs, err := corpus.Parse("a/x", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSpecimen(cs, (*normalizers.Schema)(nil).EnumSiblings)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults() {
		if f.name == name {
			return len(f.places(s))
		}
	}
	t.Fatalf("there is no fault %s", name)
	return 0
}

// TestSelfTestReport shows what rules cost: each is named with what it hides.
func TestSelfTestReport(t *testing.T) {
	for _, name := range []string{"lenient", "bounded"} {
		t.Run(name, func(t *testing.T) {
			c, cases := selfTestBench(t, "lenient.yaml")
			opts := SelfTestOptions{Min: 0.99}
			if name == "bounded" {
				opts = SelfTestOptions{Min: 0.5, Places: 1}
			}
			r, err := SelfTest(t.Context(), c, cases, opts)
			if err != nil {
				t.Fatal(err)
			}
			if r.Fails() != (name == "lenient") {
				t.Errorf("it fails: %v at %v of %v", r.Fails(), r.Detection, r.Min)
			}
			r.Seconds = 1
			var text, object strings.Builder
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "selftest", name+".txt"), text.String())
			if err := r.WriteJSON(&object); err != nil {
				t.Fatal(err)
			}
			var again SelfTestReport
			if err := json.Unmarshal([]byte(object.String()), &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r, &again, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the JSON says something else: %s", diff)
			}
		})
	}
}

// TestSelfTestNamesWhatItReports: a control that is reported fails the test,
// whatever the threshold.
func TestSelfTestNamesWhatItReports(t *testing.T) {
	r := &SelfTestReport{Detection: 1, Controls: []OperatorSum{{Name: "rename-ids", Found: 1, Tried: 1}}}
	if !r.Fails() {
		t.Error("a false alarm does not fail")
	}
}

// TestSelfTestPageNamesFaults keeps docs/selftest.md complete.
func TestSelfTestPageNamesFaults(t *testing.T) {
	page, err := os.ReadFile("../docs/selftest.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults() {
		if !strings.Contains(string(page), "`"+f.name+"`") {
			t.Errorf("docs/selftest.md does not name %s", f.name)
		}
	}
}
