package harness

import (
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/recorder/redact"
)

// defaultLifetime is how long a token for tests is valid.
const defaultLifetime = time.Hour

// identityKinds are what a principal or claim can be taken for.
var identityKinds = []string{string(redact.ID), string(redact.Email), string(redact.Phone), string(redact.Name), string(redact.Text), string(redact.Keep)}

// readIdentity reads the section identity.
func (r *configReader) readIdentity(n strictyaml.Node) {
	if !n.Present() {
		return
	}
	i := &Identity{Identity: redact.Identity{As: redact.ID, Claims: map[string]redact.As{}}, Headers: map[string]string{}, Dir: r.Dir}
	var from, replay strictyaml.Node
	n.Object(strictyaml.Fields{
		"from": func(n strictyaml.Node) { from = n; i.At = n.Position(); readFrom(n, i) },
		"as":   func(n strictyaml.Node) { readKind(n, &i.As) },
		"claims": func(n strictyaml.Node) {
			n.Entries(func(key, value strictyaml.Node) {
				var as redact.As
				readKind(value, &as)
				i.Claims[key.Value] = as
			})
		},
		"keep": func(n strictyaml.Node) {
			if n.String(&i.Keep) {
				i.Keep = strings.ToLower(i.Keep)
			}
		},
		"replay": func(n strictyaml.Node) { replay = n },
	}, "from", "keep")
	if len(i.Claims) > 0 && i.Claim == "" && from.Present() {
		from.Problemf("claims are those of a token; say with claim which of them is the principal")
	}
	if i.Header != "" && slices.Contains(r.Record.Headers, i.Header) && i.Header != i.Keep {
		from.Problemf("header %q is also kept by record.headers, with the credential in it; remove it there", i.Header)
	}
	if i.Keep == i.Header && i.Claim != "" {
		from.Problemf("keep names the header of the credential; choose another one")
	}
	r.readReplay(replay, i)
	r.Identity = i
	if r.Record.Redact != nil {
		r.Record.Redact.Identity = &i.Identity
	}
	for _, impl := range []*Implementation{r.Legacy, r.Candidate} {
		if impl != nil {
			impl.identity = i
		}
	}
}

func readFrom(n strictyaml.Node, i *Identity) {
	n.Object(strictyaml.Fields{
		"header": func(n strictyaml.Node) {
			if n.String(&i.Header) {
				i.Header = strings.ToLower(i.Header)
			}
		},
		"cookie": func(n strictyaml.Node) { n.String(&i.Cookie) },
		"claim":  func(n strictyaml.Node) { n.String(&i.Claim) },
	})
	if (i.Header == "") == (i.Cookie == "") {
		n.Problemf("say where the principal is: one of header and cookie, and claim within a JSON Web Token")
	}
}

func readKind(n strictyaml.Node, into *redact.As) {
	var s string
	if n.OneOf(&s, identityKinds...) {
		*into = redact.As(s)
	}
}

// readReplay reads how headers are made anew: without it, the header that is
// kept is sent as it is.
func (r *configReader) readReplay(n strictyaml.Node, i *Identity) {
	if !n.Present() {
		i.Headers[i.Keep] = "${principal}"
		return
	}
	var headers strictyaml.Node
	n.Object(strictyaml.Fields{
		"headers": func(n strictyaml.Node) { headers = n; readEnv(n, i.Headers) },
		"token":   func(n strictyaml.Node) { i.Token = r.readToken(n) },
		"command": func(n strictyaml.Node) { readCommand(n, &i.Command) },
	}, "headers")
	if i.Token != nil && len(i.Command) > 0 {
		n.Problemf("a token is either signed or printed by a command; keep one of token and command")
	}
	known := slices.Sorted(maps.Keys(i.variables()))
	headers.Scalars(func(n strictyaml.Node) {
		for _, m := range variable.FindAllStringSubmatch(n.Value, -1) {
			if !slices.Contains(known, m[1]) {
				n.Problemf("unknown variable %q%s", m[0], strictyaml.Suggest(m[1], known))
			}
		}
	})
}

func (r *configReader) readToken(n strictyaml.Node) *TokenConfig {
	t := &TokenConfig{Lifetime: defaultLifetime}
	var key strictyaml.Node
	n.Object(strictyaml.Fields{
		"algorithm": func(n strictyaml.Node) { n.OneOf(&t.Algorithm, "HS256", "RS256", "ES256") },
		"key":       func(n strictyaml.Node) { key = n },
		"lifetime":  func(n strictyaml.Node) { readDuration(n, &t.Lifetime) },
		"claims": func(n strictyaml.Node) {
			n.Entries(func(key, value strictyaml.Node) {
				var v any
				if err := value.Decode(&v); err != nil {
					value.Problemf("want a value for the claim, have %s", value.Describe())
				}
				t.Claims = append(t.Claims, corpus.Member{Name: key.Value, Value: v})
			})
		},
	}, "algorithm", "key")
	var file string
	if key.Present() {
		r.path(key, &file, "key for tests")
	}
	if file == "" || t.Algorithm == "" {
		return t
	}
	data, err := os.ReadFile(file)
	if err == nil {
		t.Key, err = signingKey(t.Algorithm, data)
	}
	if err != nil {
		key.Problemf("read key for %s: %v", t.Algorithm, err)
	}
	return t
}
