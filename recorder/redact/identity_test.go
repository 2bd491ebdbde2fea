package redact

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

func jwt(claims string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(claims) + ".c2lnbmF0dXJl"
}

func TestIdentityIsRead(t *testing.T) {
	token := jwt(`{"sub":"user-17","role":["coach"],"email":"ada@corp.io","exp":1}`)
	for _, row := range []struct {
		reason        string
		identity      Identity
		header, value string
		want, err     string
	}{
		{"a header", Identity{Header: "X-User"}, "X-User", "ada", "ada", ""},
		{"behind a scheme", Identity{Header: "Authorization"}, "Authorization", "Token ada", "ada", ""},
		{"a claim", Identity{Header: "Authorization", Claim: "sub"}, "Authorization", "Bearer " + token, "user-17", ""},
		{
			"several",
			Identity{Header: "Authorization", Claim: "sub", Claims: map[string]As{"role": Keep, "none": Keep}},
			"Authorization", "Bearer " + token,
			`{"sub":"user-17","role":["coach"]}`, "",
		},
		{"a cookie", Identity{Cookie: "sid"}, "Cookie", "theme=dark; sid=s-1", "s-1", ""},
		{"a claim of a cookie", Identity{Cookie: "sid", Claim: "sub"}, "Cookie", "sid=" + token, "user-17", ""},
		{"nobody", Identity{Header: "Authorization", Claim: "sub"}, "X-Other", "x", "", ""},
		{
			"no token",
			Identity{Header: "Authorization", Claim: "sub"},
			"Authorization", "Bearer opaque", "",
			"header Authorization holds no JSON Web Token; leave out identity.from.claim if it holds the principal",
		},
		{
			"no claim",
			Identity{Header: "Authorization", Claim: "uid"},
			"Authorization", "Bearer " + token, "",
			`the token of header Authorization has no claim "uid" that is text`,
		},
	} {
		t.Run(row.reason, func(t *testing.T) {
			have, err := row.identity.Read(http.Header{row.header: {row.value}})
			if have != row.want || (err == nil) != (row.err == "") || err != nil && err.Error() != row.err {
				t.Errorf("have %q, %v; want %q, %s", have, err, row.want, row.err)
			}
		})
	}
}

// TestIdentityIsRedacted: the principal gets the pseudonym that it has elsewhere,
// and each claim what the configuration says.
func TestIdentityIsRedacted(t *testing.T) {
	i := &Identity{Header: "Authorization", Claim: "sub", As: ID, Claims: map[string]As{"role": Keep, "email": Email, "school": ID}, Keep: "x-principal"}
	value, err := i.Read(http.Header{"Authorization": {"Bearer " + jwt(`{"sub":"user-17","role":"coach","email":"ada@corp.io","school":4711}`)}})
	if err != nil {
		t.Fatal(err)
	}
	c := emptyCase()
	c.Request.Headers["x-principal"] = value
	c.Expect.Response = corpus.JSON(`{"data":{"n":1},"errors":[{"message":"user-17 may not"}]}`)
	c.Fixture.Stores["datastore"].Entities[0].Properties["owner"] = corpus.Key{Path: []corpus.PathElement{{Kind: "Account", Name: "user-17"}}}
	r := newRedactor(t, Options{Identity: i, Strict: false, Rules: parseRules(t, `[{match: {key: Account}, as: id}]`, Known{})})
	out, _, err := r.Case(c)
	if err != nil {
		t.Fatal(err)
	}
	principal, claims, err := i.Split(out.Request.Headers["x-principal"])
	if err != nil {
		t.Fatal(err)
	}
	role, _ := claims.Get("role")
	email, _ := claims.Get("email")
	school, _ := claims.Get("school")
	s := newSession(r)
	if school != json.Number(s.digits("4711")) {
		t.Errorf("the school is %v", school)
	}
	if principal != s.whole(ID, "user-17") || role != "coach" || email != s.whole(Email, "ada@corp.io") {
		t.Errorf("have %s", out.Request.Headers["x-principal"])
	}
	text := format(t, out)
	if strings.Contains(text, "user-17") || strings.Count(text, principal) != 3 {
		t.Errorf("%s does not stand in the header, the key and the message:\n%s", principal, text)
	}
}
