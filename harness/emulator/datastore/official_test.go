package datastore_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sidebyside/replay/harness/ports"
)

// skipWithout skips a test for want of something, or fails it where
// REPLAY_REQUIRE lists that something.
func skipWithout(tb testing.TB, what, reason string) {
	tb.Helper()
	if slices.Contains(strings.Split(os.Getenv("REPLAY_REQUIRE"), ","), what) {
		tb.Fatalf("REPLAY_REQUIRE asks for %s: %s", what, reason)
	}
	tb.Skipf("needs %s: %s", what, reason)
}

func rawClient(tb testing.TB, addr string) pb.DatastoreClient {
	tb.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return pb.NewDatastoreClient(conn)
}

// official is one of the official emulators.
type official struct {
	name   string // "A" or "C"
	addr   string
	pid    int // of the process group
	client pb.DatastoreClient
}

var officialCommands = map[string][]string{
	"A": {"gcloud", "beta", "emulators", "datastore", "start", "--no-store-on-disk", "--consistency=1.0", "--project=demo"},
	"C": {"gcloud", "emulators", "firestore", "start", "--database-mode=datastore-mode"},
}

// officialEmulators starts the legacy emulator and the one of Firestore in
// Datastore mode.
func officialEmulators(tb testing.TB) []*official {
	tb.Helper()
	if testing.Short() {
		tb.Skip("the official emulators take long to start")
	}
	return []*official{officialEmulator(tb, "A"), officialEmulator(tb, "C")}
}

func officialEmulator(tb testing.TB, name string) *official {
	tb.Helper()
	if _, err := exec.LookPath("gcloud"); err != nil {
		skipWithout(tb, "gcloud", err.Error())
	}
	return startOfficial(tb, name)
}

func startOfficial(tb testing.TB, name string) *official {
	tb.Helper()
	addr := freeAddr(tb)
	args := append(slices.Clone(officialCommands[name]), "--host-port="+addr, "--quiet")
	output, err := os.Create(filepath.Join(tb.TempDir(), name+".log"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = output.Close() }()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+tb.TempDir(), "CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1", "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1")
	if err := cmd.Start(); err != nil {
		skipWithout(tb, "gcloud", err.Error())
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	tb.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-exited
		}
	})
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if healthy(addr) {
			return &official{name, addr, cmd.Process.Pid, rawClient(tb, addr)}
		}
		select {
		case <-exited:
			text, _ := os.ReadFile(output.Name())
			skipWithout(tb, "gcloud", fmt.Sprintf("emulator %s did not start: %s", name, text))
		default:
		}
		if time.Now().After(deadline) {
			skipWithout(tb, "gcloud", "emulator "+name+" did not answer in time")
		}
	}
}

func healthy(addr string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	address, err := ports.FreeAddress()
	if err != nil {
		tb.Fatal(err)
	}
	return address
}
