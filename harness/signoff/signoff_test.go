package signoff

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/in-toto/attestation/go/predicates/test_result/v0"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/sidebyside/replay/harness"
)

const field = "Mutation.rename"

var (
	signedAt = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	policy   = harness.SignOffPolicy{Cases: 2, Coverage: 0.5, Runs: 3, SelfTest: 0.9, Age: 90 * harness.Day, Valid: 30 * harness.Day}
)

// today is what the statement of newStatement was made of.
func today() *Today {
	t := &Today{Cases: []string{"rename/a", "rename/b"}, Newest: signedAt.AddDate(0, 0, -10), Coverage: &Part{8, 10}}
	for i, name := range subjectNames {
		t.Digests = append(t.Digests, subject(name, strings.Repeat(fmt.Sprint(i), 64), name))
	}
	return t
}

func newStatement() *Statement {
	expires := signedAt.AddDate(0, 0, 30)
	t := today()
	return &Statement{
		Type: statementType, PredicateType: predicateType, Subject: t.Digests,
		Predicate: Predicate{
			Result: passed, Configuration: []Subject{*t.Digests.find(configurationName)},
			PassedTests: []string{"rename/b"}, WarnedTests: []string{"rename/a"}, FailedTests: []string{},
			Shown: Shown{
				Field: field, Tool: "replay v0", Started: signedAt.Add(-time.Minute), Finished: signedAt, Expires: &expires,
				Runs: 3, Seed: 1, Cases: 2, Newest: t.Newest, Coverage: t.Coverage, SelfTest: Part{99, 100}, Policy: policy,
				Bugs:     []Bug{{"half-even", "Rounds | to even", "ported", []string{"rename/b"}}},
				Accepted: []Accepted{{"KA-1", "ann <ann@example.org>", "because of\nreasons", "", "2027-01-31", []string{"rename/a"}}},
				Hidden:   []harness.Hidden{{Rule: "replay.yaml:9", Use: "now", Count: 4}}, Uncovered: 1,
			},
		},
	}
}

