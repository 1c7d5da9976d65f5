package main

import (
	"encoding/json"
	"os"
	"sync"
	"time"
)

const pause = 3 * time.Second

type round struct {
	Number  int       `json:"round"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Open    []string  `json:"open"`
}

// watch tries every target again and again, one JSON line a round: a change of policy is seen without a new process.
func watch(specs []string) {
	encoder := json.NewEncoder(os.Stdout)
	for number := 1; ; number++ {
		found := round{Number: number, Started: time.Now().UTC(), Open: []string{}}
		var all sync.WaitGroup
		var guard sync.Mutex
		for _, spec := range specs {
			all.Add(1)
			go func() {
				defer all.Done()
				if open, _, _ := try(spec); open {
					guard.Lock()
					found.Open = append(found.Open, spec)
					guard.Unlock()
				}
			}()
		}
		all.Wait()
		found.Ended = time.Now().UTC()
		encoder.Encode(found)
		time.Sleep(pause)
	}
}
