package redact

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDetectors says what each detector takes for a value, and what it must not.
func TestDetectors(t *testing.T) {
	d := newDetectors(Detectors{Names: []string{"Ada Lovelace", "Ada", "Jean-Luc"}})
	for _, row := range []struct {
		reason, name, text string
		want               []string
	}{
		{"an address", "", "mail ada@mail.school.org, please", []string{"email ada@mail.school.org"}},
		{"an address at a reserved domain is one while recording", "", "ada@school.example", []string{"email ada@school.example"}},
		{"behind mailto", "", "mailto:a.b+c@x.io?subject=Hi", []string{"email a.b+c@x.io"}},
		{"in angle brackets", "", "Ada <ada@x.io>.", []string{"name Ada", "email ada@x.io"}},
		{"beyond ASCII", "", "zoë@bücher.de", []string{"email zoë@bücher.de"}},
		{"a version is no domain", "", "lodash@4.17.21", nil},
		{"a mention is no address", "", "thanks @ada", []string{}},
		{"no top-level domain", "", "root@localhost", nil},
		{"an international number", "", "call +46 70-123 45 67 now", []string{"phone +46 70-123 45 67"}},
		{"as a URL", "", "tel:0046701234567", []string{"phone 0046701234567"}},
		{"a national number as grouped", "", "070-123 45 67", []string{"phone 070-123 45 67"}},
		{"North America", "", "(202) 555-0143", []string{"phone (202) 555-0143"}},
		{"bare digits may be an id", "", "4671234567", nil},
		{"a date and time", "", "2026-11-20T17:12:48.861Z", nil},
		{"a day written backwards", "", "01-02-2024 11", nil},
		{"a zone", "", "2026-11-20T17:12:48+01:00", nil},
		{"sums", "", "1+2345678 and 100 200 3000", nil},
		{"a score", "", "+5 points", nil},
		{"a card", "", "4111111111111111", []string{"card 4111111111111111"}},
		{"a card in groups", "", "5500 0000 0000 0004", []string{"card 5500 0000 0000 0004"}},
		{"the check digit is wrong", "", "4111111111111112", nil},
		{"no network begins so", "", "9111111111111111", nil},
		{"an id of a datastore", "", "6255541238065139", nil},
		{"an address of a machine", "", "from 81.2.69.142:8080", []string{"address 81.2.69.142"}},
		{"IPv6", "", "2a02:db8::1", []string{"address 2a02:db8::1"}},
		{"loopback is nobody's", "", "127.0.0.1:80 and ::1", nil},
		{"a version", "", "v1.2.3.4", nil},
		{"times", "", "12:30:45", nil},
		{"a machine's address behind a colon", "", "ip:81.2.69.142, feed:81.2.69.143", []string{"address 81.2.69.142", "address 81.2.69.143"}},
		{"joined to a name", "", "user-81.2.69.142 81.2.69.142_7", []string{"address 81.2.69.142", "address 81.2.69.142"}},
		{"a version joined to a name", "", "lib-42.2.5.1 1.2.3.4-rc1", nil},
		{"more than four numbers", "", "1.3.6.1.4.1", nil},
		{"a short IPv6", "", "2a0a::53 and ip:fe80::1", []string{"address 2a0a::53", "address fe80::1"}},
		{"IPv6 with IPv4 in it", "", "::ffff:81.2.69.142", []string{"address ::ffff:81.2.69.142"}},
		{"qualified names", "", "std::vector a::b Dead::Beef 12::30 ::", nil},
		{"what follows an address", "", "ada@corp.io_2024 bea@corp.io-2 cat@corp.io2", []string{"email ada@corp.io", "email bea@corp.io", "email cat@corp.io"}},
		{"what stands around an address", "", "user-ada@corp.io-cart", []string{"email user-ada@corp.io"}},
		{"a domain with a dash", "", "ada@mail.my-corp.io", []string{"email ada@mail.my-corp.io"}},
		{"a local part in quotes", "", `to "ada lovelace"@corp.io`, []string{`email "ada lovelace"@corp.io`}},
		{"an apostrophe", "", "o'brien@corp.io 'ada@corp.io'", []string{"email o'brien@corp.io", "email ada@corp.io"}},
		{"a card before its date", "", "4539148803436467 12/27", []string{"card 4539148803436467"}},
		{"a card behind a number", "", "Order 12 4539148803436467", []string{"card 4539148803436467"}},
		{"a card behind a date", "", "2024-01-02 4539148803436467", []string{"card 4539148803436467"}},
		{"a card in groups among numbers", "", "12 4539 1488 0343 6467 125", []string{"card 4539 1488 0343 6467"}},
		{"no-break spaces", "", "4539\u00a01488\u00a00343\u00a06467", []string{"card 4539\u00a01488\u00a00343\u00a06467"}},
		{"dots", "", "4539.1488.0343.6467", []string{"card 4539.1488.0343.6467"}},
		{"Mir", "", "2200240912345671", []string{"card 2200240912345671"}},
		{"decimals", "", "0.4539148803436467", nil},
		{"part of an id", "", "x4539148803436467 4539148803436467y", nil},
		{"a number before a colon", "", "call +46701234567: hi", []string{"phone +46701234567"}},
		{"a dash between spaces", "", "+46 70 - 123 45 67", []string{"phone +46 70 - 123 45 67"}},
		{"dots of North America", "", "+1 415.555.2671", []string{"phone +1 415.555.2671"}},
		{"an extension", "", "+1-415-555-2671x123", []string{"phone +1-415-555-2671"}},
		{"France", "", "06.12.34.56.78", []string{"phone 06.12.34.56.78"}},
		{"North America with its 1", "", "1-415-555-2671, 1 (415) 555-2671", []string{"phone 1-415-555-2671", "phone 1 (415) 555-2671"}},
		{"Germany", "", "+49 30/1234567, 030/1234567", []string{"phone +49 30/1234567", "phone 030/1234567"}},
		{"behind a dot", "", "Tel.+46701234567", []string{"phone +46701234567"}},
		{"no-break space and hyphen", "", "+46\u00a070\u2011123 45 67", []string{"phone +46\u00a070\u2011123 45 67"}},
		{"two numbers", "", "070-123 45 67 070-987 65 43", []string{"phone 070-123 45 67", "phone 070-987 65 43"}},
		{"a number and a status", "", "+46701234567 200 OK", []string{"phone +46701234567"}},
		{"behind a number", "", "7 070-123 45 67", []string{"phone 070-123 45 67"}},
		{"round numbers", "", "the +1000000 points, +20000000", nil},
		{"zeros", "", "0000-0000 12", nil},
		{"thousands", "", "5 012 345 678 and 1 234 567 890", nil},
		{"a day with slashes", "", "01/02/2024 11:30 and 02/2024-123456", nil},
		{"an order", "", "202-555-0143-77", nil},
		{"a price", "", "1.234.567.890,00 and 0.123456789", nil},
		{"a bearer token", "", "Bearer 0123456789abcdef", []string{"token 0123456789abcdef"}},
		{"the word bearer", "", "the bearer of news", nil},
		{"basic credentials", "", "Basic YWRhOmVuZ2luZQ==", []string{"token YWRhOmVuZ2luZQ=="}},
		{"basic needs", "", "basic authentication", nil},
		{"a JSON Web Token", "", "t=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", []string{"token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."}},
		{"a rule of gitleaks", "", "use ghp_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6oNh4g, then", []string{"secret ghp_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6oNh4g"}},
		{"a password by its name", "password", "engine", []string{"secret engine"}},
		{"a password in a query", "", "/in?user=x&password=engine&x=1", []string{"secret engine"}},
		{"a page's token is none", "nextPageToken", "CAUQAA", nil},
		{"an id for retries is none", "requestId", "b3f6c1d2-7a44-4f0e-9d0b-0c1d2e3f4a5b", nil},
		{"cookies by value", "cookie", "theme=dark; sid=x1y2z3", []string{"secret dark", "secret x1y2z3"}},
		{"a scheme stays", "authorization", "ApiKey abc", []string{"secret abc"}},
		{"names, the longest first", "", "Ada Lovelace met Ada.", []string{"name Ada Lovelace", "name Ada"}},
		{"names are whole words", "", "Adam, Jean-Luc", []string{"name Jean-Luc"}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			have := []string{}
			for _, s := range d.find(row.name, row.text) {
				have = append(have, string(s.as)+" "+row.text[s.start:s.end])
			}
			if row.want == nil {
				row.want = []string{}
			}
			if diff := cmp.Diff(row.want, have); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDetectorsCanBeTurnedOff(t *testing.T) {
	d := newDetectors(Detectors{Off: []As{Email}})
	if found := d.find("", "ada@x.io"); len(found) != 0 {
		t.Errorf("have %v", found)
	}
}

// TestRulesOfGitleaks makes sure that a later release of the rules is read whole.
func TestRulesOfGitleaks(t *testing.T) {
	s, err := readGitleaks(gitleaksTOML)
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, rule := range s.rules {
		if rule.regex == nil {
			continue
		}
		rules++
		_ = rule.regex() // panics where it is none
		if len(rule.keywords) == 0 {
			t.Errorf("rule %s has no keyword, so it is never asked", rule.id)
		}
		for _, a := range rule.allowed {
			for _, regex := range a.regexes {
				_ = regex()
			}
		}
	}
	if rules < 200 || len(s.allowed) != 1 {
		t.Errorf("have %d rules and %d allow lists", rules, len(s.allowed))
	}
}
