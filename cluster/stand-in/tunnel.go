package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tunnel is where a CONNECT leads, and what is done in it before the rest of the question is put.
type tunnel struct {
	// Host and port that the proxy is asked for.
	To string `json:"to"`
	// The host that TLS in it names; without one what is said in it is no TLS.
	Name string `json:"name"`
	// Sent first, in a request that says no case.
	Bytes int `json:"bytes"`
	// How long it is left open, at most, before anything is said.
	Seconds int `json:"seconds"`
}

// identity is what a sidecar shows of itself: files that are mounted, and the header that the token stands in.
type identity struct {
	Folder string `json:"folder"`
	Token  string `json:"token"`
	Header string `json:"header"`
}

// through puts a question through a tunnel, which it asks of the proxy at its URL. An answer without a status is a tunnel
// that was cut; any other answer but 200 without one is the proxy's.
func through(one question) reply {
	answer := reply{ID: one.ID}
	proxy, said, err := opened(one)
	if err != nil {
		answer.Error = err.Error()
		return answer
	}
	defer proxy.Close()
	if said.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(said.Body, 4096))
		answer.Status, answer.Body = said.StatusCode, string(body)
		return answer
	}
	response, err := spoken(proxy, one)
	if err != nil {
		answer.Error = "in the tunnel: " + err.Error()
		return answer
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
	answer.Status, answer.Body = response.StatusCode, string(body)
	return answer
}

// ahead is a connection of which some was read into a buffer.
type ahead struct {
	net.Conn
	from *bufio.Reader
}

func (c ahead) Read(into []byte) (int, error) { return c.from.Read(into) }

// opened asks a proxy for a tunnel.
func opened(one question) (net.Conn, *http.Response, error) {
	at, err := url.Parse(one.URL)
	if err != nil {
		return nil, nil, err
	}
	connection, err := net.DialTimeout("tcp", at.Host, toConnect)
	if err != nil {
		return nil, nil, err
	}
	connection.SetDeadline(time.Now().Add(30 * time.Second))
	lines := []string{"CONNECT " + one.Tunnel.To + " HTTP/1.1", "Host: " + one.Tunnel.To}
	if as := one.Identity; as != nil {
		token, err := os.ReadFile(as.Token)
		check(err)
		pair, err := tls.LoadX509KeyPair(filepath.Join(as.Folder, "tls.crt"), filepath.Join(as.Folder, "tls.key"))
		check(err)
		lines = append(lines, as.Header+": "+strings.TrimSpace(string(token)))
		connection = tls.Client(connection, &tls.Config{
			ServerName: at.Hostname(), InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}})
	}
	for name, value := range one.Headers {
		lines = append(lines, name+": "+value)
	}
	if _, err = io.WriteString(connection, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		connection.Close()
		return nil, nil, err
	}
	from := bufio.NewReader(connection)
	said, err := http.ReadResponse(from, &http.Request{Method: http.MethodConnect})
	if err != nil {
		connection.Close()
		return nil, nil, err
	}
	return ahead{connection, from}, said, nil
}

// spoken does in a tunnel what the question says. Only the last request says which case it is.
func spoken(connection net.Conn, one question) (*http.Response, error) {
	inside := connection
	if one.Tunnel.Name != "" {
		secured := tls.Client(connection, &tls.Config{ServerName: one.Tunnel.Name, InsecureSkipVerify: true})
		if err := secured.Handshake(); err != nil {
			return nil, err
		}
		inside = secured
	}
	if one.Tunnel.Seconds > 0 {
		inside.SetDeadline(time.Now().Add(time.Duration(one.Tunnel.Seconds) * time.Second))
		if _, err := inside.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, fmt.Errorf("it ended before anything was said: %w", err)
		}
		inside.SetDeadline(time.Now().Add(30 * time.Second))
	}
	from := bufio.NewReader(inside)
	if one.Tunnel.Bytes > 0 {
		// One text of JSON, which the other side reads to its end.
		text := `"` + strings.Repeat("x", one.Tunnel.Bytes) + `"`
		response, err := exchanged(inside, from, http.MethodPost, one.Tunnel.To, text, nil)
		if err != nil {
			return nil, err
		}
		io.Copy(io.Discard, response.Body)
	}
	return exchanged(inside, from, http.MethodGet, one.Tunnel.To, "", one.Headers)
}

func exchanged(to io.Writer, from *bufio.Reader, method, host, body string, headers map[string]string) (*http.Response, error) {
	request, err := http.NewRequest(method, "https://"+host+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	if err := request.Write(to); err != nil {
		return nil, err
	}
	return http.ReadResponse(from, request)
}
