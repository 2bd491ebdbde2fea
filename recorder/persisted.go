package recorder

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// persistedQuery is the reason of a request that names its document by a hash alone.
const persistedQuery = "persisted query without its text"

// supply gives an operation that has only a hash the document, if that is known, and
// learns from one that has both (Apollo's automatic persisted queries). A text is believed
// only if it has the hash.
func (r *Recorder) supply(op *operation) {
	hash := hashOf(op.Extensions)
	if hash == "" {
		return
	}
	text, known := r.documents.get(hash)
	switch {
	case known && op.reason == persistedQuery:
		op.reason, op.detail = "", ""
		op.Document, op.supplied = text, true
		r.classes.classify(op)
	case !known && op.Document != "":
		if sum := sha256.Sum256([]byte(op.Document)); hash == hex.EncodeToString(sum[:]) {
			r.documents.put(hash, op.Document, len(op.Document))
		}
	}
}

// hashOf is the hash by which extensions name a document, in lower case, "" for none.
func hashOf(extensions corpus.JSON) string {
	hash, _ := persistedHash(extensions)
	return strings.ToLower(hash)
}

// persistedHash reads extensions.persistedQuery.sha256Hash; named is set if there is
// a persistedQuery at all.
func persistedHash(extensions corpus.JSON) (hash string, named bool) {
	if len(extensions) == 0 {
		return "", false
	}
	tree, err := extensions.Decode()
	if err != nil {
		return "", false
	}
	object, _ := tree.(corpus.Object)
	value, named := object.Get("persistedQuery")
	query, _ := value.(corpus.Object)
	text, _ := query.Get("sha256Hash")
	hash, _ = text.(string)
	return hash, named
}

// unknownHash says whether an answer refuses a hash whose document the server does
// not know, by Apollo's code or message.
func unknownHash(response corpus.JSON) bool {
	tree, err := response.Decode()
	if err != nil {
		return false
	}
	object, _ := tree.(corpus.Object)
	value, _ := object.Get("errors")
	list, _ := value.([]any)
	for _, element := range list {
		e, _ := element.(corpus.Object)
		message, _ := e.Get("message")
		extensions, _ := e.Get("extensions")
		details, _ := extensions.(corpus.Object)
		code, _ := details.Get("code")
		if message == "PersistedQueryNotFound" || code == "PERSISTED_QUERY_NOT_FOUND" || code == "PERSISTED_QUERY_NOT_SUPPORTED" || message == "PersistedQueryNotSupported" {
			return true
		}
	}
	return false
}
