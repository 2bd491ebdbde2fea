package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// A Session replays cases one by one, each on a lane of its own, for those who
// say themselves what comes next: tests and scenarios. What it does with a case
// is what [Run] does. Its methods may be called side by side.
type Session struct {
	run     *runner
	started time.Time
	remove  func()
	// warm lanes run already; cold places have no lane yet.
	warm chan *lane
	cold chan int
}

// Start builds the implementations, opens the first lane and leaves the others
// for when they are needed. cases is the corpus that the session knows; unlike in
// a run it may be empty. Options.FailFast is of no effect. An implementation that
// does not start is a *StartError. The caller closes the session.
func Start(ctx context.Context, c *Config, cases *corpus.Corpus, opts Options) (_ *Session, err error) {
	opts.withoutCases = true
	r, err := newRunner(c, cases, opts)
	if err != nil {
		return nil, err
	}
	s := &Session{run: r, started: time.Now()}
	if r.out, s.remove, err = outDir(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.remove()
		}
	}()
	if err := r.build(ctx); err != nil {
		return nil, err
	}
	if r.opts.KeepLogs != "" {
		if err := os.MkdirAll(r.opts.KeepLogs, 0o755); err != nil {
			return nil, fmt.Errorf("keep logs: %w", err)
		}
	}
	s.open(s.Lanes())
	l, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	r.begin()
	s.release(l)
	return s, nil
}

func (s *Session) open(lanes int) {
	s.warm, s.cold = make(chan *lane, lanes), make(chan int, lanes)
	for n := range lanes {
		s.cold <- n
	}
}

// Lanes is how many cases can be replayed side by side.
func (s *Session) Lanes() int { return s.run.config.LaneCount(s.run.opts.Lanes) }

// Cases are those of the corpus that the options select.
func (s *Session) Cases() []*corpus.Case { return s.run.cases }

// Case replays and judges one case, of the corpus or of the caller's making; it
// waits for a lane. A case that expects no response has no recording: the
// candidate is compared with legacy alone. The error says that the session cannot
// go on; what an implementation does wrong is in the result. When ctx is
// cancelled, the case finishes or is cut off after 5 s.
func (s *Session) Case(ctx context.Context, cs *corpus.Case) (Result, error) {
	l, err := s.acquire(ctx)
	if err != nil {
		return Result{}, err
	}
	hard, release := hardContext(ctx)
	defer release()
	res, err := l.runCase(hard, cs)
	if err != nil {
		s.drop(l)
		return Result{}, fmt.Errorf("case %s: %w", cs.Name, err)
	}
	s.release(l)
	s.run.done(res)
	return res, nil
}

// Report sums up the cases that were replayed so far. cause says why others are
// missing that should be there; nil where none are.
func (s *Session) Report(cause error) *Report { return s.run.report(s.started, cause) }

// Close stops what the session started, once nothing uses it any more. It is an
// error if a process had ended by itself after its last answer.
func (s *Session) Close() error {
	var errs []error
	for {
		select {
		case l := <-s.warm:
			errs = append(errs, l.died())
			s.run.needs(l.indexes())
			l.close()
			continue
		default:
		}
		s.remove()
		return errors.Join(errs...)
	}
}

// acquire waits for a lane, and opens one where none is free but one may be.
func (s *Session) acquire(ctx context.Context) (*lane, error) {
	if ctx.Err() != nil {
		return nil, ErrInterrupted
	}
	select {
	case l := <-s.warm:
		return l, nil
	default:
	}
	select {
	case l := <-s.warm:
		return l, nil
	case n := <-s.cold:
		l, err := s.run.openLane(ctx, n)
		if err != nil {
			s.cold <- n
			return nil, err
		}
		return l, nil
	case <-ctx.Done():
		return nil, ErrInterrupted
	}
}

func (s *Session) release(l *lane) { s.warm <- l }

// drop closes a lane that cannot go on.
func (s *Session) drop(l *lane) {
	l.close()
	s.cold <- l.number
}

// Explain is the part of the text report that says why the case fails, with the
// command that repeats it; "" where it does not fail.
func (res Result) Explain() string {
	if !res.Verdict.Fails() {
		return ""
	}
	var b strings.Builder
	rep := &Report{Started: time.Now(), Config: res.config, Results: []Result{res}}
	for _, g := range rep.groups() {
		g.writeText(&b, rep)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// Text is what the text report says of this one case: its message, its
// differences and the command that repeats it.
func (res Result) Text() string {
	var b strings.Builder
	res.writeText(&b)
	return strings.TrimRight(b.String(), "\n") + "\n"
}
