package redact

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// TestToldByName: what its name says is a credential is the same wherever else it
// stands, so that it is looked up as before.
func TestToldByName(t *testing.T) {
	for _, row := range []struct{ reason, name, value string }{
		{"a token", "inviteToken", "tok4711abcd"},
		{"a number", "phone", "0701234567"},
		{"a session", "sessionId", "5f2b9c7e1a"},
	} {
		t.Run(row.reason, func(t *testing.T) {
			c := emptyCase()
			c.Request.Variables = corpus.JSON(`{"input":{` + quoted(row.name) + `:` + quoted(row.value) + `}}`)
			c.Request.Headers["cookie"] = "sid=" + row.value
			entity(c).Properties["code"] = row.value
			entity(c).Properties["link"] = "https://x.example/i/" + row.value + "?page=2"
			entity(c).Properties["hidden"] = b64("Invite:" + row.value)
			entity(c).Properties["of"] = corpus.Key{Path: []corpus.PathElement{{Kind: "Invite", Name: row.value}}}
			c.Expect.Response = corpus.JSON(`{"data":{"n":1},"errors":[{"message":"no such: ` + row.value + `."}]}`)
			r := newRedactor(t, Options{})
			out, _, err := r.Case(c)
			if err != nil {
				t.Fatal(err)
			}
			text, err := corpus.Format(out)
			if err != nil || strings.Contains(string(text), row.value) {
				t.Fatalf("it is still there: %v\n%s", err, text)
			}
			now, _ := entity(out).Properties["code"].(string)
			for _, place := range []string{
				string(out.Request.Variables), out.Request.Headers["cookie"], entity(out).Properties["link"].(string),
				entity(out).Properties["of"].(corpus.Key).Path[0].Name, string(out.Expect.Response),
			} {
				if row.name != "phone" && !strings.Contains(place, now) {
					t.Errorf("%q is not in %s", now, place)
				}
			}
			if want := b64("Invite:" + now); entity(out).Properties["hidden"] != want {
				t.Errorf("want %q in base64, have %v", want, entity(out).Properties["hidden"])
			}
		})
	}
}

// TestRulesGoBeforeNames: a rule says what a credential is taken for, wherever it
// stands. Tokens have one pseudonym of their own.
func TestRulesGoBeforeNames(t *testing.T) {
	token := b64url(`{"alg":"HS256"}`) + "." + b64url(`{"sub":"u1"}`) + ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV"
	for _, value := range []string{"5f2b9c7e1a", token} {
		c := emptyCase()
		c.Request.Headers["cookie"] = "sid=" + value
		entity(c).Properties["of"] = corpus.Key{Path: []corpus.PathElement{{Kind: "Session", Name: value}}}
		r := newRedactor(t, Options{Rules: parseRules(t, "- {match: {key: Session}, as: id}", Known{})})
		out, _, err := r.Case(c)
		if err != nil {
			t.Fatal(err)
		}
		key := entity(out).Properties["of"].(corpus.Key).Path[0].Name
		if have := out.Request.Headers["cookie"]; have != "sid="+key || key == value {
			t.Errorf("the cookie is %q, the key %q", have, key)
		}
	}
}

