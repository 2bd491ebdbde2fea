package datastore

import (
	"errors"
	"fmt"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/corpus"
)

// Partition is what keys of the corpus leave out and those of the protocol have:
// the project, and the database in it ("" for the default one).
type Partition struct {
	Project  string
	Database string
}

// Key converts a key to the protocol's form. The zero Key becomes nil.
func (p Partition) Key(k corpus.Key) (*pb.Key, error) {
	if k.Namespace == "" && len(k.Path) == 0 {
		return nil, nil
	}
	out := &pb.Key{PartitionId: &pb.PartitionId{
		ProjectId: p.Project, DatabaseId: p.Database, NamespaceId: k.Namespace,
	}}
	if len(k.Path) == 0 {
		return out, nil
	}
	elements := make([]pb.Key_PathElement, len(k.Path))
	out.Path = make([]*pb.Key_PathElement, len(k.Path))
	for i, e := range k.Path {
		to := &elements[i]
		to.Kind = e.Kind
		switch {
		case e.ID != 0 && e.Name != "":
			return nil, fmt.Errorf("key element %q has both the id %d and the name %q", e.Kind, e.ID, e.Name)
		case e.ID != 0:
			to.IdType = &pb.Key_PathElement_Id{Id: e.ID}
		case e.Name != "":
			to.IdType = &pb.Key_PathElement_Name{Name: e.Name}
		}
		out.Path[i] = to
	}
	return out, nil
}

// FromKey converts a key of the protocol; nil becomes the zero Key. A key of
// another project or database has no form in the corpus: that is an error. A key
// without project is one of this partition, as the service has it.
func (p Partition) FromKey(k *pb.Key) (corpus.Key, error) {
	if k == nil {
		return corpus.Key{}, nil
	}
	id := k.GetPartitionId()
	if err := p.owns(id.GetProjectId(), id.GetDatabaseId()); err != nil {
		return corpus.Key{}, fmt.Errorf("read key of kind %q: %w", kindOf(k), err)
	}
	out := corpus.Key{Namespace: id.GetNamespaceId()}
	if len(k.GetPath()) > 0 {
		out.Path = make([]corpus.PathElement, len(k.GetPath()))
	}
	for i, e := range k.GetPath() {
		out.Path[i] = corpus.PathElement{Kind: e.GetKind(), ID: e.GetId(), Name: e.GetName()}
	}
	return out, nil
}

// ErrPartition is the error of what belongs to another project or database than
// the store's.
var ErrPartition = errors.New("outside the store's project")

// owns says whether a project and database, as named in a request, are these.
func (p Partition) owns(project, database string) error {
	switch {
	case project != "" && project != p.Project:
		return fmt.Errorf("%w: project %q, but the store's is %q: let the implementation take its project from DATASTORE_PROJECT_ID",
			ErrPartition, project, p.Project)
	case project != "" && database != p.Database:
		return fmt.Errorf("%w: database %q, but the store's is %q: use one store per database",
			ErrPartition, database, p.Database)
	}
	return nil
}

// kindOf is the kind of the last element, "" for an empty key.
func kindOf(k *pb.Key) string {
	if n := len(k.GetPath()); n > 0 {
		return k.GetPath()[n-1].GetKind()
	}
	return ""
}
