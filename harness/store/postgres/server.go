package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sidebyside/replay/harness/ports"
	"github.com/sidebyside/replay/harness/store/internal/server"
)

// Installed is the folder of the newest installed server programs. The error
// says what to install.
func Installed() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	more, _ := filepath.Glob("/usr/pgsql-*/bin/initdb")
	found = append(found, more...)
	if len(found) == 0 {
		return "", fmt.Errorf("driver %q needs installed PostgreSQL programs: install them (Debian: apt-get install postgresql)", Local)
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return versionOf(a) - versionOf(b) })), nil
}

func versionOf(initdb string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(filepath.Dir(initdb))), "pgsql-"))
	return n
}

// startServer runs a private server in a temporary folder.
func startServer(ctx context.Context) (_ machine, url string, err error) {
	bin, err := Installed()
	if err != nil {
		return nil, "", err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, "", err
	}
	folder, err := os.MkdirTemp("", "replay-postgres-")
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	if owner != nil {
		if err := os.Chown(folder, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, "", err
		}
	}
	data := filepath.Join(folder, "data")
	if err := initialise(ctx, bin, data, owner); err != nil {
		return nil, "", err
	}
	port, err := ports.Free()
	if err != nil {
		return nil, "", err
	}
	url = fmt.Sprintf("postgres://%s@127.0.0.1:%d/postgres?sslmode=disable", superuser, port)
	s, err := server.Start(ctx, server.Options{
		Name: "postgres", Folder: folder, User: owner, Stop: syscall.SIGQUIT,
		Command: append([]string{
			filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
			"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		}, settings()...),
		Ready: func(ctx context.Context) error { return reach(ctx, url) },
	})
	if err != nil {
		return nil, "", err
	}
	return s, url, nil
}

// reach connects once.
func reach(ctx context.Context, url string) error {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

// superuser owns a private server.
const superuser = "replay"

// settings: nothing survives the run, so nothing needs to reach the disk; nothing
// moves rows behind the back of a replay; and emptying a table, for which the
// server looks through all its buffers, has few to look through.
func settings() []string {
	var out []string
	for _, s := range []string{
		"fsync=off", "synchronous_commit=off",
		"full_page_writes=off", "autovacuum=off", "jit=off", "max_connections=300", "timezone=UTC",
		"shared_buffers=16MB", "wal_level=minimal", "max_wal_senders=0", "update_process_title=off",
		"max_prepared_transactions=10", "dynamic_shared_memory_type=mmap", "log_timezone=UTC",
	} {
		out = append(out, "-c", s)
	}
	return out
}

func initialise(ctx context.Context, bin, data string, owner *syscall.Credential) error {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), //nolint:gosec // an installed program of PostgreSQL
		"-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	cmd.Dir = filepath.Dir(data)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// unprivileged is who runs the server: PostgreSQL refuses to be run by root. nil
// is the one who runs this program.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody: run replay as another user")
}
