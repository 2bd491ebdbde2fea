package main

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder"
)

// recordLimits are the flags that say how much is recorded, and at what cost.
type recordLimits struct {
	only       only
	sample     share
	rate       frequency
	maxBody    size
	queue      positive
	queueBytes size
	http2      bool
	metrics    string
}

func (l *recordLimits) define(flags *pflag.FlagSet) {
	flags.Var(&l.only, "only", "record only operations of this `type`, mutation or query")
	flags.Var(&l.sample, "sample", "record a `share` of the requests, such as 1% or 0.01: by trace id where there is one, else by chance")
	flags.Var(&l.rate, "rate", "record at most so many cases per second, `N/s`")
	flags.Var(&l.maxBody, "max-body", "largest request or answer that is recorded, a `size` such as 4MiB (default 32MiB)")
	flags.Var(&l.queue, "queue", "most `recordings` that wait to be written; further ones are dropped (default 1024)")
	flags.Var(&l.queueBytes, "queue-bytes", "most memory for recordings that wait to be written, a `size` (default 256MiB)")
	flags.BoolVar(&l.http2, "http2", false, "reach legacy by HTTP/2 without TLS (default: by HTTP/1.1)")
	flags.StringVar(&l.metrics, "metrics", "", "serve metrics for Prometheus at http://`HOST:PORT`/metrics")
}

// apply puts the flags into the options.
func (l *recordLimits) apply(o *recorder.Options) {
	o.Select = recorder.Selection{Only: corpus.OperationType(l.only), Sample: float64(l.sample), Rate: float64(l.rate)}
	o.MaxBody, o.Queue, o.QueueBytes = int64(l.maxBody), int(l.queue), int64(l.queueBytes)
	if l.http2 {
		o.Transport = recorder.CleartextHTTP2()
	}
}

// newServer serves HTTP/1.1 and, to who knows that it is spoken, HTTP/2 without TLS.
func newServer(h http.Handler) *http.Server {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, Protocols: new(http.Protocols)}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	return s
}

// size is a number of bytes on the command line.
type size int64

var units = []struct {
	name  string
	bytes float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// Set reads "4MiB", "500kB" or a plain number of bytes.
func (s *size) Set(text string) error {
	for _, unit := range units {
		number, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n*unit.bytes >= 1) || n*unit.bytes > 1<<50 {
			break
		}
		*s = size(n * unit.bytes)
		return nil
	}
	return errors.New("want a size such as 4MiB, 500kB or 1048576")
}

func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type is that of a pflag.Value.
func (*size) Type() string { return "size" }

// share is a part of a whole on the command line.
type share float64

// Set reads "1%" or "0.01".
func (s *share) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(number, 64)
	if percent {
		n /= 100
	}
	if err != nil || !(n > 0 && n <= 1) {
		return errors.New("want a share above 0 and up to 100%, such as 1% or 0.01")
	}
	*s = share(n)
	return nil
}

func (s *share) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*s), 'g', -1, 64)
}

// Type is that of a pflag.Value.
func (*share) Type() string { return "share" }

// frequency is a rate on the command line.
type frequency float64

// Set reads "5/s" or "5".
func (r *frequency) Set(text string) error {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || !(n > 0 && n <= 1e9) {
		return errors.New("want a number of cases per second, such as 5/s or 0.2/s")
	}
	*r = frequency(n)
	return nil
}

func (r *frequency) String() string {
	if *r == 0 {
		return ""
	}
	return fmt.Sprintf("%g/s", float64(*r))
}

// Type is that of a pflag.Value.
func (*frequency) Type() string { return "rate" }
