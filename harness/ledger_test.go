package harness

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/normalizers"
)

func ledgerOf(t *testing.T, text string) *ledger.Ledger {
	t.Helper()
	names := ledger.Names{
		Stores: []string{"datastore"}, Channels: []string{"http", "response", "effects", "calls"},
		Today: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
	}
	for _, k := range Kinds() {
		names.Kinds = append(names.Kinds, string(k))
	}
	for _, c := range Classes() {
		names.Classes = append(names.Classes, string(c))
	}
	l, problems := ledger.Read("ledger.yaml", []byte(text), names)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return l
}

// archived reads a test archive: "ledger.yaml", and of each case NAME the files
// "NAME variables", "NAME legacy", "NAME candidate" and, where legacy did
// something else then, "NAME recorded". What is missing is as legacy's; an
// observation is a response. "cases" is the size of the corpus, where more than
// these are in it.
func archived(t *testing.T, a *txtar.Archive) (*ledger.Ledger, *Report) {
	t.Helper()
	files := map[string]string{}
	var names []string
	for _, f := range a.Files {
		files[f.Name] = strings.TrimSpace(string(f.Data))
		if name, ok := strings.CutSuffix(f.Name, " legacy"); ok {
			names = append(names, name)
		}
	}
	l := ledgerOf(t, files["ledger.yaml"])
	rep := &Report{Config: "replay.yaml", Summary: map[Verdict]int{}, Bugs: []BugStatus{}, Corpus: CorpusSum{Cases: len(names)}}
	if n := files["cases"]; n != "" {
		rep.Corpus.Cases, _ = strconv.Atoi(n)
	}
	for _, name := range names {
		observation := func(of string) *corpus.Observation {
			text, ok := files[name+" "+of]
			if !ok {
				text = files[name+" legacy"]
			}
			return &corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON(text)}
		}
		cs := &corpus.Case{Name: name, Expect: *observation("recorded")}
		cs.Request = corpus.Request{Operation: corpus.Mutation, Fields: []string{"rename"}, Document: "mutation { rename }"}
		if v := files[name+" variables"]; v != "" {
			cs.Request.Variables = corpus.JSON(v)
		}
		lane := &lane{config: &Config{File: "replay.yaml", Ledger: l}, comparer: newComparer(&normalizers.Rules{}, nil)}
		j, err := lane.judge(cs, trial{
			legacy:    seen{side: side{name: "legacy", obs: observation("legacy")}},
			candidate: seen{side: side{name: "candidate", obs: observation("candidate")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		res := Result{
			Case: name, Verdict: j.verdict, Fields: coordinates(cs), Differences: nonNil(j.differences), Message: j.message,
			Reproduce: "replay run -c replay.yaml --case " + name, bugs: j.bugs, used: j.used, overlaps: j.overlaps,
		}
		rep.Results = append(rep.Results, res)
		rep.Summary[j.verdict]++
	}
	rep.settleLedger(factsOf(l, rep.Results))
	return l, rep
}

// TestLedger judges the cases of each testdata/ledger/*.txtar under its ledger,
// and compares the report that a person reads with its part "want". Adding a
// case is adding a file; its comment says what it is about.
func TestLedger(t *testing.T) {
	files, err := filepath.Glob("testdata/ledger/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, rep := archived(t, a)
			var b strings.Builder
			if err := rep.WriteText(&b); err != nil {
				t.Fatal(err)
			}
			got := b.String()
			if rep.Fails() {
				got += "the run fails\n"
			}
			last := len(a.Files) - 1
			if a.Files[last].Name != "want" {
				t.Fatal("the last file must be want")
			}
			if *update {
				a.Files[last].Data = []byte(got)
				golden(t, file, string(txtar.Format(a)))
				return
			}
			if diff := cmp.Diff(string(a.Files[last].Data), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const ported = `version: 1
bugs:
  - id: KA-1
    title: Titles are cut
    when: request.variables.long == true
    witness: observation.response.data.rename == "cut"
`

// TestLedgerStatuses has one bug and one case; what differs is what each side
// answers.
func TestLedgerStatuses(t *testing.T) {
	const cut, whole, refused = `{"data":{"rename":"cut"}}`, `{"data":{"rename":"whole"}}`, `{"data":null}`
	const short, long = `{"long":false}`, `{"long":true}`
	tests := []struct {
		reason, more                           string
		variables, recorded, legacy, candidate string
		verdict                                Verdict
		status                                 ledger.Status
		fails                                  bool
	}{
		{"both show it", "", long, cut, cut, cut, Equivalent, ledger.Ported, false},
		{"the candidate fixed it", "", long, cut, cut, whole, Divergent, ledger.NotPorted, true},
		{"the candidate answers nothing: that is no port", "", long, cut, cut, refused, Divergent, ledger.NotPorted, true},
		{"no case triggers it", "", short, cut, cut, cut, Equivalent, ledger.NotExercised, true},
		{"no case has what triggers it", "", `{}`, cut, cut, cut, Equivalent, ledger.NotExercised, true},
		{"legacy does not show it where it should", "", long, whole, whole, whole, Equivalent, ledger.Gone, true},
		{"legacy showed it when it was recorded", "", long, cut, whole, whole, Unfaithful, ledger.Gone, true},
		{"legacy showed it when it was recorded, and answers nothing now", "", long, cut, refused, refused, Unfaithful, ledger.Gone, true},
		{"legacy shows what it did not when it was recorded: nothing is proved", "", long, whole, cut, cut, Unfaithful, ledger.NotExercised, false},

		{"not exercised, and allowed to be", "    allow: [not exercised]\n", short, cut, cut, cut, Equivalent, ledger.NotExercised, false},
		{"gone, and allowed to be", "    allow: [gone]\n", long, whole, whole, whole, Equivalent, ledger.Gone, false},
		{"not ported, and allowed to be", "    allow: [not ported]\n", long, cut, cut, whole, Accepted, ledger.NotPorted, false},
		{"another status is allowed", "    allow: [gone]\n", long, cut, cut, whole, Divergent, ledger.NotPorted, true},

		{"to be fixed, and fixed", "    expect: fixed\n", long, cut, cut, whole, Accepted, ledger.Fixed, false},
		{"to be fixed, and not", "    expect: fixed\n", long, cut, cut, cut, Equivalent, ledger.NotFixed, true},
		{"to be fixed, but nothing says that it is", "    expect: fixed\n", long, cut, cut, refused, Divergent, ledger.NotFixed, true},
		{"to be fixed, not yet, and allowed", "    expect: fixed\n    allow: [not fixed]\n", long, cut, cut, cut, Equivalent, ledger.NotFixed, false},
		{"fixed where the ledger says it shows", "    expect: fixed\n    match: {path: 'response:data.rename'}\n", long, cut, cut, whole, Accepted, ledger.Fixed, false},
		{"fixed, but something else differs", "    expect: fixed\n    match: {path: 'response:data.other'}\n", long, cut, cut, whole, Divergent, ledger.Fixed, false},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, rep := archived(t, &txtar.Archive{Files: []txtar.File{
				{Name: "ledger.yaml", Data: []byte(ported + tt.more)},
				{Name: "a/1 variables", Data: []byte(tt.variables)},
				{Name: "a/1 recorded", Data: []byte(tt.recorded)},
				{Name: "a/1 legacy", Data: []byte(tt.legacy)},
				{Name: "a/1 candidate", Data: []byte(tt.candidate)},
			}})
			if got := rep.Results[0].Verdict; got != tt.verdict {
				t.Errorf("verdict %s, want %s", got, tt.verdict)
			}
			if got := rep.Bugs[0]; got.Status != tt.status || got.Fails != tt.fails {
				t.Errorf("status %q, fails %v, want %q, %v", got.Status, got.Fails, tt.status, tt.fails)
			}
			exercised := tt.status != ledger.NotExercised
			if got := slices.Equal(rep.Bugs[0].Cases, []string{"a/1"}); got != exercised {
				t.Errorf("cases %q of a bug that is %s", rep.Bugs[0].Cases, tt.status)
			}
			if tt.verdict == Accepted && rep.Results[0].Differences[0].Ledger != "KA-1" {
				t.Errorf("the accepted difference does not name the bug: %+v", rep.Results[0].Differences)
			}
		})
	}
}

// TestSuggestions wants entries that load once what is TODO is written, and that
// accept everything they were made of.
func TestSuggestions(t *testing.T) {
	a, err := txtar.ParseFile("testdata/ledger/suggestions.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, rep := archived(t, a)
	var b strings.Builder
	if err := rep.WriteSuggestions(&b, nil, time.Date(2027, 2, 18, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/ledger/suggestions.yaml", b.String())
	names := ledger.Names{Channels: []string{"response"}, Kinds: []string{"value", "type", "missing", "extra", "length"}, Today: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}
	for _, c := range Classes() {
		names.Classes = append(names.Classes, string(c))
	}
	_, problems := ledger.Read("ledger.yaml", []byte(b.String()), names)
	if want := 2 * len(rep.proposals()); len(problems) != want {
		t.Errorf("%d problems, want one for each of the %d TODO:\n%v", len(problems), want, problems)
	}
	a.Files[slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "ledger.yaml" })].Data = []byte(strings.ReplaceAll(b.String(), "TODO: ", ""))
	if l, rep := archived(t, a); rep.Summary[Accepted] != len(rep.Results) || rep.Fails() || len(l.Accepted) == 0 {
		var text strings.Builder
		if err := rep.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		t.Errorf("the suggested entries do not accept everything:\n%s", text.String())
	}
}

// A class that the ledger cannot name could not be accepted.
func TestClassesAreAll(t *testing.T) {
	want := constants(t, "classify.go", "Class")
	slices.Sort(want)
	var got []string
	for _, c := range Classes() {
		got = append(got, string(c))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Classes (-declared +listed):\n%s", diff)
	}
}

// constants are the string constants of a type that a file declares.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typeName {
			return true
		}
		s, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
		return true
	})
	if len(list) == 0 {
		t.Fatalf("%s declares no %s", file, typeName)
	}
	return list
}
