#!/bin/sh
# Room for many Envoys: each takes 6 inotify instances and 2 for each credential, and Linux gives all processes of one
# user 128. Whoever needs room holds a lock together with the others; the last one puts back what was there before.
# usage: inotify.sh hold [SETTING KEPT]    prints "ready" or complains and exits 1; gives back when its stdin ends
# Sourced by another script it brings make_room and give_back.

room=1024

# The former value is kept in a file for those who come after a holder that was killed; the machine's next start ends both.
make_room() {
  setting=${1:-/proc/sys/fs/inotify/max_user_instances} kept=${2:-/run/firepit-inotify}
  [ -e "$setting" ] || return 0 # not Linux: nobody counts
  if [ ! -w "$setting" ]; then
    found=$(cat "$setting") setting=
    [ "$found" -ge $room ] && return 0
    echo "fs.inotify.max_user_instances is $found, and the Envoys of the tests need $room;" \
      "fix: sysctl -w fs.inotify.max_user_instances=$room as root of the machine, outside of any container" >&2
    return 1
  fi
  touch "$kept" || return 1
  exec 9>> "$kept"
  flock --shared 9
  found=$(cat "$setting")
  [ "$found" -ge $room ] && return 0
  echo "$found" > "$kept"
  echo $room > "$setting"
}

give_back() {
  [ -n "${setting:-}" ] || return 0
  # Somebody who still needs it has the lock too. What somebody else set meanwhile stays.
  if flock --exclusive --nonblock 9 && [ -s "$kept" ]; then
    [ "$(cat "$setting")" = $room ] && cat "$kept" > "$setting"
    : > "$kept"
  fi
  exec 9>&-
}

if [ "${1:-}" = hold ] && [ "${0##*/}" = inotify.sh ]; then
  trap '' INT HUP TERM # a terminal's Ctrl-C is for the caller, whose end is seen on the pipe
  make_room "${2:-}" "${3:-}" || exit 1
  echo ready
  read -r _
  give_back
fi
