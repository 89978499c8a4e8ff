# shellcheck shell=bash
# The hosts of a virtual cluster: where their state lies, how to run something on one, what runs there. Sourced; what runs
# there is told with launch/lib/processes.sh.

# Not XDG_RUNTIME_DIR, which sudo leaves out: `sudo cluster/virtual down` and the same in a root shell must look in one
# place, that of the namespaces.
state_folder() { echo "/run/dist-train-virtual-$1"; }

# enter_host HOST COMMAND...: becomes COMMAND on a host, given by its full name NAME-hK. The host has its own network,
# host name, /dev/shm and /etc/hosts; files, processes and users are the machine's.
enter_host() {
  local host=$1
  shift
  # shellcheck disable=SC2016  # expanded inside
  exec ip netns exec "$host" unshare --uts sh -c '
    set -e
    hostname "$1"
    export HOSTNAME="$1"  # containers have theirs in the environment
    mount -t tmpfs -o mode=1777 dist-train-virtual /dev/shm
    if [ -e /etc/hosts ]; then mount --bind "$2/hosts" /etc/hosts; fi
    shift 2
    exec "$@"' sh "$host" "$(state_folder "${host%-h*}")" "$@"
}

# Process numbers on the hosts of cluster NAME, one a line.
processes_on() { ip netns pids "$1" 2>/dev/null || true; }
processes_of_cluster() {
  local namespace
  while read -r namespace; do processes_on "$namespace"; done < <(namespaces_of "$1")
}

# What a run left anywhere bears its folder in its environment, as given when it was started.
processes_of_run() { processes_with "DIST_TRAIN_VIRTUAL_RUN=$1"; }
