package classroom_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

func verify(t *testing.T, c *harness.Config, cases *corpus.Corpus, opts harness.VerifyOptions) *harness.VerifyReport {
	t.Helper()
	r, err := harness.Verify(t.Context(), c, cases, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVerify wants every recorded case faithful, with the candidate nowhere.
func TestVerify(t *testing.T) {
	c, cases := replays(t)
	c.Candidate = nil
	r := verify(t, c, cases, harness.VerifyOptions{})
	if r.Faithful != len(cases.Cases) || r.Unfaithful() != 0 {
		t.Errorf("%d of %d cases are faithful, %d not", r.Faithful, len(cases.Cases), r.Unfaithful())
	}
	for _, res := range r.Results {
		if len(res.Missing) > 0 {
			t.Errorf("%s misses %v", res.Case, res.Missing)
		}
	}
}

// TestVerifyNamesWhatIsMissing takes from fixtures one thing at a time that legacy
// looks up, and wants it named.
func TestVerifyNamesWhatIsMissing(t *testing.T) {
	c, all := replays(t)
	for _, tt := range []struct{ reason, field, kind string }{
		{"the caller: everything is refused", "renameAssignment", "User"},
		{"the class", "gradeSubmission", "Class"},
		{"the entity that is changed", "gradeSubmission", "Submission"},
		{"who is in a class", "submitWork", "Enrollment"},
		{"what a mail is about", "publishGrades", "Assignment"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			cases, removed := without(all, tt.field, tt.kind)
			if len(removed) == 0 {
				t.Fatalf("no case of %s has a %s that it changes or is asked by", tt.field, tt.kind)
			}
			for _, res := range verify(t, c, cases, harness.VerifyOptions{}).Results {
				named := slices.ContainsFunc(res.Missing, func(u harness.Uncovered) bool {
					return u.Store == "datastore" && u.Read == removed[res.Case]
				})
				if !named {
					t.Errorf("%s, faithful: %v, misses %q, and says %q", res.Case, res.Faithful(), removed[res.Case], res.Missing)
				}
				if res.Faithful() {
					t.Errorf("%s is faithful without %s", res.Case, removed[res.Case])
				}
				if !strings.Contains(res.Reason(), "legacy read "+removed[res.Case]+" of datastore") {
					t.Errorf("the reason does not name %s:\n%s", removed[res.Case], res.Reason())
				}
			}
		})
	}
}

// without are the cases of a root field that did something, each without the one
// entity of a kind that its request is about, and the texts of these.
func without(all *corpus.Corpus, field, kind string) (*corpus.Corpus, map[string]string) {
	out, removed := &corpus.Corpus{}, map[string]string{}
	for _, cs := range all.Cases {
		if cs.Request.Fields[0] != field || len(cs.Expect.Effects) == 0 {
			continue
		}
		state := cs.Fixture.Stores["datastore"]
		i := slices.IndexFunc(state.Entities, func(e corpus.Entity) bool { return e.Key.Kind() == kind && about(cs, e.Key) })
		if i < 0 {
			continue
		}
		changed := *cs
		state.Entities = slices.Clone(state.Entities)
		removed[cs.Name] = strings.ReplaceAll(state.Entities[i].Key.String(), `"`, "")
		state.Entities = slices.Delete(state.Entities, i, i+1)
		changed.Fixture.Stores = map[string]corpus.State{"datastore": state}
		out.Cases = append(out.Cases, &changed)
	}
	return out, removed
}

// about says whether a request is asked by the account of a key, or changes what is
// at it or below it.
func about(cs *corpus.Case, key corpus.Key) bool {
	if key.Kind() == "User" {
		return key.Path[0].Name == cs.Request.Headers["x-user"]
	}
	for _, e := range cs.Expect.Effects["datastore"] {
		if len(e.Key.Path) >= len(key.Path) && cmp.Equal(e.Key.Path[:len(key.Path)], key.Path) {
			return true
		}
	}
	return false
}

// TestVerifyNeedsTheCalls wants a case whose recorded answer of a service is gone
// set aside, with the request that nobody answers.
func TestVerifyNeedsTheCalls(t *testing.T) {
	c, all := replays(t)
	cases := &corpus.Corpus{}
	for _, cs := range all.Cases {
		if len(cs.Expect.Calls) > 0 && cs.Expect.Calls[0].Upstream == "users" {
			changed := *cs
			changed.Expect.Calls = cs.Expect.Calls[1:]
			cases.Cases = append(cases.Cases, &changed)
		}
	}
	if len(cases.Cases) < 10 {
		t.Fatalf("%d cases ask the users service, want at least 10", len(cases.Cases))
	}
	for _, res := range verify(t, c, cases, harness.VerifyOptions{}).Results {
		if res.Verdict != harness.Errored || !strings.Contains(res.Message, "fixture incomplete: it asked for upstream users: query Account") {
			t.Errorf("%s is %s: %s", res.Case, res.Verdict, res.Message)
		}
	}
}
