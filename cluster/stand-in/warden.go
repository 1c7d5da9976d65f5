package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// cluster talks to the API server with the token and rights of this pod.
type cluster struct {
	server string
	token  string
	client *http.Client
}

func reach(credential, authority string) cluster {
	pem, err := os.ReadFile(authority)
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return cluster{
		server: "https://" + net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")),
		token:  credential,
		client: &http.Client{
			Timeout:   5 * time.Second,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}},
		},
	}
}

func (c cluster) ask(method, path string, body any, into any) error {
	token, err := os.ReadFile(c.token)
	if err != nil {
		return err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, c.server+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	request.Header.Set("Content-Type", "application/merge-patch+json")
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	return json.Unmarshal(answer, into)
}

type holder struct {
	Data map[string]string `json:"data"`
}

// handOut does the one thing without which no agent starts: it copies each agent's leaf beside the agent while the
// containment record does not name it, takes it back when it does, and publishes the authority's certificate.
func handOut(config configuration) {
	api := reach(config.Token.Credential, config.Token.CA)
	said := ""
	for {
		message := "handed over"
		if err := handOutOnce(api, config); err != nil {
			message = err.Error()
		}
		if message != said {
			log.Print(message)
			said = message
		}
		time.Sleep(time.Second)
	}
}

func handOutOnce(api cluster, config configuration) error {
	var record holder
	if err := api.ask("GET", path("configmaps", config.Record.Namespace, config.Record.ConfigMap), nil, &record); err != nil {
		return err
	}
	for agent, known := range config.Agents {
		source, target := known.Identity.Source, known.Identity.Target
		var leaf, identity holder
		if err := api.ask("GET", path("secrets", source.Namespace, source.Secret), nil, &leaf); err != nil {
			return err
		}
		if err := api.ask("GET", path("secrets", target.Namespace, target.Secret), nil, &identity); err != nil {
			return err
		}
		wanted := map[string]any{}
		_, contained := record.Data[agent]
		changed := false
		for _, key := range []string{"tls.crt", "tls.key", "ca.crt"} {
			value := leaf.Data[key]
			if contained {
				value = ""
			}
			if changed = changed || identity.Data[key] != value; value == "" {
				wanted[key] = nil
			} else {
				wanted[key] = value
			}
		}
		if !changed {
			continue
		}
		if err := api.ask("PATCH", path("secrets", target.Namespace, target.Secret), map[string]any{"data": wanted}, &identity); err != nil {
			return err
		}
		log.Printf("identity of %s: contained %t", agent, contained)
	}
	return publish(api, config)
}

func publish(api cluster, config configuration) error {
	authority, err := os.ReadFile(config.TLS.CA)
	if err != nil {
		return err
	}
	at := path("configmaps", config.CABundle.Namespace, config.CABundle.ConfigMap)
	var bundle holder
	if err := api.ask("GET", at, nil, &bundle); err != nil || bundle.Data["ca.crt"] == string(authority) {
		return err
	}
	return api.ask("PATCH", at, map[string]any{"data": map[string]string{"ca.crt": string(authority)}}, &bundle)
}

func path(resource, namespace, name string) string {
	return fmt.Sprintf("/api/v1/namespaces/%s/%s/%s", namespace, resource, name)
}
