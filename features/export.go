package features

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// ScenarioOptions say how a recorded case is written as a scenario.
type ScenarioOptions struct {
	// Reference names the recorded case instead of writing its fixture and request
	// down.
	Reference bool
}

// Scenario is a recorded case as the text of a feature file: what was given, what
// was sent, and what legacy did as steps. What it says holds as long as the case
// is equivalent. An error is a case that steps cannot say.
func Scenario(c *harness.Config, cs *corpus.Case, opts ScenarioOptions) (string, error) {
	w := scenarioWriter{book: book{config: c}, cs: cs}
	w.head()
	if opts.Reference {
		w.step("Given", `the recorded case %q`, cs.Name)
		w.step("When", `the recorded %s is sent`, cs.Request.Operation)
	} else {
		w.given()
		w.request()
	}
	w.expect()
	if w.err != nil {
		return "", fmt.Errorf("case %s cannot be written as a scenario: %w", cs.Name, w.err)
	}
	return w.out.String(), nil
}

// scenarioWriter writes steps and keeps the first error.
type scenarioWriter struct {
	book
	cs   *corpus.Case
	out  strings.Builder
	last string // the keyword of the step before
	err  error
}

func (w *scenarioWriter) head() {
	field := strings.Join(w.cs.Request.Fields, ", ")
	tags := []string{}
	for _, t := range w.cs.Tags {
		if !strings.ContainsAny(t, " \t#") {
			tags = append(tags, "@"+t)
		}
	}
	if w.invalid() {
		tags = append(tags, invalidTag)
	}
	title := w.cs.Description
	if title == "" || strings.ContainsAny(title, "\r\n") {
		title = w.cs.Name
	}
	fmt.Fprintf(&w.out, "Feature: %s\n\n", field)
	fmt.Fprintf(&w.out, "  # As recorded in %s.\n", w.cs.Name)
	if len(tags) > 0 {
		fmt.Fprintf(&w.out, "  %s\n", strings.Join(tags, " "))
	}
	fmt.Fprintf(&w.out, "  Scenario: %s\n", title)
}

// invalid reports whether the request is one that the schema refuses.
func (w *scenarioWriter) invalid() bool {
	return w.refused() || w.config.Schema != nil && checkRequest(w.config.Schema, "", &w.cs.Request) != nil
}

func (w *scenarioWriter) refused() bool {
	_, executed := valueAt(&w.cs.Expect, []any{"data"})
	return !executed
}

func (w *scenarioWriter) step(part, format string, args ...any) {
	word := part
	if part == w.last {
		word = "And"
	}
	w.last = part
	text := fmt.Sprintf(format, args...)
	if strings.ContainsAny(text, "\r\n") {
		w.fail("%q has a line break; use --reference", text)
	}
	fmt.Fprintf(&w.out, "    %s %s\n", word, text)
}

func (w *scenarioWriter) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// text writes a text below a step, between marks that it does not hold.
func (w *scenarioWriter) text(s string) {
	mark := `"""`
	if strings.Contains(s, mark) || strings.Contains(s, `\"\"\"`) {
		mark = "```"
	}
	if strings.Contains(s, "```") && mark == "```" || strings.ContainsRune(s, '\r') {
		w.fail("it holds what a text in a feature file cannot; use --reference")
	}
	fmt.Fprintf(&w.out, "      %s\n", mark)
	for l := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		w.out.WriteString(strings.TrimRight("      "+l, " ") + "\n")
	}
	fmt.Fprintf(&w.out, "      %s\n", mark)
}

func (w *scenarioWriter) given() {
	w.step("Given", `it is %q`, w.cs.Recorded.At.UTC().Format(time.RFC3339Nano))
	for _, name := range slices.Sorted(maps.Keys(w.cs.Request.Headers)) {
		w.header(name, w.cs.Request.Headers[name])
	}
	if _, said := w.cs.Request.Headers["accept"]; !said && strings.HasPrefix(w.cs.Expect.HTTP.Headers["content-type"], graphQLResponse) {
		w.header("accept", graphQLResponse)
	}
	w.fixture()
	w.calls()
	w.variables()
}

// fixture writes the fixture down. One that stands on a shared one is named: it
// may be a whole database.
func (w *scenarioWriter) fixture() {
	if w.cs.Fixture.Base != "" {
		w.step("Given", `the fixture of the recorded case "%s"`, w.cs.Name)
		return
	}
	if len(w.cs.Fixture.Stores) == 0 {
		return
	}
	text, err := corpus.FormatState(w.cs.Fixture.Stores)
	if err != nil {
		w.fail("%w", err)
	}
	w.step("Given", "the fixture")
	w.text(string(text))
}

// graphQLResponse is the media type that is asked for where it was recorded.
const graphQLResponse = "application/graphql-response+json"

func (w *scenarioWriter) header(name, value string) {
	value = strings.ReplaceAll(value, `"`, `\"`)
	if user, err := w.userHeader(); err == nil && user == name {
		w.step("Given", `the user is "%s"`, value)
		return
	}
	w.step("Given", `the header "%s" is "%s"`, name, value)
}

func (w *scenarioWriter) variables() {
	if v := w.cs.Request.Variables; v != nil {
		w.step("Given", "the variables")
		w.text(pretty(v))
	}
	if name := w.cs.Request.OperationName; name != "" {
		w.step("Given", `the operation name is "%s"`, name)
	}
}

func pretty(v corpus.JSON) string {
	var b bytes.Buffer
	if err := json.Indent(&b, v, "", "  "); err != nil {
		return string(v)
	}
	return b.String()
}

func (w *scenarioWriter) request() {
	if w.cs.Request.Extensions != nil {
		w.fail("its request has extensions; use --reference")
	}
	w.step("When", `the %s is sent`, w.cs.Request.Operation)
	w.text(w.cs.Request.Document)
}

