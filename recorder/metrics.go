package recorder

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what a recorder tells of itself, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	added    prometheus.Histogram
	waited   prometheus.Histogram
	legacy   prometheus.Histogram
}

func newMetrics(r *Recorder) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		added:    histogram("replay_record_added_seconds", "Time that the recorder added to an operation, without waiting for its turn."),
		waited:   histogram("replay_record_turn_seconds", "Time that an operation waited for others."),
		legacy:   histogram("replay_record_legacy_seconds", "Time that legacy took to answer, with passing the answer on."),
	}
	m.registry.MustRegister(m.added, m.waited, m.legacy, collector{r})
	return m
}

func histogram(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(25e-6, 2, 18), // 25 µs to 3.3 s
	})
}

// passed notes where the time of an operation went.
func (m *metrics) passed(before, waited, legacy, after time.Duration) {
	m.added.Observe((before + after).Seconds())
	m.waited.Observe(waited.Seconds())
	m.legacy.Observe(legacy.Seconds())
}

// Metrics serves the recorder's metrics in the formats of Prometheus.
func (r *Recorder) Metrics() http.Handler {
	return promhttp.HandlerFor(r.metrics.registry, promhttp.HandlerOpts{})
}

// collector tells the counts, which have one place: the Summary and the backlog.
type collector struct{ r *Recorder }

var (
	operations = describe("replay_record_operations_total", "Operations seen.")
	cases      = describe("replay_record_cases_total", "Cases by what became of them: written, there before, there with another answer.", "outcome")
	skipped    = describe("replay_record_skipped_total", "Operations that were passed on but not recorded, by reason.", "reason")
	leftOut    = describe("replay_record_left_out_total", "Operations that were not asked to be recorded, by only, sample or rate.", "by")
	strays     = describe("replay_record_stray_calls_total", "Calls to upstreams while no operation was in flight.")
	passed     = describe("replay_record_bytes_total", "Bytes of operations passed on, by direction.", "direction")
	length     = describe("replay_record_queue_length", "Recordings that are answered but not written.")
	capacity   = describe("replay_record_queue_capacity", "Recordings that the queue can hold.")
	bytesHeld  = describe("replay_record_queue_bytes", "Bytes of the recordings in the queue.")
	bytesMost  = describe("replay_record_queue_bytes_capacity", "Bytes that the queue can hold.")
	inFlight   = describe("replay_record_in_flight", "Operations that legacy has not answered.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe is that of a prometheus.Collector.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{operations, cases, skipped, leftOut, strays, passed, length, capacity, bytesHeld, bytesMost, inFlight} {
		out <- d
	}
}

// Collect is that of a prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	total := func(d *prometheus.Desc, n int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, n int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n))
	}
	s := c.r.counters.summary()
	total(operations, s.Seen)
	total(cases, s.Recorded, "written")
	total(cases, s.Unchanged, "unchanged")
	total(cases, s.Differences, "differing")
	for reason, skip := range s.Skipped {
		total(skipped, skip.Count, reason)
	}
	for why, n := range s.LeftOut {
		total(leftOut, n, why)
	}
	total(strays, c.r.options.Upstreams.strayCalls())
	total(passed, int(c.r.received.Load()), "request")
	total(passed, int(c.r.sent.Load()), "answer")
	queued, size, _ := c.r.backlog.state()
	gauge(length, int64(queued))
	gauge(capacity, int64(c.r.options.Queue))
	gauge(bytesHeld, size)
	gauge(bytesMost, c.r.options.QueueBytes)
	gauge(inFlight, c.r.flying.Load())
}
