package main

import (
	"bytes"
	"encoding/json"
	"os"
	"sync"
	"time"
)

const (
	pause = 3 * time.Second
	// Enough that closed doors do not take long, few enough that open ones do not queue for so long that they seem closed.
	atOnce = 100
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
	patience = 1200 * time.Millisecond
	encoder := json.NewEncoder(os.Stdout)
	for number := 1; ; number++ {
		found := round{Number: number, Started: time.Now().UTC()}
		open := bytes.Repeat([]byte("0"), len(specs))
		var all sync.WaitGroup
		turns := make(chan struct{}, atOnce)
		for i, spec := range specs {
			all.Add(1)
			turns <- struct{}{}
			go func() {
				defer all.Done()
				defer func() { <-turns }()
				if answered, _, _ := try(spec); answered {
					open[i] = '1'
				}
			}()
		}
		all.Wait()
		found.Open = string(open)
		found.Ended = time.Now().UTC()
		encoder.Encode(found)
		time.Sleep(pause)
	}
}
