package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

const (
	anthropicAnswer = `{"id":"msg_1","type":"message","role":"assistant","model":%q,"content":[{"type":"text","text":"stand-in"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`
	openaiAnswer    = `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":"stand-in"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`
)

// arrived prints which case a request is, if it says so.
func arrived(r *http.Request) {
	if name := r.Header.Get("Firepit-Proof"); name != "" {
		line, _ := json.Marshal(map[string]string{"id": name})
		fmt.Println(string(line))
	}
}

// tool answers over TLS as any MCP server that knows every operation, as an API that has every record, and as a model.
// It prints a line of JSON for each request that says which case it is. A document with the path of a request is the
// answer: an identity provider is no more than that.
func tool() {
	secure(8443, pair{Certificate: "/etc/stand-in/tls.crt", Key: "/etc/stand-in/tls.key"}, "", false,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			arrived(r)
			w.Header().Set("Content-Type", "application/json")
			if document, err := os.ReadFile("/etc/stand-in/documents" + filepath.Clean("/"+r.URL.Path)); err == nil {
				w.Write(document)
				return
			}
			var message struct {
				ID     json.RawMessage `json:"id"`
				Model  string          `json:"model"`
				Params struct {
					Name string `json:"name"`
				} `json:"params"`
			}
			err := json.NewDecoder(r.Body).Decode(&message)
			switch {
			case r.Method == http.MethodGet:
				fmt.Fprintf(w, "{\"stand-in\":%q}\n", r.URL.Path)
			case err != nil:
				http.Error(w, "not JSON", http.StatusBadRequest)
			case strings.HasSuffix(r.URL.Path, "/messages"):
				fmt.Fprintf(w, anthropicAnswer, message.Model)
			case strings.HasSuffix(r.URL.Path, "/chat/completions"):
				fmt.Fprintf(w, openaiAnswer, message.Model)
			case message.ID == nil:
				fmt.Fprintf(w, "{\"stand-in\":%q}\n", r.URL.Path)
			default:
				fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"stand-in of %s"}]}}`,
					message.ID, message.Params.Name)
			}
		}))
}
