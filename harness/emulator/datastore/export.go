package datastore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/encoding/protowire"
)

// An export is a directory as the official emulator writes it:
//
//	NAME/NAME.overall_export_metadata
//	NAME/all_namespaces/all_kinds/all_namespaces_all_kinds.export_metadata
//	NAME/all_namespaces/all_kinds/output-0
//
// output-0 is a LevelDB log of EntityProto messages, the first and the last one
// hold small messages about the export.
const (
	exportDir      = "all_namespaces/all_kinds"
	exportMetadata = exportDir + "/all_namespaces_all_kinds.export_metadata"
)

// WriteExport writes the entities of a database below dir, in the format of the
// official emulator's export, and returns the path of the overall metadata,
// which is what an import asks for.
func (s *State) WriteExport(dir, project, database string, at time.Time) (string, error) {
	name := strings.Replace(at.UTC().Format("2006-01-02T15:04:05.000"), ".", "_", 1)
	root := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Join(root, exportDir), 0o755); err != nil {
		return "", fmt.Errorf("export: %w", err)
	}
	var output logWriter
	n := 0
	for e := range s.Entities(project) {
		if e.Key.PartitionId.DatabaseId == database {
			output.record(appendEntityProto(nil, e))
			n++
		}
	}
	var overall logWriter
	overall.record([]byte("3")) // the version of the format
	overall.record(overallMetadata(n, len(output.out)))
	metadata := filepath.Join(root, name+".overall_export_metadata")
	for path, b := range map[string][]byte{
		filepath.Join(root, exportDir, "output-0"): output.out,
		filepath.Join(root, exportMetadata):        kindMetadata(name, at),
		metadata:                                   overall.out,
	} {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return "", fmt.Errorf("export: %w", err)
		}
	}
	return metadata, nil
}

func appendMessage(b []byte, n protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), m)
}

func appendString(b []byte, n protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
}

func appendVarint(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

// overallMetadata and kindMetadata are what the official emulator writes for an
// export of all kinds in all namespaces.
func overallMetadata(entities, bytes int) []byte {
	all := appendString(appendVarint(appendString(appendVarint(nil, 1, 2), 2, ""), 3, 3), 4, "")
	m := appendString(appendMessage(nil, 1, all), 2, exportMetadata)
	m = appendVarint(appendVarint(m, 3, uint64(entities)), 4, uint64(bytes))
	return appendMessage(nil, 1, m)
}

func kindMetadata(name string, at time.Time) []byte {
	now := uint64(at.UnixMicro())
	head := appendVarint(appendVarint(appendString(nil, 1, name), 2, now), 3, now)
	file := appendString(appendString(nil, 1, ""), 2, "output-0")
	return appendMessage(appendMessage(nil, 1, head), 2, file)
}

// ReadExport reads the entities of an export of the service or of an official
// emulator, given its .overall_export_metadata file, into a project and
// database of another name.
func ReadExport(metadata, project, database string) ([]*pb.Entity, error) {
	if !strings.HasSuffix(metadata, ".overall_export_metadata") {
		return nil, fmt.Errorf("import %q: want the .overall_export_metadata file of an export", metadata)
	}
	if _, err := os.Stat(metadata); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	var files []string
	err := filepath.WalkDir(filepath.Dir(metadata), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), "output-") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	slices.Sort(files)
	var all []*pb.Entity
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		records, err := readLog(b)
		if err != nil {
			return nil, fmt.Errorf("import %s: %w", file, err)
		}
		for i, r := range records {
			e, err := (protoReader{project, database}).entity(r, 0)
			if err != nil {
				return nil, fmt.Errorf("import %s: record %d: %w", file, i, err)
			}
			all = append(all, e)
		}
	}
	return all, nil
}

var errNoProject = errors.New("the URL names no project")

// exports answers :export and :import as the official emulators do, with a
// finished operation.
func (e *Emulator) exports(w http.ResponseWriter, r *http.Request, project, method string) {
	var req struct {
		OutputURLPrefix string `json:"output_url_prefix"`
		InputURL        string `json:"input_url"`
		Database        string `json:"database_id"`
	}
	err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&req)
	var result string
	switch {
	case err != nil:
	case project == "":
		err = errNoProject
	case method == "export":
		result, err = e.State().WriteExport(req.OutputURLPrefix, project, req.Database, e.clock())
	default:
		result, err = req.InputURL, e.importFrom(req.InputURL, project, req.Database)
	}
	if err != nil {
		writeError(w, typeJSON, invalid("%v", err))
		return
	}
	b, err := json.Marshal(map[string]any{"done": true, "response": map[string]string{"outputUrl": result}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	_, _ = w.Write(b) // a client that has gone needs no answer
}

// importFrom adds the entities of an export to the content.
func (e *Emulator) importFrom(metadata, project, database string) error {
	entities, err := ReadExport(metadata, project, database)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s, err := e.state.Load().Put(entities...)
	if err != nil {
		return err
	}
	e.setState(s, e.clock().UnixMicro())
	return nil
}
