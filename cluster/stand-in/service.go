package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

type pair struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	CA          string `json:"ca"`
}

// configuration is what the files of the services have in common.
type configuration struct {
	Environment string         `json:"environment"`
	Listen      map[string]int `json:"listen"`
	TLS         pair           `json:"tls"`
	Page        *pair          `json:"page"`
	Agents      map[string]struct {
		Identity struct {
			Source place `json:"source"`
			Target place `json:"target"`
		} `json:"identity"`
	} `json:"agents"`
	Record   place `json:"record"`
	CABundle place `json:"caBundle"`
	Token    struct {
		Credential string `json:"credential"`
		CA         string `json:"ca"`
	} `json:"token"`
}

type place struct {
	Namespace string `json:"namespace"`
	Secret    string `json:"secret"`
	ConfigMap string `json:"configMap"`
}

func service(role string, args []string) {
	file := ""
	for _, arg := range args {
		if value, found := strings.CutPrefix(arg, "--config="); found {
			file = value
		}
	}
	text, err := os.ReadFile(file)
	check(err)
	var config configuration
	check(json.Unmarshal(text, &config))
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotImplemented)
		fmt.Fprintf(w, "stand-in of the %s of %s\n", role, config.Environment)
	})
	for name, port := range config.Listen {
		switch name {
		case "health":
			go plain(port, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "stand-in\n") }))
		case "metrics":
			go plain(port, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, "firepit_stand_in{component=%q} 1\n", role)
			}))
		case "https":
			identity := config.TLS
			if config.Page != nil {
				identity = *config.Page
			}
			go secure(port, identity, config.TLS.CA, false, answer)
		case "back":
			go secure(port, config.TLS, config.TLS.CA, true, answer)
		default:
			check(fmt.Errorf("the contract names a listener %q that this stand-in does not know", name))
		}
	}
	log.Printf("stand-in of the %s of %s", role, config.Environment)
	if role == "warden" {
		handOut(config)
	}
	select {}
}

func plain(port int, handler http.Handler) {
	check(http.ListenAndServe(fmt.Sprintf(":%d", port), handler))
}

// secure serves TLS; the certificate is read for each connection, so that a renewed one is used.
func secure(port int, identity pair, authority string, mutual bool, handler http.Handler) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate, err := tls.LoadX509KeyPair(identity.Certificate, identity.Key)
			return &certificate, err
		},
	}
	if mutual {
		pem, err := os.ReadFile(authority)
		check(err)
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AppendCertsFromPEM(pem)
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	server := &http.Server{Addr: fmt.Sprintf(":%d", port), Handler: handler, TLSConfig: config}
	check(server.ListenAndServeTLS("", ""))
}
