package redact

// As is what a value is taken for, and so which pseudonym it gets.
type As string

// What rules can say, and what detectors find.
const (
	Email As = "email" // the domain becomes a reserved one (RFC 2606)
	Phone As = "phone" // country code and first digit stay
	Name  As = "name"  // word by word
	Text  As = "text"  // as a whole
	ID    As = "id"    // numbers stay numbers, UUIDs UUIDs
	Drop  As = "drop"  // taken away
	Keep  As = "keep"  // stays, and somebody says why

	Token   As = "token"   // JSON Web Tokens and bearer tokens
	Secret  As = "secret"  // API keys and passwords
	Card    As = "card"    // payment cards
	Address As = "address" // IPv4 and IPv6
)

// byRule are the ones that a rule can say.
var byRule = []string{string(Email), string(Phone), string(Name), string(Text), string(ID), string(Drop), string(Keep)}

// replaces reports whether values get a pseudonym.
func (a As) replaces() bool { return a != Drop && a != Keep && a != "" }

// identifies reports whether a value says who somebody is wherever it stands, so
// that other places which hold it get its pseudonym too.
func (a As) identifies() bool { return a.replaces() && a != Text && a != ID }

// DetectorKinds are the kinds that detectors find, in the order in which they are
// asked.
func DetectorKinds() []As { return []As{Token, Secret, Email, Card, Phone, Address, Name} }
