package corpus

import (
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// caseNodes remembers where the parts of a case stand.
type caseNodes struct {
	request requestNodes
	fixture fixtureNodes
	effects map[string][]strictyaml.Node
}

type requestNodes struct{ operation, fields, document strictyaml.Node }

// Parse reads one case. name is the path of its file in the corpus, with or
// without ".yaml"; it is in every message. The error is [strictyaml.Problems]
// with everything wrong with the file. What a base holds is not looked at: that
// is for [Load].
func Parse(name string, data []byte) (*Case, error) {
	doc, root := strictyaml.Parse(name, data)
	c, at := readCase(root, data)
	if c.Fixture.Base == "" {
		checkAgainstFixture(c, at)
	}
	if err := doc.Problems().Err(); err != nil {
		return nil, err
	}
	c.Name, c.File = strings.TrimSuffix(name, ".yaml"), name
	return c, nil
}

func readCase(root strictyaml.Node, data []byte) (*Case, caseNodes) {
	c := &Case{}
	var at caseNodes
	if !root.Present() {
		return c, at
	}
	root.Object(strictyaml.Fields{
		"version":     readVersion,
		"description": func(n strictyaml.Node) { n.String(&c.Description) },
		"tags":        func(n strictyaml.Node) { c.Tags = readTags(n) },
		"recorded":    func(n strictyaml.Node) { c.Recorded = readRecorded(n) },
		"request":     func(n strictyaml.Node) { c.Request, at.request = readRequest(n) },
		"fixture":     func(n strictyaml.Node) { c.Fixture, at.fixture = readFixture(n) },
		"expect":      func(n strictyaml.Node) { c.Expect, at.effects = readObservation(n, fileLines{data}) },
	}, "version", "recorded", "request", "fixture", "expect")
	if at.request.document.Present() {
		checkDocument(c.Request, at.request, fileLines{data})
	}
	return c, at
}

func readVersion(n strictyaml.Node) {
	var version int
	if n.Int(&version) && version != FormatVersion {
		n.Problemf("version %d of the case format is not known; this program reads version %d", version, FormatVersion)
	}
}

func readTags(n strictyaml.Node) []string {
	var tags []string
	n.Items(func(_ int, item strictyaml.Node) {
		var tag string
		switch {
		case !item.String(&tag):
		case tag == "":
			item.Problemf("the tag is empty")
		case slices.Contains(tags, tag):
			item.Problemf("tag %q is listed twice", tag)
		default:
			tags = append(tags, tag)
		}
	})
	return tags
}

func readRecorded(n strictyaml.Node) Recorded {
	var r Recorded
	n.Object(strictyaml.Fields{
		"at": func(v strictyaml.Node) {
			if err := r.At.UnmarshalText([]byte(v.Value)); !v.Scalar() || err != nil || !inYears(r.At) {
				v.Problemf("want an RFC 3339 timestamp like 2026-12-01T00:00:00.000Z")
				return
			}
			r.At = r.At.UTC()
		},
		"implementation": func(v strictyaml.Node) { v.String(&r.Implementation) },
		"revision":       func(v strictyaml.Node) { v.String(&r.Revision) },
	}, "at")
	return r
}

func inYears(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

func readRequest(n strictyaml.Node) (Request, requestNodes) {
	var r Request
	var at requestNodes
	n.Object(strictyaml.Fields{
		"operation": func(v strictyaml.Node) {
			at.operation = v
			var word string
			v.OneOf(&word, string(Query), string(Mutation))
			r.Operation = OperationType(word)
		},
		"fields":   func(v strictyaml.Node) { at.fields = v; v.Strings(&r.Fields) },
		"document": func(v strictyaml.Node) { readDocument(v, &r.Document, &at.document) },
		"operationName": func(v strictyaml.Node) {
			if v.String(&r.OperationName) && r.OperationName == "" {
				v.Problemf("the operationName is empty; leave it out")
			}
		},
		"variables":  func(v strictyaml.Node) { readJSON(v, &r.Variables) },
		"extensions": func(v strictyaml.Node) { readJSON(v, &r.Extensions) },
		"headers":    func(v strictyaml.Node) { r.Headers = readHeaders(v) },
	}, "operation", "fields", "document")
	return r, at
}

// readDocument remembers the node only where there is a document to check.
func readDocument(n strictyaml.Node, into *string, at *strictyaml.Node) {
	if n.String(into) {
		*at = n
	}
}

func readHeaders(n strictyaml.Node) map[string]string {
	var headers map[string]string
	n.Entries(func(key, value strictyaml.Node) {
		name, text := key.Value, ""
		switch {
		case name != strings.ToLower(name):
			key.Problemf("header names are in lower case; write %q", strings.ToLower(name))
		case name == "" || strings.ContainsFunc(name, notInHeaderName):
			key.Problemf("%q is no name for a header", name)
		case value.String(&text) && strings.ContainsAny(text, "\r\n\x00"):
			value.Problemf("a header's value holds no line break and no NUL")
		default:
			put(&headers, name, func() string { return text })
		}
	})
	return headers
}

// notInHeaderName tells what is no tchar of RFC 9110, section 5.6.2.
func notInHeaderName(r rune) bool {
	return !strings.ContainsRune("!#$%&'*+-.^_`|~", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z')
}
