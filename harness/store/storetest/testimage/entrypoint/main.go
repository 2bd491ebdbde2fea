// Command entrypoint begins the containers of tests as the official images of
// PostgreSQL and Redis begin, as far as a test can tell: it makes the database
// cluster that POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB,
// POSTGRES_HOST_AUTH_METHOD and PGDATA ask for, gives up the rights of root, and
// becomes the program that the command names.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// unprivileged is the user who runs servers, in the image's /etc/passwd.
const unprivileged = 999

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "entrypoint:", err)
		os.Exit(1)
	}
}

func run(command []string) error {
	if len(command) == 0 {
		return fmt.Errorf("no command")
	}
	program, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	env := os.Environ()
	if filepath.Base(program) == "postgres" {
		data := variable("PGDATA", "/var/lib/postgresql/data")
		if err := prepare(data); err != nil {
			return err
		}
		env = append(env, "PGDATA="+data)
	}
	if os.Geteuid() == 0 {
		if err := become(); err != nil {
			return err
		}
	}
	if filepath.Base(program) == "postgres" {
		if err := initialise(); err != nil {
			return err
		}
	}
	return syscall.Exec(program, command, env)
}

func variable(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func prepare(data string) error {
	for _, folder := range []string{data, "/var/run/postgresql"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.Chown(folder, unprivileged, unprivileged); err != nil {
			return err
		}
	}
	return os.Setenv("PGDATA", data)
}

func become() error {
	if err := syscall.Setgroups([]int{unprivileged}); err != nil {
		return err
	}
	if err := syscall.Setgid(unprivileged); err != nil {
		return err
	}
	return syscall.Setuid(unprivileged)
}

// initialise makes the cluster, unless it is there.
func initialise() error {
	data, user := os.Getenv("PGDATA"), variable("POSTGRES_USER", "postgres")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return nil
	}
	password, method := os.Getenv("POSTGRES_PASSWORD"), variable("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256")
	if password == "" && method != "trust" {
		return fmt.Errorf("database is uninitialized and superuser password is not specified")
	}
	args := []string{"--username=" + user, "--no-sync", "--encoding=UTF8", "--locale=C"}
	if password != "" {
		file := filepath.Join(os.TempDir(), "password")
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			return err
		}
		defer os.Remove(file) //nolint:errcheck // it goes with the container
		args = append(args, "--pwfile="+file)
	}
	if err := do("initdb", "", args...); err != nil {
		return err
	}
	for file, content := range map[string]string{
		"pg_hba.conf":          "local all all trust\nhost all all all " + method + "\n",
		"postgresql.auto.conf": "listen_addresses = '*'\n",
	} {
		if err := os.WriteFile(filepath.Join(data, file), []byte(content), 0o600); err != nil {
			return err
		}
	}
	if name := variable("POSTGRES_DB", user); name != "postgres" {
		return do("postgres", `CREATE DATABASE "`+name+"\";\n", "--single", "-j", "postgres")
	}
	return nil
}

func do(program, input string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return nil
}
