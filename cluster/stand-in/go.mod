module firepit.dev/stand-in

go 1.24
