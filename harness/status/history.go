package status

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/migration"
)

// Point is the state of a migration on one day at one commit: a line of the
// history.
type Point struct {
	Day    string `json:"day"` // 2026-11-20, UTC
	Commit string `json:"commit,omitempty"`
	Fields int    `json:"fields"`
	// States counts the fields in each state, by name.
	States map[string]int `json:"states"`
	Cases  int            `json:"cases"`
	// Exercised of Possible input shapes.
	Exercised int `json:"exercised"`
	Possible  int `json:"possible"`
	SignedOff int `json:"signedOff"`
	Open      int `json:"open"`
}

// Left counts the fields whose migration has begun and is not over.
func (p *Point) Left() int {
	n := 0
	for s := migration.Manual; s < migration.Migrated; s++ {
		n += p.States[s.String()]
	}
	return n
}

// Point is today's line of the history.
func (r *Report) Point(commit string) Point {
	p := Point{Day: r.At.Format(time.DateOnly), Commit: commit, Fields: len(r.Fields), States: map[string]int{}}
	for _, s := range migration.States() {
		p.States[s.String()] = r.ByState(s)
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		p.Cases += f.Cases
		p.Open += f.Open
		if f.Coverage != nil {
			p.Exercised, p.Possible = p.Exercised+f.Coverage.Count, p.Possible+f.Coverage.Of
		}
		if f.SignOff.Valid {
			p.SignedOff++
		}
	}
	return p
}

// Append adds a line to a history file, and returns all of them. A line of the
// same day and commit is replaced, so that doing it again changes nothing. The
// file is written whole or not at all.
func Append(file string, p Point) ([]Point, error) {
	points, err := readHistory(file)
	if err != nil {
		return nil, err
	}
	same := slices.IndexFunc(points, func(old Point) bool { return old.Day == p.Day && old.Commit == p.Commit })
	if same >= 0 {
		points[same] = p
	} else {
		points = append(points, p)
	}
	slices.SortStableFunc(points, func(a, b Point) int { return strings.Compare(a.Day, b.Day) })
	var b bytes.Buffer
	for _, one := range points {
		line, err := json.Marshal(one)
		if err != nil {
			return nil, fmt.Errorf("write history: %w", err)
		}
		b.Write(append(line, '\n'))
	}
	return points, replace(file, b.Bytes())
}

// replace writes a whole file or leaves the old one.
func replace(file string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".history-*")
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

// readHistory reads a file that need not exist. The error is
// strictyaml.Problems with every line that is none.
func readHistory(file string) ([]Point, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	var points []Point
	var problems strictyaml.Problems
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		p, err := readPoint(lines.Bytes())
		if err != nil {
			problems = append(problems, strictyaml.Problem{File: file, Line: n, Column: 1, Message: err.Error()})
			continue
		}
		points = append(points, p)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read history %s: %w", file, err)
	}
	return points, problems.Err()
}

func readPoint(line []byte) (Point, error) {
	var p Point
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, fmt.Errorf("no line of a history: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, p.Day); err != nil {
		return p, fmt.Errorf("the day %q is none like 2026-11-20", p.Day)
	}
	for name := range p.States {
		if !slices.ContainsFunc(migration.States(), func(s migration.State) bool { return s.String() == name }) {
			return p, fmt.Errorf("unknown state %q", name)
		}
	}
	return p, nil
}
