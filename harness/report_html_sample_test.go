package harness

import (
	"fmt"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// hostile is what somebody may send who hopes to be looked at.
const hostile = `</script><script>window.hit=1</script><img src=x onerror="window.hit=2"><!-- ${window.hit=3} ]]> 'q' "q" &amp; \u2028`

// pageOf is a report of n cases with details. One in ten differs, some of them in
// every channel, with hostile text wherever text can be.
func pageOf(n int) *Report {
	details := &Details{}
	r := &Report{
		Version: 1, Tool: "replay " + Version, Config: "replay.yaml", Seconds: 12.5, details: details,
		Started: time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), Corpus: CorpusSum{Cases: n, SHA256: "abc"},
		Bugs:        []BugStatus{{ID: "KA-1 " + hostile, Status: "ported", Cases: []string{"a/1"}}},
		Normalizers: []Hidden{{"replay.yaml:31", "now", 7}}, Indexes: []IndexNeed{},
	}
	for i := range n {
		res, cs, j := pageCase(i)
		details.keep(cs, j)
		r.Results = append(r.Results, res)
	}
	r.sum()
	return r
}

// pageCase is the i-th case of a page.
func pageCase(i int) (Result, *corpus.Case, judgement) {
	field := []string{"renameAssignment", "submitWork", "gradeSubmission", "archiveClass"}[i%4]
	name := fmt.Sprintf("%s/case-%05d", field, i)
	task := corpus.Key{Path: []corpus.PathElement{{Kind: "Assignment", ID: int64(i + 1)}}}
	title := fmt.Sprintf("Fractions of %d", i)
	cs := &corpus.Case{
		Name: name, Recorded: corpus.Recorded{At: time.Date(2026, 11, 1, 0, 0, i, 0, time.UTC)},
		Request: corpus.Request{
			Operation: corpus.Mutation, Fields: []string{field}, Headers: map[string]string{"x-user": "ann"},
			Document:  "mutation M($id: ID!, $title: String!) {\n  " + field + "(id: $id, title: $title) { id title tags rows { id name score } }\n}",
			Variables: corpus.JSON(fmt.Sprintf(`{"id":"%d","title":%q}`, i, title)),
		},
		Fixture: corpus.Fixture{Stores: map[string]corpus.State{"datastore": {
			Entities: []corpus.Entity{{Key: task, Properties: map[string]corpus.Value{"title": "Old", "points": int64(i), "note": hostile}, Unindexed: []string{"note"}}},
			Absent:   []corpus.Key{{Path: []corpus.PathElement{{Kind: "User", Name: "bob"}}}},
		}}},
	}
	legacy, candidate := pageSide(field, "legacy", task, title, i), pageSide(field, "candidate", task, title, i)
	j := judgement{verdict: Equivalent, compared: [2]side{legacy, candidate}}
	if i%10 == 3 {
		j = differ(j, field, task, i)
	}
	j.places = []normalizers.HiddenPlace{{
		Rule: &normalizers.Rule{At: "replay.yaml:31", Use: "now", Reason: "time of the write"},
		Path: []string{"effects", "datastore", task.String(), "updated"}, Left: "2026-11-20T14:00:00Z", Right: "2026-11-20T14:00:01Z",
	}}
	return Result{
		Case: name, Verdict: j.verdict, Fields: []string{"Mutation." + field}, Differences: nonNil(j.differences), Uncovered: []Uncovered{},
		Message: j.message, Milliseconds: Milliseconds{2, 1, 3.5}, Reproduce: "replay run -c replay.yaml --case " + name,
	}, cs, j
}

func pageSide(field, name string, task corpus.Key, title string, i int) side {
	var rows strings.Builder
	for k := range 12 {
		fmt.Fprintf(&rows, `,{"id":"%d","name":"Student %d of case %d","score":%d}`, k, k, i, (i*31+k*7)%100)
	}
	at := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	if name == "candidate" {
		at = at.Add(time.Second)
	}
	var old, to, updated corpus.Value = "Old", title, at
	return side{name: name, obs: &corpus.Observation{
		HTTP:     corpus.HTTP{Status: 200, Headers: map[string]string{"content-type": "application/json"}},
		Response: corpus.JSON(fmt.Sprintf(`{"data":{%q:{"id":"%d","title":%q,"tags":["a","b"],"rows":[%s]}}}`, field, i, title, rows.String()[1:])),
		Effects: map[string][]corpus.Effect{"datastore": {{
			Op: corpus.Update, Key: task, Set: map[string]corpus.Change{"title": {From: &old, To: &to}, "updated": {To: &updated}},
		}}},
	}}
}

// differ makes the candidate of a case do something else.
func differ(j judgement, field string, task corpus.Key, i int) judgement {
	j.verdict = []Verdict{Divergent, Divergent, Divergent, Unstable, Errored}[i/10%5]
	if j.verdict == Errored {
		j.message = "candidate: the process exited (exit status 2)\nlast lines of its log:\n    panic: " + hostile
		j.compared[1].obs = nil
		return j
	}
	obs := *j.compared[1].obs
	var old, to corpus.Value = "Old", "FRACTIONS " + hostile
	obs.Response = corpus.JSON(strings.Replace(string(obs.Response), "Fractions", "FRACTIONS", 1))
	obs.Effects = map[string][]corpus.Effect{"datastore": {
		{Op: corpus.Update, Key: task, Set: map[string]corpus.Change{"title": {From: &old, To: &to}}},
		{Op: corpus.Insert, Key: corpus.Key{Path: []corpus.PathElement{{Kind: "Log", ID: 9}}}, Properties: map[string]corpus.Value{"text": hostile}},
	}}
	j.compared[1].obs = &obs
	j.differences = []Difference{
		{Channel: ResponseChannel, Path: "data." + field + ".title", Coordinate: "Assignment.title", Kind: DifferentValue, Legacy: "Fractions", Candidate: "FRACTIONS", Class: LetterCase},
		{Channel: EffectsChannel, Store: "datastore", Path: task.String() + ".title", Coordinate: "Assignment.title", Kind: DifferentValue, Legacy: "Fractions", Candidate: hostile, Class: LetterCase},
		{Channel: EffectsChannel, Store: "datastore", Path: "Log/9", Coordinate: "Log", Kind: Extra, Legacy: "absent", Candidate: "insert " + hostile, Class: ExtraWrite},
	}
	if j.verdict == Unstable {
		j.differences = j.differences[1:2]
		j.differences[0].Class = TimeFormat
	}
	return j
}
