package main

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/signoff"
)

// signOffFlags are the flags of "replay signoff".
type signOffFlags struct {
	config, out, key string
	opts             signoff.Options
}

func newSignOff() *cobra.Command {
	var f signOffFlags
	cmd := &cobra.Command{
		Use:   "signoff FIELD",
		Short: "Show that a field is ready for production, and state it for others to check",
		Long: `Replay the cases of a field several times in shuffled order, hold what they show
against the policy of the configuration, and write it down: an in-toto statement,
signed when a key is given, and a page for people beside it.`,
		Example: `  replay signoff Mutation.renameAssignment --out signoffs/renameAssignment.json
  replay signoff Mutation.renameAssignment --out signoffs/renameAssignment.json --key release.pem`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.opts.Field = args[0]
			return f.run(cmd)
		},
	}
	configFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "write the sign-off to this `file`, and the page beside it as .md (default: the configuration's directory of sign-offs)")
	flags.StringVar(&f.key, "key", "", "sign with the private key in this PEM `file` (Ed25519 or ECDSA P-256)")
	flags.IntVar(&f.opts.Runs, "runs", 0, "replay each case this many times (default: the policy's)")
	flags.IntVar(&f.opts.Lanes, "lanes", 0, "run this many lanes side by side (default: as \"replay run\")")
	flags.Uint32Var(&f.opts.Seed, "seed", 0, "draw the orders from this `number` (default: another one each time)")
	return cmd
}

func (f *signOffFlags) run(cmd *cobra.Command) error {
	if f.opts.Runs < 0 || f.opts.Lanes < 0 {
		return usage(errors.New("--runs and --lanes: want a number from 1 up"))
	}
	if !cmd.Flags().Changed("seed") {
		f.opts.Seed = anySeed()
	}
	// The key is read first: nobody should wait for the runs to learn that it does
	// not do.
	var key *signoff.Key
	if f.key != "" {
		var err error
		if key, err = signoff.ReadKey(f.key); err != nil {
			return usage(err)
		}
	}
	c, cases, err := load(f.config)
	if err != nil {
		return err
	}
	if err := signoff.Known(c, f.opts.Field); err != nil {
		return usage(err)
	}
	if f.out == "" {
		f.out = filepath.Join(c.SignOff.Directory, f.opts.Field+".json")
	}
	bar := newProgress(cmd.ErrOrStderr())
	f.opts.Log, f.opts.Done = bar.log, bar.done
	outcome, err := signoff.Make(cmd.Context(), c, cases, f.opts)
	bar.close()
	if err != nil {
		return signOffError(err)
	}
	if outcome.Statement == nil {
		return refuse(cmd.OutOrStdout(), c, outcome)
	}
	return f.write(cmd.OutOrStdout(), outcome, key)
}

// anySeed is a seed that nobody chose.
func anySeed() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint32(b[:])
}

// signOffError tells what could not be run from what cannot be signed off.
func signOffError(err error) error {
	if _, ok := errors.AsType[*harness.StartError](err); ok || errors.Is(err, harness.ErrInterrupted) {
		return incomplete(err)
	}
	return usage(err)
}

// refuse says every point that is not met, and what to do.
func refuse(w io.Writer, c *harness.Config, o *signoff.Outcome) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is not signed off: %s\n\n", o.Shown.Field, counted(len(o.Unmet), "point of the policy is not met", "points of the policy are not met"))
	for _, u := range o.Unmet {
		fmt.Fprintf(&b, "- %s\n  %s\n", u.What, strings.ReplaceAll(u.Do, "\n", "\n  "))
	}
	if len(o.Next) > 0 {
		fmt.Fprintf(&b, "\nrecord next (\"replay coverage -c %s\" has all of it):\n", c.File)
		for _, say := range o.Next {
			fmt.Fprintf(&b, "- %s\n", say)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return incomplete(err)
	}
	return &exitError{code: exitFailing}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// write writes the sign-off and the page beside it.
func (f *signOffFlags) write(w io.Writer, o *signoff.Outcome, key *signoff.Key) error {
	data, err := o.Statement.Encode()
	id := ""
	if key != nil {
		id = key.ID()
		data, err = o.Statement.Sign(key)
	}
	if err != nil {
		return incomplete(err)
	}
	if err := os.MkdirAll(filepath.Dir(f.out), 0o755); err != nil {
		return incomplete(fmt.Errorf("write sign-off: %w", err))
	}
	page := strings.TrimSuffix(f.out, filepath.Ext(f.out)) + ".md"
	err = errors.Join(
		writeFile(f.out, func(w io.Writer) error { _, err := w.Write(data); return err }),
		writeFile(page, func(w io.Writer) error { return o.WritePage(w, id) }),
	)
	if err != nil {
		return incomplete(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is signed off: %s\n", o.Shown.Field, o.Shown.Summary())
	if e := o.Statement.Predicate.Shown.Expires; e != nil {
		fmt.Fprintf(&b, "valid until %s, as long as nothing of what it stands on changes\n", e.Format("2006-01-02 15:04 MST"))
	}
	fmt.Fprintf(&b, "wrote %s and %s\n", f.out, page)
	if key == nil {
		b.WriteString("it is not signed: whoever can write the file can change it; give --key to sign it\n")
	} else {
		fmt.Fprintf(&b, "signed by key %s\n", id)
	}
	_, err = io.WriteString(w, b.String())
	return err
}
