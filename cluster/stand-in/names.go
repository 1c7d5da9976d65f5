package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

// names is a name server: the ClusterIPs of Services, and the names it was given. Nothing is forwarded anywhere.
func names(args []string) {
	given := map[string]string{}
	for _, arg := range args {
		if name, address, found := strings.Cut(arg, "="); found {
			given[name] = address
		}
	}
	api := reach(account+"token", account+"ca.crt")
	resolve := func(name string) net.IP {
		if address, known := given[name]; known {
			return net.ParseIP(address)
		}
		parts := strings.Split(strings.TrimSuffix(name, ".cluster.local"), ".")
		if len(parts) != 3 || parts[2] != "svc" {
			return nil
		}
		var found struct {
			Spec struct {
				ClusterIP string `json:"clusterIP"`
			} `json:"spec"`
		}
		if api.ask("GET", path("services", parts[1], parts[0]), nil, &found) != nil {
			return nil
		}
		return net.ParseIP(found.Spec.ClusterIP)
	}
	socket, err := net.ListenPacket("udp", ":53")
	check(err)
	go serveNamesOverTCP(resolve)
	fmt.Println("stand-in of a name server")
	buffer := make([]byte, 1500)
	for {
		n, from, err := socket.ReadFrom(buffer)
		if err != nil {
			continue
		}
		question := append([]byte(nil), buffer[:n]...)
		go func() {
			if answer := answerName(question, resolve); answer != nil {
				socket.WriteTo(answer, from)
			}
		}()
	}
}

func serveNamesOverTCP(resolve func(string) net.IP) {
	listener, err := net.Listen("tcp", ":53")
	check(err)
	for {
		connection, err := listener.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer connection.Close()
			var size uint16
			for binary.Read(connection, binary.BigEndian, &size) == nil {
				question := make([]byte, size)
				if _, err := connection.Read(question); err != nil {
					return
				}
				answer := answerName(question, resolve)
				binary.Write(connection, binary.BigEndian, uint16(len(answer)))
				connection.Write(answer)
			}
		}()
	}
}

// answerName answers one question (RFC 1035): an address, no data for other types, or that the name does not exist.
func answerName(question []byte, resolve func(string) net.IP) []byte {
	if len(question) < 17 || question[2]&0x80 != 0 {
		return nil
	}
	var labels []string
	at := 12
	for at < len(question) && question[at] != 0 {
		end := at + 1 + int(question[at])
		if question[at] > 63 || end >= len(question) {
			return nil
		}
		labels = append(labels, strings.ToLower(string(question[at+1:end])))
		at = end
	}
	end := at + 5
	if end > len(question) {
		return nil
	}
	kind := binary.BigEndian.Uint16(question[at+1:])
	address := resolve(strings.Join(labels, ".")).To4()
	answer := append([]byte(nil), question[:end]...)
	// An authoritative answer with one question; recursion is available for whoever insists.
	flags, count := uint16(0x8580), uint16(0)
	if address == nil {
		flags |= 3
	} else if kind == 1 {
		count = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4)
		answer = append(answer, address...)
	}
	binary.BigEndian.PutUint16(answer[2:], flags)
	for i, n := range []uint16{1, count, 0, 0} {
		binary.BigEndian.PutUint16(answer[4+2*i:], n)
	}
	return answer
}
