package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// WriteJSON writes the report as JSON, with "<" and "&" as they are.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}

// ReadReport reads what [Report.WriteJSON] wrote. The report can be written in
// every format again.
func ReadReport(from io.Reader) (*Report, error) {
	r := &Report{}
	dec := json.NewDecoder(from)
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("no JSON report of replay: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("no JSON report of replay: there is more behind it")
	}
	if r.Version != 1 || r.Tool == "" || r.Corpus.SHA256 == "" {
		return nil, errors.New("no JSON report of replay run; write one with --report json=FILE")
	}
	r.selected = r.Corpus.Cases
	if r.Selected != nil {
		r.selected = r.Selected.Cases
	}
	if r.Shard != nil {
		r.selected = r.Shard.Cases
	}
	for i := range r.Results {
		r.Results[i].config = r.Config
	}
	return r, nil
}
