// Package page writes reports as single HTML files that need nothing else: no
// network, no fonts, no files beside them. A content security policy allows the
// page's own style and script by their digests and nothing more, so that text of
// a recorded case cannot act even if it came to be written wrongly.
package page

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // of base.css and base.js
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
)

//go:embed base.css
var baseCSS string

//go:embed base.js
var baseJS string

// Page is one HTML file. Style and Script come after what all pages share: the
// colours, light and dark, and the button that switches them (an element with
// the id "theme").
type Page struct {
	Title  string
	Style  string
	Script string
	// Body writes the content of <body>, escaped by itself.
	Body func(io.Writer) error
}

// Write writes the file.
func (p Page) Write(w io.Writer) error {
	style, script := baseCSS+p.Style, baseJS+p.Script
	for _, s := range []string{style, script} {
		if strings.Contains(strings.ToLower(s), "</s") {
			return fmt.Errorf("write page %q: style or script would end early", p.Title)
		}
	}
	b := bufio.NewWriter(w)
	_, _ = fmt.Fprintf(b, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>%s</title>
<style>%s</style>
</head>
<body>
`, digest(style), digest(script), html.EscapeString(p.Title), style)
	if err := p.Body(b); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(b, "<script>%s</script>\n</body>\n</html>\n", script)
	return b.Flush()
}

// digest is the text by which a policy allows a style or script.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Data writes a value as JSON that a script reads by its id. No text in it can
// end the element: "<" is escaped.
func Data(w io.Writer, id string, v any) error {
	text, err := json.Marshal(v) // escapes <, > and &
	if err != nil {
		return fmt.Errorf("write data %q: %w", id, err)
	}
	_, err = fmt.Fprintf(w, "<script type=\"application/json\" id=%q>%s</script>\n", id, text)
	return err
}
