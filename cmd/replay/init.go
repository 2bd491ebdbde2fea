package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

//go:embed init.yaml
var initYAML []byte

func newInit() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Write a commented replay.yaml into this folder",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := os.OpenFile("replay.yaml", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return usage(errors.New("replay.yaml exists already; move it away to write a new one"))
			}
			if err != nil {
				return usage(fmt.Errorf("write replay.yaml: %w", err))
			}
			if _, err := f.Write(initYAML); err != nil {
				return usage(errors.Join(fmt.Errorf("write replay.yaml: %w", err), f.Close()))
			}
			if err := f.Close(); err != nil {
				return usage(fmt.Errorf("write replay.yaml: %w", err))
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "wrote replay.yaml; edit it, then record cases with \"replay record\" and run \"replay run\"")
			return err
		},
	}
}
