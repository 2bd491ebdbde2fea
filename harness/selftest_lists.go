package harness

import (
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// listFaults change lists. The list of errors has faults of its own: the GraphQL
// spec promises no order of it.
func listFaults() []fault {
	return []fault{
		onItems("drop-item", "an item of a list is missing", func(items []any, i int) ([]any, bool) {
			return slices.Delete(items, i, i+1), true
		}),
		onItems("duplicate-item", "an item of a list is there twice", func(items []any, i int) ([]any, bool) {
			return slices.Insert(items, i, items[i]), true
		}),
		onItems("move-item", "two neighbours in a list are swapped", func(items []any, i int) ([]any, bool) {
			if i+1 == len(items) {
				return nil, false
			}
			items[i], items[i+1] = items[i+1], items[i]
			return items, true
		}),
		onLists("reverse-list", "a list is in reverse order", func(items []any) (any, bool) {
			slices.Reverse(items)
			return items, len(items) > 2 // two neighbours are swapped elsewhere
		}),
		onLists("empty-list", "a list is empty", func(items []any) (any, bool) { return []any{}, len(items) > 1 }),
		onLists("null-for-empty-list", "an empty list is null", func(items []any) (any, bool) { return nil, len(items) == 0 }),
		onLists("item-for-list", "a list of one item is the item", func(items []any) (any, bool) {
			if len(items) != 1 {
				return nil, false
			}
			return items[0], true
		}),
		onSites("empty-list-for-null", "a null is an empty list", func(_ *specimen, at *site) (any, bool) {
			return at.list([]any{}), at.value == nil
		}),
	}
}

// items are those of a list, in a slice of its own.
func (at *site) items() ([]any, bool) {
	switch v := at.value.(type) {
	case []any:
		return slices.Clone(v), true
	case []corpus.Value:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = item
		}
		return out, true
	}
	return nil, false
}

// list is a list of the items for the site's channel.
func (at *site) list(items []any) any {
	if at.channel != EffectsChannel {
		return items
	}
	out := make([]corpus.Value, len(items))
	for i, item := range items {
		out[i] = item
	}
	return out
}

// onLists applies where the list becomes one that means something else.
func onLists(name, does string, change func(items []any) (any, bool)) fault {
	return onSites(name, does, func(s *specimen, at *site) (any, bool) {
		items, ok := at.items()
		if !ok || at.isErrors() {
			return nil, false
		}
		before := s.blanks(items)
		out, ok := change(items)
		if !ok {
			return nil, false
		}
		if list, isList := out.([]any); isList {
			return at.list(list), !slices.Equal(before, s.blanks(list))
		}
		return out, true
	})
}

// onItems applies once for each item of a list.
func onItems(name, does string, change func(items []any, i int) ([]any, bool)) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		var out []place
		for _, at := range s.sites {
			items, ok := at.items()
			if !ok || at.isErrors() {
				continue
			}
			before := s.blanks(items)
			for i := range items {
				list, ok := change(slices.Clone(items), i)
				if !ok || slices.Equal(before, s.blanks(list)) {
					continue
				}
				p := at.place(at.list(list))
				p.path = at.part("", i, nil, nil).path
				out = append(out, p)
			}
		}
		return out
	}}
}

func (at *site) isErrors() bool { return at.channel == ResponseChannel && at.path == "errors" }

// blanks are the items as texts without generated ids: lists of the same blanks
// may mean the same.
func (s *specimen) blanks(items []any) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = s.blank(item)
	}
	return out
}

// blank is a value as text without generated ids.
func (s *specimen) blank(v any) string {
	text := valueText(v)
	for id := range s.ids {
		text = strings.ReplaceAll(text, id, "#")
	}
	return text
}

// valueText is a value of JSON or of a store as text.
func valueText(v any) string {
	if text, err := corpus.EncodeJSON(v); err == nil {
		return string(text)
	}
	return corpus.ValueText(v)
}
