package harness

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// SignOffConfig is the section signoff of a configuration (docs/signoff.md).
type SignOffConfig struct {
	// Directory is where sign-offs lie, and Report the JSON report of the last run;
	// absolute, they need not exist. Report is "" when the file names none.
	Directory, Report string
	// Implementations say what identifies an implementation of which its command
	// does not tell it, by name.
	Implementations map[string]Identified

	policy SignOffPolicy
	fields map[string]SignOffPolicy
}

// Identified says what an implementation is: one of Files, globs below its dir,
// and Digest, a SHA-256 in lower-case hex.
type Identified struct {
	Files  []string
	Digest string
}

// SignOffPolicy is what a field's cases must show before somebody signs.
type SignOffPolicy struct {
	// Cases is the least number of cases.
	Cases int `json:"cases"`
	// Coverage is the least share of input shapes that the cases exercise, SelfTest
	// that of injected faults that the comparison finds; from 0 to 1.
	Coverage float64 `json:"coverage"`
	SelfTest float64 `json:"selftest"`
	// Runs is how often all cases are replayed, each time in another order.
	Runs int `json:"runs"`
	// Age is how old the newest case may be, Valid how long a sign-off holds; 0 is
	// without end.
	Age   Span `json:"age"`
	Valid Span `json:"valid"`
}

// DefaultSignOffPolicy holds where the configuration says nothing.
func DefaultSignOffPolicy() SignOffPolicy {
	return SignOffPolicy{Cases: 5, Coverage: 0.5, SelfTest: 0.95, Runs: 3, Age: 90 * Day, Valid: 30 * Day}
}

// Policy is that of one field, by coordinate.
func (s *SignOffConfig) Policy(coordinate string) SignOffPolicy {
	if p, ok := s.fields[coordinate]; ok {
		return p
	}
	return s.policy
}

// Span is a length of time, written in days ("90d"), as a Go duration, or as
// "any" for one without end, which is 0.
type Span time.Duration

// Day is 24 hours.
const Day = Span(24 * time.Hour)

func (s Span) String() string {
	switch {
	case s == 0:
		return "any"
	case s%Day == 0:
		return strconv.Itoa(int(s/Day)) + "d"
	}
	return time.Duration(s).String()
}

// MarshalText is the span as a configuration has it.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Span) UnmarshalText(text []byte) error {
	if string(text) == "any" {
		*s = 0
		return nil
	}
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 100*366 {
			*s = Span(n) * Day
			return nil
		}
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a length of time such as 90d, 12h or any", text)
	}
	*s = Span(d)
	return nil
}

// readSignOff reads the section; without one, the defaults hold.
func (r *configReader) readSignOff(n strictyaml.Node) {
	s := &r.SignOff
	s.policy, s.fields, s.Implementations = DefaultSignOffPolicy(), map[string]SignOffPolicy{}, map[string]Identified{}
	s.Directory = filepath.Join(r.Dir, "signoffs")
	if !n.Present() {
		return
	}
	var fields strictyaml.Node
	known := policyFields(&s.policy)
	known["directory"] = func(n strictyaml.Node) { r.place(n, &s.Directory) }
	known["report"] = func(n strictyaml.Node) { r.place(n, &s.Report) }
	known["implementations"] = r.identified
	known["fields"] = func(n strictyaml.Node) { fields = n }
	n.Object(known)
	if fields.Present() {
		fields.Entries(func(key, value strictyaml.Node) {
			policy := s.policy
			value.Object(policyFields(&policy))
			r.checkCoordinate(key)
			s.fields[key.Value] = policy
		})
	}
}

func policyFields(p *SignOffPolicy) strictyaml.Fields {
	return strictyaml.Fields{
		"cases":    func(n strictyaml.Node) { readPositive(n, &p.Cases) },
		"runs":     func(n strictyaml.Node) { readPositive(n, &p.Runs) },
		"coverage": func(n strictyaml.Node) { readShare(n, &p.Coverage) },
		"selftest": func(n strictyaml.Node) { readShare(n, &p.SelfTest) },
		"age":      func(n strictyaml.Node) { readSpan(n, &p.Age) },
		"valid":    func(n strictyaml.Node) { readSpan(n, &p.Valid) },
	}
}

// place resolves a path that need not exist.
func (r *configReader) place(n strictyaml.Node, into *string) {
	var s string
	if !n.String(&s) {
		return
	}
	if !filepath.IsAbs(s) {
		s = filepath.Join(r.Dir, s)
	}
	*into = s
}

func readPositive(n strictyaml.Node, into *int) {
	if n.Int(into) && *into < 1 {
		n.Problemf("want a number from 1 up, have %d", *into)
	}
}

func readShare(n strictyaml.Node, into *float64) {
	var s string
	if !n.Text(&s) {
		return
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		n.Problemf("want a share from 0 to 1, for example 0.8, have %s", n.Describe())
		return
	}
	*into = f
}

func readSpan(n strictyaml.Node, into *Span) {
	var s string
	if !n.Text(&s) {
		return
	}
	if err := into.UnmarshalText([]byte(s)); err != nil {
		n.Problemf("%v", err)
	}
}

// checkCoordinate reports a name that is no field of the schema.
func (r *configReader) checkCoordinate(n strictyaml.Node) {
	if r.Schema == nil {
		if !r.schema.Present() {
			n.Problemf("without a schema no field can be named; add \"schema\"")
		}
		return
	}
	typeName, field, ok := strings.Cut(n.Value, ".")
	if def := r.Schema.Type(typeName); ok && def != nil && def.Fields.ForName(field) != nil {
		return
	}
	n.Problemf("unknown field %q%s", n.Value, strictyaml.Suggest(n.Value, r.coordinatesLike(typeName)))
}

// coordinatesLike are the fields of the type, or the root fields where there is
// none of that name.
func (r *configReader) coordinatesLike(typeName string) []string {
	types := []string{typeName}
	if r.Schema.Type(typeName) == nil {
		types = []string{r.Schema.Root("query"), r.Schema.Root("mutation")}
	}
	var list []string
	for _, name := range types {
		if def := r.Schema.Type(name); def != nil {
			for _, f := range def.Fields {
				list = append(list, name+"."+f.Name)
			}
		}
	}
	return list
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (r *configReader) identified(n strictyaml.Node) {
	read := func(name string, impl *Implementation) func(strictyaml.Node) {
		return func(n strictyaml.Node) {
			if impl == nil {
				n.Problemf("%s is not configured", name)
			}
			r.SignOff.Implementations[name] = readIdentified(n)
		}
	}
	n.Object(strictyaml.Fields{"legacy": read("legacy", r.Legacy), "candidate": read("candidate", r.Candidate)})
}

func readIdentified(n strictyaml.Node) Identified {
	var i Identified
	n.Object(strictyaml.Fields{
		"files": func(n strictyaml.Node) { n.Strings(&i.Files) },
		"digest": func(n strictyaml.Node) {
			var s string
			if !n.String(&s) {
				return
			}
			if i.Digest = strings.TrimPrefix(s, "sha256:"); !sha256Hex.MatchString(i.Digest) {
				n.Problemf("%q is not a digest such as sha256:<64 hex digits>", s)
			}
		},
	})
	if (len(i.Files) == 0) == (i.Digest == "") {
		n.Problemf("say what identifies the implementation: one of files and digest")
	}
	if slices.Contains(i.Files, "") {
		n.Problemf("a glob is empty")
	}
	return i
}
