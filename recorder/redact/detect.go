package redact

// span is a part of a text that a detector found.
type span struct {
	start, end int
	as         As
	rule       string // of secrets: the rule's id
	encoded    bool   // it is written as a part of a URL
}

// Detectors find values by what they look like, wherever they stand.
type Detectors struct {
	// Off names those that are not asked.
	Off []As
	// Names are found as whole words: "Ada Lovelace", "Lovelace".
	Names []string
}

// detectors are Detectors made ready.
type detectors struct {
	off     map[As]bool
	names   names
	secrets *secrets
}

func newDetectors(d Detectors) *detectors {
	off := map[As]bool{}
	for _, as := range d.Off {
		off[as] = true
	}
	return &detectors{off: off, names: newNames(d.Names), secrets: gitleaks()}
}

// find lists what the detectors find in a text that has a name (of a header, a
// property, a variable; "" for none), in order. Where two overlap, the one that
// is listed first here wins.
func (d *detectors) find(name, v string) []span {
	var found []span
	for _, detector := range []struct {
		as   As
		find func(v string) []span
	}{
		{Token, findTokens},
		{Secret, func(v string) []span { return d.secrets.find(name, v) }},
		{Email, findEmails},
		{Card, findCards},
		{Phone, func(v string) []span { return phones(name, v) }},
		{Address, findAddresses},
		{Name, d.names.find},
	} {
		if d.off[detector.as] {
			continue
		}
		found = join(found, beside(found, detector.find(v)))
	}
	return found
}
