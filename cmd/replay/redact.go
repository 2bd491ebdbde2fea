package main

import (
	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder/redact"
)

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
	options := redact.Options{Key: key, Rules: from.Rules, Detectors: from.Detectors, Strict: from.Strict}
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
