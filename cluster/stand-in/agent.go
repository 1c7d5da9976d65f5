package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// agent listens where agents listen, on 8080 unless it is told. It prints a line of JSON for each request that says which
// case it is. Under /outbound/ it asks its sidecar for the rest of the path, as an agent would
// that calls a tool.
func agent(args []string) {
	port := "8080"
	if len(args) > 0 {
		port = args[0]
	}
	client := &http.Client{Timeout: 30 * time.Second}
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
