package redact

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func b64(s string) string    { return base64.StdEncoding.EncodeToString([]byte(s)) }
func b64url(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// redacted is what a text becomes without any rule.
func redacted(tb testing.TB, name, v string) string {
	tb.Helper()
	out, _ := newSession(newRedactor(tb, Options{})).free(&place{name: name}, v)
	return out
}

// datastoreKey is the key [User, "ada@corp.io"] of the application s~app as the
// Datastore shows it (a Reference of entity.proto).
const datastoreKey = "j\x05s~appr\x15\x0b\x12\x04User\"\x0bada@corp.io\x0c"

// TestFound is what a configuration without rules must replace. Words that must go
// are named where that is not all that stands there.
func TestFound(t *testing.T) {
	token := b64url(`{"alg":"HS256"}`) + "." + b64url(`{"sub":"u1","email":"ada@corp.io"}`) + ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV"
	end := token[40:]
	for _, row := range []struct{ reason, name, text, gone string }{
		{"a token that ends a sentence", "", "It is " + token + ".", end},
		{"two tokens that a dot joins", "", token + "." + token, end},
		{"a token with spaces in its header", "", b64url("{ \"alg\":\"HS256\"}") + "." + b64url(`{"sub":"u1"}`) + ".SflKxwRJSMeKKF2QT4fwp", "SflKxwRJSMeKKF2QT4fwp"},
		{"an encrypted token", "", b64url(`{"alg":"dir","enc":"A256GCM"}`) + "..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rp.XFBoMYUZodetZdvT", "48V1_ALb6US04U3b 5eym8TW XFBoMY"},
		{"bearer behind a tab", "", "bearer\tabcdefgh12345678", "abcdefgh12345678"},
		{"bearer behind a colon", "", "Bearer: abcdefgh12345678", "abcdefgh12345678"},
		{"basic without padding", "", "basic " + strings.TrimRight(b64("ada:engin"), "="), strings.TrimRight(b64("ada:engin"), "=")},
		{"a scheme of a vendor", "", "Token abcdefgh12345678", "abcdefgh12345678"},
		{"ApiKey", "", "ApiKey abcdefgh12345678", "abcdefgh12345678"},
		{"a header in a text", "", "Authorization: Custom abc def\nX: y", "abc def"},
		{"digest", "", `authorization: Digest username="ada", response="6629fae49393a0539"`, "6629fae49393a0539"},
		{"cookies in a text", "", "Cookie: a=abcdef; b=zzzzyyyy", "abcdef zzzzyyyy"},
		{"a cookie that is set", "", "Set-Cookie: sid=abcdef; Path=/; HttpOnly", "abcdef"},
		{"a cookie without a name", "cookie", "abcdef0123456789", "abcdef0123456789"},
		{"a password in a URL", "", "https://ada:engine9@host.corp.io/x", "engine9"},
		{"of a host without domain", "", "postgres://svc:s3cr3tpw@db/x", "s3cr3tpw"},
		{"without a user", "", "redis://:s3cr3tpw@10.0.0.1:6379", "s3cr3tpw"},
		{"with a sign in it", "", "amqp://svc:p@ss@rabbit/x", "p@ss"},
		{"encoded", "", "postgres://svc%40corp.io:s3cr3t%2Fpw@db.corp.io:5432/x", "s3cr3t %2Fpw svc%40"},
		{"a key in place of the user", "", "https://abcdefgh12345678@git.corp/x", "abcdefgh12345678"},
		{"a connection string", "", "Server=db;User Id=svc;Password = s3cr3tpw;", "s3cr3tpw"},
		{"in quotes", "", "host=db password='s3c r3t' user=x", "s3c r3t"},
		{"in double quotes", "", `DB_PASSWORD="engine"`, "engine"},
		{"behind a colon", "", "password: s3cr3tpw", "s3cr3tpw"},
		{"in the style of JavaScript", "", `{password:"engine"}`, "engine"},
		{"of Python", "", `{'password': 'engine'}`, "engine"},
		{"of Ruby", "", `{"password" => "engine"}`, "engine"},
		{"a document in a text", "", `mutation { login(email:"ada@corp.io", password:"engine") }`, "engine ada@"},
		{"JSON with escapes in a text", "", `msg {\"password\":\"engine\"} x`, "engine"},
		{"an element", "", "<a:password type='x'>engine</a:password>", "engine"},
		{"a signed URL", "", "https://b.example/k?X-Amz-Signature=fe5f80f77d5fa3beca038a24&x=1", "fe5f80f77d5fa3beca038a24"},
		{"another", "", "https://x.example/b?sv=2019&sig=abcDEF123%2Bxyzabcdef%3D", "abcDEF123 xyzabcdef"},
		{"a wide sign", "", "ada＠corp．io", "ada corp"},
		{"a wide number", "", "＋４６７０１２３４５６７", "１２３４５６７ 1234567"},
		{"Arabic digits", "", "+٤٦٧٠١٢٣٤٥٦٧", "١٢٣٤٥٦٧ 1234567"},
		{"a wide card", "", "カード４５３９１４８８０３４３６４６７", "４８８０３４３"},
		{"a wide address of a machine", "", "８１．２．６９．１４２", "８１ 81"},
		{"a guest", "", "ada_corp.io#EXT#@tenant.onmicrosoft.com", "ada tenant"},
		{"an address within one", "", "bounces+ada=corp.io@list.io", "ada corp.io bounces"},
		{"quotes with a quote in them", "", `"ada\"x"@corp.io`, "ada"},
		{"a network", "", "2a02:db8::/32 and 2a02::", "2a02"},
		{"joined by an underscore", "", "ip_81.2.69.142", "81.2"},
		{"a card between spaces", "", "4539  1488  0343  6467, 4539 - 1488 - 0343 - 6467", "1488"},
		{"a card's stripe", "", "%B4539148803436467^LOVELACE/ADA^2512", "4539148803436467"},
		{"a key of Stripe for webhooks", "", "with whsec_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6o, ok", "x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6o"},
		{"access to Google", "", "ya29.x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6o and 1//0x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6o", "x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6o"},
		{"the code of a card", "cvv", "123", "123"},
		{"a pair of name and value", "", `[{"name":"password","value":"engine"},{"key":"x","value":"steam"}]`, "engine"},
		{"a phone by its name", "phone", "0701234567", "1234567"},
		{"by another", "mobileNumber", "46701234567", "1234567"},
		{"entities", "", "ada&#64;corp.io &lt;bea&commat;corp&period;io&gt; cat&#x40;corp.io", "ada bea cat"},
		{"a number with entities", "", "+46&nbsp;70&nbsp;123&nbsp;45&nbsp;67", "123"},
		{"escapes outside of JSON", "", `mail ada\u0040corp.io or bea\x40corp.io now`, "ada bea"},
		{"encoded twice and thrice", "", "ada%2540corp.io bea%252540corp.io", "ada bea"},
		{"hexadecimal digits", "", `\x61646140636f72702e696f 0x61646140636F72702E696F`, "61646140636f72702e696f 61646140636F72702E696F"},
		{"base64 behind a name", "", "user_" + b64url("ada@corp.io") + " user-" + b64("bea@corp.io"), b64url("ada@corp.io") + " " + b64("bea@corp.io")},
		{"base64 of base64", "", b64(b64("ada@corp.io")), b64(b64("ada@corp.io"))},
		{"a key of the Datastore", "", b64url(datastoreKey), b64url(datastoreKey)},
		{"a key of the Datastore in bytes", "", datastoreKey, "ada corp"},
		{"bytes in base64", "", b64("\x00\xff\xfeada@corp.io\x99"), b64("\x00\xff\xfeada@corp.io\x99")[:16]},
	} {
		t.Run(row.reason, func(t *testing.T) {
			out := redacted(t, row.name, row.text)
			for _, word := range append(strings.Fields(row.gone), row.gone) {
				if strings.Contains(out, word) {
					t.Errorf("%q becomes %q, which holds %q", row.text, out, word)
				}
			}
			scan := fileScan{marked: true, session: newSession(newRedactor(t, Options{}))}
			scan.report(row.name, out, func(found span, v string, _ int) {
				t.Errorf("%q becomes %q, in which a scan finds the %s %q", row.text, out, found.as, v)
			})
		})
	}
}

// TestMessagesStayMessages: a key of the Datastore names the same entity as the
// pseudonym of its name does.
func TestMessagesStayMessages(t *testing.T) {
	name := redacted(t, "", "ada@corp.io")
	want := fmt.Sprintf("j\x05s~appr%c\x0b\x12\x04User\"%c%s\x0c", 0x15+len(name)-len("ada@corp.io"), len(name), name)
	if have := redacted(t, "", b64url(datastoreKey)); have != b64url(want) {
		t.Errorf("have %q, want %q", have, b64url(want))
	}
	for _, v := range []string{b64("\x89PNG\r\n\x1a\n\x00\x00 1.2.3.4 +46701234567 a@b.c"), b64url("j\x05s~appr\x0d\x0b\x12\x04User\x18\x07\x0c")} {
		if have := redacted(t, "", v); have != v {
			t.Errorf("%q becomes %q", v, have)
		}
	}
}

// TestLeftAlone is what stays as it is: a case in which it changed would not
// replay.
func TestLeftAlone(t *testing.T) {
	for _, row := range []struct {
		reason, name string
		texts        []string
	}{
		{"sentences about credentials", "", []string{
			"Token expired", "token expired: please", "unexpected token < in JSON at position 0", "Unexpected token: }", "Password: must be set", "password must be at least 8 characters",
			"x-api-key header missing", "basic training", "Basic authentication needed", "bearer of good news", "session: 3 of 5", "invalid password", "authorization: required",
		}},
		{"no credentials", "", []string{"token=null", "secret=true", "password=********", "token={{token}}", "password=${PASSWORD}"}},
		{"no credential by its name", "password", []string{"null", "true", "********"}},
		{"a pin on a map", "pin", []string{"59.3293,18.0686", "red"}},
		{"versions", "", []string{"Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", "lib_1.2.3.4", "v1.2.3.4", "0.0.0.1", "10.0.19041.1288"}},
		{"images", "", []string{"https://x.example/logo@2x.png", "icon@3x.webp"}},
		{"no numbers by their name", "mobile", []string{"2026-11-20", "iOS 17.1.2", "true", "12", "00000000", "-12345678", "1234567.5"}},
		{"wide characters", "", []string{"価格：１２３４円（税込）", "１２：３０", "٢٠٢٦-١١-٢٠"}},
		{"times", "", []string{
			"2026-11-20 17:12:48", "20261120T171248Z", "2026-11-20T17:12:48.861123456+01:00", "11/20/2026 05:12 PM", "20.11.2026 17:12", "2026-W12-5", "PT1H30M", "00:00:12,345",
			"1700000000", "1700000000000", "1700000000000000", "1700000000000000000", "2026-01-02/2026-01-05", "0 0 12 * * ?",
		}},
		{"lists of numbers", "", []string{"4539 1488 0343 6466", "01 02 03"}},
		{"numbers", "", []string{"1,234,567.89", "1 234 567,89", "0.1234567890123", "1.7976931348623157e+308", "5 012 345 678", "(59.32930, 18.06860)", "978-3-16-148410-0", "123-4567890-1234567"}},
		{"identifiers", "", []string{
			"b3f6c1d2-7a44-4f0e-9d0b-0c1d2e3f4a5b", "01234567-0123-0123-0123-012345678901", "d41d8cd98f00b204e9800998ecf8427e", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "507f1f77bcf86cd799439011",
			b64("Cursor:12345"), "gid://shop/Order/450362707391213", `W/"0123456789abcdef"`, "00:1A:2B:3C:4D:5E", "lodash@4.17.21", "node@sha256:abc",
		}},
	} {
		for _, v := range row.texts {
			if out := redacted(t, row.name, v); out != v {
				t.Errorf("%s: %q becomes %q", row.reason, v, out)
			}
		}
	}
}

// TestSensitiveNames: a name says by its last words that its value is a credential.
func TestSensitiveNames(t *testing.T) {
	for name := range strings.FieldsSeq("password passwords userPassword PASSWORD password1 passwordHash password_hash passwordConfirmation confirmPassword passwd pwd passcode passWord userpassword " +
		"apiKey apiKeys api_keys api-key x-api-key X-Api-Key APIKey APIKEY apikey API_KEY apiKeyValue clientSecret client_secret secret secrets secretKey SecretKey refresh_token REFRESH_TOKEN accessTokens token tokens " +
		"otp OTP otpCode totpSecret mfaCode pin PIN pinCode authToken csrf csrfToken _csrf csrfmiddlewaretoken private_key privateKeys credential credentials userCredentials authorization proxy-authorization " +
		"jwt bearer sessionId session_id sessionToken signingKey encryption_key masterKey accessKey aws_secret_access_key deviceToken fcmToken resetToken inviteToken verificationCode recoveryCodes securityAnswer " +
		"cvv cvc cvv2 cardCvc ssn socialSecurityNumber sasToken idToken apiToken dbPass basicAuth sessionCookie x-amz-security-token unsubscribeToken data.password user[password]") {
		if !sensitive(name) {
			t.Errorf("%q is none", name)
		}
	}
	for name := range strings.FieldsSeq("passwordResetRequired passwordChangedAt tokenCount tokensUsed maxTokens tokenType tokenExpiry tokenId secretary secretName secretsCount cookieConsent nextPageToken pageToken next_page_token nextpagetoken " +
		"continuationToken syncToken resumeToken cursor author authorId key keys keyword primaryKey publicKey idempotencyKey cacheKey storageKey pinned pinCount shipping mapPin session sessions sessionCount compass passenger passport pass passed " +
		"classPass hasPassword isSecret requirePin otpEnabled countryCode statusCode postcode code accessLevel monkey hash etag signature versionToken spinner") {
		if sensitive(name) {
			t.Errorf("%q is one", name)
		}
	}
}
