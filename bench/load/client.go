package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// TLS is how a server is verified, and what it is shown. Files are PEM.
type TLS struct {
	CA          string `json:"ca"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	ServerName  string `json:"serverName"`
}

// client is one connection.
type client struct {
	base string
	http *http.Client
}

const answerTime = 30 * time.Second

func newClient(plan Plan) (*client, error) {
	transport := &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1, DisableCompression: true}
	if plan.TLS != nil {
		config, err := plan.TLS.config()
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = config
		transport.ForceAttemptHTTP2 = true
	}
	return &client{plan.URL, &http.Client{Transport: transport, Timeout: answerTime}}, nil
}

func (t TLS) config() (*tls.Config, error) {
	pem, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: found no certificate", t.CA)
	}
	own, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, ServerName: t.ServerName}, nil
}

// send makes one request and puts down what came of it.
func (c *client) send(next task, all *collector) {
	pieces, err := c.exchange(next.request)
	wrong := ""
	if err != nil {
		wrong = err.Error()
	}
	all.add(time.Since(next.at), pieces, wrong)
}

func (c *client) exchange(request *Request) ([]int64, error) {
	message, err := http.NewRequest(request.Method, c.base+request.Path, strings.NewReader(request.Body))
	if err != nil {
		return nil, err
	}
	for name, value := range request.Headers {
		if name == "host" {
			message.Host = value
			continue
		}
		message.Header.Set(name, value)
	}
	answer, err := c.http.Do(message)
	if err != nil {
		// Without addresses and ports, so that the same failure is the same line.
		return nil, errors.New("no answer: " + reason(err))
	}
	defer answer.Body.Close()
	body, pieces, err := read(answer)
	if err != nil {
		return nil, errors.New("answer broken off: " + reason(err))
	}
	if answer.StatusCode != request.Status {
		return nil, fmt.Errorf("status %d, not %d: %.120s", answer.StatusCode, request.Status, body)
	}
	if !bytes.Contains(body, []byte(request.Contains)) {
		return nil, fmt.Errorf("status %d without %q: %.120s", answer.StatusCode, request.Contains, body)
	}
	return pieces, nil
}

func reason(err error) string {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

func read(answer *http.Response) ([]byte, []int64, error) {
	if !strings.HasPrefix(answer.Header.Get("content-type"), "text/event-stream") {
		body, err := io.ReadAll(answer.Body)
		return body, nil, err
	}
	var all bytes.Buffer
	var pieces []int64
	text := ""
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		all.Write(lines.Bytes())
		all.WriteByte('\n')
		text += textOf(lines.Bytes())
		// A word is here when what ends it is here: until then nobody could use it.
		for end := strings.IndexByte(text, ' '); end >= 0; end = strings.IndexByte(text, ' ') {
			if sent, ok := timeOf(text[:end]); ok {
				pieces = append(pieces, time.Since(sent).Microseconds())
			}
			text = text[end+1:]
		}
	}
	return all.Bytes(), pieces, lines.Err()
}

// textOf is what an event of a streamed chat completion adds to its text.
func textOf(line []byte) string {
	data, found := bytes.CutPrefix(line, []byte("data: {"))
	if !found {
		return ""
	}
	var event struct {
		Choices []struct {
			Delta struct {
				Content string `json:"content"`
			} `json:"delta"`
		} `json:"choices"`
	}
	if json.Unmarshal(append([]byte{'{'}, data...), &event) != nil || len(event.Choices) == 0 {
		return ""
	}
	return event.Choices[0].Delta.Content
}

// A word of a streamed text is the time at which it was sent, in microseconds and to a base in which it looks like a
// word.
const (
	wordBase = 36
	wordMark = "at"
)

func wordOf(at time.Time) string { return wordMark + strconv.FormatInt(at.UnixMicro(), wordBase) }

func timeOf(word string) (time.Time, bool) {
	digits, found := strings.CutPrefix(word, wordMark)
	if !found {
		return time.Time{}, false
	}
	micros, err := strconv.ParseInt(digits, wordBase, 64)
	return time.UnixMicro(micros), err == nil
}
