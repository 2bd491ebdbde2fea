package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder"
	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

// recordFlags are the flags of "replay record".
type recordFlags struct {
	config, listen, seed, out, revision, exclusive string

	limits  recordLimits
	keep    recordKeep
	mode    recorder.Exclusive
	tellers []teller

	upstreams *recorder.Upstreams // nil for none
}

func newRecord() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Start legacy, proxy GraphQL to it and write a case per operation",
		Example: `  replay record -c examples/classroom --listen 127.0.0.1:8080 --seed examples/classroom/seed.yaml
  (send operations to http://127.0.0.1:8080/graphql, then press Ctrl-C)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.record(cmd) },
	}
	configFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "", "address to listen on, `HOST:PORT`")
	flags.StringVar(&f.seed, "seed", "", "fixture `file` that the stores start with (default: empty stores)")
	flags.StringVar(&f.out, "out", "", "corpus `directory` to write to (default: the configuration's)")
	flags.StringVar(&f.revision, "revision", "", "revision of legacy, kept in each case")
	flags.StringVar(&f.exclusive, "exclusive", recorder.ExclusiveAuto.String(),
		"which operations run alone: all, mutations, none, or auto, which is none as long as legacy passes traces on; mutations and none need datastores")
	f.limits.define(flags)
	f.keep.define(flags)
	if err := cmd.MarkFlagRequired("listen"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

func (f *recordFlags) record(cmd *cobra.Command) error {
	c, seed, err := f.load()
	if err != nil {
		return err
	}
	if err := f.keep.check(c, f.out); err != nil {
		return usage(err)
	}
	err = f.session(cmd, c, seed)
	return errors.Join(err, f.keep.finish(cmd.Context(), c, f.out, cmd.OutOrStdout()))
}

// recordGCPercent has the collector run seldom: what a recording holds at a time is
// little, and bounded by its queue, and each run takes processors from those who answer.
const recordGCPercent = 100

// recordBallast is memory that is never touched, and so never resident. It lets the
// collector run when so much again was allocated, and not each few megabytes.
const recordBallast = 192 << 20

// spareProcessors leaves half of the processors to legacy, where all stores are in this
// process and the environment does not say how many it is to use (GOMAXPROCS). Passing on
// needs less than legacy does, and a thread of Go that looks for work takes a processor
// that legacy could have. In the way of calls to a store elsewhere there is more to do.
func spareProcessors(c *harness.Config) (all func()) {
	elsewhere := func(s harness.StoreConfig) bool { return s.Driver != "embedded" }
	if os.Getenv("GOMAXPROCS") != "" || slices.ContainsFunc(c.Stores, elsewhere) {
		return func() {}
	}
	runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)/2))
	return runtime.SetDefaultGOMAXPROCS
}

// session records until the user ends it.
func (f *recordFlags) session(cmd *cobra.Command, c *harness.Config, seed map[string]corpus.State) error {
	defer spareProcessors(c)()
	debug.SetGCPercent(recordGCPercent)
	ballast := make([]byte, recordBallast)
	defer runtime.KeepAlive(ballast)
	defer collectAside(cmd.Context())()
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return incomplete(fmt.Errorf("listen on --listen %q: %w; choose another address", f.listen, err))
	}
	defer func() { _ = listener.Close() }()
	ctx := cmd.Context()
	if f.upstreams, err = openUpstreams(c); err != nil {
		return err
	}
	defer f.upstreams.Close()
	legacy, err := harness.Open(ctx, c, c.Legacy, seed)
	if err != nil {
		return incomplete(err)
	}
	defer legacy.Close()
	o, err := f.options(ctx, c, legacy)
	if err != nil {
		return usage(err)
	}
	scribes := &scribes{flags: f, stderr: cmd.ErrOrStderr()}
	o.Scribe = scribes.start
	rec, err := recorder.New(o)
	if errors.Is(err, errNoScribe) {
		return incomplete(err)
	}
	if err != nil {
		return usage(err)
	}
	w := cmd.OutOrStdout()
	metrics, endMetrics, err := serveMetrics(f.limits.metrics, rec.Metrics())
	if err != nil {
		return err
	}
	defer endMetrics()
	if metrics != "" {
		if err := say(w, "metrics at %s\n", metrics); err != nil {
			return err
		}
	}
	if err := say(w, "recording at http://%s%s into %s; press Ctrl-C to end\n", listener.Addr(), path(legacy.Endpoint()), f.out); err != nil {
		return err
	}
	serveErr := serve(ctx, listener, rec, legacy)
	scribes.hurry()
	summary := closing(ctx, rec)
	return errors.Join(serveErr, scribes.wait(), say(w, "%s", summary), f.sayStrays(w))
}

// external opens a store that the harness does not own.
func (f *recordFlags) external(ctx context.Context, s harness.StoreConfig, listen string) (store.Recordable, error) {
	p, err := datastoreproxy.Start(ctx, datastoreproxy.Options{Project: s.Project, Target: s.Address, Listen: listen})
	if err != nil {
		return nil, err
	}
	f.tellers = append(f.tellers, p)
	return p, nil
}

// teller is a store that tells operations apart, and counts the calls of none.
type teller interface{ Strays() map[string]int }

// watched are the stores, of which those that can tell operations apart do.
func (f *recordFlags) watched(stores map[string]store.Recordable) map[string]store.Recordable {
	if f.mode == recorder.ExclusiveAll {
		return stores
	}
	out := maps.Clone(stores)
	for name, s := range stores {
		if embedded, ok := s.(*datastore.Store); ok {
			w := datastoreproxy.Watch(embedded)
			out[name] = w
			f.tellers = append(f.tellers, w)
		}
	}
	return out
}

// sayStrays counts the store calls that belonged to no operation for certain.
func (f *recordFlags) sayStrays(w io.Writer) error {
	for _, p := range f.tellers {
		strays := p.Strays()
		for _, reason := range slices.Sorted(maps.Keys(strays)) {
			if err := say(w, "calls of no operation for certain: %d  %s\n", strays[reason], reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// load reads configuration and seed.
func (f *recordFlags) load() (*harness.Config, map[string]corpus.State, error) {
	c, err := harness.LoadRecordConfig(f.config)
	if err != nil {
		return nil, nil, usage(err)
	}
	c.External = f.external
	if f.mode, err = recorder.ParseExclusive(f.exclusive); err != nil {
		return nil, nil, usage(fmt.Errorf("--exclusive: %w", err))
	}
	if c.Legacy == nil {
		return nil, nil, usage(fmt.Errorf("%s: no legacy is configured; add implementations.legacy", c.File))
	}
	if i := c.Identity; i != nil && i.WholeCredential() && c.Record.Redact == nil {
		return nil, nil, usage(fmt.Errorf("%s: the principal is the credential itself, which would be written; name a claim of it, or add \"redact: []\" to record", i.At))
	}
	if f.out == "" {
		f.out = c.Corpus
	}
	if info, err := os.Stat(f.out); err == nil && !info.IsDir() {
		return nil, nil, usage(fmt.Errorf("cannot record into %s: it is no directory; name one with --out", f.out))
	}
	seed := map[string]corpus.State{}
	if f.seed != "" {
		if seed, err = corpus.OpenState(f.seed); err != nil {
			return nil, nil, usage(err)
		}
	}
	for name := range seed {
		if !c.HasStore(name) {
			return nil, nil, usage(fmt.Errorf("%s: fixture of store %q, which %s does not configure", f.seed, name, c.File))
		}
	}
	for _, s := range c.Stores {
		if _, ok := seed[s.Name]; ok && s.Kind == "datastore" && s.Driver == "external" {
			return nil, nil, usage(fmt.Errorf("%s: fixture of store %q, which is external: it is recorded as it is, not replaced", f.seed, s.Name))
		}
	}
	return c, seed, nil
}

// options are those of the recorder before a running legacy.
func (f *recordFlags) options(ctx context.Context, c *harness.Config, legacy *harness.Side) (o recorder.Options, err error) {
	target, err := url.Parse(legacy.Endpoint())
	if err != nil {
		return o, fmt.Errorf("parse endpoint: %w", err)
	}
	nowHeader := ""
	if c.Clock.Obeyed {
		nowHeader = harness.NowHeader
	}
	redact, err := redactor(c)
	if err != nil {
		return o, err
	}
	var base *recorder.Base
	if f.seed != "" {
		if base, err = recorder.NewBase(ctx, legacy.Stores(), f.out, f.seed, redact); err != nil {
			return o, err
		}
	}
	o = recorder.Options{
		Base: base, Redact: redact, Identify: identify(c),
		Target: target, Upstreams: f.upstreams, Stores: f.watched(legacy.Stores()), Out: f.out,
		KeepHeaders: c.Record.Headers, Follow: c.Record.Follow, Guards: c.Record.Guards,
		Implementation: c.Legacy.Name, Revision: f.revision, NowHeader: nowHeader,
		Exclusive: f.mode,
	}
	f.limits.apply(&o)
	err = f.keep.apply(&o)
	return o, err
}

// closing gives what is still in the queue some time to be written.
func closing(ctx context.Context, rec *recorder.Recorder) recorder.Summary {
	const most = 15 * time.Second
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	defer cancel()
	return rec.Close(end)
}

// serve records until ctx ends or legacy exits. Requests in flight are finished.
func serve(ctx context.Context, l net.Listener, h http.Handler, legacy *harness.Side) error {
	srv := newServer(h)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	var err error
	select {
	case err = <-failed:
		err = incomplete(fmt.Errorf("serve: %w", err))
	case <-legacy.Exited():
		err = incomplete(fmt.Errorf("legacy exited while recording; last lines of its log:\n%s", legacy.Log()))
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if e := srv.Shutdown(end); e != nil {
		err = errors.Join(err, incomplete(fmt.Errorf("requests were still running: %w", e)))
	}
	return err
}

func path(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Path
}

func say(w io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(w, format, args...)
	return err
}
