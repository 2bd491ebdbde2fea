package corpus

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PropertyPath names a property of an entity, also one within embedded entities
// and lists, as [Entity].Unindexed does: "address.city", "tags", "tags[2]".
type PropertyPath []PropertyStep

// PropertyStep is a property's name, or an index into a list.
type PropertyStep struct {
	// Name is "" for an index.
	Name string
	// Index counts from 0.
	Index int
}

// String is the dotted form; a backslash keeps a dot, bracket or backslash of a
// name.
func (p PropertyPath) String() string {
	var b strings.Builder
	for i, step := range p {
		if step.Name == "" {
			fmt.Fprintf(&b, "[%d]", step.Index)
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(pathEscapes.Replace(step.Name))
	}
	return b.String()
}

var pathEscapes = strings.NewReplacer(`.`, `\.`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

// ParsePropertyPath reads the dotted form; the error says what is wrong with it.
func ParsePropertyPath(s string) (PropertyPath, error) {
	var p PropertyPath
	rest := s
	for first := true; first || rest != ""; first = false {
		var err error
		switch {
		case !first && rest[0] == '[':
			var step PropertyStep
			if step.Index, rest, err = cutIndex(rest); err == nil {
				p = append(p, step)
			}
		case !first && rest[0] != '.':
			err = fmt.Errorf("want a dot or bracket before %q", rest)
		default:
			if !first {
				rest = rest[1:]
			}
			var step PropertyStep
			if step.Name, rest, err = cutName(rest); err == nil {
				p = append(p, step)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("read property name %q: %w", s, err)
		}
	}
	return p, nil
}

func cutIndex(s string) (index int, rest string, err error) {
	digits, rest, ok := strings.Cut(s[1:], "]")
	index, err = strconv.Atoi(digits)
	if !ok || err != nil || strconv.Itoa(index) != digits || index < 0 {
		return 0, "", fmt.Errorf("want an index like [2], have %q", s)
	}
	return index, rest, nil
}

func cutName(s string) (name, rest string, err error) {
	var b strings.Builder
	i := 0
	for ; i < len(s) && s[i] != '.' && s[i] != '['; i++ {
		if s[i] == ']' {
			return "", "", fmt.Errorf(`a bracket of a name needs a backslash`)
		}
		if s[i] == '\\' {
			if i++; i == len(s) || !strings.ContainsRune(`.[]\`, rune(s[i])) {
				return "", "", fmt.Errorf(`a backslash stands only before a dot, bracket or backslash`)
			}
		}
		b.WriteByte(s[i])
	}
	if b.Len() == 0 {
		return "", "", fmt.Errorf("a name is empty")
	}
	return b.String(), s[i:], nil
}

// begins reports whether properties hold the outermost one of the path.
func (p PropertyPath) begins(properties map[string]Value) bool {
	_, ok := properties[p[0].Name]
	return ok
}

// in reports whether properties hold something under the path. A step into a
// list without an index means any of its elements.
func (p PropertyPath) in(properties map[string]Value) bool {
	if len(p) == 0 || p[0].Name == "" {
		return false
	}
	v, ok := properties[p[0].Name]
	return ok && p[1:].within(v)
}

func (p PropertyPath) within(v Value) bool {
	if len(p) == 0 {
		return true
	}
	switch v := v.(type) {
	case Meant:
		return p.within(v.Value)
	case *Entity:
		return p.in(v.Properties)
	case []Value:
		if p[0].Name == "" {
			return p[0].Index < len(v) && p[1:].within(v[p[0].Index])
		}
		return slices.ContainsFunc(v, func(element Value) bool { return p.within(element) })
	}
	return false
}
