package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
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

// emulatorFlags are the flags of "replay emulator datastore".
type emulatorFlags struct {
	listen, seed, indexFile, project string
	env                              bool
}

func newEmulatorDatastore() *cobra.Command {
	var f emulatorFlags
	cmd := &cobra.Command{
		Use:   "datastore",
		Short: "Serve Google Cloud Datastore's API from memory until Ctrl-C",
		Long: `Serve Google Cloud Datastore's API (gRPC, and REST with JSON or protobuf, on one
port) from memory until Ctrl-C or POST /shutdown. POST /reset empties it.

It prints the variables by which the official clients find it. With --env it
prints only these for the given flags, and serves nothing:

  replay emulator datastore --seed school.yaml &
  eval "$(replay emulator datastore --env)"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8081", "address to listen on, `HOST:PORT`; port 0 chooses a free one")
	flags.StringVar(&f.seed, "seed", "", "fixture `file` of the corpus format to start with")
	flags.StringVar(&f.indexFile, "index-file", "", "index.yaml `file`: queries that need another composite index are refused")
	flags.StringVar(&f.project, "project", "demo", "project `id` of the seed and of the printed variables")
	flags.BoolVar(&f.env, "env", false, "print the variables and exit")
	return cmd
}

func (f *emulatorFlags) run(cmd *cobra.Command) error {
	w := cmd.OutOrStdout()
	if f.env {
		return printEnv(w, f.listen, f.project)
	}
	opts := emulator.Options{Listen: f.listen, NoJournal: true}
	var err error
	if opts.Initial, err = f.initial(); err != nil {
		return usage(err)
	}
	if opts.Indexes, err = readIndexes(f.indexFile); err != nil {
		return usage(err)
	}
	e, err := emulator.Start(opts)
	if err != nil {
		return incomplete(fmt.Errorf("%w; choose another address with --listen", err))
	}
	if err := printEnv(w, reachable(e.Addr()), f.project); err != nil {
		return err
	}
	if err := say(cmd.ErrOrStderr(), "serving Datastore on %s; press Ctrl-C to end\n", e.Addr()); err != nil {
		return err
	}
	select {
	case <-cmd.Context().Done():
	case <-e.Done():
	}
	return e.Close()
}

// reachable is an address that clients on this machine can use for one that the
// emulator listens on: all addresses are none to connect to.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// initial is the content that the seed file describes.
func (f *emulatorFlags) initial() (*emulator.State, error) {
	state := corpus.State{}
	if f.seed != "" {
		states, err := corpus.OpenState(f.seed)
		if err != nil {
			return nil, err
		}
		if len(states) != 1 {
			return nil, fmt.Errorf("%s: it is the fixture of %d stores; a seed is that of one", f.seed, len(states))
		}
		for _, s := range states {
			state = s
		}
	}
	return datastore.Partition{Project: f.project}.State(state)
}

func readIndexes(file string) ([]emulator.Index, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read indexes: %w", err)
	}
	return emulator.ParseIndexes(file, data)
}

// printEnv prints what a shell evaluates.
func printEnv(w io.Writer, addr, project string) error {
	env := datastore.Env(addr, project)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if err := say(w, "export %s=%s\n", name, env[name]); err != nil {
			return err
		}
	}
	return nil
}
