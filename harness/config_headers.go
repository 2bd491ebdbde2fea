package harness

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// headerName is a token (RFC 9110, section 5.1).
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// unkeptHeaders are request headers that a case cannot hold, with the reason: what a
// replay sends has its own.
var unkeptHeaders = map[string]string{
	"host":                "names the server that is asked, and each implementation has its own",
	"content-type":        "says the form of the body, which a replay always posts as JSON",
	"content-length":      "says the length of the body, and each body has its own",
	"content-encoding":    "says the form of the body, which a replay sends uncompressed",
	"accept-encoding":     "asks for compression, and a replay compares answers as they are",
	"expect":              "belongs to one connection",
	"connection":          "belongs to one connection",
	"proxy-connection":    "belongs to one connection",
	"keep-alive":          "belongs to one connection",
	"proxy-authenticate":  "belongs to one connection",
	"proxy-authorization": "belongs to one connection",
	"te":                  "belongs to one connection",
	"trailer":             "belongs to one connection",
	"transfer-encoding":   "belongs to one connection",
	"upgrade":             "belongs to one connection",
}

// readHeaders reads the names of the request headers that are kept, in lower case.
func readHeaders(n strictyaml.Node, into *[]string) {
	n.Items(func(_ int, item strictyaml.Node) {
		var s string
		if !item.String(&s) {
			return
		}
		name := strings.ToLower(s)
		switch why := unkeptHeaders[name]; {
		case !headerName.MatchString(name):
			item.Problemf("%q is no header name; use letters, digits and \"-\", such as x-user", s)
		case why != "":
			item.Problemf("header %q cannot be kept: it %s; remove it", s, why)
		case slices.Contains(*into, name):
			item.Problemf("header %q is listed twice; remove one", s)
		default:
			*into = append(*into, name)
		}
	})
}
