package harness

import (
	"encoding/json"
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// fault is one mistake that an implementation can make; or, as a control, what is
// none and must not be reported.
type fault struct {
	name, does string
	control    bool
	// places are where the fault changes what an observation means, always in the
	// same order.
	places func(s *specimen) []place
}

// place is where a fault can be put into an observation.
type place struct {
	channel Channel
	path    string
	inject  func() (*corpus.Observation, error)
	// allocated are keys that the stores gave out besides those of inserts.
	allocated []corpus.Key
}

// faults are all of them.
func faults() []fault {
	return slices.Concat(
		answerFaults(), errorFaults(), valueFaults(), listFaults(), objectFaults(), idFaults(),
		writeFaults(), keyFaults(), propertyFaults(), callFaults(), controls(),
	)
}

// edit makes another value of one; false where it does not apply.
type edit func(v any) (any, bool)

// onValues is a fault that changes single values by an edit, on every channel.
func onValues(name, does string, e edit) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		var out []place
		for _, at := range s.sites {
			if v, ok := e(at.value); ok {
				out = append(out, at.place(v))
			}
		}
		return out
	}}
}

// onSites is a fault that replaces values, knowing where they stand.
func onSites(name, does string, e func(s *specimen, at *site) (any, bool)) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		var out []place
		for _, at := range s.sites {
			if v, ok := e(s, at); ok {
				out = append(out, at.place(v))
			}
		}
		return out
	}}
}

func (at *site) place(v any) place {
	if n, ok := v.(json.Number); ok && at.channel == EffectsChannel {
		v = storedNumber(n)
	}
	return place{channel: at.channel, path: at.path, inject: func() (*corpus.Observation, error) { return at.with(v) }}
}

// onWrites is a fault of what is stored.
func onWrites(name, does string, each func(s *specimen, w write, add func(path string, by ...corpus.Effect))) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		var out []place
		for _, w := range writes(&s.cs.Expect) {
			each(s, w, func(path string, by ...corpus.Effect) {
				if path != "" {
					path = "." + path
				}
				out = append(out, place{channel: EffectsChannel, path: w.path() + path, inject: func() (*corpus.Observation, error) {
					return w.replaced(&s.cs.Expect, by...), nil
				}})
			})
		}
		return out
	}}
}

// storedNumber is the number as a store has it.
func storedNumber(n json.Number) corpus.Value {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return n.String()
	}
	return f
}
