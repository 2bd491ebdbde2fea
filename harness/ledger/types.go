package ledger

import (
	"fmt"
	"maps"
	"slices"

	"cel.dev/cel-go/common/types"
)

// record describes what always has the same fields.
type record map[string]*types.Type

// records are the types of expressions; stores are fields of fixture and
// effects, so that a wrong name is found when an expression is read.
func records(stores []string) map[string]record {
	texts := types.NewMapType(types.StringType, types.StringType)
	properties := types.NewMapType(types.StringType, types.DynType)
	path, names := types.NewListType(types.DynType), types.NewListType(types.StringType)
	fixture, effects := record{}, record{}
	for _, name := range stores {
		fixture[name] = object("State")
		effects[name] = types.NewListType(object("Effect"))
	}
	return map[string]record{
		"Request": {
			"operation": types.StringType, "fields": names, "document": types.StringType,
			"operationName": types.StringType, "variables": types.DynType, "headers": texts,
		},
		"Fixture": fixture,
		"State":   {"entities": types.NewListType(object("Entity")), "absent": types.NewListType(object("Key"))},
		"Key":     {"kind": types.StringType, "key": types.StringType, "path": path},
		"Entity": {
			"kind": types.StringType, "key": types.StringType, "path": path,
			"properties": properties, "unindexed": names,
		},
		"Observation": {
			"http": object("HTTP"), "response": types.DynType, "effects": object("Effects"),
			"calls": types.NewListType(object("Call")),
		},
		"HTTP":    {"status": types.IntType, "headers": texts},
		"Effects": effects,
		"Effect": {
			"op": types.StringType, "kind": types.StringType, "key": types.StringType, "path": path,
			"properties": properties, "set": types.NewMapType(types.StringType, properties), "unindexed": names,
		},
		"Call": {"upstream": types.StringType, "request": object("CallRequest"), "response": object("CallResponse")},
		"CallRequest": {
			"method": types.StringType, "path": types.StringType, "document": types.StringType,
			"variables": types.DynType, "body": types.DynType,
		},
		"CallResponse": {"status": types.IntType, "body": types.DynType},
	}
}

func object(name string) *types.Type { return types.NewObjectType(name) }

// provider knows the records besides CEL's own types.
type provider struct {
	types.Provider
	records map[string]record
}

// FindStructType finds the type of a record.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if p.records[name] != nil {
		return types.NewTypeTypeWithParam(object(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames lists the fields of a record.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if r := p.records[name]; r != nil {
		return slices.Sorted(maps.Keys(r)), true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType finds a field of a record; its values are maps.
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	r := p.records[name]
	if r == nil {
		return p.Provider.FindStructFieldType(name, field)
	}
	t := r[field]
	if t == nil {
		return nil, false
	}
	return &types.FieldType{
		Type: t,
		IsSet: func(target any) bool {
			m, ok := target.(map[string]any)
			return ok && m[field] != nil
		},
		GetFrom: func(target any) (any, error) {
			m, ok := target.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("no such key: %s", field)
			}
			return m[field], nil
		},
	}, true
}
