package normalizers

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

var testWindow = time.Date(2026, 11, 20, 14, 3, 20, 0, time.UTC)

func testMoment() *moment {
	return &moment{forest: &forest{}, from: testWindow, to: testWindow.Add(time.Second)}
}

// rewritten is the value that is compared, as kind and text; "gone" for nothing.
func rewritten(t *testing.T, rules string, value corpus.Value) string {
	t.Helper()
	r := parseRules(t, nil, rules)
	b := &builder{moment: testMoment(), rules: r}
	props := b.properties(map[string]corpus.Value{"p": value}, "K", "", nil)
	if b.err != nil {
		return "error: " + b.err.Error()
	}
	if len(props.Children) == 0 {
		return "gone"
	}
	return describeTree(props.Children[0])
}

func describeTree(t *Tree) string {
	text := t.Kind.String() + " " + t.Text
	if t.Unordered {
		text = "unordered " + text
	}
	if t.named {
		text = "generated " + text
	}
	var parts []string
	for _, c := range t.Children {
		parts = append(parts, describeTree(c))
	}
	if parts != nil {
		text += "(" + strings.Join(parts, ", ") + ")"
	}
	return text
}

func TestWhatRulesMakeOfValues(t *testing.T) {
	rule := func(use string) string { return "- {match: {property: K.p}, use: " + use + ", reason: r}\n" }
	for _, test := range []struct {
		rules  string
		value  corpus.Value
		want   string
		reason string
	}{
		{rule("instant"), "2026-12-01T00:00:00Z", "timestamp 2026-12-01T00:00:00Z", "RFC 3339"},
		{rule("instant"), "2026-12-01T01:00:00.000+01:00", "timestamp 2026-12-01T00:00:00Z", "another zone, a fraction"},
		{rule("instant"), "2026-12-01 00:00:00", "timestamp 2026-12-01T00:00:00Z", "Python's str of a naive datetime"},
		{rule("instant"), "2026-12-01T00:00:00.000001", "timestamp 2026-12-01T00:00:00.000001Z", "Python's isoformat"},
		{rule("instant"), "2026-12-01 00:00:00.5 +0000 UTC", "timestamp 2026-12-01T00:00:00.5Z", "Go's String"},
		{rule("instant"), "Tue, 01 Dec 2026 00:00:00 GMT", "timestamp 2026-12-01T00:00:00Z", "HTTP's date"},
		{rule("instant"), "2026-12-01 00:00:00 CEST", "string 2026-12-01 00:00:00 CEST", "a zone's name alone is a guess"},
		{rule("instant"), "2026-12-01", "string 2026-12-01", "a date is no instant"},
		{rule("instant"), "2026-13-01T00:00:00Z", "string 2026-13-01T00:00:00Z", "there is no such month"},
		{rule("instant"), int64(1795183400), "integer 1795183400", "a number is left alone"},
		{rule("date"), "2026-12-01T23:00:00-05:00", "value date 2026-12-01", "the date as spelled"},
		{rule("date"), "2026-12-01x", "string 2026-12-01x", "a text that begins like a date"},
		{rule("now"), "2026-11-20T14:03:20.5Z", "value now string 0000-00-00T00:00:00.Z", "in the window"},
		{rule("now"), "2026-11-20T14:03:15Z", "value now string 0000-00-00T00:00:00Z", "within the skew"},
		{rule("now"), "2026-11-20T14:03:14Z", "string 2026-11-20T14:03:14Z", "before the window and skew"},
		{rule("now, skew: 10s"), "2026-11-20T14:03:14Z", "value now string 0000-00-00T00:00:00Z", "a larger skew"},
		{rule("now"), "2026-11-20T15:03:20+00:00", "string 2026-11-20T15:03:20+00:00", "local time taken for UTC"},
		{rule("now"), testWindow, "value now timestamp", "a timestamp of the store"},
		{rule("now"), testWindow.UnixMilli(), "value now integer milliseconds", "milliseconds since 1970"},
		{rule("now"), float64(testWindow.UnixMicro()) / 1e6, "float 1795183400", "a float of whole seconds is no fraction"},
		{rule("now") + rule("instant"), "2026-11-20T14:03:20.5Z", "value now timestamp", "composed, spelling does not count"},
		{rule("ignore"), "x", "gone", "ignored"},
		{rule("null-is-absent"), nil, "gone", "null"},
		{rule("null-is-absent"), "", "string ", "an empty text is not null"},
		{rule("generated"), "tok", "generated string tok", "marked"},
		{rule("generated"), nil, "null ", "null is never generated"},
		{rule("unordered"), []corpus.Value{int64(2), int64(1)}, "unordered list (integer 2, integer 1)", "order is left to the comparison"},
		{rule("set"), []corpus.Value{int64(2), int64(1), int64(2)}, "unordered list (integer 2, integer 1)", "repetitions go"},
		{rule("set"), "x", "string x", "no list"},
		{rule("instant"), []corpus.Value{"2026-12-01 00:00:00"}, "list (timestamp 2026-12-01T00:00:00Z)", "each item"},
		{rule("trim") + rule("case"), " Ann ", "string ann", "composed"},
		{rule("json"), `{"b":1.0,"a":[null]}`, "string (object (list (null ), number 1))", "parsed"},
		{rule("json"), `{`, "string {", "no JSON"},
		{rule("url, ignore: [sig]"), "https://x.test/p?b=1&sig=9&a=2#f", "string https://x.test/p?a=2&b=1#f", "order and signature"},
		{rule("url"), "not a url", "string not a url", "no URL"},
		{rule("message, same: [[a, b], [c, d]]"), "b", "string a", "the first of its group"},
		{rule(`message, same: [["no class {id}", "class {id} is missing"]]`), "class 7 is missing", "string no class 7", "what varies stays"},
		{rule(`message, same: [["no class {id}", "class {id} is missing"]]`), "class 7 is missing.", "string class 7 is missing.", "another text"},
		{rule(`message, same: [["{a} and {a}", "twice {a}"]]`), "twice x", "string x and x", "a name that comes twice"},
		{rule("compressed-json"), []byte(deflate(`{"b": 1.0, "a":[]}`)), "string zlib(object (list , number 1))", "what zlib holds"},
		{rule("compressed-json"), []byte(gzipped(`[ ]`)), "string gzip(list )", "what gzip holds"},
		{rule("compressed-json"), []byte(`[]`), "bytes []", "not compressed"},
		{rule("compressed-json"), []byte(deflate("[") + "x"), "bytes " + deflate("[") + "x", "no JSON, and more behind it"},
		{rule("compressed-json"), corpus.Meant{Meaning: 22, Value: []byte(deflate("1"))}, "value with meaning (integer 22, string zlib(number 1))", "the meaning counts"},
		{rule("compressed-json, meaning: any"), corpus.Meant{Meaning: 22, Value: []byte(deflate("1"))}, "string zlib(number 1)", "unless the rule says otherwise"},
		{rule("compressed-json, meaning: any"), corpus.Meant{Meaning: 15, Value: []byte(deflate("1"))}, "value with meaning (integer 15, string zlib(number 1))", "another meaning"},
		{rule("json"), []byte(`{ }`), "string bytes(object )", "bytes of JSON are no text"},
		{rule("html"), "<P class='a b'  id=x>Tom &amp; J&eacute;r\n ry</p>", `string <p class="a b" id="x">Tom &amp; Jér ry</p>`, "names, attributes, entities, white space"},
		{rule("html"), "<ul>\n  <li>a</li> <li>b <b> c</b></li>\n</ul>\n", "string <ul><li>a</li><li>b <b> c</b></li></ul>", "what shows nothing goes, what may show something stays"},
		{rule("html"), "<pre> a\n  b</pre>", "string <pre> a\n  b</pre>", "white space counts here"},
		{rule("html"), "a<br/>b<img src=x />", `string a<br>b<img src="x">`, "void elements"},
		{rule("html"), "<script>if (a < b  && c) {}</script>", "string <script>if (a < b  && c) {}</script>", "a script is no text"},
	} {
		if got := rewritten(t, test.rules, test.value); got != test.want {
			t.Errorf("%s of %v: %q, want %q: %s", strings.TrimSpace(test.rules), test.value, got, test.want, test.reason)
		}
	}
}

