package redact

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

const shop = `version: 1
recorded: {at: 2026-11-20T14:03:22.184Z, implementation: legacy}
request:
  operation: mutation
  fields: [f]
  document: "mutation { f }"
fixture:
  cache:
    keys:
      "lock": {type: string, value: free}
      "session:ada@corp.io:7": {type: hash, value: {mail: "ada@corp.io", theme: dark}, ttl: 60}
      "top": {type: zset, value: {"ada@corp.io": 3.5, "bea": 1.0}}
      "log": {type: stream, value: [{id: 1-0, fields: {by: "ada@corp.io"}}]}
  db:
    primary: {public.users: [email], public.pets: [id], public.both: [owner, id]}
    tables:
      public.both:
        - {id: 7, owner: "ada@corp.io", tags: !jsonb "{\"mail\": \"ada@corp.io\"}"}
      public.log:
        - {text: "by ada@corp.io", at: !date 2026-01-02}
      public.pets:
        - {id: 4711, born: !date 2020-01-02, chip: !uuid b3f6c1d2-7a44-4f0e-9d0b-0c1d2e3f4a5b, price: !numeric "9.50"}
      public.users:
        - {email: "ada@corp.io", name: Ada Lovelace, home: !inet 81.2.69.142}
    sequences: {public.pets_id_seq: 9}
expect:
  http: {status: 200}
  response: {data: {f: 1}}
  effects:
    cache:
      - update: [key, "session:ada@corp.io:7"]
        set: {value: {from: !entity {mail: "ada@corp.io", theme: dark}, to: !entity {mail: "bea@corp.io", theme: dark}}}
    db:
      - update: [public.both, ["ada@corp.io", 7]]
        set: {tags: {from: !jsonb "{\"mail\": \"ada@corp.io\"}", to: null}}
      - delete: [public.pets, 4711]
      - update: [public.users, "ada@corp.io"]
        set: {name: {from: Ada Lovelace, to: Bea}}
`

// TestTablesAndKeys: rows have the key of their columns, in the fixture and in
// effects, and keys of Redis the pseudonyms of what they are made of.
func TestTablesAndKeys(t *testing.T) {
	c, err := corpus.Parse("f/f-00000001.yaml", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	r := newRedactor(t, Options{Rules: parseRules(t, `
- {match: {property: public.users.name}, as: name}
- {match: {property: public.pets.id}, as: id}
- {match: {property: public.pets.chip}, as: id}
- {match: {key: session}, as: id}
- {match: {property: top.member}, as: id}
`, Known{})})
	out, _, err := r.Case(c)
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(r)
	want := strings.NewReplacer(`session:ada@corp.io:7`, "session:"+s.whole(ID, "ada@corp.io:7"), "ada@corp.io", s.whole(Email, "ada@corp.io"),
		"bea@corp.io", s.whole(Email, "bea@corp.io"), `"bea": 1.0`, `"`+s.whole(ID, "bea")+`": 1.0`, "Ada Lovelace", s.whole(Name, "Ada Lovelace"),
		"to: Bea", "to: "+s.whole(Name, "Bea"), "4711", s.whole(ID, "4711"), "b3f6c1d2-7a44-4f0e-9d0b-0c1d2e3f4a5b",
		s.whole(ID, "b3f6c1d2-7a44-4f0e-9d0b-0c1d2e3f4a5b"), "81.2.69.142", s.pseudonym(Address, "81.2.69.142"),
		"recorded:", "tags: ["+r.mark+"]\nrecorded:").Replace(shop)
	wanted, err := corpus.Parse("f/f-00000001.yaml", []byte(want))
	if err != nil {
		t.Fatalf("%v in\n%s", err, want)
	}
	if diff := cmp.Diff(strings.Split(format(t, wanted), "\n"), strings.Split(format(t, out), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
