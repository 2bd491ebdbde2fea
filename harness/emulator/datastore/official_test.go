package datastore_test

import (
	"context"
	"fmt"
	"net"
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
)

// skipWithout skips a test for want of something, or fails it where
// REPLAY_REQUIRE lists that something.
func skipWithout(t testing.TB, what, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("REPLAY_REQUIRE"), ","), what) {
		t.Fatalf("REPLAY_REQUIRE asks for %s: %s", what, reason)
	}
	t.Skipf("needs %s: %s", what, reason)
}

func rawClient(t testing.TB, addr string) pb.DatastoreClient {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
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
func officialEmulators(t testing.TB) []*official {
	t.Helper()
	if testing.Short() {
		t.Skip("the official emulators take long to start")
	}
	return []*official{officialEmulator(t, "A"), officialEmulator(t, "C")}
}

func officialEmulator(t testing.TB, name string) *official {
	t.Helper()
	if _, err := exec.LookPath("gcloud"); err != nil {
		skipWithout(t, "gcloud", err.Error())
	}
	return startOfficial(t, name)
}

func startOfficial(t testing.TB, name string) *official {
	t.Helper()
	addr := freeAddr(t)
	args := append(slices.Clone(officialCommands[name]), "--host-port="+addr, "--quiet")
	log, err := os.Create(filepath.Join(t.TempDir(), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+t.TempDir(), "CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1", "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1")
	if err := cmd.Start(); err != nil {
		skipWithout(t, "gcloud", err.Error())
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
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
			return &official{name, addr, cmd.Process.Pid, rawClient(t, addr)}
		}
		select {
		case <-exited:
			text, _ := os.ReadFile(log.Name())
			skipWithout(t, "gcloud", fmt.Sprintf("emulator %s did not start: %s", name, text))
		default:
		}
		if time.Now().After(deadline) {
			skipWithout(t, "gcloud", "emulator "+name+" did not answer in time")
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

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