// expect writes what legacy did. Changes that are said as a whole come before the
// response: they tell which values the store gave out.
func (w *scenarioWriter) expect() {
	w.step("Then", "both implementations agree")
	if s := w.cs.Expect.HTTP.Status; s != 200 {
		w.step("Then", "the status is %d", s)
	}
	before, last := w.out.String(), w.last
	w.response()
	if len(w.cs.Expect.Effects) == 0 {
		w.step("Then", "nothing is changed")
		return
	}
	if w.changesByEntity() {
		w.step("Then", "nothing else is changed")
		return
	}
	w.out.Reset()
	w.out.WriteString(before)
	w.last = last
	text, err := w.part("effects")
	if err != nil {
		w.fail("%w", err)
	}
	w.step("Then", "the changes are")
	w.text(text)
	w.response()
}

func (w *scenarioWriter) response() {
	if w.refused() {
		w.step("Then", "the request is refused")
		return
	}
	w.step("Then", "the response is")
	w.text(pretty(w.cs.Expect.Response))
}

// changesByEntity writes the changes entity by entity; false where tables cannot
// say them, or a key was given out, which must be the same in the response.
func (w *scenarioWriter) changesByEntity() bool {
	for _, store := range slices.Sorted(maps.Keys(w.cs.Expect.Effects)) {
		for _, e := range w.cs.Expect.Effects[store] {
			in := ""
			key := w.keyText(store, e.Key)
			if s, k, err := w.key(key, ""); err != nil || s != store || !k.Equal(e.Key) {
				in = fmt.Sprintf(" in %q", store)
			}
			switch {
			case e.Key.AnyRow() || e.Op == corpus.Insert:
				return false
			case e.Op == corpus.Delete:
				w.step("Then", `"%s"%s is gone`, strings.ReplaceAll(key, `"`, `\"`), in)
			default:
				w.step("Then", `"%s"%s is changed`, strings.ReplaceAll(key, `"`, `\"`), in)
				if !w.changeTable(e) {
					return false
				}
			}
		}
	}
	return true
}

func (w *scenarioWriter) keyText(store string, k corpus.Key) string {
	if name, database, ok := corpus.RedisName(k); ok && database == 0 && w.form(store) == corpus.Keys {
		return name
	}
	return k.String()
}

// changeTable writes an update as a table; false where a cell cannot hold it.
func (w *scenarioWriter) changeTable(e corpus.Effect) bool {
	rows := [][]string{{"property", "from", "to"}}
	for _, name := range slices.Sorted(maps.Keys(e.Set)) {
		from, okFrom := cell(e.Set[name].From)
		to, okTo := cell(e.Set[name].To)
		if !okFrom || !okTo || mark.MatchString(name) {
			return false
		}
		if slices.ContainsFunc(e.Unindexed, func(p string) bool { return root(p) == name && p != name }) {
			return false // a nested flag
		}
		shown := name
		if slices.Contains(e.Unindexed, name) {
			shown += " (unindexed)"
		}
		rows = append(rows, []string{escaped(shown), from, to})
	}
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], len([]rune(c)))
		}
	}
	for _, r := range rows {
		w.out.WriteString("      |")
		for i, c := range r {
			fmt.Fprintf(&w.out, " %-*s |", widths[i], c)
		}
		w.out.WriteString("\n")
	}
	return true
}

func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`).Replace(s)
}

// widestCell is how much a cell of a table may hold to be readable.
const widestCell = 72

var oneValue = regexp.MustCompile(`(?m)^ +properties: \{v: (.*)\}$`)

// cell spells a value as the corpus does, where that fits a cell.
func cell(v *corpus.Value) (string, bool) {
	if v == nil {
		return "", true
	}
	text, err := corpus.FormatState(map[string]corpus.State{"s": {Entities: []corpus.Entity{{
		Key:        corpus.Key{Path: []corpus.PathElement{{Kind: "K", ID: 1}}},
		Properties: map[string]corpus.Value{"v": *v},
	}}}})
	m := oneValue.FindSubmatch(text)
	if err != nil || m == nil || utf8.RuneCount(m[1]) > widestCell {
		return "", false
	}
	return escaped(string(m[1])), true
}

var errNoPart = errors.New("the case has no such part")

// part is the YAML of a part of the expectation, without its indentation.
func (w *scenarioWriter) part(name string) (string, error) {
	c := *w.cs
	c.Fixture = corpus.Fixture{Base: "none"}
	text, err := corpus.Format(&c)
	if err != nil {
		return "", err
	}
	_, rest, ok := strings.Cut(string(text), "\n  "+name+":\n")
	if !ok {
		return "", errNoPart
	}
	var b strings.Builder
	for l := range strings.SplitSeq(rest, "\n") {
		if l != "" && !strings.HasPrefix(l, "    ") {
			break
		}
		b.WriteString(strings.TrimPrefix(l, "    ") + "\n")
	}
	return b.String(), nil
}

// calls writes what upstreams answered.
func (w *scenarioWriter) calls() {
	if len(w.cs.Expect.Calls) == 0 {
		return
	}
	text, err := w.part("calls")
	items := strings.Split("\n"+text, "\n- upstream: ")[1:]
	if err != nil || len(items) != len(w.cs.Expect.Calls) {
		w.fail("its calls cannot be told apart; use --reference")
		return
	}
	for i, item := range items {
		_, body, _ := strings.Cut(item, "\n")
		var b strings.Builder
		for l := range strings.SplitSeq(body, "\n") {
			b.WriteString(strings.TrimPrefix(l, "  ") + "\n")
		}
		w.step("Given", `the upstream "%s" answers`, w.cs.Expect.Calls[i].Upstream)
		w.text(b.String())
	}
}