// TestWithinSensitiveNames: members of an object whose name is one.
func TestWithinSensitiveNames(t *testing.T) {
	for _, row := range []struct{ reason, variables, gone, stays string }{
		{"credentials", `{"credentials":{"user":"svc","hash":"hunter"}}`, "hunter", "svc"},
		{"a token and what it is", `{"token":{"type":"bearer","value":"hunter","expiresAt":"2026-01-02T03:04:05Z"}}`, "hunter", "bearer 2026-01-02T03:04:05Z"},
		{"keys by what they are for", `{"apiKeys":{"prod":"k3yk3yk3y","test":"none"}}`, "k3yk3yk3y", "none"},
		{"a list", `{"passwords":["hunter",["engine"]]}`, "hunter engine", ""},
		{"a pair of name and value", `{"settings":[{"name":"apiKey","value":"hunter"},{"name":"color","value":"blue"}]}`, "hunter", "blue apiKey"},
		{"an address of one", `{"token":{"url":"https://x.example/v1","algorithm":"RS256"}}`, "", "https://x.example/v1 RS256"},
	} {
		c := emptyCase()
		c.Request.Variables = corpus.JSON(row.variables)
		out, _, err := newRedactor(t, Options{}).Case(c)
		if err != nil {
			t.Fatal(err)
		}
		have := string(out.Request.Variables)
		for word := range strings.FieldsSeq(row.gone) {
			if strings.Contains(have, word) {
				t.Errorf("%s: %s still holds %q", row.reason, have, word)
			}
		}
		for word := range strings.FieldsSeq(row.stays) {
			if !strings.Contains(have, word) {
				t.Errorf("%s: %s is without %q", row.reason, have, word)
			}
		}
	}
}

// TestMessagesAboutCredentials: what an error says of a field stays, what was sent
// does not.
func TestMessagesAboutCredentials(t *testing.T) {
	c := emptyCase()
	c.Expect.Response = corpus.JSON(`{"data":null,"errors":[{"message":"no","extensions":{"fields":{"password":["is too short"],"token":"abc123"}}}]}`)
	out, _, err := newRedactor(t, Options{}).Case(c)
	if err != nil {
		t.Fatal(err)
	}
	if have := string(out.Expect.Response); !strings.Contains(have, "is too short") || strings.Contains(have, "abc123") {
		t.Errorf("have %s", have)
	}
}

// TestHexInEitherCase: bytes have one pseudonym, however they are shown.
func TestHexInEitherCase(t *testing.T) {
	const v = "8f14e45fceea167a5a36dedd4bea2543"
	s := newSession(newRedactor(t, Options{}))
	small, big := s.pseudonym(Secret, v), s.pseudonym(Secret, strings.ToUpper(v))
	if big != strings.ToUpper(small) || small == v {
		t.Errorf("have %q and %q", small, big)
	}
}

// TestSecretsOfDigits stay digits: what is no PIN would be refused.
func TestSecretsOfDigits(t *testing.T) {
	for _, v := range []string{"123", "1234", "482913", "12345678901234567890"} {
		p := pseudonymOf(t, Secret, v)
		if !onlyDigits(p) || len(p) != len(v) || !isRedacted(p) || isRedacted(v) || p == v {
			t.Errorf("%q becomes %q", v, p)
		}
	}
}

// TestSecretsThatAreUUIDs stay such: a column of that type takes nothing else.
func TestSecretsThatAreUUIDs(t *testing.T) {
	const v = "b3f6c1d2-7a44-4f0e-9d0b-0c1d2e3f4a5b"
	s := newSession(newRedactor(t, Options{}))
	small, big := s.pseudonym(Secret, v), s.pseudonym(Secret, strings.ToUpper(v))
	if !uuidShape.MatchString(small) || small[14] != '4' || small[19] != '9' || small == v || !isRedacted(small) || big != strings.ToUpper(small) {
		t.Errorf("have %q and %q", small, big)
	}
}

// TestEncodedCredentials: what is encoded in a cookie or a URL can be decoded after
// that, and is then what it is elsewhere.
func TestEncodedCredentials(t *testing.T) {
	r := newRedactor(t, Options{})
	want := newSession(r).pseudonym(Secret, "abcdefgh12+345/6=")
	for _, row := range [][2]string{
		{"cookie", "theme=none; sid=abcdefgh12%2B345%2F6%3D"}, {"", "/in?token=abcdefgh12%2B345%2F6%3D"}, {"", "db://svc:abcdefgh12%2B345%2F6%3D@db/x"},
	} {
		out, _ := newSession(r).free(&place{name: row[0]}, row[1])
		if plain, err := url.PathUnescape(out); err != nil || !strings.Contains(plain, want) {
			t.Errorf("%q becomes %q, without %q: %v", row[1], out, want, err)
		}
	}
}
