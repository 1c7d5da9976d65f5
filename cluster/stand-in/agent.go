package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// agent listens where agents listen. Under /outbound/ it asks its sidecar for the rest of the path, as an agent would
// that calls a tool.
func agent() {
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
		fmt.Fprintf(w, "stand-in of an agent: %s %s\n", r.Method, r.URL.Path)
	})
	check(http.ListenAndServe("127.0.0.1:8080", nil))
}
