package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// identityConfig loads a configuration with the section identity.
func identityConfig(t *testing.T, dir, identity string) *Identity {
	t.Helper()
	file := filepath.Join(dir, "replay.yaml")
	text := "version: 1\nimplementations:\n  legacy: {url: \"http://127.0.0.1:1/graphql\"}\nidentity:\n" + identity
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadRecordConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Legacy.identity != c.Identity || c.Identity == nil {
		t.Fatal("legacy has no identity")
	}
	return c.Identity
}

// signingKeys writes a key per algorithm and returns what verifies its tokens.
func signingKeys(t *testing.T, dir string) map[string]any {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("a secret for tests")
	ec, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"HS256": secret,
		"RS256": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}),
		"ES256": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: ec}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]any{"HS256": secret, "RS256": &rsaKey.PublicKey, "ES256": &ecKey.PublicKey}
}

// TestTokensAreSigned: each algorithm's token verifies, says who asks, what the
// recording kept and what the configuration adds, and is valid at the time that
// implementations are told.
func TestTokensAreSigned(t *testing.T) {
	dir := t.TempDir()
	told := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	for algorithm, verify := range signingKeys(t, dir) {
		t.Run(algorithm, func(t *testing.T) {
			i := identityConfig(t, dir, fmt.Sprintf(`  from: {header: Authorization, claim: uid}
  claims: {roles: keep, mail: email}
  keep: X-Principal
  replay:
    headers: {authorization: "Bearer ${token}", x-mail: "${claims.mail}"}
    token: {algorithm: %s, key: %s, lifetime: 10m, claims: {iss: tests, admin: false}}
`, algorithm, algorithm))
			h := http.Header{"X-Principal": {`{"uid":"user-17","roles":["coach"]}`}, "X-Other": {"stays"}}
			if err := i.apply(t.Context(), h, told); err != nil {
				t.Fatal(err)
			}
			text, _ := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
			token, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return verify, nil },
				jwt.WithValidMethods([]string{algorithm}), jwt.WithTimeFunc(func() time.Time { return told.Add(9 * time.Minute) }))
			if err != nil {
				t.Fatal(err)
			}
			want := jwt.MapClaims{
				"uid": "user-17", "roles": []any{"coach"}, "iss": "tests", "admin": false,
				"iat": float64(told.Unix()), "exp": float64(told.Add(10 * time.Minute).Unix()),
			}
			if diff := cmp.Diff(want, token.Claims); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			h.Del("Authorization")
			if diff := cmp.Diff(http.Header{"X-Other": {"stays"}, "X-Mail": {""}}, h); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTokensAreMadeOnce: a token is signed anew only when half of its life is
// over, or time goes back.
func TestTokensAreMadeOnce(t *testing.T) {
	dir := t.TempDir()
	signingKeys(t, dir)
	i := identityConfig(t, dir, `  from: {header: authorization, claim: sub}
  keep: x-principal
  replay:
    headers: {authorization: "${token}"}
    token: {algorithm: ES256, key: ES256, lifetime: 10m}
`)
	at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	token := func(principal string, told time.Time) string {
		h := http.Header{"X-Principal": {principal}}
		if err := i.apply(t.Context(), h, told); err != nil {
			t.Fatal(err)
		}
		return h.Get("Authorization")
	}
	first := token("ada", at)
	for _, row := range []struct {
		reason, principal string
		told              time.Time
		same              bool
	}{
		{"soon after", "ada", at.Add(4 * time.Minute), true},
		{"somebody else", "bea", at, false},
		{"too old", "ada", at.Add(6 * time.Minute), false},
		{"before it was made", "ada", at.Add(-time.Hour), false},
	} {
		// ES256 signs the same differently each time.
		if same := token(row.principal, row.told) == first; same != row.same {
			t.Errorf("%s: the same token is %v", row.reason, same)
		}
	}
}

func TestTokenOfACommand(t *testing.T) {
	dir := t.TempDir()
	i := identityConfig(t, dir, `  from: {cookie: sid}
  keep: x-principal
  replay:
    headers: {cookie: "sid=${token}; who=${principal}"}
    command: [sh, -c, "echo run >> runs; echo token-of-$0", "${principal}"]
`)
	for _, who := range []string{"ada", "ada", "bea"} {
		h := http.Header{"X-Principal": {who}}
		if err := i.apply(t.Context(), h, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if have, want := h.Get("Cookie"), "sid=token-of-"+who+"; who="+who; have != want {
			t.Errorf("have %q, want %q", have, want)
		}
	}
	runs, err := os.ReadFile(filepath.Join(dir, "runs"))
	if err != nil || strings.Count(string(runs), "run") != 2 {
		t.Errorf("the command ran %d times for two principals, %v", strings.Count(string(runs), "run"), err)
	}
	i.Command = []string{"sh", "-c", "echo no such user >&2; exit 3"}
	err = i.apply(t.Context(), http.Header{"X-Principal": {"zed"}}, time.Time{})
	want := `make headers for the identity in x-principal: run "sh -c echo no such user >&2; exit 3": exit status 3: no such user`
	if err == nil || err.Error() != want {
		t.Errorf("have %v", err)
	}
}

func TestIdentityOfNobody(t *testing.T) {
	i := identityConfig(t, t.TempDir(), "  from: {header: x-user}\n  keep: x-user\n")
	anonymous, known := http.Header{}, http.Header{"X-User": {"ada"}}
	for _, h := range []http.Header{anonymous, known} {
		if err := i.apply(t.Context(), h, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(anonymous) != 0 || known.Get("X-User") != "ada" {
		t.Errorf("have %v and %v", anonymous, known)
	}
	var none *Identity
	if err := none.apply(t.Context(), known, time.Time{}); err != nil || known.Get("X-User") != "ada" {
		t.Errorf("without identity: %v, %v", known, err)
	}
}
