package harness

// Channel is one of the parts of an observation that are compared.
type Channel string

// The channels, in the order of a report.
const (
	HTTPChannel     Channel = "http"
	ResponseChannel Channel = "response"
	EffectsChannel  Channel = "effects"
	CallsChannel    Channel = "calls"
)

// Kind is how two observations differ at one place.
type Kind string

// The kinds of difference. Missing is what legacy has and candidate has not,
// Extra the other way round.
const (
	DifferentValue  Kind = "value"
	DifferentType   Kind = "type"
	Missing         Kind = "missing"
	Extra           Kind = "extra"
	DifferentOrder  Kind = "order"
	DifferentLength Kind = "length"
)

// Difference is one place where two observations differ after normalisation
// (docs/running.md). Legacy and Candidate are texts for people, JSON-like and cut
// to a readable length around what differs; with the recording as reference,
// Legacy is what was recorded. Message explains what the texts cannot show.
type Difference struct {
	Channel    Channel `json:"channel"`
	Store      string  `json:"store,omitempty"`
	Path       string  `json:"path"`
	Coordinate string  `json:"coordinate,omitempty"`
	Kind       Kind    `json:"kind"`
	Legacy     string  `json:"legacy"`
	Candidate  string  `json:"candidate"`
	Class      Class   `json:"class,omitempty"`
	Ledger     string  `json:"ledger,omitempty"`
	Message    string  `json:"message,omitempty"`
	// Between names the two observations that Legacy and Candidate are texts of,
	// where they are others: recorded and legacy, or one side and its re-run.
	Between []string `json:"between,omitempty"`
}

// Hidden is how many places of a comparison a rule made equal.
type Hidden struct {
	Rule  string `json:"rule"` // where it stands: "replay.yaml:31"
	Use   string `json:"use"`
	Count int    `json:"hidden"`
}
