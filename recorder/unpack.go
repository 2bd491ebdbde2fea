package recorder

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// unknownEncoding is the error of a content coding that is not known.
type unknownEncoding string

func (e unknownEncoding) Error() string {
	return fmt.Sprintf("content encoding %q is not known", string(e))
}

// errLargeUnpacked is the error of a body that becomes too large.
var errLargeUnpacked = errors.New("it is too large when unpacked")

// compressed is the reason for which the answer is not recorded.
func compressed(err error) string {
	var unknown unknownEncoding
	switch {
	case errors.As(err, &unknown):
		return "answer is compressed as " + shortened(string(unknown))
	case errors.Is(err, errLargeUnpacked):
		return "answer too large"
	}
	return "answer does not unpack"
}

// unpacked undoes the content codings of a body (RFC 9110, section 8.4), whose result
// must not be larger than limit. A body without any is returned as it is.
func unpacked(encoding string, body []byte, limit int64) ([]byte, error) {
	names := strings.Split(encoding, ",")
	for _, name := range slices.Backward(names) {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" || name == "identity" || len(body) == 0 {
			continue
		}
		r, err := unpacker(name, body)
		if err != nil {
			return nil, err
		}
		body, err = io.ReadAll(io.LimitReader(r, limit+1))
		if c, ok := r.(io.Closer); ok {
			_ = c.Close() // all that is wanted has been read
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("unpack %s: %w", name, err)
		case int64(len(body)) > limit:
			return nil, errLargeUnpacked
		}
	}
	return body, nil
}

func unpacker(name string, body []byte) (io.Reader, error) {
	r := bytes.NewReader(body)
	switch name {
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		// It means zlib (RFC 9110, section 8.4.1.2), but some send bare deflate.
		if z, err := zlib.NewReader(bufio.NewReader(r)); err == nil {
			return z, nil
		}
		return flate.NewReader(bytes.NewReader(body)), nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case "br":
		return brotli.NewReader(r), nil
	}
	return nil, unknownEncoding(name)
}