func deflate(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func TestNumbersNearToEachOther(t *testing.T) {
	for _, test := range []struct {
		params, a, b string
		want         bool
		reason       string
	}{
		{"ulp: 1", "0.1", "0.10000000000000002", true, "the next float"},
		{"ulp: 1", "0.1", "0.10000000000000003", false, "the one after it"},
		{"ulp: 2", "5e-324", "-5e-324", true, "both zeros are one step"},
		{"ulp: 1", "1", "1.5", false, "far apart"},
		{"absolute: 0.5", "1", "1.5", true, "as far as allowed"},
		{"absolute: 0.01", "0.12", "0.13", true, "as far as allowed, counted in decimals"},
		{"absolute: 0.01", "0.12", "0.1301", false, "a little further"},
		{"relative: 0.1", "100", "89", false, "more than a tenth of the larger"},
		{"relative: 0.1, ulp: 1", "100", "91", true, "one of several is enough"},
	} {
		r := parseRules(t, nil, "- {match: {property: K.p}, use: tolerance, "+test.params+", reason: r}")
		m := testMoment()
		number := func(text string) *Tree { return r.list[0].apply(m, m.scalar(Number, canonicalNumber(text), text)) }
		a, b := number(test.a), number(test.b)
		if got := a.within.near(a, b); got != test.want || b.within.near(b, a) != got {
			t.Errorf("%s: %s and %s: %v: %s", test.params, test.a, test.b, got, test.reason)
		}
	}
}

// FuzzHTML: one way to write HTML is written once and for all.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{"<p a=1 a=2>x</p >", "<pre>\n a", "<script>x", "a <!-- b --> c", "<!doctype HTML><br/ >", "<a\x00 =b>&#0;&notin;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := testMoment()
		once := parseHTML(m, m.scalar(String, text, text))
		if twice := parseHTML(m, once); twice.Text != once.Text {
			t.Errorf("%q becomes %q, then %q", text, once.Text, twice.Text)
		}
	})
}

