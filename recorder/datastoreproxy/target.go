package datastoreproxy

import (
	"context"
	"fmt"
	"math"
	"strings"

	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

const (
	service      = "google.datastore.v1.Datastore"
	serviceHost  = "datastore.googleapis.com:443"
	serviceScope = "https://www.googleapis.com/auth/datastore"
)

// dial connects to the target when it is first used. The credentials for the
// service stay in its transport.
func dial(ctx context.Context, o Options) (*grpc.ClientConn, error) {
	unlimited := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32))
	if o.Target == "" {
		options := append([]option.ClientOption{
			option.WithEndpoint(serviceHost), option.WithScopes(serviceScope), option.WithTelemetryDisabled(),
			option.WithGRPCDialOption(unlimited),
		}, o.Service...)
		conn, err := transport.Dial(ctx, options...)
		if err != nil {
			return nil, fmt.Errorf("connect to the service: %w; give credentials by GOOGLE_APPLICATION_CREDENTIALS, or an emulator's address", err)
		}
		return conn, nil
	}
	conn, err := grpc.NewClient("passthrough:///"+o.Target, grpc.WithTransportCredentials(insecure.NewCredentials()), unlimited,
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window))
	if err != nil {
		return nil, fmt.Errorf("connect to %q: %w", o.Target, err)
	}
	return conn, nil
}

// passedOn are the metadata of a call as they go to the target: all but those of
// the connection, and, before the service, credentials that are not its own.
func (p *Proxy) passedOn(md metadata.MD) metadata.MD {
	out := withoutTransport(md)
	if p.options.Target == "" {
		delete(out, "authorization")
	}
	return out
}

func withoutTransport(md metadata.MD) metadata.MD {
	out := md.Copy()
	for name := range out {
		switch {
		case strings.HasSuffix(name, "-bin"), name == "grpc-previous-rpc-attempts":
		case strings.HasPrefix(name, ":"), strings.HasPrefix(name, "grpc-"), name == "content-type", name == "user-agent", name == "te":
			delete(out, name)
		}
	}
	return out
}

// ofHTTP are the headers of a REST call that mean something to the service. The
// routing headers, which REST has in its path, are made up.
func ofHTTP(md metadata.MD, project string) metadata.MD {
	out := metadata.MD{
		"x-goog-request-params":        {"project_id=" + project},
		"google-cloud-resource-prefix": {"projects/" + project},
	}
	for name, values := range md {
		switch {
		case strings.HasPrefix(name, "x-goog-"), strings.HasPrefix(name, "google-cloud-"),
			name == "authorization", name == "traceparent", name == "tracestate", name == "baggage", name == "x-cloud-trace-context":
			out[name] = values
		}
	}
	return out
}
