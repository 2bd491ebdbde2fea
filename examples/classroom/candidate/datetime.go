package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// dateTime is the scalar DateTime.
type dateTime struct {
	time.Time
	bare bool // input was a date without a time
}

// ImplementsGraphQLType is asked by the GraphQL library.
func (dateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// UnmarshalGraphQL reads RFC 3339 or a bare date.
func (d *dateTime) UnmarshalGraphQL(input any) error {
	text, ok := input.(string)
	if !ok {
		return fmt.Errorf("wrong type for DateTime: %T", input)
	}
	layout := time.RFC3339Nano
	if d.bare = !strings.Contains(text, "T"); d.bare {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return fmt.Errorf("DateTime %q is neither RFC 3339 nor a date", text)
	}
	d.Time = t.UTC().Truncate(time.Microsecond)
	return nil
}

// MarshalJSON writes RFC 3339 with only as many decimals as there are.
func (d dateTime) MarshalJSON() ([]byte, error) {
	return json.Marshal(d.Format(time.RFC3339Nano))
}

// nullDateTime tells an absent input from null.
type nullDateTime struct {
	Value *dateTime
	Set   bool
}

// ImplementsGraphQLType is asked by the GraphQL library.
func (nullDateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// Nullable marks the type for the GraphQL library.
func (*nullDateTime) Nullable() {}

// UnmarshalGraphQL is not called for an absent input.
func (d *nullDateTime) UnmarshalGraphQL(input any) error {
	d.Set = true
	if input == nil {
		return nil
	}
	d.Value = new(dateTime)
	return d.Value.UnmarshalGraphQL(input)
}

// nullStrings tells an absent [String!] from null.
type nullStrings struct {
	Value []string
	Set   bool
}

// ImplementsGraphQLType is asked by the GraphQL library.
func (nullStrings) ImplementsGraphQLType(name string) bool { return name == "[String!]" }

// Nullable marks the type for the GraphQL library.
func (*nullStrings) Nullable() {}

// UnmarshalGraphQL is not called for an absent input.
func (l *nullStrings) UnmarshalGraphQL(input any) error {
	l.Set = true
	switch input := input.(type) {
	case nil:
		return nil
	case string:
		l.Value = []string{input}
		return nil
	case []any:
		for _, v := range input {
			text, ok := v.(string)
			if !ok {
				return fmt.Errorf("wrong type for String: %T", v)
			}
			l.Value = append(l.Value, text)
		}
		return nil
	default:
		return fmt.Errorf("wrong type for [String!]: %T", input)
	}
}

// schoolZone is where the school is, for the mistakes with time zones.
var schoolZone = time.FixedZone("CET", 60*60)

// shown is an instant as an answer has it.
func (s *server) shown(t time.Time) dateTime {
	if s.broken("local-time") {
		return dateTime{Time: t.In(schoolZone)}
	}
	return dateTime{Time: t.UTC()}
}

func (s *server) shownOrNull(t *time.Time) *dateTime {
	if t == nil {
		return nil
	}
	d := s.shown(*t)
	return &d
}

// meant is the instant that an input names; nil stays nil.
func (s *server) meant(d *dateTime) *time.Time {
	if d == nil {
		return nil
	}
	t := d.Time
	if s.broken("local-date") && d.bare {
		t = t.Add(-60 * 60 * time.Second)
	}
	if s.broken("lost-microseconds") {
		t = t.Truncate(time.Second)
	}
	return &t
}
