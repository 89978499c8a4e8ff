# shellcheck shell=bash
# The hosts of a virtual cluster: where their state lies, how to run something on one, what runs there. Sourced.

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
processes_of_run() {
  local path
  { grep -lszxF -- "DIST_TRAIN_VIRTUAL_RUN=$1" /proc/[0-9]*/environ || true; } |
    while IFS=/ read -r _ _ path _; do echo "$path"; done
}

# end_all kindly|now COMMAND...: ends what COMMAND lists and waits until nothing of it is left. Kindly means SIGTERM first,
# and two seconds to heed it.
end_all() {
  local how=$1 pids tries signal
  shift
  for ((tries = 0; tries < 100; tries++)); do
    mapfile -t pids < <("$@")
    if ((${#pids[@]} == 0)); then return 0; fi
    signal=
    if [[ $how == now ]] || ((tries >= 20)); then signal=KILL; elif ((tries == 0)); then signal=TERM; fi
    if [[ -n $signal ]]; then kill -"$signal" "${pids[@]}" 2>/dev/null || true; fi
    sleep 0.1
  done
  warn "processes cannot be ended: ${pids[*]}"
  return 1
}

# birth PID: tells a process from a later one with the same number; nothing if there is none.
birth() {
  local line
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -ra line <<<"${line##*) }"  # the name before may contain anything
  echo "${line[19]}"
}

# alive PID BIRTH
alive() { [[ -n $2 && $(birth "$1") == "$2" ]]; }
