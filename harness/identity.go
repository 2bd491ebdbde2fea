package harness

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder/redact"
)

// Identity says who a request is from: what a recording keeps of it, and how the
// headers of a replayed request are made anew (docs/redaction.md).
type Identity struct {
	redact.Identity
	// At is file:line:column of where the principal is said to be.
	At string
	// Headers are templates of headers with ${principal}, ${claims.NAME} and
	// ${token}.
	Headers map[string]string
	// Token signs a token for tests; nil for none.
	Token *TokenConfig
	// Command prints the token of a principal; run once for each. Dir is absolute.
	Command []string
	Dir     string

	made tokens
}

// TokenConfig says how tokens are signed.
type TokenConfig struct {
	Algorithm string // HS256, RS256 or ES256
	// Key is a []byte, *rsa.PrivateKey or *ecdsa.PrivateKey.
	Key      any
	Lifetime time.Duration
	// Claims are the same in every token.
	Claims corpus.Object
}

// tokens are those made so far.
type tokens struct {
	mu sync.Mutex
	by map[string]*madeToken
}

type madeToken struct {
	mu    sync.Mutex
	text  string
	until time.Time // of the time that implementations are told
}

// apply replaces the kept header of a case by the headers that say the same to
// an implementation. A request that was nobody's stays nobody's. told is the time
// to replay at, zero for the real one.
func (i *Identity) apply(ctx context.Context, h http.Header, told time.Time) error {
	if i == nil {
		return nil
	}
	kept := h.Get(i.Keep)
	h.Del(i.Keep)
	if kept == "" {
		return nil
	}
	values, err := i.values(ctx, kept, told)
	if err != nil {
		return fmt.Errorf("make headers for the identity in %s: %w", i.Keep, err)
	}
	for name, template := range i.Headers {
		h.Set(name, expand(template, values))
	}
	return nil
}

// values are the variables of the templates.
func (i *Identity) values(ctx context.Context, kept string, told time.Time) (map[string]string, error) {
	principal, claims, err := i.Split(kept)
	if err != nil {
		return nil, err
	}
	values := i.variables() // a claim that this one lacks is empty
	values["principal"] = principal
	for _, c := range claims {
		text, ok := c.Value.(string)
		if !ok {
			encoded, err := corpus.EncodeJSON(c.Value)
			if err != nil {
				return nil, err
			}
			text = string(encoded)
		}
		values["claims."+c.Name] = text
	}
	if i.Token != nil || len(i.Command) > 0 {
		if values["token"], err = i.token(ctx, kept, principal, claims, told); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// token is the token for what was kept: made once, and again when half of its
// life is over.
func (i *Identity) token(ctx context.Context, kept, principal string, claims corpus.Object, told time.Time) (string, error) {
	now := told
	if now.IsZero() {
		now = time.Now()
	}
	i.made.mu.Lock()
	if i.made.by == nil {
		i.made.by = map[string]*madeToken{}
	}
	t := i.made.by[kept]
	if t == nil {
		t = &madeToken{}
		i.made.by[kept] = t
	}
	i.made.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	var err error
	switch {
	case len(i.Command) > 0 && t.text == "":
		t.text, err = i.run(ctx, principal, claims)
	case len(i.Command) == 0 && (t.text == "" || now.After(t.until) || now.Before(t.until.Add(-i.Token.Lifetime))):
		t.text, err = i.Token.sign(i.Claim, principal, claims, now)
		t.until = now.Add(i.Token.Lifetime / 2)
	}
	return t.text, err
}

// run asks the command. Its arguments may use the variables of the templates.
func (i *Identity) run(ctx context.Context, principal string, claims corpus.Object) (string, error) {
	values := i.variables()
	values["principal"] = principal
	for _, c := range claims {
		if text, ok := c.Value.(string); ok {
			values["claims."+c.Name] = text
		}
	}
	args := expandAll(i.Command, values)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = i.Dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("run %q: %w: %s", strings.Join(i.Command, " "), err, strings.TrimSpace(stderr.String()))
	}
	token := strings.TrimSpace(stdout.String())
	if token == "" || strings.ContainsAny(token, "\r\n") {
		return "", fmt.Errorf("run %q: want one line with a token, have %d lines", strings.Join(i.Command, " "), len(strings.Fields(token)))
	}
	return token, nil
}

// sign makes a JSON Web Token (RFC 7519) of the principal, the claims kept and
// those of the configuration.
func (t *TokenConfig) sign(claim, principal string, kept corpus.Object, now time.Time) (string, error) {
	claims := jwt.MapClaims{"iat": now.Unix(), "exp": now.Add(t.Lifetime).Unix()}
	for _, m := range append(append(corpus.Object{}, t.Claims...), kept...) {
		claims[m.Name] = plainJSON(m.Value)
	}
	if claim == "" {
		claim = "sub"
	}
	claims[claim] = principal
	signed, err := jwt.NewWithClaims(jwt.GetSigningMethod(t.Algorithm), claims).SignedString(t.Key)
	if err != nil {
		return "", fmt.Errorf("sign token with %s: %w", t.Algorithm, err)
	}
	return signed, nil
}

// plainJSON is a decoded value in the types of encoding/json.
func plainJSON(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plainJSON(item)
		}
		return out
	case corpus.Object:
		out := map[string]any{}
		for _, m := range v {
			out[m.Name] = plainJSON(m.Value)
		}
		return out
	}
	return v
}

// errSigningKey is what is wrong with a key that no algorithm takes.
var errSigningKey = errors.New("want a secret for HS256, or a private key in PEM for RS256 and ES256")

// signingKey reads the key of an algorithm.
func signingKey(algorithm string, data []byte) (crypto.PrivateKey, error) {
	switch algorithm {
	case "HS256":
		const shortest = 16
		secret := bytes.TrimSpace(data)
		if len(secret) < shortest || bytes.HasPrefix(secret, []byte("-----BEGIN")) {
			return nil, fmt.Errorf("%w; the secret needs %d bytes", errSigningKey, shortest)
		}
		return secret, nil
	case "RS256":
		return jwt.ParseRSAPrivateKeyFromPEM(data)
	case "ES256":
		return jwt.ParseECPrivateKeyFromPEM(data)
	}
	return nil, errSigningKey
}

// variables are those of the templates, without values.
func (i *Identity) variables() map[string]string {
	known := map[string]string{"principal": ""}
	for name := range maps.Keys(i.Claims) {
		known["claims."+name] = ""
	}
	if i.Claim != "" && len(i.Claims) > 0 {
		known["claims."+i.Claim] = ""
	}
	if i.Token != nil || len(i.Command) > 0 {
		known["token"] = ""
	}
	return known
}
