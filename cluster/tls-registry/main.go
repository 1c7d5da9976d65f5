// A registry with TLS, for a bench that must not ask its policies to allow an insecure one. SIGUSR1 makes it refuse
// connections, SIGUSR2 makes it answer again with everything it held.
package main

import (
	"crypto/tls"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	address := flag.String("address", "", "where to listen")
	certificate := flag.String("certificate", "", "PEM file")
	key := flag.String("key", "", "PEM file")
	blobs := flag.String("blobs", "", "folder for what is pushed")
	pid := flag.String("pid", "", "file for its process id")
	flag.Parse()
	handler := registry.New(registry.WithBlobHandler(registry.NewDiskBlobHandler(*blobs)), registry.WithReferrersSupport(true))
	// One connection for each upload: the handler takes bodies one after the other, and over HTTP/2 the one that waits
	// fills the window that the other one needs.
	separate := map[string]func(*http.Server, *tls.Conn, http.Handler){}
	serve := func() *http.Server {
		server := &http.Server{Addr: *address, Handler: handler, ReadHeaderTimeout: 5 * time.Second, TLSNextProto: separate}
		go func() {
			if err := server.ListenAndServeTLS(*certificate, *key); err != http.ErrServerClosed {
				log.Fatal(err)
			}
		}()
		return server
	}
	if err := os.WriteFile(*pid, []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
		log.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	server := serve()
	for s := range signals {
		if s == syscall.SIGUSR1 && server != nil {
			server.Close()
			server = nil
		} else if s == syscall.SIGUSR2 && server == nil {
			server = serve()
		}
	}
}
