package corpus

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// IsZero reports whether there is no key at all, as in an embedded entity
// without one.
func (k Key) IsZero() bool { return k.Namespace == "" && len(k.Path) == 0 }

// Complete reports whether the key can identify an entity: every element has a
// kind, or is a further column, and an id or a name.
func (k Key) Complete() bool {
	return len(k.Path) > 0 && k.Path[0].Kind != "" && !slices.ContainsFunc(k.Path, func(e PathElement) bool {
		return (e.ID == 0) == (e.Name == "")
	})
}

// Kind is the kind of the last path element that has one, "" for the zero Key.
func (k Key) Kind() string {
	for _, e := range slices.Backward(k.Path) {
		if e.Kind != "" {
			return e.Kind
		}
	}
	return ""
}

// Parent is the key without its last element; the zero Key for a root.
func (k Key) Parent() Key {
	if len(k.Path) < 2 {
		return Key{}
	}
	return Key{Namespace: k.Namespace, Path: k.Path[:len(k.Path)-1]}
}

// Equal reports whether both identify the same entity.
func (k Key) Equal(other Key) bool { return k.Compare(other) == 0 }

// Compare orders keys as Datastore does: by namespace, then element by element
// by kind, ids before names, ids by value, names by bytes; an ancestor comes
// before its descendants, and an incomplete element before a complete one.
func (k Key) Compare(other Key) int {
	if c := strings.Compare(k.Namespace, other.Namespace); c != 0 {
		return c
	}
	return slices.CompareFunc(k.Path, other.Path, PathElement.compare)
}

func (e PathElement) compare(other PathElement) int {
	return cmp.Or(
		strings.Compare(e.Kind, other.Kind),
		cmp.Compare(e.rank(), other.rank()),
		cmp.Compare(e.ID, other.ID),
		strings.Compare(e.Name, other.Name),
	)
}

func (e PathElement) rank() int {
	switch {
	case e.Name != "":
		return 2
	case e.ID != 0:
		return 1
	}
	return 0
}

// String is the key for a person and for reports: "Class/7/Assignment/42", in a
// namespace "ns:Class/7". Two keys have the same text only if they are equal: a
// name that looks like an id, or holds what separates elements, is quoted and
// its slashes are escaped (`Class/"42"`, `File/"a\/b"`). An incomplete element
// is its kind alone. The columns of a row's key are separated by commas
// ("public.members/7,42").
func (k Key) String() string {
	var b strings.Builder
	if k.Namespace != "" {
		b.WriteString(keyToken(k.Namespace, true))
		b.WriteByte(':')
	}
	for i, e := range k.Path {
		if e.Kind == "" && i > 0 {
			b.WriteByte(',')
			b.WriteString(e.token(true))
			continue
		}
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(keyToken(e.Kind, true))
		if e.ID != 0 || e.Name != "" {
			b.WriteByte('/')
			b.WriteString(e.token(strings.ContainsRune(e.Kind, '.')))
		}
	}
	return b.String()
}

// token is the id or name in the text of a key; a comma in a column of a row is
// quoted, because there it separates columns.
func (e PathElement) token(column bool) string {
	switch {
	case e.Name == "" && e.ID != 0:
		return strconv.FormatInt(e.ID, 10)
	case column && strings.ContainsRune(e.Name, ',') && plainKeyToken(e.Name, false):
		return strconv.Quote(e.Name)
	}
	return keyToken(e.Name, false)
}

// keyToken quotes what would otherwise be read as something else. A colon ends
// the namespace, so that it matters in kinds and namespaces only.
func keyToken(s string, colonMatters bool) string {
	if plainKeyToken(s, colonMatters) {
		return s
	}
	return strings.ReplaceAll(strconv.Quote(s), "/", `\/`)
}

func plainKeyToken(s string, colonMatters bool) bool {
	if s == "" || s != strings.TrimSpace(s) || looksLikeID(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r == '/' || r == '"' || r == '\\' || r == ':' && colonMatters ||
			r == unicode.ReplacementChar || !unicode.IsPrint(r)
	})
}

func looksLikeID(s string) bool {
	digits := strings.TrimLeft(s, "+-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
