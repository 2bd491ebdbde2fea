package redact

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

func loadSchema(tb testing.TB, file string) *normalizers.Schema {
	tb.Helper()
	sdl, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	schema, err := normalizers.LoadSchema(filepath.Base(file), sdl)
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}

func parseRules(tb testing.TB, text string, known Known) *Rules {
	tb.Helper()
	doc, node := strictyaml.Parse("replay.yaml", []byte(text))
	rules := ParseRules(node, known)
	if err := doc.Problems().Err(); err != nil {
		tb.Fatal(err)
	}
	return rules
}

// pets is a case in which one address stands nearly everywhere.
const pets = `version: 1
recorded: {at: 2026-11-20T14:03:22.184Z, implementation: legacy}
request:
  operation: mutation
  fields: [adopt]
  document: |
    # for ada@corp.io
    mutation Adopt($input: AdoptInput!, $note: String = "ask ada@corp.io") {
      adopt(input: $input, note: $note, by: "ada@corp.io", kind: CAT) { ...on Owner { mail: email name pet { __typename name } } }
    }
  variables: {input: {email: "ada@corp.io", name: Ada Lovelace, kind: CAT}}
  extensions: {client: "ada@corp.io"}
  headers: {x-user: "ada@corp.io"}
fixture:
  datastore:
    entities:
      - key: [Owner, "ada@corp.io", Pet, 4]
        properties: {name: Tom, kind: CAT, vet: !entity {phone: "+46 70-123 45 67"}, secret: "engine"}
        unindexed: [secret, vet.phone]
      - key: [Owner, "ada@corp.io"]
        properties: {email: "ada@corp.io", name: Ada Lovelace, pet: !key [Owner, "ada@corp.io", Pet, 4], home: "https://pets.example/?who=ada%40corp.io"}
    absent: [[Owner, "bea@corp.io"]]
expect:
  http: {status: 200}
  response:
    data: {adopt: {mail: "ada@corp.io", name: Ada Lovelace, pet: {__typename: Pet, name: Tom}}}
    errors:
      - message: "Ada Lovelace (\"ada@corp.io\") has Tom"
        path: [adopt, mail]
  effects:
    datastore:
      - update: [Owner, "ada@corp.io"]
        set: {email: {from: "ada@corp.io", to: "bea@corp.io"}, secret: {to: "steam"}}
  calls:
    - upstream: mailer
      request: {method: POST, path: /send, body: {to: "ada@corp.io", token: "abc"}}
      response: {status: 200, body: {ok: true}}
`

const petSchema = `
type Query { owner(email: String!): Owner }
type Mutation { adopt(input: AdoptInput!, note: String, by: String, kind: Kind): Human }
interface Human { email: String name: String }
type Owner implements Human { email: String name: String pet: Pet }
type Pet { name: String }
input AdoptInput { email: String! name: String kind: Kind }
enum Kind { CAT DOG }
`

const petRules = `
- {match: {property: Owner.name}, as: name}
- {match: {coordinate: Human.name}, as: name}
- {match: {coordinate: AdoptInput.name}, as: name}
- {match: {property: Owner.email}, as: email}
- {match: {property: Pet.secret}, as: drop}
- {match: {property: Pet.vet.phone}, as: phone}
- {match: {key: Owner}, as: id}
- {match: {path: "calls:mailer.request.body.token"}, as: drop}
- {match: {header: x-user}, as: id}
`

func petSchemaOf(tb testing.TB) *normalizers.Schema {
	tb.Helper()
	schema, err := normalizers.LoadSchema("schema.graphql", []byte(petSchema))
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}

