package corpus

import (
	"os"

	"golang.org/x/sys/unix"
)

// beginSync has what a file holds be on its way to the disk (sync_file_range(2)). It is
// no more than a hint: that it lasts is what Sync says.
func beginSync(f *os.File) {
	_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}
