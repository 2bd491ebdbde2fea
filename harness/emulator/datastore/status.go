package datastore

import (
	"encoding/base64"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

// errContention is the text of the live service without its list of groups.
var errContention = status.Error(codes.Aborted,
	"too much contention on these datastore entities. please try again.")

var (
	errBadToken = status.Error(codes.InvalidArgument, "Invalid transaction.")
	errClosedTx = status.Error(codes.InvalidArgument, "The referenced transaction has expired or is no longer valid.")
)

// micros is the whole microseconds since the epoch; the rest is cut off, as the
// service does.
func micros(t *timestamppb.Timestamp) int64 {
	return t.GetSeconds()*1e6 + int64(t.GetNanos())/1000
}

func timestamp(micros int64) *timestamppb.Timestamp {
	s, rest := micros/1e6, micros%1e6
	if rest < 0 {
		s, rest = s-1, rest+1e6
	}
	return &timestamppb.Timestamp{Seconds: s, Nanos: int32(rest * 1000)}
}

// decodeBase64 reads base64 of either alphabet, padded or not.
func decodeBase64(s string) ([]byte, error) {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	return base64.RawURLEncoding.DecodeString(s)
}