func petCase(tb testing.TB) *corpus.Case {
	tb.Helper()
	c, err := corpus.Parse("adopt/adopt-00000001.yaml", []byte(pets))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func petRedactor(tb testing.TB, strict bool) *Redactor {
	tb.Helper()
	schema := petSchemaOf(tb)
	return newRedactor(tb, Options{Schema: schema, Strict: strict, Rules: parseRules(tb, petRules, Known{Schema: schema})})
}

func format(tb testing.TB, c *corpus.Case) string {
	tb.Helper()
	text, err := corpus.Format(c)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// TestCase shows a whole case: one address, name and phone number each have one
// pseudonym everywhere, and all else stays.
func TestCase(t *testing.T) {
	before := petCase(t)
	r := petRedactor(t, false)
	after, findings, err := r.Case(before)
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(r)
	mail, other := s.whole(Email, "ada@corp.io"), s.whole(Email, "bea@corp.io")
	want := strings.NewReplacer("ada@corp.io", mail, "bea@corp.io", other, "ada%40corp.io", strings.Replace(mail, "@", "%40", 1),
		"Ada Lovelace", s.whole(Name, "Ada Lovelace"), "+46 70-123 45 67", s.whole(Phone, "+46 70-123 45 67"),
		`, secret: "engine"`, "", "secret, vet.phone", "vet.phone", `, token: "abc"`, "", "steam", s.pseudonym(Secret, "steam"),
		"recorded:", "tags: ["+r.mark+"]\nrecorded:").Replace(pets)
	wanted, err := corpus.Parse("adopt/adopt-00000001.yaml", []byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(format(t, wanted), "\n"), strings.Split(format(t, after), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if format(t, before) != format(t, petCase(t)) {
		t.Error("the case itself has changed")
	}
	for _, place := range []string{
		"request.variables.input.email", "request.headers.x-user", "fixture.datastore.entities[0].key[1]", "expect.effects.datastore[0].set.email.to",
		"expect.response.errors[0].message", "expect.calls[0].request.body.to", "expect.calls[0].request.body.token",
	} {
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Place == place }) {
			t.Errorf("no finding at %s", place)
		}
	}
	again, more, err := r.Case(after)
	if err != nil || len(more) > 0 {
		t.Fatalf("redacted twice: %v, %v", more, err)
	}
	if diff := cmp.Diff(format(t, after), format(t, again)); diff != "" {
		t.Errorf("redacted twice (-once +twice):\n%s", diff)
	}
}

func TestOtherKeysOtherPseudonyms(t *testing.T) {
	one, _, err := petRedactor(t, false).Case(petCase(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Options{Key: []byte("another key, as long as it has to be")})
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := r.Case(petCase(t))
	if err != nil {
		t.Fatal(err)
	}
	if one.Request.Headers["x-user"] == two.Request.Headers["x-user"] || one.Tags[0] == two.Tags[0] {
		t.Error("two keys give the same")
	}
}

func TestStrictNamesWhatNoRuleClassifies(t *testing.T) {
	_, _, err := petRedactor(t, true).Case(petCase(t))
	if !errors.Is(err, ErrUnclassified) {
		t.Fatalf("have %v", err)
	}
	want := "redact case: no rule classifies coordinate: Mutation.adopt(note:) (at request.document), " +
		"coordinate: Mutation.adopt(by:) (at request.document), coordinate: AdoptInput.email (at request.variables.input.email), " +
		"path: request:extensions.client (at request.extensions.client), property: Pet.kind (at fixture.datastore.entities[0].properties.kind), " +
		"property: Pet.name (at fixture.datastore.entities[0].properties.name), property: Owner.home (at fixture.datastore.entities[1].properties.home), " +
		"coordinate: Owner.email (at expect.response.data.adopt.mail), coordinate: Pet.name (at expect.response.data.adopt.pet.name), " +
		"path: response:errors.message (at expect.response.errors[0].message) and 2 more; add a rule for each to record.redact"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStrictPassesWhatIsClassified(t *testing.T) {
	schema := petSchemaOf(t)
	rules := petRules + `
- {match: {coordinate: "Mutation.adopt(note:)"}, as: text}
- {match: {coordinate: "Mutation.adopt(by:)"}, as: email}
- {match: {coordinate: AdoptInput.email}, as: email}
- {match: {coordinate: Human.email}, as: email}
- {match: {coordinate: Pet.name}, as: keep, reason: pets have no privacy}
- {match: {property: Pet.name}, as: keep, reason: pets have no privacy}
- {match: {property: Pet.kind}, as: keep, reason: an enum}
- {match: {property: Owner.home}, as: keep, reason: an address of ours}
- {match: {property: Owner.secret}, as: drop}
- {match: {path: "request:extensions.**"}, as: keep, reason: what the client is}
- {match: {path: "response:errors.message"}, as: keep, reason: our own texts}
- {match: {path: "calls:mailer.**"}, as: keep, reason: detectors look at it}
`
	r := newRedactor(t, Options{Schema: schema, Strict: true, Rules: parseRules(t, rules, Known{Schema: schema})})
	out, _, err := r.Case(petCase(t))
	if err != nil {
		t.Fatal(err)
	}
	if text := format(t, out); strings.Contains(text, "ada@corp.io") {
		t.Errorf("an address passes where a rule keeps what detectors find:\n%s", text)
	}
}

func TestKeepWithoutDetectors(t *testing.T) {
	r := newRedactor(t, Options{Rules: parseRules(t, `[{match: {property: Owner.home}, as: keep, detect: false, reason: no person}]`, Known{})})
	c := petCase(t)
	c.Fixture.Stores["datastore"].Entities[1].Properties["home"] = "81.2.69.142"
	out, _, err := r.Case(c)
	if err != nil {
		t.Fatal(err)
	}
	if have := out.Fixture.Stores["datastore"].Entities; !slices.ContainsFunc(have, func(e corpus.Entity) bool { return e.Properties["home"] == "81.2.69.142" }) {
		t.Error("what is kept without detectors has changed")
	}
}

// TestResidue: a value that is replaced in one place but stands in a name fails
// closed.
func TestResidue(t *testing.T) {
	c := petCase(t)
	c.Request.Headers["x-mail"] = "the_mail@corp.io"
	c.Recorded.Revision = "the_mail@corp.io"
	_, _, err := petRedactor(t, false).Case(c)
	if !errors.Is(err, ErrResidue) || strings.Contains(err.Error(), "the_mail") {
		t.Errorf("have %v", err)
	}
}

func TestCaseOnABaseIsRefused(t *testing.T) {
	c := petCase(t)
	c.Fixture.Base = "../pets.yaml"
	if _, _, err := petRedactor(t, false).Case(c); err == nil {
		t.Error("no error")
	}
}

// TestEquality: whatever two places hold, they are equal afterwards if, and only
// if, they were before.
func TestEquality(t *testing.T) {
	schema := petSchemaOf(t)
	r := newRedactor(t, Options{Schema: schema, Rules: parseRules(t, `
- {match: {property: User.a}, as: email}
- {match: {property: User.b}, as: email}
- {match: {key: User}, as: email}
- {match: {path: "request:variables.**"}, as: email}
- {match: {path: "response:data.**"}, as: email}
`, Known{})})
	value := rapid.OneOf(
		rapid.SampledFrom([]string{"a@x.io", "A@x.io", "b@x.io", "nobody", "x", "y", "é", "a@school.example", "a@school.test"}),
		rapid.StringMatching(`[a-c]{1,2}@[a-b]\.(io|de)`), rapid.StringMatching(`[a-zé]{1,3}`))
	rapid.Check(t, func(t *rapid.T) {
		c := emptyCase()
		var before []string
		for i := range rapid.IntRange(2, 8).Draw(t, "n") {
			v := value.Draw(t, "v")
			before = append(before, v)
			switch i % 4 {
			case 0:
				entity(c).Properties[fmt.Sprintf("a%d", i)] = corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: v}}}
			case 1:
				entity(c).Properties[fmt.Sprintf("a%d", i)] = &corpus.Entity{Key: corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: v}}}}
			case 2:
				c.Request.Variables = corpus.JSON(strings.Replace(string(c.Request.Variables), `{`, fmt.Sprintf(`{"m%d":%s,`, i, quoted(v)), 1))
			case 3:
				c.Expect.Response = corpus.JSON(strings.Replace(string(c.Expect.Response), `{"data":{`, fmt.Sprintf(`{"data":{"m%d":%s,`, i, quoted(v)), 1))
			}
		}
		out, _, err := r.Case(c)
		if err != nil {
			t.Fatal(err)
		}
		after := valuesOf(out, len(before))
		for i := range before {
			for j := range before {
				if (before[i] == before[j]) != (after[i] == after[j]) {
					t.Fatalf("%q becomes %q, %q becomes %q", before[i], after[i], before[j], after[j])
				}
			}
		}
	})
}

