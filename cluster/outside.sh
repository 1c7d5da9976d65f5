#!/bin/sh
# The outside of a cluster: a network namespace to which the default route leads, in which every address exists.
# Runs inside the cluster's namespaces. usage: outside.sh
set -eu
ip netns add outside
ip link add outside type veth peer name inside netns outside
echo 0 > /proc/sys/net/ipv6/conf/outside/accept_dad
ip addr add 192.0.2.1/30 dev outside
ip addr add fd00:192:0:2::1/64 dev outside nodad
ip link set outside up
ip -n outside link set lo up
ip -n outside addr add 192.0.2.2/30 dev inside
ip -n outside addr add fd00:192:0:2::2/64 dev inside nodad
ip -n outside link set inside up
ip -n outside route add local 0.0.0.0/0 dev lo
ip -n outside -6 route add local ::/0 dev lo
# On link by word: the link itself may come up a moment later.
ip -n outside route add 10.244.0.0/16 via 192.0.2.1 dev inside onlink
# Beside the route to itself: what starts outside would never leave it otherwise (IPv6 asks this table first).
ip -n outside -6 route add fd00:10:244::/48 via fd00:192:0:2::1 dev inside onlink table local
ip route add default via 192.0.2.2 dev outside onlink
ip -6 route add default via fd00:192:0:2::2 dev outside onlink
# Who sent what where is written down before anything else; then every port is answered by one listener.
ip netns exec outside nft -f - << RULES
table inet outside {
  set seen4 {
    typeof ip saddr . ip daddr . meta l4proto . th dport
    flags dynamic
    size 65536
    counter
  }
  set seen6 {
    typeof ip6 saddr . ip6 daddr . meta l4proto . th dport
    flags dynamic
    size 65536
    counter
  }
  chain record {
    type filter hook prerouting priority raw
    iifname "inside" meta nfproto ipv4 meta l4proto { tcp, udp } add @seen4 { ip saddr . ip daddr . meta l4proto . th dport }
    iifname "inside" meta nfproto ipv6 meta l4proto { tcp, udp } add @seen6 { ip6 saddr . ip6 daddr . meta l4proto . th dport }
  }
  chain answer {
    type nat hook prerouting priority dstnat
    iifname "inside" meta l4proto { tcp, udp } redirect to :7
  }
}
RULES
