package datastore

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// Limits of keys: https://cloud.google.com/datastore/docs/concepts/limits and
// the comments of Key.PathElement.
const (
	maxNameBytes    = 1500
	maxPathElements = 100
	maxKeyBytes     = 6 << 10
)

// dbID names a database; each is a world of its own.
type dbID struct{ project, database string }

var partitionID = regexp.MustCompile(`^[A-Za-z\d.\-_]{1,100}$`)

// requestDB checks the project and database that every request names.
func requestDB(project, database string) (dbID, error) {
	switch {
	case project == "":
		return dbID{}, invalid("The app id is the empty string.")
	case database == "(default)":
		return dbID{}, invalid("%q is an invalid database id.", database)
	case database != "" && !partitionID.MatchString(database):
		return dbID{}, invalid("Illegal string %q in database id.", database)
	}
	return dbID{project, database}, nil
}

// completeness says which of the two forms of a key a request may carry.
type completeness int

const (
	mustBeComplete completeness = iota
	mayBeIncomplete
	mustBeIncomplete
)

// normalise checks a key of a request to db and fills in its partition.
func (db dbID) normalise(k *pb.Key, want completeness) error {
	if len(k.GetPath()) == 0 {
		return invalid("Key path is empty.")
	}
	if err := db.normalisePartition(&k.PartitionId); err != nil {
		return err
	}
	return checkPath(k.Path, want)
}

func (db dbID) normalisePartition(p **pb.PartitionId) error {
	if *p == nil {
		*p = &pb.PartitionId{ProjectId: db.project, DatabaseId: db.database}
		return nil
	}
	if (*p).ProjectId == "" {
		(*p).ProjectId = db.project
	}
	if (*p).ProjectId != db.project || (*p).DatabaseId != db.database {
		return invalid("mismatched databases within request: %v vs. %v", db, dbID{(*p).ProjectId, (*p).DatabaseId})
	}
	return checkNamespace((*p).NamespaceId)
}

func (db dbID) String() string {
	s := "<unknown!>~" + db.project
	if db.database != "" {
		s += "#" + db.database
	}
	return s
}

func checkNamespace(ns string) error {
	if ns == "" {
		return nil
	}
	if !partitionID.MatchString(ns) {
		return invalid("Illegal string %q in namespace id.", ns)
	}
	if reserved(ns) {
		return invalid("The namespace id %q is reserved.", ns)
	}
	return nil
}

func checkPath(path []*pb.Key_PathElement, want completeness) error {
	if len(path) > maxPathElements {
		return invalid("Key path is too long. Cannot exceed %d elements.", maxPathElements)
	}
	size := 0
	for i, p := range path {
		if err := checkElement(p); err != nil {
			return err
		}
		size += len(p.Kind) + len(p.GetName()) + 8
		if p.IdType == nil && (want == mustBeComplete || i < len(path)-1) {
			return invalid("Key path element must not be incomplete: [%s]", pathText(path))
		}
	}
	if want == mustBeIncomplete && path[len(path)-1].IdType != nil {
		return invalid("Key path element must not be complete: [%s]", pathText(path))
	}
	if size > maxKeyBytes {
		return invalid("The key is longer than %d bytes.", maxKeyBytes)
	}
	return nil
}

func checkElement(p *pb.Key_PathElement) error {
	if p == nil {
		return invalid("The kind is the empty string.")
	}
	if err := checkText("kind", p.Kind); err != nil {
		return err
	}
	switch t := p.IdType.(type) {
	case *pb.Key_PathElement_Id:
		if t.Id == 0 {
			return invalid("Key path id is invalid. Must not be zero.")
		}
	case *pb.Key_PathElement_Name:
		return checkText("key path element name", t.Name)
	}
	return nil
}

// checkText applies the rules that kinds, names and property names share.
func checkText(what, s string) error {
	switch {
	case s == "":
		return invalid("The %s is the empty string.", what)
	case len(s) > maxNameBytes:
		return invalid("The %s is longer than %d bytes.", what, maxNameBytes)
	case !utf8.ValidString(s):
		return invalid("The %s is not valid UTF-8.", what)
	case reserved(s):
		return invalid("The %s %q is reserved.", what, s)
	}
	return nil
}

// reserved: "A kind matching regex __.*__ is reserved/read-only."
func reserved(s string) bool {
	return len(s) >= 4 && strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
}

// pathText is a path for messages: "A: x, B: 5", an incomplete element "A: ".
func pathText(path []*pb.Key_PathElement) string {
	var b strings.Builder
	for i, p := range path {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Kind + ": ")
		switch t := p.IdType.(type) {
		case *pb.Key_PathElement_Id:
			fmt.Fprint(&b, t.Id)
		case *pb.Key_PathElement_Name:
			b.WriteString(t.Name)
		}
	}
	return b.String()
}
