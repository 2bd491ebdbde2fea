package corpus

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// beginFile begins a file in a directory. It has no name yet where the file system can do
// so (O_TMPFILE, open(2)): of one that is never finished nothing is left.
func beginFile(dir string) (*os.File, error) {
	const anyone = 0o644
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, anyone)
	if err != nil {
		return beginNamed(dir)
	}
	return os.NewFile(uintptr(fd), ""), nil
}

// placeFile gives a file the name, and takes that from another which has it.
func placeFile(f *os.File, path string) error {
	if f.Name() != "" {
		return os.Rename(f.Name(), path)
	}
	from := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	err := unix.Linkat(unix.AT_FDCWD, from, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if err == nil {
		return nil
	}
	// The name is taken, and a link takes none away; or there is no /proc.
	named, err := beginNamed(filepath.Dir(path))
	if err != nil {
		return err
	}
	_, err = io.Copy(named, io.NewSectionReader(f, 0, 1<<62))
	if err = errors.Join(err, named.Sync(), named.Close()); err == nil {
		err = os.Rename(named.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(named.Name()))
	}
	return nil
}

// beginSync has what a file holds be on its way to the disk (sync_file_range(2)). It is
// no more than a hint: that it lasts is what Sync says.
func beginSync(f *os.File) {
	_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}
