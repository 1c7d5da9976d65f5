// Stand-in is what the bench runs where a program of the real thing is not there: it listens where the contract says,
// answers probes, and calls itself a stand-in in every answer. What only the real program can show, it does not show.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
)

const usage = `usage: stand-in ROLE …
  approvals|warden --config=FILE
                               a service of the control plane, as its configuration says
  agent [PORT]                 an agent: HTTP on 127.0.0.1; with ENDS_WITH it works once and ends with that code
  tool                         what an agent uses: MCP, an API and a model, on 8443; and what else lies in
                               /etc/stand-in/documents, by its path
  ask JSON                     puts a list of requests and prints the answers, one JSON line each
  listen SPEC …                answers on tcp:PORT or udp:PORT
  dial SPEC …                  connects to tcp:HOST:PORT or udp:HOST:PORT, one JSON line each
  watch SPEC …                 dials again and again, one JSON line a round
  hold SPEC                    keeps one connection busy and says when it died`

func main() {
	log.SetFlags(log.LUTC | log.Ltime | log.Lmicroseconds)
	// PostgreSQL's image is asked by this name whether it is ready.
	if filepath.Base(os.Args[0]) == "pg_isready" {
		return
	}
	if len(os.Args) < 2 {
		fail(usage)
	}
	role, args := os.Args[1], os.Args[2:]
	switch role {
	case "approvals", "warden":
		service(role, args)
	case "agent":
		agent(args)
	case "tool":
		tool()
	case "ask":
		ask(args)
	case "postgres":
		listen([]string{"tcp:5432"})
	case "listen":
		listen(args)
	case "dial":
		dial(args)
	case "watch":
		watch(args)
	case "hold":
		hold(args)
	default:
		fail(fmt.Sprintf("stand-in: unknown role %q\n%s", role, usage))
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}

func check(err error) {
	if err != nil {
		fail("stand-in: " + err.Error())
	}
}
