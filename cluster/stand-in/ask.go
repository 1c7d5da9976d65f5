package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

type question struct {
	ID string `json:"id"`
	// Where it goes; its certificate is not looked at, and none is shown.
	URL     string            `json:"url"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	// How long it is asked again until the answer is 200.
	Seconds int `json:"seconds"`
	// A tunnel to ask in; the URL is the proxy's then.
	Tunnel *tunnel `json:"tunnel"`
	// Who the proxy is asked as.
	Identity *identity `json:"identity"`
}

// toConnect is how long a connection may take: packets that a policy drops are answered by nobody.
const toConnect = 10 * time.Second

type reply struct {
	ID     string `json:"id"`
	Status int    `json:"status"`
	Body   string `json:"body"`
	Error  string `json:"error,omitempty"`
}

// ask puts questions one after the other, and prints each answer as a line of JSON.
func ask(args []string) {
	if len(args) != 1 {
		fail(usage)
	}
	var questions []question
	check(json.Unmarshal([]byte(args[0]), &questions))
	client := &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: toConnect}).DialContext,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		},
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, one := range questions {
		begun := time.Now()
		answer := put(client, one)
		for again(one, answer, time.Since(begun)) {
			time.Sleep(time.Second)
			answer = put(client, one)
		}
		encoder.Encode(answer)
	}
}

// again says whether a question is put once more: it must pass, or the tunnel before it has not quite ended, or why the
// other side hung up was not read because something was still being written.
func again(one question, answer reply, since time.Duration) bool {
	unread := one.Tunnel == nil && strings.Contains(answer.Error, ": write: ")
	full := one.Tunnel != nil && answer.Status == http.StatusTooManyRequests
	if unread || full {
		return since < toConnect
	}
	return answer.Status != http.StatusOK && since < time.Duration(one.Seconds)*time.Second
}

func put(client *http.Client, one question) reply {
	if one.Tunnel != nil {
		return through(one)
	}
	answer := reply{ID: one.ID}
	request, err := http.NewRequest(one.Method, one.URL, strings.NewReader(one.Body))
	if err != nil {
		answer.Error = err.Error()
		return answer
	}
	for name, value := range one.Headers {
		request.Header.Set(name, value)
	}
	// The host that is asked for, where it is another than the one that is connected to.
	request.Host = request.Header.Get("Host")
	response, err := client.Do(request)
	if err != nil {
		answer.Error = err.Error()
		return answer
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err != nil {
		answer.Error = err.Error()
	}
	answer.Status, answer.Body = response.StatusCode, string(body)
	return answer
}
