package datastore

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// A step goes from a value to one inside: to a property by name, or to an
// element of a list by index where name is "".
type step struct {
	name  string
	index int
}

// exclude sets the index flag of all that a path of corpus.Entity.Unindexed
// leads to. A path that leads nowhere is an error: it would be lost, and is a
// slip of the pen.
func exclude(e *pb.Entity, path string) error {
	steps, err := parsePath(path)
	if err != nil {
		return err
	}
	v := e.GetProperties()[steps[0].name]
	if v == nil || !visit(v, steps[1:], func(leaf *pb.Value) { leaf.ExcludeFromIndexes = true }) {
		return fmt.Errorf("unindexed %q names no property of the entity: correct or remove it", path)
	}
	return nil
}

// visit calls f for all values that the steps lead to from v, those of a list's
// elements in its stead, and says whether they lead anywhere. They do into an
// empty list, which has no flag of its own.
func visit(v *pb.Value, steps []step, f func(*pb.Value)) bool {
	list, isList := v.GetValueType().(*pb.Value_ArrayValue)
	switch {
	case isList && len(steps) > 0 && steps[0].name == "":
		values := list.ArrayValue.GetValues()
		return steps[0].index < len(values) && visit(values[steps[0].index], steps[1:], f)
	case isList:
		found := len(list.ArrayValue.GetValues()) == 0
		for _, element := range list.ArrayValue.GetValues() {
			found = visit(element, steps, f) || found
		}
		return found
	case len(steps) == 0:
		f(v)
		return true
	case steps[0].name == "":
		return false
	default:
		inner := v.GetEntityValue().GetProperties()[steps[0].name]
		return inner != nil && visit(inner, steps[1:], f)
	}
}

// unindexed lists the paths of all values of the entity that are excluded from
// indexes, in the form of corpus.Entity.Unindexed.
func unindexed(e *pb.Entity) ([]string, error) {
	var out []string
	for name, v := range e.GetProperties() {
		suffixes, err := flagged(v)
		if err != nil {
			return nil, fmt.Errorf("property %q: %w", name, err)
		}
		for _, suffix := range suffixes {
			out = append(out, escape(name)+suffix)
		}
	}
	slices.Sort(out)
	return out, nil
}

var errListFlag = errors.New("the list itself is excluded from indexes: the protocol allows that for its elements only")

// flagged lists the paths from v to what is excluded in it, "" for v itself.
func flagged(v *pb.Value) ([]string, error) {
	var out []string
	switch t := v.GetValueType().(type) {
	case *pb.Value_ArrayValue:
		if v.GetExcludeFromIndexes() {
			return nil, errListFlag
		}
		return flaggedList(t.ArrayValue.GetValues())
	case *pb.Value_EntityValue:
		inner, err := unindexed(t.EntityValue)
		if err != nil {
			return nil, err
		}
		for _, path := range inner {
			out = append(out, "."+path)
		}
	}
	if v.GetExcludeFromIndexes() {
		out = append(out, "")
	}
	return out, nil
}

// flaggedList merges what is excluded in the elements: a path stands for all
// elements that have it if it is excluded in each, else for each one by index.
func flaggedList(list []*pb.Value) ([]string, error) {
	var holders map[string][]int // elements in which the path is excluded
	for i, element := range list {
		suffixes, err := flagged(element)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		for _, s := range suffixes {
			if holders == nil {
				holders = map[string][]int{}
			}
			holders[s] = append(holders[s], i)
		}
	}
	var out []string
	for suffix, in := range holders {
		together, err := alike(list, suffix, len(in))
		if err != nil {
			return nil, err
		}
		if together {
			out = append(out, suffix)
			continue
		}
		for _, i := range in {
			out = append(out, "["+strconv.Itoa(i)+"]"+suffix)
		}
	}
	return out, nil
}

// alike says whether the path leads somewhere in n elements only. A path that
// begins with an index belongs to one element: without that one's own index it
// would be read as an index of the outer list.
func alike(list []*pb.Value, suffix string, n int) (bool, error) {
	if suffix == "" {
		return n == len(list), nil
	}
	if suffix[0] == '[' {
		return false, nil
	}
	steps, err := parsePath(suffix[1:])
	if err != nil {
		return false, err
	}
	for _, element := range list {
		leads := false
		visit(element, steps, func(*pb.Value) { leads = true })
		if leads {
			n--
		}
	}
	return n == 0, nil
}

var escaper = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `[`, `\[`, `]`, `\]`)

func escape(name string) string {
	if !strings.ContainsAny(name, `\.[]`) {
		return name
	}
	return escaper.Replace(name)
}

// parsePath reads a path in the form of corpus.Entity.Unindexed; its first step
// is a name.
func parsePath(path string) ([]step, error) {
	var steps []step
	var name strings.Builder
	for i := 0; ; i++ {
		switch {
		case i < len(path) && path[i] == '\\' && i+1 < len(path):
			i++
			name.WriteByte(path[i])
		case i < len(path) && strings.IndexByte(`.[]\`, path[i]) < 0:
			name.WriteByte(path[i])
		case name.Len() == 0:
			return nil, fmt.Errorf("unindexed %q: a property has no name", path)
		default:
			steps = append(steps, step{name: name.String()})
			name.Reset()
			rest, indexes, err := parseIndexes(path[i:])
			if err != nil {
				return nil, fmt.Errorf("unindexed %q: %w", path, err)
			}
			steps = append(steps, indexes...)
			i = len(path) - len(rest)
			if rest == "" {
				return steps, nil
			}
			if path[i] != '.' {
				return nil, fmt.Errorf("unindexed %q: expected a dot at %q", path, path[i:])
			}
		}
	}
}

// parseIndexes reads any number of "[n]".
func parseIndexes(s string) (rest string, steps []step, err error) {
	for strings.HasPrefix(s, "[") {
		digits, after, closed := strings.Cut(s[1:], "]")
		n, err := strconv.ParseUint(digits, 10, 31)
		if err != nil || !closed || strconv.FormatUint(n, 10) != digits {
			return "", nil, fmt.Errorf("%q is not the index of an element", s)
		}
		steps = append(steps, step{index: int(n)})
		s = after
	}
	return s, steps, nil
}

// firstName is the property that a path begins with.
func firstName(path string) string {
	if i := strings.IndexAny(path, `\.[`); i < 0 {
		return path
	}
	steps, err := parsePath(path)
	if err != nil {
		return path
	}
	return steps[0].name
}
