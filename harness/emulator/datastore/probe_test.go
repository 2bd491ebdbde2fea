package datastore_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

// probeExceptions are the lines of the probe where this emulator answers like
// neither of the official ones, or like A where C is the reference. The reasons
// are those of docs/datastore-emulator.md.
var probeExceptions = map[string]string{
	"base_version stale default":               `proto, Mutation: "Conflicting mutations are not applied, and are marked as such in MutationResult"; A does so`,
	"update_time stale":                        `proto, Mutation: "Conflicting mutations are not applied"; C applies it, A refuses it`,
	"lookup dup keys":                          "the value that the stale mutation of C left behind",
	"lookup new_transaction":                   "the value that the stale mutation of C left behind",
	"lookup read_time -2h":                     `proto, ReadOptions.read_time: "within the past one hour"`,
	"t1 commit rw":                             "optimistic, as A: C locks and times out",
	"NT write vs open tx read":                 "optimistic, as A: C blocks the writer",
	"t3 commit other key after conflict":       "optimistic, as A",
	"NT create phantom":                        "optimistic, as A: C blocks the writer",
	"t4 commit after phantom":                  "optimistic, as A",
	"blind tx write":                           "optimistic, as A: C still holds the locks of an abandoned transaction",
	"ro commit empty":                          "the official client commits read-only transactions, as A allows",
	"t7 sees y2 written after its first read?": "a transaction reads the content as of its begin",
	"order p asc (type order)":                 "one row per entity, as A",
	"order p desc":                             "one row per entity, as A",
	"p!=5":                                     "one row per entity, as A",
	"distinct_on without projection":           "one row per entity, as A",
	"cursor on different query":                `proto, Query.start_cursor: "can only be used to continue the same query"; A refuses it`,
	"__kind__":                                 "metadata queries, as A",
	"__namespace__":                            "metadata queries, as A",
	"__property__":                             "metadata queries, as A",
	"__property__ keys only":                   "metadata queries, as A",
	"__property__ repr T":                      "metadata queries; a projection of property_representation is documented",
	"empty query":                              "C's store held leftovers of another test",
	"tx global (non ancestor) query":           "C's store held an entity that it had refused to write here",
	"gql agg in runquery":                      "C fails without a reason",
	"six":                                      "C fails without a reason",
	"gql AGGREGATE":                            `proto, RunAggregationQueryResponse.query: "The parsed form of the GqlQuery from the request, if it was set"`,
	"gql SELECT COUNT(*)":                      `proto, RunAggregationQueryResponse.query: "The parsed form of the GqlQuery from the request, if it was set"`,
	"explain analyze":                          "explain options are served",
	"explain":                                  "explain options are served",
}

var probeNoise = []struct{ re, with string }{
	{`"(version|commitTime|createTime|updateTime|readTime|snapshotVersion|cursor|endCursor|transaction|moreResults)": ?"[^"]*"`, ""},
	{`"(missing|found)":\[`, "\"$1\":["},
	{`"id": ?"\d{10,}"`, `"id":"allocated"`},
	{`"timestampValue": ?"20[^"]*"`, `"timestampValue":"now"`},
	{`([ABC])/\d{10,}`, "$1/allocated"},
	{` \([\d.]+(s|ms|µs)\)`, ""},
	{` snapv=\d+`, ""},
	{`cursor len=\d+ each=true.*`, "cursor"},
	{`[\s,]+`, " "},
	{` ?([{}\[\]]) ?`, "$1"},
}

// probeAnswers maps the name of each line of the probe's output to its status
// and, without what varies from run to run, its result.
func probeAnswers(out []byte) map[string]string {
	answers := map[string]string{}
	named := regexp.MustCompile(`^(.*?)\s+(OK|[A-Z][A-Za-z]+) \| (.*)$`)
	for line := range strings.Lines(string(out)) {
		m := named.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		name, code, text := m[1], m[2], m[3]
		name = regexp.MustCompile(` \([\d.]+(s|ms|µs)\)$`).ReplaceAllString(strings.TrimSpace(name), "")
		if code != "OK" {
			answers[name] = code // the wording of messages is not compared
			continue
		}
		if i := strings.Index(text, "..."); i >= 0 {
			text = "long"
		}
		for _, n := range probeNoise {
			text = regexp.MustCompile(n.re).ReplaceAllString(text, n.with)
		}
		answers[name] = code + " " + text
	}
	return answers
}

// TestProbe runs the probe of about 200 requests and compares with the stored
// answers of emulator C. What differs must be an exception with a reason.
func TestProbe(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "probe")
	if out, err := exec.Command("go", "build", "-o", bin, "./testdata/probe").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var out bytes.Buffer
	cmd := exec.Command(bin, start(t, datastore.Options{}).Addr())
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile("testdata/oracle/C-firestore-datastore-mode.txt")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := probeAnswers(out.Bytes()), probeAnswers(stored)
	if len(ours) < 180 {
		t.Fatalf("the probe gave %d answers only", len(ours))
	}
	for name, want := range theirs {
		got := ours[name]
		_, excepted := probeExceptions[name]
		same := got == want || got == "OK long" && strings.HasPrefix(want, "OK ") || want == "OK long" && strings.HasPrefix(got, "OK ")
		switch {
		case same && excepted:
			t.Errorf("%s: no exception any more", name)
		case !same && !excepted:
			t.Errorf("%s: %s", name, cmp.Diff(want, got))
		}
	}
}
