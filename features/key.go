package features

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// key reads the key of an entity ("Class/7"), a row ("public.grades/42", with
// several columns "public.members/7,42") or a key of Redis, as reports spell it,
// and tells the store it is for: the one named, or the only one that holds such.
func (b *book) key(text, named string) (store string, k corpus.Key, err error) {
	kind, err := b.kindOf(text, named)
	if err != nil {
		return "", corpus.Key{}, err
	}
	if store, err = b.store(named, kind); err != nil {
		return "", corpus.Key{}, err
	}
	if kind == "redis" {
		return store, corpus.RedisKey(text, 0), nil
	}
	k, err = parseKey(text, kind == "postgres")
	return store, k, err
}

// kindOf is the kind of store that a key is for.
func (b *book) kindOf(text, named string) (string, error) {
	var kinds []string
	for _, s := range b.config.Stores {
		if named == s.Name {
			return s.Kind, nil
		}
		if !slices.Contains(kinds, s.Kind) {
			kinds = append(kinds, s.Kind)
		}
	}
	switch first, _, path := strings.Cut(text, "/"); {
	case named != "":
		_, err := b.store(named, "")
		return "", err
	case len(kinds) == 1:
		return kinds[0], nil
	case path && strings.Contains(first, ".") && slices.Contains(kinds, "postgres"):
		return "postgres", nil
	case path && !strings.Contains(first, ".") && slices.Contains(kinds, "datastore"):
		return "datastore", nil
	case slices.Contains(kinds, "redis"):
		return "redis", nil
	}
	return "", fmt.Errorf("which store holds %q? Say so: %q in %q", text, text, strings.Join(b.storeNames(), " or "))
}

// parseKey reads the text of a key ([corpus.Key.String]), of an entity or of a row.
func parseKey(text string, row bool) (corpus.Key, error) {
	var k corpus.Key
	first, rest, err := cutToken(text, '/')
	if err != nil {
		return k, err
	}
	path := text
	switch ns, kind, ok := strings.Cut(first.text, ":"); {
	case first.quoted && strings.HasPrefix(rest, ":"):
		k.Namespace, path = first.text, rest[1:]
	case !first.quoted && ok:
		k.Namespace, path = ns, kind+rest
	}
	if kind, columns, ok := strings.Cut(path, "/"); ok && row {
		k.Path, err = rowPath(kind, columns)
		return k, err
	}
	tokens, err := keyTokens(path, '/')
	if err != nil {
		return k, err
	}
	if len(tokens)%2 == 1 {
		return k, fmt.Errorf("key %q is incomplete: write KIND/ID or KIND/NAME for each element, such as Class/7/Assignment/42", text)
	}
	for i := 0; i < len(tokens); i += 2 {
		if tokens[i].text == "" || tokens[i+1].text == "" {
			return k, fmt.Errorf("key %q has an empty kind or name", text)
		}
		k.Path = append(k.Path, tokens[i+1].element(tokens[i].text))
	}
	return k, nil
}

// rowPath is the key of a row: of the columns, the first has the kind.
func rowPath(table, columns string) ([]corpus.PathElement, error) {
	tokens, err := keyTokens(columns, ',')
	if err != nil {
		return nil, err
	}
	var path []corpus.PathElement
	for _, t := range tokens {
		if t.text == "" {
			return nil, fmt.Errorf("key %q has an empty column", table+"/"+columns)
		}
		path = append(path, t.element(table))
		table = ""
	}
	return path, nil
}

// token is a kind, an id or a name in the text of a key.
type token struct {
	text   string
	quoted bool
}

func (t token) element(kind string) corpus.PathElement {
	if id, err := strconv.ParseInt(t.text, 10, 64); err == nil && id != 0 && !t.quoted {
		return corpus.PathElement{Kind: kind, ID: id}
	}
	return corpus.PathElement{Kind: kind, Name: t.text}
}

// keyTokens splits the text of a key at slashes or commas; what is in quotes may
// hold some.
func keyTokens(text string, at byte) ([]token, error) {
	var list []token
	for rest := text; ; {
		t, after, err := cutToken(rest, at)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		if after == "" {
			return list, nil
		}
		if rest = strings.TrimPrefix(after, string(at)); rest == after {
			return nil, fmt.Errorf("key %q goes on after a quote", text)
		}
	}
}

// cutToken takes the first kind, id or name off, up to a separator.
func cutToken(text string, at byte) (t token, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		i := strings.IndexByte(text, at)
		if i < 0 {
			i = len(text)
		}
		return token{text: text[:i]}, text[i:], nil
	}
	text = strings.ReplaceAll(text, `\/`, `\x2f`)
	q, err := strconv.QuotedPrefix(text)
	if err == nil {
		t.quoted = true
		t.text, err = strconv.Unquote(q)
	}
	if err != nil {
		return t, "", fmt.Errorf("key %q has a quote that does not end", text)
	}
	return t, text[len(q):], nil
}

// keyYAML spells a key as the corpus does.
func keyYAML(k corpus.Key) string {
	var parts []string
	for i := 0; i < len(k.Path); i++ {
		e := k.Path[i]
		parts = append(parts, strconv.Quote(e.Kind))
		columns := []string{elementYAML(e)}
		for i+1 < len(k.Path) && k.Path[i+1].Kind == "" {
			i++
			columns = append(columns, elementYAML(k.Path[i]))
		}
		if len(columns) > 1 {
			parts = append(parts, "["+strings.Join(columns, ", ")+"]")
			continue
		}
		parts = append(parts, columns[0])
	}
	path := "[" + strings.Join(parts, ", ") + "]"
	if k.Namespace != "" {
		return fmt.Sprintf("{namespace: %q, path: %s}", k.Namespace, path)
	}
	return path
}

func elementYAML(e corpus.PathElement) string {
	if e.Name == "" {
		return strconv.FormatInt(e.ID, 10)
	}
	return strconv.Quote(e.Name)
}
