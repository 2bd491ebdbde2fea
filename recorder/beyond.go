package recorder

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// A case holds a document, an operationName, variables and extensions, and replay posts
// those to the endpoint. What a request says beyond them would be lost, and legacy might
// obey it; so a request that says more is no case.

// members are those of a request (GraphQL over HTTP, section 5.1).
var members = []string{"query", "operationName", "variables", "extensions"}

const (
	emptyName       = "operationName is empty"
	otherMembers    = "other members"
	repeatedMember  = "repeated member"
	otherParameters = "parameters in the URL"
)

// limit refuses an operation that would be a case, now or when its document is known,
// but for what its request says beyond one.
func (op *operation) limit(reason, detail string) {
	if reason != "" && (op.reason == "" || op.reason == persistedQuery) {
		op.refuse(reason, detail)
	}
}

// beyondMembers says what an object says beyond a case. Values are not shown: nobody
// knows what they are.
func beyondMembers(object corpus.Object) (reason, detail string) {
	seen := map[string]bool{}
	var others []string
	for _, m := range object {
		switch {
		case !slices.Contains(members, m.Name):
			others = append(others, fmt.Sprintf("%q", shortened(m.Name)))
		case seen[m.Name]:
			reason, detail = repeatedMember, fmt.Sprintf("%q: which of them counts is each server's choice", m.Name)
		case m.Name == "operationName" && m.Value == "":
			reason, detail = emptyName, "a server may look for an operation of that name; leave it out or say null"
		}
		seen[m.Name] = true
	}
	if len(others) > 0 {
		return otherMembers, strings.Join(others, ", ") + ": a case holds " + strings.Join(members, ", ")
	}
	return reason, detail
}

// beyondParameters says what the parameters of a URL say beyond a case, of which those of
// these names are part. Replay sends those of the endpoint. One whose value is the
// operation's name, as clients add for the logs of what stands between, says nothing new.
func (c *classes) beyondParameters(q url.Values, operationName string, part ...string) (reason, detail string) {
	if values, ok := q["operationName"]; ok && slices.Contains(part, "operationName") && values[0] == "" {
		reason, detail = emptyName, "in the URL"
	}
	own, err := url.ParseQuery(c.endpoint)
	if err != nil {
		own = nil // then none is the endpoint's
	}
	rest := maps.Clone(q)
	for _, name := range part {
		if len(q[name]) == 1 {
			delete(rest, name)
		}
	}
	var others []string
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		label := operationName != "" && slices.Equal(rest[name], []string{operationName}) && !slices.Contains(members, name)
		if !label && !slices.Equal(rest[name], own[name]) {
			others = append(others, fmt.Sprintf("%q", shortened(name)))
		}
	}
	for name := range own {
		if rest[name] == nil && len(q) > 0 { // to none the proxy adds them
			return otherParameters, "it lacks those of legacy's endpoint, which a replay would add"
		}
	}
	if len(others) > 0 {
		return otherParameters, strings.Join(others, ", ") + ": a case holds none but those of legacy's endpoint"
	}
	return reason, detail
}

// beyondBody says what a URL says beyond a body that is the whole request.
func (c *classes) beyondBody(rawQuery, operationName string) (reason, detail string) {
	if rawQuery == "" || rawQuery == c.endpoint { // the proxy adds that of the endpoint
		return "", ""
	}
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return otherParameters, "they do not parse"
	}
	return c.beyondParameters(q, operationName)
}
