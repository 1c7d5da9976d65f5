// Both ends of the measurement of the control point: an open-loop load generator, and the upstream that it asks for.
//
//	load attack < plan.json > result.json
//	load serve PLAIN TLS CERT KEY
package main

import (
	"fmt"
	"os"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "attack":
		err = attack(os.Stdin, os.Stdout)
	case len(os.Args) == 6 && os.Args[1] == "serve":
		err = serve(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
	default:
		err = fmt.Errorf("usage: load attack < plan.json, or load serve PLAIN TLS CERT KEY")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
