package redact

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// Identity says where a request tells who asks, and what a case keeps of it: the
// principal and claims, never the credential.
type Identity struct {
	// Header or Cookie is where it stands. With Claim it is a JSON Web Token, of
	// which the claim is the principal; else all of it is, but for the name of a
	// scheme ("Bearer").
	Header, Cookie, Claim string
	// As is what the principal is taken for when the case is redacted.
	As As
	// Claims are further ones that are kept, by name.
	Claims map[string]As
	// Keep is the header of the case, in lower case.
	Keep string
}

// WholeCredential reports whether the principal is all of what gives access: a cookie or
// a header for credentials, and no claim of it.
func (i *Identity) WholeCredential() bool {
	return i.Claim == "" && (i.Cookie != "" || sensitive(i.Header))
}

// Read is the value of the kept header for a request; "" where the request says
// nothing of who asks. Signatures are not verified: legacy does that. Errors hold
// no part of a credential.
func (i *Identity) Read(h http.Header) (string, error) {
	value, where := h.Get(i.Header), "header "+i.Header
	if i.Cookie != "" {
		value, where = "", "cookie "+i.Cookie
		if c, err := (&http.Request{Header: h}).Cookie(i.Cookie); err == nil {
			value = c.Value
		}
	}
	if scheme, rest, ok := strings.Cut(value, " "); ok && !strings.ContainsAny(scheme, `"{=,`) {
		value = rest
	}
	if value = strings.TrimSpace(value); value == "" || i.Claim == "" {
		return value, nil
	}
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return "", fmt.Errorf("%s holds no JSON Web Token; leave out identity.from.claim if it holds the principal", where)
	}
	token, ok := jsonPart(parts[1])
	if !ok {
		return "", fmt.Errorf("%s holds a JSON Web Token whose claims are no JSON", where)
	}
	return i.kept(token, where)
}

// kept is the claims as a JSON object, or the principal alone where no others are
// kept.
func (i *Identity) kept(token corpus.Object, where string) (string, error) {
	principal, ok := token.Get(i.Claim)
	text, isText := principal.(string)
	if !ok || !isText || text == "" {
		return "", fmt.Errorf("the token of %s has no claim %q that is text", where, i.Claim)
	}
	if len(i.Claims) == 0 {
		return text, nil
	}
	out := corpus.Object{{Name: i.Claim, Value: text}}
	for _, name := range slices.Sorted(maps.Keys(i.Claims)) {
		if v, ok := token.Get(name); ok && name != i.Claim {
			out = append(out, corpus.Member{Name: name, Value: v})
		}
	}
	encoded, err := corpus.EncodeJSON(out)
	return string(encoded), err
}

// ErrNoIdentity is the error for a kept header that [Identity.Read] did not make.
var ErrNoIdentity = errors.New("the header holds no identity")

// Split takes the value of the kept header apart.
func (i *Identity) Split(value string) (principal string, claims corpus.Object, err error) {
	if i.Claim == "" || len(i.Claims) == 0 {
		return value, nil, nil
	}
	text, err := corpus.ParseJSON([]byte(value))
	if err != nil {
		return "", nil, ErrNoIdentity
	}
	tree, err := text.Decode()
	claims, ok := tree.(corpus.Object)
	if err != nil || !ok {
		return "", nil, ErrNoIdentity
	}
	v, _ := claims.Get(i.Claim)
	if principal, ok = v.(string); !ok {
		return "", nil, ErrNoIdentity
	}
	return principal, claims, nil
}

// identity is the pseudonym of the kept header.
func (s *session) identity(i *Identity, v string) string {
	principal, claims, err := i.Split(v)
	if err != nil {
		return s.whole(ID, v)
	}
	s.collect(i.As, principal)
	if claims == nil {
		return s.value(i.As, principal)
	}
	out := slices.Clone(claims)
	for n := range out {
		as := i.Claims[out[n].Name]
		if out[n].Name == i.Claim {
			as = i.As
		}
		out[n].Value = s.claimAs(as, out[n].Value)
	}
	text, err := corpus.EncodeJSON(out)
	if err != nil {
		panic(err) // it was decoded from JSON
	}
	return string(text)
}

// claimAs replaces the texts of a claim as the configuration says.
func (s *session) claimAs(as As, tree any) any {
	switch t := tree.(type) {
	case string:
		s.collect(as, t)
		return s.value(as, t)
	case json.Number:
		if as.replaces() {
			s.collect(ID, string(t))
			return json.Number(s.digits(string(t)))
		}
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = s.claimAs(as, item)
		}
		return out
	case corpus.Object:
		out := slices.Clone(t)
		for i := range out {
			out[i].Value = s.claimAs(as, out[i].Value)
		}
		return out
	}
	return tree
}
