package recorder

import (
	"errors"
	"net/http"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// identify keeps who asks.
func (t *take) identify(h http.Header) {
	if t.r.options.Identify == nil {
		return
	}
	name, value, err := t.r.options.Identify(h)
	switch {
	case err != nil:
		t.skip("identity not read", err.Error())
	case name != "":
		if t.c.Request.Headers == nil {
			t.c.Request.Headers = map[string]string{}
		}
		t.c.Request.Headers[strings.ToLower(name)] = value
	}
}

// redact replaces the case by what may be written of it, and reports whether it
// may be written at all.
func (t *take) redact() bool {
	if t.r.options.Redact == nil {
		return true
	}
	clean, err := t.redacted()
	if err != nil {
		t.skip("not redacted", err.Error())
		return false
	}
	t.c = *clean
	return true
}

// errRedactionPanicked says nothing of the panic, which may hold a value.
var errRedactionPanicked = errors.New("redaction panicked")

func (t *take) redacted() (clean *corpus.Case, err error) {
	defer func() {
		if recover() != nil {
			err = errRedactionPanicked
		}
	}()
	c := t.c
	return t.r.options.Redact(&c)
}
