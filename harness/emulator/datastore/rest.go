package datastore

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	typeJSON     = "application/json"
	typeProtobuf = "application/x-protobuf"
)

// restMethods are the methods of POST /v1/projects/{project}:{method}.
var restMethods = map[string]struct {
	name string
	req  func() request
}{
	"lookup":              {"Lookup", func() request { return &pb.LookupRequest{} }},
	"runQuery":            {"RunQuery", func() request { return &pb.RunQueryRequest{} }},
	"runAggregationQuery": {"RunAggregationQuery", func() request { return &pb.RunAggregationQueryRequest{} }},
	"beginTransaction":    {"BeginTransaction", func() request { return &pb.BeginTransactionRequest{} }},
	"commit":              {"Commit", func() request { return &pb.CommitRequest{} }},
	"rollback":            {"Rollback", func() request { return &pb.RollbackRequest{} }},
	"allocateIds":         {"AllocateIds", func() request { return &pb.AllocateIdsRequest{} }},
	"reserveIds":          {"ReserveIds", func() request { return &pb.ReserveIdsRequest{} }},
}

// handler serves REST and the admin endpoints.
func (e *Emulator) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { answerText(w, "Ok\n") })
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		e.Reset(e.opts.Initial)
		answerText(w, "Resetting...\n")
	})
	mux.HandleFunc("POST /shutdown", func(w http.ResponseWriter, _ *http.Request) {
		answerText(w, "Shutting down...\n")
		go e.shutdown()
	})
	mux.HandleFunc("POST /v1/projects/{call}", e.rest)
	mux.HandleFunc("POST /emulator/v1/projects/{call}", e.rest)
	return mux
}

// answerText writes an answer; a client that has gone needs none.
func answerText(w http.ResponseWriter, s string) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, s)
}

// rest answers one call in the format it came in.
func (e *Emulator) rest(w http.ResponseWriter, r *http.Request) {
	project, name, _ := strings.Cut(r.PathValue("call"), ":")
	if name == "export" || name == "import" {
		e.exports(w, r, project, name)
		return
	}
	restCall(w, r, e.answer)
}

// restCall answers one call of the service with a function.
func restCall(w http.ResponseWriter, r *http.Request, answer func(context.Context, string, metadata.MD, request) (proto.Message, error)) {
	project, name, _ := strings.Cut(r.PathValue("call"), ":")
	method, ok := restMethods[name]
	if !ok {
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	}
	format, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // anything else is read as JSON
	if format != typeProtobuf {
		format = typeJSON
	}
	req := method.req()
	err := readBody(w, r, format, req)
	if err == nil {
		err = setProject(req, project)
	}
	var resp proto.Message
	if err == nil {
		resp, err = answer(r.Context(), method.name, headers(r.Header), req)
	}
	if err != nil {
		writeError(w, format, err)
		return
	}
	writeMessage(w, format, http.StatusOK, resp)
}

func headers(h http.Header) metadata.MD {
	md := make(metadata.MD, len(h))
	for name, values := range h {
		md[strings.ToLower(name)] = values
	}
	return md
}

// readBody decodes a request of at most maxRequestBytes.
func readBody(w http.ResponseWriter, r *http.Request, format string, req proto.Message) error {
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxRequestBytes)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return invalid("cannot decompress the request: %v", err)
		}
		body = z
	}
	b, err := io.ReadAll(io.LimitReader(body, maxRequestBytes+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), len(b) > maxRequestBytes:
		return invalid("Request payload size exceeds the limit: %d bytes.", maxRequestBytes)
	case err != nil:
		return invalid("cannot read the request: %v", err)
	}
	return decodeRequest(format, b, req)
}

func decodeRequest(format string, b []byte, req proto.Message) error {
	var err error
	if format == typeProtobuf {
		err = proto.Unmarshal(b, req)
	} else if len(b) > 0 {
		err = protojson.Unmarshal(b, req)
	}
	if err != nil {
		return invalid("Payload isn't valid for request. %v", err)
	}
	return nil
}

// setProject fills in the project of the URL.
func setProject(req request, project string) error {
	switch req.GetProjectId() {
	case project:
		return nil
	case "":
		m := req.ProtoReflect()
		m.Set(m.Descriptor().Fields().ByName("project_id"), protoreflect.ValueOfString(project))
		return nil
	}
	return invalid("the project of the request, %q, is not that of its URL, %q", req.GetProjectId(), project)
}

// writeError sends google.rpc.Status: inside {"error": ...} as JSON, bare as
// protobuf.
func writeError(w http.ResponseWriter, format string, err error) {
	s := status.Convert(err)
	code := httpStatus(s.Code())
	if format == typeProtobuf {
		writeMessage(w, format, code, s.Proto())
		return
	}
	writeJSONError(w, code, s)
}

func writeMessage(w http.ResponseWriter, format string, code int, m proto.Message) {
	var b []byte
	var err error
	if format == typeProtobuf {
		b, err = proto.Marshal(m)
	} else {
		b, err = protojson.Marshal(m)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", format)
	w.WriteHeader(code)
	_, _ = w.Write(b) // a client that has gone needs no answer
}

// httpStatus is the mapping of google.rpc.Code.
func httpStatus(c codes.Code) int {
	switch c {
	case codes.OK:
		return http.StatusOK
	case codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange:
		return http.StatusBadRequest
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.NotFound:
		return http.StatusNotFound
	case codes.Aborted, codes.AlreadyExists:
		return http.StatusConflict
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.Canceled:
		return 499
	case codes.Unimplemented:
		return http.StatusNotImplemented
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

func writeJSONError(w http.ResponseWriter, code int, s *status.Status) {
	type body struct {
		Code    int               `json:"code"`
		Message string            `json:"message"`
		Status  string            `json:"status"`
		Details []json.RawMessage `json:"details,omitempty"`
	}
	b, err := json.Marshal(map[string]body{"error": {code, s.Message(), codeName(s.Code()), details(s)}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	w.WriteHeader(code)
	_, _ = w.Write(b) // a client that has gone needs no answer
}

// details are those of a status that have a known type.
func details(s *status.Status) []json.RawMessage {
	var out []json.RawMessage
	for _, d := range s.Proto().GetDetails() {
		if b, err := protojson.Marshal(d); err == nil {
			out = append(out, b)
		}
	}
	return out
}

// codeName is the name of google.rpc.Code: "ALREADY_EXISTS".
func codeName(c codes.Code) string {
	if c == codes.Canceled {
		return "CANCELLED"
	}
	var b strings.Builder
	for i, r := range c.String() {
		if i > 0 && unicode.IsUpper(r) && c != codes.OK {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
