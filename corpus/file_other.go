//go:build !linux

package corpus

import "os"

func beginFile(dir string) (*os.File, error) { return beginNamed(dir) }

func placeFile(f *os.File, path string) error { return os.Rename(f.Name(), path) }

// beginSync does nothing where there is no such hint.
func beginSync(*os.File) {}
