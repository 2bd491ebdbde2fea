package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store/datastore"
)

func newEmulator() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Run an embedded emulator on its own",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEmulatorDatastore())
	return cmd
}

func newEmulatorDatastore() *cobra.Command {
	var listen, seed, project string
	cmd := &cobra.Command{
		Use:   "datastore",
		Short: "Serve Google Cloud Datastore's API from memory until Ctrl-C",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			state, err := seedState(seed)
			if err != nil {
				return usage(err)
			}
			s, err := datastore.Open(datastore.Options{Project: project, Listen: listen})
			if err != nil {
				return incomplete(err)
			}
			if err := s.Seed(cmd.Context(), state); err != nil {
				return usage(err)
			}
			w := cmd.OutOrStdout()
			for _, name := range []string{"DATASTORE_EMULATOR_HOST", "DATASTORE_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"} {
				if err := say(w, "export %s=%s\n", name, s.Env()[name]); err != nil {
					return err
				}
			}
			<-cmd.Context().Done()
			return s.Close()
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&listen, "listen", "127.0.0.1:0", "address to listen on, `HOST:PORT`")
	flags.StringVar(&seed, "seed", "", "fixture `file` to start with")
	flags.StringVar(&project, "project", "demo", "project `id` of the seed and of the printed variables")
	return cmd
}

// seedState reads the one Datastore state of a fixture file.
func seedState(file string) (corpus.State, error) {
	if file == "" {
		return corpus.State{}, nil
	}
	states, err := corpus.OpenState(file)
	if err != nil {
		return corpus.State{}, err
	}
	if len(states) != 1 {
		return corpus.State{}, fmt.Errorf("%s: holds %d stores; a seed holds one", file, len(states))
	}
	for _, s := range states {
		return s, nil
	}
	return corpus.State{}, nil
}
