#!/bin/sh
# Holds the network, mount and process namespaces of one cluster, and takes everything of it away when the caller ends:
# stdin is a pipe that the caller holds. The line "keep" on it hands the cluster over: then SIGTERM ends it.
# usage: enclosure.sh hold FOLDER      prints "ready PID NAME ADDRESS", or complains and exits 1
set -u
folder=$2
. "${0%/*}/inotify.sh"

# The first process of the namespaces. What programs write outside the folder lands in layers that end with them.
first() {
  read -r pid _ < /proc/self/stat # of the outer /proc: the process id by which others enter
  cd "$folder" || exit 1
  set -e
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 firepit /run
  for layer in etc opt var; do
    [ -d "/$layer" ] || continue
    mkdir -p "/run/firepit/$layer/upper" "/run/firepit/$layer/work"
    mount -t overlay -o "lowerdir=/$layer,upperdir=/run/firepit/$layer/upper,workdir=/run/firepit/$layer/work" firepit "/$layer"
  done
  mkdir -p "$folder"
  mount --no-canonicalize --bind . "$folder" # it is in no layer, wherever it is
  ip link set lo up
  echo "$pid" > "$folder/first.part"
  mv "$folder/first.part" "$folder/first.pid"
  set +e
  # A shell that waits reaps what programs leave behind.
  while :; do
    sleep 3600 &
    wait $!
  done
}

# Each hierarchy of cgroup v1, or the one of v2.
hierarchies() { awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts; }

clean() {
  trap '' TERM
  if [ -s "$folder/first.pid" ]; then kill -KILL "$(cat "$folder/first.pid")" 2> /dev/null; fi
  [ -s "$folder/first.pid" ] || kill -KILL "$holder" 2> /dev/null
  wait "$holder" 2> /dev/null # returns when every process of the namespaces is gone
  if [ -n "$name" ]; then
    ip link delete "$name" 2> /dev/null
    for hierarchy in $(hierarchies); do
      for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -d "$hierarchy/$name" ] || break
        find "$hierarchy/$name" -depth -type d -exec rmdir {} + 2> /dev/null && break
        sleep 0.2
      done
    done
  fi
  give_back
  rm -rf --one-file-system "$folder" 2> /dev/null
}

# What a killed supervisor left beside this cluster's folder.
sweep() {
  for file in "${folder%/*}"/firepit-cluster-*/name; do
    [ -f "$file" ] || continue
    other=${file%/name}
    tr '\0' ' ' < "/proc/$(cat "$other/enclosure.pid")/cmdline" 2> /dev/null | grep -qF "hold $other" && continue
    (
      name=$(cat "$file") folder=$other holder=0
      clean
    )
  done
}

fail() {
  echo "$*" >&2
  clean
  exit 1
}

# A pair of interfaces on the first free number; its name is the cluster's.
connect() {
  number=0
  while [ $number -lt 64 ]; do
    if ip link add "firepit$number" type veth peer name host0 netns "$pid" 2> "$folder/link.log"; then
      name=firepit$number
      break
    fi
    [ -d "/sys/class/net/firepit$number" ] || fail "no pair of network interfaces can be made: $(cat "$folder/link.log")"
    number=$((number + 1))
  done
  [ -n "$name" ] || fail "64 clusters run already: end one with npm run cluster:down"
  # 198.18.0.0/15 is for benchmarks (RFC 2544): nobody routes it.
  echo 1 > "/proc/sys/net/ipv6/conf/$name/disable_ipv6" 2> /dev/null
  ip addr add "198.18.$number.1/30" dev "$name" && ip link set "$name" up &&
    nsenter --target "$pid" --net ip addr add "198.18.$number.2/30" dev host0 &&
    nsenter --target "$pid" --net ip link set host0 up || fail "the interface $name cannot be set up"
  for hierarchy in $(hierarchies); do
    mkdir "$hierarchy/$name" || fail "$hierarchy is not writable: a cluster needs cgroups of its own"
  done
}

case $1 in
first) first ;;
hold)
  trap '' INT HUP # a terminal's Ctrl-C is for the caller, who then lets go of the pipe
  name=
  sweep
  setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child --propagation private \
    sh "$0" first "$folder" 2> "$folder/enclosure.log" &
  holder=$!
  trap 'clean; exit 0' TERM
  while [ ! -s "$folder/first.pid" ]; do
    kill -0 $holder 2> /dev/null || fail "namespaces cannot be made: $(cat "$folder/enclosure.log")"
    sleep 0.05
  done
  pid=$(cat "$folder/first.pid")
  connect
  make_room || fail "its pods would share too few inotify instances"
  echo $$ > "$folder/enclosure.pid"
  echo "$name" > "$folder/name"
  echo "ready $pid $name 198.18.$number.2"
  line=
  read -r line
  if [ "$line" = keep ]; then
    : > "$folder/kept"
    wait $holder
  fi
  clean
  ;;
esac
