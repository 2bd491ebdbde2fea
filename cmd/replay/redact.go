package main

import (
	"net/http"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder/redact"
)

// identify is what a recording keeps of who asks, nil for nothing.
func identify(c *harness.Config) func(http.Header) (name, value string, err error) {
	if c.Identity == nil {
		return nil
	}
	return func(h http.Header) (name, value string, err error) {
		value, err = c.Identity.Read(h)
		if value == "" {
			return "", "", err
		}
		return c.Identity.Keep, value, nil
	}
}

// redactor is what a recording replaces by its configuration, nil for nothing.
func redactor(c *harness.Config) (func(*corpus.Case) (*corpus.Case, error), error) {
	from := c.Record.Redact
	if from == nil {
		return nil, nil
	}
	key, err := redact.LoadKey(from.Key)
	if err != nil {
		return nil, err
	}
	options := redact.Options{Key: key, Rules: from.Rules, Detectors: from.Detectors, Strict: from.Strict, Identity: from.Identity}
	if c.Schema != nil {
		options.Schema = c.Schema
	}
	r, err := redact.New(options)
	if err != nil {
		return nil, err
	}
	return func(recorded *corpus.Case) (*corpus.Case, error) {
		clean, _, err := r.Case(recorded)
		return clean, err
	}, nil
}
