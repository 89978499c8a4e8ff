# shellcheck shell=bash
# The network of a virtual cluster. Sourced; every function takes the cluster's NAME.
#
#   NAME-h1 (namespace)                    NAME-switch (namespace)                  NAME-h2 (namespace)
#     eth0 10.99.0.1/24 ──── veth ──── h1 ─┐
#                                          ├─ bridge "switch"
#                                      h2 ─┘──── veth ──── eth0 10.99.0.2/24
#
# The switch has a namespace of its own: nothing shows in the machine's own network, no firewall of the machine looks at
# the traffic, and all clusters can use the same addresses, since none can reach another, the machine or the world.

# shellcheck disable=SC2034  # read by cluster/virtual
subnet=10.99.0.0/24
address_of() { echo "10.99.0.$1"; }

# The network namespaces of cluster NAME, whole or in ruins, one a line.
namespaces_of() {
  local path
  for path in /run/netns/"$1"-*; do
    if [[ ${path##*/} =~ ^"$1"-(switch|h[0-9]+)$ ]]; then echo "${path##*/}"; fi
  done
}

# build_network NAME HOSTS RATE, with RATE as tc writes it or "none".
build_network() {
  local name=$1 hosts=$2 rate=$3 switch=$1-switch host
  ip netns add "$switch"
  # A port that need not fear loops forwards from its first moment.
  ip -n "$switch" link add switch type bridge forward_delay 0 mcast_snooping 0
  ip -n "$switch" link set switch addrgenmode none up
  for ((host = 1; host <= hosts; host++)); do
    ip netns add "$name-h$host"
    ip -n "$switch" link add "h$host" type veth peer name eth0 netns "$name-h$host"
    ip -n "$switch" link set "h$host" addrgenmode none master switch up
    ip -n "$name-h$host" link set lo up
    ip -n "$name-h$host" addr add "$(address_of "$host")/24" dev eth0
    ip -n "$name-h$host" link set eth0 addrgenmode none up
    choose_congestion_control "$name-h$host"
    if [[ $rate != none ]]; then
      limit_rate "$name-h$host" eth0 "$rate"  # what the host sends
      limit_rate "$switch" "h$host" "$rate"   # what it receives
    fi
  done
}

# The machine's default may be one for the open internet (BBR sends less for 200 ms of every 10 s, to measure). Reno is
# the only other one that every kernel lets a namespace choose; with round trips under a millisecond Cubic acts like it.
choose_congestion_control() {
  ip netns exec "$1" sh -c 'echo reno >/proc/sys/net/ipv4/tcp_congestion_control'
}

# Bursts of a millisecond: timers are late now and then, and what a bucket cannot hold by then is lost to the rate. At
# least two of the 64 KiB packets that TCP hands down, since tbf would cut larger ones into frames, on our processors.
# Queues of eight milliseconds, as of a switch with a megabyte for each port at 1 Gbit/s. A frame counts as 1514 bytes,
# of which TCP carries 1448: payload gets 95.6 % of the rate.
limit_rate() {
  local burst queue
  read -r burst queue < <(awk -v rate="$3" 'BEGIN {
    bytes = rate * (rate ~ /kbit/ ? 1e3 : rate ~ /mbit/ ? 1e6 : rate ~ /gbit/ ? 1e9 : rate ~ /tbit/ ? 1e12 : 1) / 8
    burst = (bytes / 1000 > 131072) ? bytes / 1000 : 131072
    queue = (bytes / 125 > 2 * burst) ? bytes / 125 : 2 * burst
    printf "%d %d\n", burst, queue
  }')
  tc -n "$1" qdisc replace dev "$2" root tbf rate "$3" burst "$burst" limit "$queue"
}

# Works on ruins and on nothing, too. The namespaces' processes must have ended.
remove_network() {
  local namespace
  while read -r namespace; do
    ip netns del "$namespace"
  done < <(namespaces_of "$1")
}

# The end at the switch, like a cable pulled there: the host's own addresses and routes stay.
take_link_down() { ip -n "$1-switch" link set "h$2" down; }

link_is_up() { [[ $(ip -n "$1-switch" link show "h$2") == *,UP* ]]; }

# What the hosts believe about whom they can reach is forgotten: for three seconds it would be that they cannot, and an
# orted that starts just then gives up, whereupon mpirun waits for it for ever.
bring_link_up() {
  local namespace
  ip -n "$1-switch" link set "h$2" up
  while read -r namespace; do
    if [[ $namespace != "$1-switch" ]]; then ip -n "$namespace" neigh flush dev eth0; fi
  done < <(namespaces_of "$1")
}