// keyFiles writes a private and a public key.
func keyFiles(tb testing.TB, key crypto.Signer) (private, public string) {
	tb.Helper()
	write := func(name, kind string, der []byte, err error) string {
		if err != nil {
			tb.Fatal(err)
		}
		file := filepath.Join(tb.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			tb.Fatal(err)
		}
		return file
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	private = write("key.pem", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(key.Public())
	return private, write("key.pub", "PUBLIC KEY", der, err)
}

func edKey(tb testing.TB) crypto.Signer {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func ecKey(tb testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// pair is a key that was read from files, as users give them.
func pair(tb testing.TB, key crypto.Signer) (*Key, *PublicKey) {
	tb.Helper()
	private, public := keyFiles(tb, key)
	k, err := ReadKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := ReadPublicKey(public)
	if err != nil {
		tb.Fatal(err)
	}
	if k.ID() != p.ID() {
		tb.Fatalf("private key has id %s, public key %s", k.ID(), p.ID())
	}
	return k, p
}

func TestSignAndParse(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"Ed25519": edKey(t), "ECDSA": ecKey(t, elliptic.P256())} {
		private, public := pair(t, key)
		data, err := newStatement().Sign(private)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(data, []*PublicKey{public, public})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !s.Signed || s.SignedBy != public.ID() {
			t.Errorf("%s: signed %v by %q", name, s.Signed, s.SignedBy)
		}
		if reasons := s.Stale(field, today(), policy, signedAt); len(reasons) > 0 {
			t.Errorf("%s: %v", name, reasons)
		}
	}
}

// TestInToto holds a statement against the types of the in-toto project.
func TestInToto(t *testing.T) {
	data, err := newStatement().Encode()
	if err != nil {
		t.Fatal(err)
	}
	var s intoto.Statement
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	predicate, err := s.GetPredicate().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var result v0.TestResult
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(predicate, &result); err != nil {
		t.Fatal(err)
	}
	if result.GetResult() != "PASSED" || len(result.GetPassedTests()) != 1 || len(result.GetWarnedTests()) != 1 {
		t.Errorf("%v", &result)
	}
}

// TestForged wants each sign-off that is not to be believed refused with its
// reason.
func TestForged(t *testing.T) {
	mine, trusted := pair(t, edKey(t))
	other, _ := pair(t, ecKey(t, elliptic.P256()))
	sign := func(key *Key, change func(*Statement)) []byte {
		s := newStatement()
		change(s)
		data, err := s.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	nothing := func(*Statement) {}
	for _, c := range []struct {
		reason string
		data   []byte
		want   string
	}{
		{"edited after it was signed", edited(t, sign(mine, nothing), "payload", func(string) string {
			s := newStatement()
			s.Predicate.Shown.Runs = 9
			data, err := s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			return base64.StdEncoding.EncodeToString(data)
		}), "its signature does not fit: it was edited after key " + short(trusted.ID())},
		{"signed by somebody else", sign(other, nothing), "it is signed by key \"" + short(other.ID()) + "\", which is not trusted here"},
		{"signed by somebody else in the name of the trusted key", bytes.ReplaceAll(sign(other, nothing), []byte(other.ID()), []byte(trusted.ID())), "its signature does not fit"},
		{"not signed", encoded(t, newStatement()), "it is not signed, and a signature is asked for"},
		{"an envelope that nobody signed", edited(t, sign(mine, nothing), "signatures", func(string) string { return "" }), "its envelope has no signature"},
		{"another type of payload", edited(t, sign(mine, nothing), "payloadType", func(string) string { return "text/plain" }), `its payload is of type "text/plain"`},
		{"no result", sign(mine, func(s *Statement) { s.Predicate.Result = "WARNED" }), `its result is "WARNED"`},
		{"a failed case", sign(mine, func(s *Statement) { s.Predicate.FailedTests = []string{"x"} }), "with 1 failed tests"},
		{"a statement of something else", sign(mine, func(s *Statement) { s.PredicateType = "https://slsa.dev/provenance/v1" }), "it is no test result"},
		{"a statement of an old form", sign(mine, func(s *Statement) { s.Type = "https://in-toto.io/Statement/v0.1" }), "it is no statement of in-toto"},
		{"no field", sign(mine, func(s *Statement) { s.Predicate.Shown.Field = "" }), "it says of no field"},
		{"two digests of one thing", sign(mine, func(s *Statement) { s.Subject = append(s.Subject, s.Subject[0]) }), `it has two subjects "legacy"`},
		{"a digest that is none", sign(mine, func(s *Statement) { s.Subject[0].Digest.Hex = "" }), `the digest of subject "legacy" is no sha256`},
		{"cases that are not counted", sign(mine, func(s *Statement) { s.Predicate.Shown.Cases = 7 }), "it lists 2 cases and counts 7"},
		{"no JSON", []byte("signed, honestly"), "it is no sign-off"},
		{"no sign-off", []byte("{}"), "it is no statement of in-toto"},
		{"no base64", edited(t, sign(mine, nothing), "payload", func(string) string { return "!" }), "its signature does not fit"},
	} {
		_, err := Parse(c.data, []*PublicKey{trusted})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have %v, want %s", c.reason, err, c.want)
		}
	}
}

// edited changes one member of an envelope; signatures are emptied.
func edited(t *testing.T, data []byte, member string, change func(string) string) []byte {
	t.Helper()
	var envelope map[string]any
	if err := json.Unmarshal(data, &envelope); err != nil {
		t.Fatal(err)
	}
	if text, ok := envelope[member].(string); ok {
		envelope[member] = change(text)
	} else {
		envelope[member] = []any{}
	}
	out, err := json.Marshal(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func encoded(t *testing.T, s *Statement) []byte {
	t.Helper()
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestStale wants each sign-off that does not hold refused with its reason.
func TestStale(t *testing.T) {
	now := signedAt.AddDate(0, 0, 5)
	for _, c := range []struct {
		reason    string
		statement func(*Statement)
		today     func(*Today)
		policy    func(*harness.SignOffPolicy)
		at        time.Time
		want      string
	}{
		{reason: "it holds"},
		{reason: "foreign: of another field", statement: func(s *Statement) { s.Predicate.Shown.Field = "Mutation.archive" }, want: "it is about Mutation.archive"},
		{reason: "expired", at: signedAt.AddDate(0, 0, 30), want: "it expired on 2026-12-20"},
		{reason: "not expired a second before", at: signedAt.AddDate(0, 0, 30).Add(-time.Second)},
		{reason: "expired under a shorter policy", policy: func(p *harness.SignOffPolicy) { p.Valid = 2 * harness.Day }, want: "it expired on 2026-11-22"},
		{reason: "an end written by hand does not help", statement: func(s *Statement) { s.Predicate.Shown.Expires = nil }, at: signedAt.AddDate(0, 0, 31), want: "it expired on 2026-12-20"},
		{reason: "dated ahead", statement: func(s *Statement) { s.Predicate.Shown.Finished = signedAt.AddDate(1, 0, 0) }, want: "which is not yet"},
		{reason: "another legacy", today: change(legacyName), want: "legacy is not the one that was compared (signed 000000000000, now ffffffffffff)"},
		{reason: "another candidate", today: change(candidateName), want: "the candidate is not the one"},
		{reason: "another corpus", today: change(corpusName), want: "the cases of the field are not those"},
		{reason: "another configuration", today: change(configurationName), want: "the configuration is not the one"},
		{reason: "another ledger", today: change(ledgerName), want: "the ledger is not the one"},
		{reason: "another schema", today: change(schemaName), want: "the schema is not the one"},
		{reason: "a ledger that came later", statement: without(ledgerName), want: "it says nothing of the ledger of today"},
		{reason: "a ledger that went away", today: func(d *Today) { d.Digests = drop(d.Digests, ledgerName) }, want: "there is no ledger any more"},
		{reason: "a subject left out", statement: without(candidateName), want: "it says nothing of the candidate of today"},
		{reason: "a subject of a later version", statement: func(s *Statement) { s.Subject = append(s.Subject, subject("weather", strings.Repeat("a", 64), "")) }, want: `a subject "weather" that this version does not know`},
		{reason: "a case more", statement: func(s *Statement) { s.Predicate.PassedTests = append(s.Predicate.PassedTests, "rename/c") }, want: "it was edited: it lists 3 cases that are not the field's 2"},
		{reason: "a younger corpus", statement: func(s *Statement) { s.Predicate.Shown.Newest = signedAt }, want: "it was edited: the newest case was recorded on 2026-11-10"},
		{reason: "more coverage than there is", statement: func(s *Statement) { s.Predicate.Shown.Coverage = &Part{10, 10} }, want: "the cases exercise 8 of 10 (80.0 %) input shapes, not 10 of 10 (100.0 %)"},
		{reason: "a policy that asks for more cases", policy: func(p *harness.SignOffPolicy) { p.Cases = 3 }, want: "2 cases, the policy asks for 3"},
		{reason: "for more coverage", policy: func(p *harness.SignOffPolicy) { p.Coverage = 0.9 }, want: "8 of 10 (80.0 %) input shapes are exercised, the policy asks for 90.0 %"},
		{reason: "for more runs", policy: func(p *harness.SignOffPolicy) { p.Runs = 4 }, want: "3 runs, the policy asks for 4"},
		{reason: "for a sharper comparison", policy: func(p *harness.SignOffPolicy) { p.SelfTest = 1 }, want: "99 of 100 (99.0 %) injected faults, the policy asks for 100.0 %"},
		{reason: "for a younger corpus", policy: func(p *harness.SignOffPolicy) { p.Age = 14 * harness.Day }, want: "the newest case was recorded on 2026-11-10, the policy allows 14d"},
		{reason: "a policy that asks for less", policy: func(p *harness.SignOffPolicy) { p.Cases, p.Runs, p.Valid = 1, 1, 0 }},
	} {
		s, d, p, at := newStatement(), today(), policy, now
		if c.statement != nil {
			c.statement(s)
		}
		if c.today != nil {
			c.today(d)
		}
		if c.policy != nil {
			c.policy(&p)
		}
		if !c.at.IsZero() {
			at = c.at
		}
		got := strings.Join(s.Stale(field, d, p, at), "; ")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: have %q, want %q", c.reason, got, c.want)
		}
	}
}

func change(name string) func(*Today) {
	return func(d *Today) { d.Digests.find(name).Digest.Hex = strings.Repeat("f", 64) }
}

func drop(d Digests, name string) Digests {
	var out Digests
	for _, s := range d {
		if s.Name != name {
			out = append(out, s)
		}
	}
	return out
}

func without(name string) func(*Statement) {
	return func(s *Statement) { s.Subject = drop(s.Subject, name) }
}

// TestKeysStaySecret wants nothing of a private key in what is written, printed
// or said about it.
func TestKeysStaySecret(t *testing.T) {
	p384, err := x509.MarshalPKCS8PrivateKey(ecKey(t, elliptic.P384()))
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaDER, err := x509.MarshalPKCS8PrivateKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	ec := ecKey(t, elliptic.P256())
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	ed, err := x509.MarshalPKCS8PrivateKey(edKey(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason, kind string
		der          []byte
		refused      string
	}{
		{"an Ed25519 key", "PRIVATE KEY", ed, ""},
		{"a key as openssl ecparam writes it", "EC PRIVATE KEY", sec1, ""},
		{"another curve", "PRIVATE KEY", p384, "not an Ed25519 or ECDSA P-256 key in PEM"},
		{"another algorithm", "PRIVATE KEY", rsaDER, "not an Ed25519 or ECDSA P-256 key in PEM"},
		{"a broken key", "PRIVATE KEY", ed[:len(ed)-3], "not an Ed25519 or ECDSA P-256 key in PEM"},
		{"a key with a password", "ENCRYPTED PRIVATE KEY", ed, "it is encrypted"},
	} {
		file := filepath.Join(t.TempDir(), "key.pem")
		text := pem.EncodeToMemory(&pem.Block{Type: c.kind, Bytes: c.der})
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := ReadKey(file)
		shown := fmt.Sprintf("%v", err)
		if c.refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: have %v, want %s", c.reason, err, c.refused)
			}
		} else if err != nil {
			t.Fatalf("%s: %v", c.reason, err)
		} else {
			shown = everything(t, key)
		}
		_, asPublic := ReadPublicKey(file)
		_, asName := ReadKey(string(text))
		shown += fmt.Sprint(asPublic, asName)
		holdsNothingOf(t, c.reason, shown, c.der, text)
	}
}

// everything is all that is written with a key, and about it.
func everything(t *testing.T, key *Key) string {
	t.Helper()
	data, err := newStatement().Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := (&Outcome{Statement: newStatement()}).WritePage(&page, key.ID()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%v %+v %#v %s %s", key, key, key, data, page.String())
}

// holdsNothingOf looks for the key in the forms in which it could be written.
func holdsNothingOf(t *testing.T, reason, shown string, der, text []byte) {
	t.Helper()
	secret := der[len(der)-24 : len(der)-4]
	if len(der) > 48 {
		secret = der[16:40] // before the public key that PKCS #8 and SEC 1 may end in
	}
	body := strings.Split(string(text), "\n")[1]
	for _, form := range []string{string(secret), base64.StdEncoding.EncodeToString(secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%d", secret), body[:min(40, len(body))], "-----BEGIN"} {
		if strings.Contains(shown, strings.Trim(form, "[]=")) {
			t.Errorf("%s: the key is shown:\n%s", reason, shown)
		}
	}
}

func TestPage(t *testing.T) {
	for name, id := range map[string]string{"unsigned": "", "signed": strings.Repeat("a", 64)} {
		o := Outcome{Statement: newStatement(), Next: []string{"Mutation.rename with <title> null"}}
		var b bytes.Buffer
		if err := o.WritePage(&b, id); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", b.Bytes())
	}
}

func FuzzParse(f *testing.F) {
	key, public := pair(f, edKey(f))
	data, err := newStatement().Sign(key)
	if err != nil {
		f.Fatal(err)
	}
	plain, err := newStatement().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(plain)
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := Parse(data, nil); err == nil {
			_ = s.Stale(field, today(), policy, signedAt)
		}
		if s, err := Parse(data, []*PublicKey{public}); err == nil && s.SignedBy == "" {
			t.Error("a sign-off that nobody signed is believed")
		}
	})
}