// valuesOf reads the values back that TestEquality puts in.
func valuesOf(c *corpus.Case, n int) []string {
	variables, _ := must(c.Request.Variables.Decode()).(corpus.Object)
	response, _ := must(c.Expect.Response.Decode()).(corpus.Object)
	data, _ := response.Get("data")
	object, _ := data.(corpus.Object)
	out := make([]string, n)
	for i := range out {
		var v any
		switch i % 4 {
		case 0:
			v = entity(c).Properties[fmt.Sprintf("a%d", i)].(corpus.Key).Path[0].Name
		case 1:
			v = entity(c).Properties[fmt.Sprintf("a%d", i)].(*corpus.Entity).Key.Path[0].Name
		case 2:
			v, _ = variables.Get(fmt.Sprintf("m%d", i))
		case 3:
			v, _ = object.Get(fmt.Sprintf("m%d", i))
		}
		out[i], _ = v.(string)
	}
	return out
}

// TestClassroomIsMostlyLeftAlone: ids, titles, dates and scores of a whole corpus
// are nothing that a detector takes for personal.
func TestClassroomIsMostlyLeftAlone(t *testing.T) {
	cases, err := corpus.Open("../../examples/classroom/corpus")
	if err != nil {
		t.Fatal(err)
	}
	r := newRedactor(t, Options{Schema: loadSchema(t, "../../examples/classroom/schema.graphql")})
	for _, c := range cases.Cases {
		out, findings, err := r.Case(c)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		for _, f := range findings {
			if f.As != Email && f.As != Phone {
				t.Errorf("%s: %s is taken for %s", c.Name, f.Place, f.As)
			}
		}
		restore := strings.NewReplacer(pairs(newSession(r), emailsIn(format(t, c)))...)
		out.Tags = c.Tags
		if diff := cmp.Diff(format(t, c), restore.Replace(format(t, out))); diff != "" {
			t.Errorf("%s (-before +after, addresses put back):\n%s", c.Name, diff)
		}
	}
}

func emailsIn(text string) []string {
	var found []string
	for _, s := range findEmails(text) {
		found = append(found, text[s.start:s.end])
	}
	return found
}

func pairs(s *session, values []string) []string {
	var out []string
	for _, v := range values {
		out = append(out, s.pseudonym(Email, v), v)
	}
	return out
}
