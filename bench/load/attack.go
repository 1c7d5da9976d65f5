package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Plan is one measurement.
type Plan struct {
	// Base of every request: scheme, host and port.
	URL string `json:"url"`
	// TLS of the connections; none for plain HTTP.
	TLS *TLS `json:"tls"`
	// Requests a second, sent at their times whether or not earlier ones were answered. 0: each connection sends its
	// next request when it has the answer of the last.
	Rate    int     `json:"rate"`
	Seconds float64 `json:"seconds"`
	// Requests after which it ends before its time. 0: as many as there is time for.
	Count int `json:"count"`
	// Connections that may be open at once.
	Connections int `json:"connections"`
	// Sent in turn.
	Requests []Request `json:"requests"`
}

// Request is one request and what it must come to.
type Request struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Status  int               `json:"status"`
	// What the answer must contain.
	Contains string `json:"contains"`
}

// Result is what came of a plan. Times are in microseconds.
type Result struct {
	// From the time at which the request was to be sent, to the last byte of its answer.
	Latencies []int64 `json:"latencies"`
	// How much later than planned requests were handed out: the generator's own delay.
	Late []int64 `json:"late"`
	// From the time at which the upstream sent a piece of text, until all of it was here.
	Pieces []int64 `json:"pieces"`
	// Answers that were not the expected ones: what, and how often.
	Wrong   map[string]int `json:"wrong"`
	Seconds float64        `json:"seconds"`
	// Processor time of this process.
	CPU float64 `json:"cpu"`
}

type task struct {
	at      time.Time
	request *Request
}

type collector struct {
	sync.Mutex
	Result
}

func (c *collector) add(latency time.Duration, pieces []int64, wrong string) {
	c.Lock()
	defer c.Unlock()
	c.Pieces = append(c.Pieces, pieces...)
	if wrong != "" {
		c.Wrong[wrong]++
		return
	}
	c.Latencies = append(c.Latencies, latency.Microseconds())
}

func attack(in io.Reader, out io.Writer) error {
	var plan Plan
	if err := json.NewDecoder(in).Decode(&plan); err != nil {
		return fmt.Errorf("the plan: %w", err)
	}
	if len(plan.Requests) == 0 || plan.Connections < 1 || plan.Seconds <= 0 {
		return fmt.Errorf("the plan: found %d requests, %d connections and %g seconds; expected some of each",
			len(plan.Requests), plan.Connections, plan.Seconds)
	}
	clients := make([]*client, plan.Connections)
	for i := range clients {
		one, err := newClient(plan)
		if err != nil {
			return err
		}
		clients[i] = one
	}
	all := &collector{Result: Result{Wrong: map[string]int{}}}
	before, start := cpu(), time.Now()
	if plan.Rate > 0 {
		open(plan, clients, all, start)
	} else {
		closed(plan, clients, all, start)
	}
	all.Seconds = time.Since(start).Seconds()
	all.CPU = cpu() - before
	return json.NewEncoder(out).Encode(all.Result)
}

// open sends at fixed times: who waits for a slow answer would measure fewer of them.
func open(plan Plan, clients []*client, all *collector, start time.Time) {
	count := int(float64(plan.Rate) * plan.Seconds)
	tasks := make(chan task, count)
	var workers sync.WaitGroup
	for _, one := range clients {
		workers.Go(func() {
			for next := range tasks {
				one.send(next, all)
			}
		})
	}
	for i := range count {
		at := start.Add(time.Duration(i) * time.Second / time.Duration(plan.Rate))
		sleepUntil(at)
		all.Late = append(all.Late, time.Since(at).Microseconds())
		tasks <- task{at, &plan.Requests[i%len(plan.Requests)]}
	}
	close(tasks)
	workers.Wait()
}

func closed(plan Plan, clients []*client, all *collector, start time.Time) {
	var sent atomic.Int64
	end := start.Add(time.Duration(plan.Seconds * float64(time.Second)))
	var workers sync.WaitGroup
	for i, one := range clients {
		workers.Go(func() {
			// A connection keeps to requests of its own where there are enough of them.
			for n := i; time.Now().Before(end) && plan.room(sent.Add(1)); n += len(clients) {
				one.send(task{time.Now(), &plan.Requests[n%len(plan.Requests)]}, all)
			}
		})
	}
	workers.Wait()
}

// room says whether the request of this number, from 1, is still one of the plan.
func (p Plan) room(number int64) bool { return p.Count == 0 || number <= int64(p.Count) }

// sleepUntil blocks its thread: the timers of the runtime are a millisecond wide when nothing else happens.
func sleepUntil(at time.Time) {
	for left := time.Until(at); left > 0; left = time.Until(at) {
		rest := syscall.NsecToTimespec(left.Nanoseconds())
		_ = syscall.Nanosleep(&rest, nil)
	}
}

func cpu() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
