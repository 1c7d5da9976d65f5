package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"sync"
	"time"
)

const (
	// Rounds of all watchers load a small machine; whoever waits for one waits a little longer, and for less.
	pause = 6 * time.Second
	// Between two targets: policy engines drop what comes faster than they read, and an open door would seem closed.
	pace = 12 * time.Millisecond
)

type round struct {
	Number  int       `json:"round"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// One character for each target, 1 where it is open: a line must stay below what a runtime splits.
	Open string `json:"open"`
}

// watch tries every target again and again, one JSON line a round: a change of policy is seen without a new process.
func watch(specs []string) {
	encoder := json.NewEncoder(os.Stdout)
	for number := 1; ; number++ {
		found := round{Number: number, Started: time.Now().UTC()}
		open := bytes.Repeat([]byte("0"), len(specs))
		var all sync.WaitGroup
		for i, spec := range specs {
			all.Add(1)
			go func() {
				defer all.Done()
				if opens(spec) {
					open[i] = '1'
				}
			}()
			time.Sleep(pace)
		}
		all.Wait()
		found.Open = string(open)
		found.Ended = time.Now().UTC()
		encoder.Encode(found)
		time.Sleep(pause)
	}
}

// opens says what try says, for TCP at the cost of a handshake alone.
func opens(spec string) bool {
	network, address := split(spec)
	if network == "udp" {
		open, _, _ := try(spec)
		return open
	}
	connection, err := net.DialTimeout(network, address, patience)
	if err != nil {
		return false
	}
	connection.(*net.TCPConn).SetLinger(0)
	connection.Close()
	return true
}
