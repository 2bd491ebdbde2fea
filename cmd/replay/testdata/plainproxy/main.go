// Command plainproxy passes requests on and does nothing else: what a proxy of net/http
// costs at least.
//
//	plainproxy HOST:PORT URL
package main

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"
)

func main() {
	target, err := url.Parse(os.Args[2])
	if err == nil {
		server := http.Server{Addr: os.Args[1], ReadHeaderTimeout: time.Minute, Handler: &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
			Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256},
		}}
		err = server.ListenAndServe()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
