package signoff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// The names of subjects.
const (
	legacyName        = "legacy"
	candidateName     = "candidate"
	corpusName        = "corpus"
	configurationName = "configuration"
	ledgerName        = "ledger"
	schemaName        = "schema"
)

// Digests are the subjects of a statement.
type Digests []Subject

// find is the subject of a name, nil without one.
func (d Digests) find(name string) *Subject {
	if i := slices.IndexFunc(d, func(s Subject) bool { return s.Name == name }); i >= 0 {
		return &d[i]
	}
	return nil
}

// differ says of each subject that is not what it was how it differs.
func (d Digests) differ(now Digests) []string {
	var reasons []string
	for _, s := range d {
		if _, known := whatDiffers[s.Name]; !known {
			reasons = append(reasons, fmt.Sprintf("it stands on a subject %q that this version does not know", s.Name))
		}
	}
	for _, name := range subjectNames {
		then, today := d.find(name), now.find(name)
		switch {
		case then == nil && today == nil:
		case then == nil:
			reasons = append(reasons, "it says nothing of the "+name+" of today")
		case today == nil:
			reasons = append(reasons, "there is no "+name+" any more")
		case then.Digest != today.Digest:
			reasons = append(reasons, fmt.Sprintf("%s (signed %s, now %s)", whatDiffers[name], short(then.Digest.Hex), short(today.Digest.Hex)))
		}
	}
	return reasons
}

var subjectNames = []string{legacyName, candidateName, corpusName, configurationName, ledgerName, schemaName}

var whatDiffers = map[string]string{
	legacyName:        "legacy is not the one that was compared",
	candidateName:     "the candidate is not the one that was compared",
	corpusName:        "the cases of the field are not those that were replayed",
	configurationName: "the configuration is not the one it was made with",
	ledgerName:        "the ledger is not the one it was made with",
	schemaName:        "the schema is not the one it was made with, @migrate left aside",
}

// Builder builds the implementations once, for the digests of several fields.
type Builder struct {
	config *harness.Config
	cases  *corpus.Corpus
	built  *harness.Built
	remove func()
	shared Digests // what all fields have in common
}

// Build builds both implementations into a folder of its own, which Close
// removes, and takes the digests that all fields share. schema is the file of the
// schema that counts; "" for the configuration's.
func Build(ctx context.Context, c *harness.Config, cases *corpus.Corpus, schema string) (*Builder, error) {
	if c.Legacy == nil || c.Candidate == nil {
		return nil, fmt.Errorf("%s: a sign-off compares two implementations; configure both legacy and candidate", c.File)
	}
	if schema == "" {
		schema = c.SchemaFile
	}
	if schema == "" {
		return nil, fmt.Errorf("%s: without a schema there is no field to sign off; add \"schema\"", c.File)
	}
	out, err := os.MkdirTemp("", "replay-signoff-")
	if err != nil {
		return nil, fmt.Errorf("make the output folder: %w", err)
	}
	b := &Builder{config: c, cases: cases, remove: func() { _ = os.RemoveAll(out) }}
	if b.built, err = harness.BuildOnce(ctx, c, out); err == nil {
		b.shared, err = b.common(ctx, schema)
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close removes what was built.
func (b *Builder) Close() { b.remove() }

// common are the digests of all but the field's cases.
func (b *Builder) common(ctx context.Context, schema string) (Digests, error) {
	list, err := b.implementations(ctx)
	if err != nil {
		return nil, err
	}
	essence, err := b.config.Essence()
	if err != nil {
		return nil, err
	}
	list = append(list, subject(configurationName, essence, "the file without comments, signoff, record and lanes; SQL files of its stores"))
	sdl, err := os.ReadFile(schema)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	sum, err := schemaDigest(schema, sdl)
	if err != nil {
		return nil, err
	}
	list = append(list, subject(schemaName, sum, "the schema without @migrate and comments"))
	if l := b.config.Ledger; l != nil {
		data, err := os.ReadFile(l.File)
		if err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		list = append(list, subject(ledgerName, hexOf(data), "the file"))
	}
	return list, nil
}

// implementations are both of them as they are now.
func (b *Builder) implementations(ctx context.Context) (Digests, error) {
	var list Digests
	for _, i := range []*harness.Implementation{b.built.Config.Legacy, b.built.Config.Candidate} {
		s, err := b.implementation(ctx, i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.config.File, err)
		}
		list = append(list, s)
	}
	return list, nil
}

// Today is what a sign-off of one field is held against.
type Today struct {
	Digests Digests
	// Cases are the names of the field's cases, sorted; Newest and Coverage are as
	// in [Shown].
	Cases    []string
	Newest   time.Time
	Coverage *Part
}

// Today is what a sign-off of the field stands on, as it is now.
func (b *Builder) Today(coordinate string) (*Today, error) {
	selected := Cases(b.config.Schema, b.cases.Cases, coordinate)
	digests, err := b.digests(coordinate, selected)
	if err != nil {
		return nil, err
	}
	t := &Today{Digests: digests, Newest: newest(selected)}
	for _, cs := range selected {
		t.Cases = append(t.Cases, cs.Name)
	}
	slices.Sort(t.Cases)
	t.Coverage, _ = covered(b.config.Schema, b.cases.Cases, coordinate)
	return t, nil
}

func (b *Builder) digests(coordinate string, selected []*corpus.Case) (Digests, error) {
	sum, err := corpus.Digest(b.config.Corpus, selected)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%s that select %s, and the fixture files they stand on", plural(len(selected), "case", "cases"), coordinate)
	return append(slices.Clip(b.shared), subject(corpusName, sum, note)), nil
}

func subject(name, sum, of string) Subject {
	return Subject{Name: name, Digest: SHA256{sum}, Annotations: map[string]string{"of": of}}
}

func hexOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// schemaDigest leaves aside what moves with a migration: the directive @migrate
// and its declaration. So a sign-off made before the move holds after it.
func schemaDigest(file string, sdl []byte) (string, error) {
	doc, gqlErr := parser.ParseSchema(&ast.Source{Name: file, Input: string(sdl)})
	if gqlErr != nil {
		return "", fmt.Errorf("read schema: %w", gqlErr)
	}
	for _, def := range slices.Concat(doc.Definitions, doc.Extensions) {
		for _, f := range def.Fields {
			f.Directives = slices.DeleteFunc(f.Directives, func(d *ast.Directive) bool { return d.Name == "migrate" })
		}
	}
	doc.Directives = slices.DeleteFunc(doc.Directives, func(d *ast.DirectiveDefinition) bool { return d.Name == "migrate" })
	var b bytes.Buffer
	formatter.NewFormatter(&b).FormatSchemaDocument(doc)
	return hexOf(b.Bytes()), nil
}
