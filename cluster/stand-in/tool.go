package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// tool answers over TLS as any MCP server that knows every operation, and as an API that has every record.
func tool() {
	secure(8443, pair{Certificate: "/etc/stand-in/tls.crt", Key: "/etc/stand-in/tls.key"}, "", false,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.Method == http.MethodGet {
				fmt.Fprintf(w, "{\"stand-in\":%q}\n", r.URL.Path)
				return
			}
			var message struct {
				ID     json.RawMessage `json:"id"`
				Params struct {
					Name string `json:"name"`
				} `json:"params"`
			}
			if err := json.NewDecoder(r.Body).Decode(&message); err != nil || message.ID == nil {
				http.Error(w, "not a call", http.StatusBadRequest)
				return
			}
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"stand-in of %s"}]}}`,
				message.ID, message.Params.Name)
		}))
}
