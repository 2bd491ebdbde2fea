package datastore

import (
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/proto"
)

// Metadata kinds: https://cloud.google.com/datastore/docs/concepts/metadataqueries.
const (
	kindKind      = "__kind__"
	kindNamespace = "__namespace__"
	kindProperty  = "__property__"
)

// source is what the plan reads: the content, or for a metadata kind entities
// that describe it.
func (p *plan) source(c *content) *content {
	var entities []*pb.Entity
	switch p.kind {
	case kindNamespace:
		entities = p.namespaces(c)
	case kindKind:
		p.eachKind(c, func(kind string) { entities = append(entities, p.described(kindKind, kind)) })
	case kindProperty:
		p.eachKind(c, func(kind string) { entities = append(entities, p.properties(c, kind)...) })
	default:
		return c
	}
	d := newContent().edit()
	for _, e := range entities {
		rows, err := rowsOf(e)
		if err != nil {
			continue // a handful of rows is within the limit
		}
		d.put(&stored{key: entityKey(e.Key), ent: e, rows: rows})
	}
	d.version = c.version
	return d.done()
}

// described is a metadata entity; the path has kinds and names in turn.
func (p *plan) described(path ...string) *pb.Entity {
	id := &pb.PartitionId{ProjectId: p.db.project, DatabaseId: p.db.database, NamespaceId: p.namespace}
	k := &pb.Key{PartitionId: id}
	for i := 0; i < len(path); i += 2 {
		name := &pb.Key_PathElement_Name{Name: path[i+1]}
		k.Path = append(k.Path, &pb.Key_PathElement{Kind: path[i], IdType: name})
	}
	return &pb.Entity{Key: k}
}

// namespaces lists the namespaces with entities; the default one has id 1.
func (p *plan) namespaces(c *content) []*pb.Entity {
	var entities []*pb.Entity
	for at := ""; ; {
		ns, ok := next(c, at)
		if !ok {
			return entities
		}
		e := p.described(kindNamespace, ns)
		e.Key.PartitionId = proto.CloneOf(e.Key.PartitionId)
		e.Key.PartitionId.NamespaceId = p.namespace
		if ns == "" {
			e.Key.Path[0].IdType = &pb.Key_PathElement_Id{Id: 1}
		}
		entities = append(entities, e)
		at = string(appendText(nil, ns)[:len(ns)+1]) + "\x02"
	}
}

// next is the first text of the index rows from a place on.
func next(c *content, at string) (text string, ok bool) {
	c.index.Ascend(at, func(row string) bool {
		text, _, ok = cutText(row)
		return false
	})
	return text, ok
}

// eachKind visits the kinds of the namespace. It hops from kind to kind.
func (p *plan) eachKind(c *content, visit func(kind string)) {
	hop(c, string(appendText(nil, p.namespace)), visit)
}

// hop visits the distinct texts that follow a prefix in the index.
func hop(c *content, prefix string, visit func(string)) {
	for at := prefix; ; {
		var text string
		found := false
		c.index.Ascend(at, func(row string) bool {
			if strings.HasPrefix(row, prefix) {
				text, _, found = cutText(row[len(prefix):])
			}
			return false
		})
		if !found {
			return
		}
		visit(text)
		b := appendText([]byte(prefix), text)
		b[len(b)-1]++ // behind everything with this text
		at = string(b)
	}
}

// properties describes the indexed properties of a kind.
func (p *plan) properties(c *content, kind string) []*pb.Entity {
	var entities []*pb.Entity
	ofKind := string(appendText(appendText(nil, p.namespace), kind))
	hop(c, ofKind, func(property string) {
		if property == keyProperty {
			return
		}
		e := p.described(kindKind, kind, kindProperty, property)
		var forms []*pb.Value
		for _, name := range representations(c, ofKind+string(appendText(nil, property))) {
			forms = append(forms, &pb.Value{ValueType: &pb.Value_StringValue{StringValue: name}})
		}
		e.Properties = map[string]*pb.Value{"property_representation": arrayOf(forms)}
		entities = append(entities, e)
	})
	return entities
}

// representations names the classes of values under a prefix of the index.
func representations(c *content, prefix string) []string {
	var names []string
	for _, class := range []struct {
		tag  byte
		name string
	}{
		{tagBool, "BOOLEAN"},
		{tagDouble, "DOUBLE"},
		{tagFixed, "INT64"},
		{tagNull, "NULL"},
		{tagGeo, "POINT"},
		{tagKey, "REFERENCE"},
		{tagBytes, "STRING"},
	} {
		want := prefix + string([]byte{class.tag})
		c.index.Ascend(want, func(row string) bool {
			if strings.HasPrefix(row, want) {
				names = append(names, class.name)
			}
			return false
		})
	}
	return names
}
