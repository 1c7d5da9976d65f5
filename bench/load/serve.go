package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Text of answers: a kilobyte of words, like what a model says.
var words = strings.Repeat("The customer asked about an invoice of last month. ", 14)

// An answer differs from the one before, like everything that is really said.
func said(number int64) string { return fmt.Sprintf("Answer %d. %s", number, words) }

// Pieces of a streamed answer, and the time between two of them.
const (
	pieces   = 50
	interval = 10 * time.Millisecond
)

// forbidden stands in every request that must not come this far.
const forbidden = "never-forwarded"

// Counts is what came.
type Counts struct {
	Model     atomic.Int64
	Tools     atomic.Int64
	Forbidden atomic.Int64
}

type upstream struct{ counts Counts }

func serve(plain, encrypted, certificate, key string) error {
	one := &upstream{}
	ended := make(chan error, 2)
	go func() { ended <- http.ListenAndServe(plain, one) }()
	go func() { ended <- http.ListenAndServeTLS(encrypted, certificate, key, one) }()
	return <-ended
}

func (u *upstream) ServeHTTP(out http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	if bytes.Contains(body, []byte(forbidden)) {
		u.counts.Forbidden.Add(1)
	}
	switch request.URL.Path {
	case "/v1/chat/completions":
		chat(out, body, u.counts.Model.Add(1))
	case "/mcp":
		tool(out, body, u.counts.Tools.Add(1))
	case "/counts":
		fmt.Fprintf(out, `{"model":%d,"tools":%d,"forbidden":%d}`,
			u.counts.Model.Load(), u.counts.Tools.Load(), u.counts.Forbidden.Load())
	default:
		http.NotFound(out, request)
	}
}

// https://platform.openai.com/docs/api-reference/chat
func chat(out http.ResponseWriter, body []byte, number int64) {
	var asked struct {
		Model  string `json:"model"`
		Stream bool   `json:"stream"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	// Every answer has an id of its own, as a model's have: what was seen before is not what is measured.
	head := fmt.Sprintf(`"id":"chatcmpl-%08x","created":%d,"model":%q`, number, time.Now().Unix(), asked.Model)
	if asked.Stream {
		stream(out, head)
		return
	}
	out.Header().Set("content-type", "application/json")
	fmt.Fprintf(out, `{%s,"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":%q},`+
		`"finish_reason":"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":150,"total_tokens":350}}`,
		head, said(number))
}

func stream(out http.ResponseWriter, head string) {
	out.Header().Set("content-type", "text/event-stream")
	control := http.NewResponseController(out)
	event := func(delta, finish string) {
		fmt.Fprintf(out, "data: {%s,\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":%s,"+
			"\"finish_reason\":%s}]}\n\n", head, delta, finish)
		_ = control.Flush()
	}
	event(`{"role":"assistant","content":""}`, "null")
	for range pieces {
		time.Sleep(interval)
		event(fmt.Sprintf(`{"content":%q}`, wordOf(time.Now())+" "), "null")
	}
	event("{}", `"stop"`)
	fmt.Fprint(out, "data: [DONE]\n\n")
}

// https://modelcontextprotocol.io/specification/2025-11-25/server/tools
func tool(out http.ResponseWriter, body []byte, number int64) {
	var asked struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	out.Header().Set("content-type", "application/json")
	fmt.Fprintf(out, `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":%q}]}}`, asked.ID, said(number))
}
