package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness/gate"
	"github.com/sidebyside/replay/harness/migration"
	"github.com/sidebyside/replay/harness/signoff"
)

// gateFlags are the flags of "replay gate".
type gateFlags struct {
	config, base, head, signoffs string
	keys                         []string
}

func newGate() *cobra.Command {
	var f gateFlags
	cmd := &cobra.Command{
		Use:   "gate --base OLD.graphql --head NEW.graphql",
		Short: "Refuse a schema change that moves a field to production without a valid sign-off",
		Long: `Compare the @migrate directives of two schemas. What brings a mutation to canary, or
any field to migrated, needs a sign-off that holds now: made for the same
implementations, cases, configuration, ledger and schema, not expired, under a
policy like today's, and with --keys signed by one of them.`,
		Example: `  git show origin/main:schema.graphql > base.graphql
  replay gate --base base.graphql --head schema.graphql --signoffs signoffs --keys release.pub`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	configFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringVar(&f.base, "base", "", "the schema before the change (`file`)")
	flags.StringVar(&f.head, "head", "", "the schema after the change (`file`; default: the configuration's)")
	flags.StringVar(&f.signoffs, "signoffs", "", "the `directory` of sign-offs (default: the configuration's)")
	flags.StringArrayVar(&f.keys, "keys", nil, "believe only what is signed by the public key in this PEM `file` (repeatable)")
	return cmd
}

func (f *gateFlags) run(cmd *cobra.Command) error {
	if f.base == "" {
		return usage(errors.New("say with --base what the schema was before the change"))
	}
	keys, err := readKeys(f.keys)
	if err != nil {
		return usage(err)
	}
	c, cases, err := load(f.config)
	if err != nil {
		return err
	}
	q := gate.Question{Config: c, Cases: cases, HeadFile: f.head, Keys: len(keys) > 0}
	if q.HeadFile == "" {
		q.HeadFile = c.SchemaFile
	}
	if q.HeadFile == "" {
		return usage(fmt.Errorf("%s names no schema; say with --head what it is after the change", c.File))
	}
	if q.Base, err = readSchema(f.base); err != nil {
		return usage(err)
	}
	if q.Head, err = readSchema(q.HeadFile); err != nil {
		return usage(err)
	}
	if f.signoffs == "" {
		f.signoffs = c.SignOff.Directory
	}
	if q.Folder, err = signoff.ReadFolder(f.signoffs, keys); err != nil {
		return usage(err)
	}
	answer, err := gate.Check(cmd.Context(), q)
	if err != nil {
		return signOffError(err)
	}
	if err := answer.WriteText(cmd.OutOrStdout()); err != nil {
		return incomplete(err)
	}
	if answer.Fails() {
		return &exitError{code: exitFailing}
	}
	return nil
}

func readKeys(files []string) ([]*signoff.PublicKey, error) {
	var keys []*signoff.PublicKey
	for _, file := range files {
		key, err := signoff.ReadPublicKey(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func readSchema(file string) (*migration.Fields, error) {
	sdl, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	return migration.Read(file, sdl)
}