func TestRulesThatContradictEachOtherAreNamed(t *testing.T) {
	rules := "- {match: {property: K.p}, use: instant, reason: r}\n- {match: {property: \"*.p\"}, use: date, reason: r}\n"
	got := rewritten(t, rules, "2026-12-01T00:00:00+00:00")
	want := "error: replay.yaml:1 (instant) and replay.yaml:2 (date) rewrite p differently; narrow the match of one of them"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := rewritten(t, rules, "neither"); got != "string neither" {
		t.Errorf("where neither rewrites: %q", got)
	}
}

func TestCustomRules(t *testing.T) {
	shout := WithFunc("shout", func(v any) any {
		if s, ok := v.(string); ok {
			return strings.ToUpper(s)
		}
		return v
	})
	r := parseRules(t, nil, "- {match: {property: K.p}, use: shout, reason: r}", shout)
	b := &builder{moment: testMoment(), rules: r}
	props := b.properties(map[string]corpus.Value{"p": []corpus.Value{"a", int64(1), 1.5, nil, true, []byte("x"), testWindow}}, "K", "", nil)
	want := "list (string A, integer 1, float 15e-1, null , boolean true, bytes x, timestamp 2026-11-20T14:03:20Z)"
	if got := describeTree(props.Children[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRulesAreIdempotent applies every rule to values of every kind, twice.
func TestRulesAreIdempotent(t *testing.T) {
	rules := parseRules(t, nil, `
- {match: {property: K.a}, use: generated, reason: r}
- {match: {property: K.b}, use: now, reason: r}
- {match: {property: K.c}, use: ignore, reason: r}
- {match: {property: K.d}, use: null-is-absent, reason: r}
- {match: {property: K.e}, use: instant, reason: r}
- {match: {property: K.f}, use: date, reason: r}
- {match: {property: K.g}, use: unordered, reason: r}
- {match: {property: K.h}, use: set, reason: r}
- {match: {property: K.i}, use: case, reason: r}
- {match: {property: K.j}, use: trim, reason: r}
- {match: {property: K.k}, use: json, reason: r}
- {match: {property: K.l}, use: url, reason: r}
- {match: {property: K.m}, use: message, same: [[a, b]], reason: r}
- {match: {property: K.n}, use: tolerance, absolute: 1, reason: r}
- {match: {property: K.o}, use: html, reason: r}
- {match: {property: K.p}, use: compressed-json, meaning: any, reason: r}
`)
	if len(rules.All()) != len(uses()) {
		t.Fatalf("%d rules for %d uses", len(rules.All()), len(uses()))
	}
	rapid.Check(t, func(t *rapid.T) {
		m := testMoment()
		value := drawValue(t)
		for _, rule := range rules.All() {
			tree := (&builder{moment: m}).stored(value, "K", "p", nil, nil)
			if !rule.suits(tree, false) {
				continue
			}
			once := rule.apply(m, tree)
			if once == nil {
				continue
			}
			if twice := rule.apply(m, once); twice == nil || !equalTrees(once, twice) {
				t.Fatalf("%s of %v: %v, then %v", rule.Use, value, once, twice)
			}
		}
	})
}

func drawValue(t *rapid.T) corpus.Value {
	text := rapid.OneOf(
		rapid.String(), rapid.SampledFrom([]string{
			" A ", "2026-11-20T14:03:20Z", "2026-11-20 14:03:20.5", "2026-11-20", `{"a":" 1"}`, `"\"x\""`, "https://X.test/?b&a=1&&c", "http://[::1]:80?%zz", "1795183400", "b", "<p>x <b a=2 a=1>y</p>",
		}),
	)
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return rapid.Int64().Draw(t, "int")
	case 1:
		return rapid.Float64().Draw(t, "float")
	case 2:
		return testWindow.Add(time.Duration(rapid.Int64Range(-1e10, 1e10).Draw(t, "time")))
	case 3:
		var list []corpus.Value
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			list = append(list, text.Draw(t, "item"))
		}
		return list
	case 4:
		return nil
	case 5:
		return key("", "Class", 7)
	case 6:
		return []byte(deflate(text.Draw(t, "content")))
	case 7:
		return corpus.Meant{Meaning: 22, Value: []byte(deflate(`{"a": 1}`))}
	}
	return text.Draw(t, "text")
}

// FuzzNumber: literals of one value have one text, and others another.
func FuzzNumber(f *testing.F) {
	for _, seed := range [][2]string{{"1", "1.0"}, {"10e-1", "1"}, {"1e400", "1e401"}, {"-0", "0"}, {"0.1", "0.10000000000000001"}, {"123456789012345678901234567890", "1.2345678901234567890123456789e29"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !json.Valid([]byte(a)) || !json.Valid([]byte(b)) || strings.Trim(a, "-+.eE0123456789") != "" || strings.Trim(b, "-+.eE0123456789") != "" {
			return
		}
		x, okX := exact(a)
		y, okY := exact(b)
		if !okX || !okY {
			return
		}
		if same := canonicalNumber(a) == canonicalNumber(b); same != (x.Cmp(y) == 0) {
			t.Errorf("%s is %s, %s is %s", a, canonicalNumber(a), b, canonicalNumber(b))
		}
	})
}
