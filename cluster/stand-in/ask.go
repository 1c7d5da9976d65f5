package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
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
}

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
		Timeout:   30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, one := range questions {
		end := time.Now().Add(time.Duration(one.Seconds) * time.Second)
		answer := put(client, one)
		for answer.Status != http.StatusOK && time.Now().Before(end) {
			time.Sleep(time.Second)
			answer = put(client, one)
		}
		encoder.Encode(answer)
	}
}

func put(client *http.Client, one question) reply {
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
