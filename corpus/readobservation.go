package corpus

import (
	"github.com/sidebyside/replay/corpus/strictyaml"
)

func readObservation(n strictyaml.Node, lines fileLines) (Observation, map[string][]strictyaml.Node) {
	var o Observation
	var effects map[string][]strictyaml.Node
	n.Object(strictyaml.Fields{
		"http":     func(v strictyaml.Node) { o.HTTP = readHTTP(v) },
		"response": func(v strictyaml.Node) { readJSON(v, &o.Response) },
		"effects":  func(v strictyaml.Node) { o.Effects, effects = readEffectsByStore(v) },
		"calls": func(v strictyaml.Node) {
			v.Items(func(_ int, item strictyaml.Node) { o.Calls = append(o.Calls, readCall(item, lines)) })
		},
	}, "http", "response")
	return o, effects
}

func readHTTP(n strictyaml.Node) HTTP {
	var h HTTP
	n.Object(strictyaml.Fields{
		"status":  func(v strictyaml.Node) { readStatus(v, &h.Status) },
		"headers": func(v strictyaml.Node) { h.Headers = readHeaders(v) },
	}, "status")
	return h
}

func readStatus(n strictyaml.Node, into *int) {
	if n.Int(into) && (*into < 100 || *into > 599) {
		n.Problemf("%d is no HTTP status; they go from 100 to 599", *into)
	}
}

func readCall(n strictyaml.Node, lines fileLines) Call {
	var c Call
	n.Object(strictyaml.Fields{
		"upstream": func(v strictyaml.Node) {
			if v.String(&c.Upstream) && c.Upstream == "" {
				v.Problemf("the upstream has no name")
			}
		},
		"request":  func(v strictyaml.Node) { c.Request = readCallRequest(v, lines) },
		"response": func(v strictyaml.Node) { c.Response = readCallResponse(v) },
	}, "upstream", "request", "response")
	return c
}

func readCallRequest(n strictyaml.Node, lines fileLines) CallRequest {
	var r CallRequest
	var document, body strictyaml.Node
	n.Object(strictyaml.Fields{
		"method":    func(v strictyaml.Node) { v.String(&r.Method) },
		"path":      func(v strictyaml.Node) { v.String(&r.Path) },
		"document":  func(v strictyaml.Node) { readDocument(v, &r.Document, &document) },
		"variables": func(v strictyaml.Node) { readJSON(v, &r.Variables) },
		"body":      func(v strictyaml.Node) { body = v; readJSON(v, &r.Body) },
	}, "method", "path")
	switch {
	case !document.Present() && r.Variables != nil:
		n.Problemf(`"variables" need a "document"; a request that is no GraphQL has a "body"`)
	case document.Present() && body.Present():
		body.Problemf(`a request has a "document" or a "body", not both`)
	case document.Present() && r.Document == "":
		document.Problemf("the document is empty; leave it out")
	case document.Present():
		if _, err := parseDocument(r.Document); err != nil {
			lines.documentProblem(document, r.Document, err)
		}
	}
	return r
}

func readCallResponse(n strictyaml.Node) CallResponse {
	var r CallResponse
	n.Object(strictyaml.Fields{
		"status": func(v strictyaml.Node) { readStatus(v, &r.Status) },
		"body":   func(v strictyaml.Node) { readJSON(v, &r.Body) },
	}, "status")
	return r
}
