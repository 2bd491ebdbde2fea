package harness

import (
	"encoding/json"
	"io"
)

// WriteJSON writes the report as JSON, with "<" and "&" as they are.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}
