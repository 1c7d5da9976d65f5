package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// Long enough for a lost packet to be sent again.
const patience = 2 * time.Second

// source is the address that connections come from, where it is not the usual one.
var source = os.Getenv("SOURCE_ADDRESS")

func sourceFor(network string) net.Addr {
	ip := net.ParseIP(source)
	if ip == nil {
		return nil
	}
	if network == "udp" {
		return &net.UDPAddr{IP: ip}
	}
	return &net.TCPAddr{IP: ip}
}

func split(spec string) (network, rest string) {
	network, rest, found := strings.Cut(spec, ":")
	if !found || (network != "tcp" && network != "udp") {
		fail(fmt.Sprintf("stand-in: %q is neither tcp:… nor udp:…", spec))
	}
	return network, rest
}

// listen answers everybody who connects with its own name and theirs, then repeats what they say.
func listen(specs []string) {
	host, _ := os.Hostname()
	for _, spec := range specs {
		network, port := split(spec)
		if network == "udp" {
			socket, err := net.ListenPacket("udp", ":"+port)
			check(err)
			go repeatPackets(socket, host)
			continue
		}
		listener, err := net.Listen("tcp", ":"+port)
		check(err)
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					continue
				}
				go func() {
					defer connection.Close()
					fmt.Fprintf(connection, "stand-in %s to %s\n", host, connection.RemoteAddr())
					io.Copy(connection, connection)
				}()
			}
		}()
	}
	fmt.Println("listening on", strings.Join(specs, " "))
	select {}
}

func repeatPackets(socket net.PacketConn, host string) {
	buffer := make([]byte, 2048)
	for {
		if _, from, err := socket.ReadFrom(buffer); err == nil {
			socket.WriteTo([]byte(fmt.Sprintf("stand-in %s to %s\n", host, from)), from)
		}
	}
}

type outcome struct {
	// Where SOURCE_ADDRESS says it.
	Source       string `json:"source,omitempty"`
	Target       string `json:"target"`
	Open         bool   `json:"open"`
	Answer       string `json:"answer,omitempty"`
	Error        string `json:"error,omitempty"`
	Milliseconds int64  `json:"milliseconds"`
}

// dial tries every target at once. TCP is open when it connects, UDP when it is answered.
func dial(specs []string) {
	outcomes := make([]outcome, len(specs))
	var all sync.WaitGroup
	for i, spec := range specs {
		all.Add(1)
		go func() {
			defer all.Done()
			start := time.Now()
			open, answer, err := try(spec)
			outcomes[i] = outcome{Source: source, Target: spec, Open: open, Answer: answer, Milliseconds: time.Since(start).Milliseconds()}
			if err != nil {
				outcomes[i].Error = err.Error()
			}
		}()
	}
	all.Wait()
	encoder := json.NewEncoder(os.Stdout)
	for _, found := range outcomes {
		encoder.Encode(found)
	}
}

func try(spec string) (bool, string, error) {
	network, address := split(spec)
	dialer := net.Dialer{Timeout: patience, LocalAddr: sourceFor(network)}
	connection, err := dialer.Dial(network, address)
	if err != nil {
		return false, "", err
	}
	defer connection.Close()
	buffer := make([]byte, 256)
	if network == "tcp" {
		// Servers that wait for the client to speak are open all the same.
		connection.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		n, _ := connection.Read(buffer)
		return true, strings.TrimSpace(string(buffer[:n])), nil
	}
	// A datagram may be lost: three tries.
	for attempt := 0; ; attempt++ {
		connection.Write([]byte("?"))
		connection.SetReadDeadline(time.Now().Add(patience / 3))
		n, err := connection.Read(buffer)
		if err == nil || attempt == 2 {
			return err == nil, strings.TrimSpace(string(buffer[:n])), err
		}
	}
}

// hold sends a byte every 10 ms over one connection and reports, as JSON, when the last one came back.
func hold(specs []string) {
	if len(specs) != 1 {
		fail(usage)
	}
	network, address := split(specs[0])
	// A policy engine learns of a new pod after the pod runs.
	connection, err := net.DialTimeout(network, address, patience)
	for tries := 0; err != nil && tries < 20; tries++ {
		time.Sleep(500 * time.Millisecond)
		connection, err = net.DialTimeout(network, address, patience)
	}
	check(err)
	fmt.Println(`{"event":"open"}`)
	go func() {
		for {
			if _, err := connection.Write([]byte(".")); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	last := time.Now()
	buffer := make([]byte, 256)
	for {
		connection.SetReadDeadline(time.Now().Add(patience))
		if _, err := connection.Read(buffer); err != nil {
			fmt.Printf("{\"event\":\"dead\",\"last\":%q,\"error\":%q}\n", last.UTC().Format(time.RFC3339Nano), err)
			return
		}
		last = time.Now()
	}
}
