module firepit.dev/bench/load

go 1.25
