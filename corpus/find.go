package corpus

import (
	"io/fs"
	"path"
	"strings"
)

// find lists the YAML files of a corpus, sorted by path. What may hide a case is
// a problem.
func (l *loader) find() []string {
	var names []string
	walk := func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			l.problems = append(l.problems, l.unreadable(name, err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if name != "." && hidden(path.Base(name)) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() && l.isCaseFile(name, d) {
			names = append(names, name)
		}
		return nil
	}
	// walk returns no error but SkipDir.
	_ = fs.WalkDir(l.fsys, ".", walk)
	return names
}

// hidden tells what is kept beside the cases without being one: quarantined
// cases in "_unfaithful", the temporary files of a writer that crashed.
func hidden(base string) bool { return base[0] == '_' || base[0] == '.' }

func (l *loader) isCaseFile(name string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink != 0 {
		info, err := fs.Stat(l.fsys, name)
		if err != nil {
			l.problems = append(l.problems, l.unreadable(name, err))
			return false
		}
		if info.IsDir() {
			l.problems = append(l.problems, l.problem(name, "a symbolic link to a directory is not followed; put the directory itself here"))
			return false
		}
		d = fs.FileInfoToDirEntry(info)
	}
	switch ext := path.Ext(name); {
	case !strings.EqualFold(ext, ".yaml") && !strings.EqualFold(ext, ".yml"):
		return false
	case ext != ".yaml":
		l.problems = append(l.problems, l.problem(name, `a case's file ends in ".yaml"; rename it`))
		return false
	case !d.Type().IsRegular():
		l.problems = append(l.problems, l.problem(name, "not a regular file; put the file itself here"))
		return false
	}
	return true
}
