package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/sidebyside/replay/corpus"
)

// positive is a number of things on the command line. One that is not said is 0.
type positive int

// Set reads a number from 1 up: 0 would not mean none, but all that there can be.
func (c *positive) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("want a number from 1 up")
	}
	*c = positive(n)
	return nil
}

func (c *positive) String() string {
	if *c == 0 {
		return ""
	}
	return strconv.Itoa(int(*c))
}

// Type is that of a pflag.Value.
func (*positive) Type() string { return "number" }

// only is the type of the operations that are recorded, on the command line.
type only corpus.OperationType

// Set reads "mutation" or "query".
func (o *only) Set(text string) error {
	if t := corpus.OperationType(text); t != corpus.Query && t != corpus.Mutation {
		return fmt.Errorf("cannot record only %q: choose query or mutation", text)
	}
	*o = only(text)
	return nil
}

func (o *only) String() string { return string(*o) }

// Type is that of a pflag.Value.
func (*only) Type() string { return "type" }
