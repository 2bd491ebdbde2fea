package corpus

import (
	"strconv"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// readKey reads a key: [Kind, id or name, ...], or {namespace:, path: [...]}.
// An incomplete one lacks the last id or name. Of a row, whose key has several
// columns, [schema.table, [first, second]]. The key is of use only if ok.
func readKey(n strictyaml.Node, complete bool) (k Key, ok bool) {
	path := n
	ok = true
	if n.Mapping() {
		path = strictyaml.Node{}
		n.Object(strictyaml.Fields{
			"namespace": func(v strictyaml.Node) { ok = v.String(&k.Namespace) && ok },
			"path":      func(v strictyaml.Node) { path = v },
		}, "namespace", "path")
		if !path.Present() {
			return Key{}, false
		}
	}
	switch {
	case !path.List():
		path.Problemf("want a key like [Kind, id or name, ...], have %s", path.Describe())
		return Key{}, false
	case len(path.Content) == 0:
		path.Problemf("the key has no kind; write one like [Kind, id or name, ...]")
		return Key{}, false
	}
	path.Items(func(i int, item strictyaml.Node) {
		if i == 1 && item.List() {
			ok = readColumns(item, len(path.Content) == 2 && k.Namespace == "", &k) && ok
			return
		}
		if i%2 == 0 {
			var e PathElement
			ok = readKind(item, &e.Kind) && ok
			k.Path = append(k.Path, e)
			return
		}
		ok = readIDOrName(item, &k.Path[len(k.Path)-1]) && ok
	})
	if complete && len(path.Content)%2 == 1 {
		path.Problemf("the key is incomplete: no id or name after kind %q", k.Kind())
		return Key{}, false
	}
	return k, ok
}

// readColumns reads the columns of the key of a row. alone says that nothing else
// is in the key but the table.
func readColumns(n strictyaml.Node, alone bool, k *Key) bool {
	if !alone || len(n.Content) < 2 {
		n.Problemf("a list in a key holds the columns of a row, two or more: [schema.table, [first, second]]")
		return false
	}
	ok := true
	n.Items(func(i int, item strictyaml.Node) {
		if i > 0 {
			k.Path = append(k.Path, PathElement{})
		}
		ok = readIDOrName(item, &k.Path[i]) && ok
	})
	return ok
}

func readKind(n strictyaml.Node, into *string) bool {
	if !n.Scalar() || n.ShortTag() != "!!str" {
		n.Problemf("want a kind, have %s; a kind that looks like something else is quoted", n.Describe())
		return false
	}
	if n.Value == "" {
		n.Problemf("the key has no kind")
		return false
	}
	*into = n.Value
	return true
}

func readIDOrName(n strictyaml.Node, into *PathElement) bool {
	if n.Plain() && integerWord.MatchString(n.Value) {
		id, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil || id == 0 {
			n.Problemf("%s is no id: ids are 64-bit integers other than 0; quote it if it is a name", n.Value)
			return false
		}
		into.ID = id
		return true
	}
	if !n.Scalar() || n.ShortTag() != "!!str" || n.Value == "" {
		n.Problemf("want an id or a name, have %s; a name that looks like something else is quoted", n.Describe())
		return false
	}
	into.Name = n.Value
	return true
}
