package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// agent listens where agents listen, on 8080 unless it is told. It prints a line of JSON for each request that says which
// case it is. Under /outbound/ it asks its sidecar for the rest of the path, as an agent would that calls a tool; under
// /kernel it says what it runs on, and under /watch/ it goes round its sidecar, in its log.
func agent(args []string) {
	port := "8080"
	if len(args) > 0 {
		port = args[0]
	}
	client := &http.Client{Timeout: 30 * time.Second}
	if code, err := strconv.Atoi(os.Getenv("ENDS_WITH")); err == nil {
		end(client, code)
	}
	http.HandleFunc("/kernel", kernel)
	http.HandleFunc("/watch/", func(w http.ResponseWriter, r *http.Request) {
		go watch(strings.Split(strings.TrimPrefix(r.URL.Path, "/watch/"), ","))
		io.WriteString(w, "stand-in\n")
	})
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "stand-in\n") })
	http.HandleFunc("/outbound/", func(w http.ResponseWriter, r *http.Request) {
		request, err := http.NewRequest(r.Method, "http://127.0.0.1:15001/"+strings.TrimPrefix(r.URL.Path, "/outbound/"), r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for name, values := range r.Header {
			if strings.HasPrefix(strings.ToLower(name), "x-firepit-") || name == "Content-Type" {
				request.Header[name] = values
			}
		}
		response, err := client.Do(request)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		fmt.Fprintf(w, "%d ", response.StatusCode)
		io.Copy(w, response.Body)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		arrived(r)
		fmt.Fprintf(w, "stand-in of an agent: %s %s\n", r.Method, r.URL.Path)
	})
	check(http.ListenAndServe("127.0.0.1:"+port, nil))
}

// end works once and ends, as an agent does whom nobody asks. Its sidecar was there before it, or it could not work.
func end(client *http.Client, code int) {
	response, err := client.Get("http://127.0.0.1:15001/")
	check(err)
	response.Body.Close()
	fmt.Println("its sidecar answered", response.StatusCode)
	os.Exit(code)
}

// kernel shows the version and the log of the kernel: a node's own keeps its log from who is not root.
func kernel(w http.ResponseWriter, r *http.Request) {
	version, err := os.ReadFile("/proc/version")
	check(err)
	w.Write(version)
	const readAll = 3
	log := make([]byte, 64*1024)
	n, err := syscall.Klogctl(readAll, log)
	if err != nil {
		fmt.Fprintln(w, "its log:", err)
		return
	}
	w.Write(log[:n])
}
