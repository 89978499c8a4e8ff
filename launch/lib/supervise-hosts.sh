# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables shared with launch/supervise, as stated
# The hosts of a supervised job: where they come from, whether they can be reached, which is at fault. Sourced by
# launch/supervise; uses say.sh and clock.sh.
#
# `hosts` lists those in use, in order; `slots` and `failures` are by host. Ranks fill one host after the other. No hosts
# means this machine.

hosts=()
declare -A slots=() failures=()

add_host() {
  [[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || fail 64 "expected a host's name, got '$1'"
  [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || fail 64 "expected the ranks of host $1, 1 to 9999, got '$2'"
  [[ -z ${slots[$1]:-} ]] || fail 64 "host $1 is given twice"
  hosts+=("$1")
  slots[$1]=$2
  failures[$1]=0
}

# hosts_of_list a:4,b: a rank where no number is given, as with mpirun's --host.
hosts_of_list() {
  local each items
  IFS=, read -ra items <<<"$1"
  for each in "${items[@]}"; do
    if [[ $each == *:* ]]; then add_host "${each%%:*}" "${each#*:}"; else add_host "$each" 1; fi
  done
}

# hosts_of_file FILE: as mpirun reads it, "HOST slots=N" a line.
hosts_of_file() {
  local line host number
  [[ -r $1 ]] || fail 64 "the file of hosts $1 cannot be read"
  while read -r line || [[ -n $line ]]; do
    line=${line%%#*}
    read -r host _ <<<"$line"
    if [[ -z $host ]]; then continue; fi
    number=1
    if [[ $line =~ slots[[:space:]]*=[[:space:]]*([^[:space:]]+) ]]; then number=${BASH_REMATCH[1]}; fi
    add_host "$host" "$number"
  done <"$1"
}

# Those of the Slurm job that this script runs in. SLURM_TASKS_PER_NODE is like "2(x3),1".
hosts_of_slurm() {
  local names counts=() each times
  names=$(scontrol show hostnames "$SLURM_JOB_NODELIST") || fail 69 "scontrol does not tell the hosts of this Slurm job"
  for each in ${SLURM_TASKS_PER_NODE//,/ }; do
    times=1
    if [[ $each =~ \(x([0-9]+)\)$ ]]; then times=${BASH_REMATCH[1]}; fi
    while ((times-- > 0)); do counts+=("${each%%(*}"); done
  done
  for each in $names; do
    add_host "$each" "${counts[${#hosts[@]}]:-1}"
  done
}

rank_count() {
  local host sum=0
  for host in "${hosts[@]}"; do ((sum += slots[$host])); done
  echo "$sum"
}

# "4 ranks on a:2 b:2"
job_text() {
  local host text=
  for host in "${hosts[@]}"; do text+=" $host:${slots[$host]}"; done
  if [[ -n $text ]]; then echo "$(count "$(rank_count)" rank) on$text"; else echo "$(count "$ranks" rank) on this machine"; fi
}

# host_of_rank RANK
host_of_rank() {
  local host first=0
  for host in "${hosts[@]}"; do
    ((first += slots[$host]))
    if (($1 < first)); then
      echo "$host"
      return
    fi
  done
}

# host_named NAME: one of ours. Open MPI and ranks may give a name without its domain, or with one.
host_named() {
  local host
  for host in "${hosts[@]}"; do
    if [[ $host == "$1" || ${host%%.*} == "$1" || $host == "${1%%.*}" ]]; then
      echo "$host"
      return
    fi
  done
}

# is_this_host NAME
is_this_host() {
  local own
  own=$(uname -n)
  [[ $1 == "$own" || ${1%%.*} == "${own%%.*}" ]]
}

# is_reachable HOST: whether a command can be run on it, within the time that probes have.
is_reachable() {
  is_this_host "$1" || within "$probe_timeout" "${probe[@]//HOST/$1}" </dev/null >/dev/null 2>&1
}

# Fills `unreachable`. All hosts are asked at once, so that many dead ones cost the time of one.
probe_hosts() {
  local host
  local -A asked=()
  unreachable=()
  for host in "${hosts[@]}"; do
    is_reachable "$host" &
    asked[$host]=$!
  done
  for host in "${hosts[@]}"; do
    wait_for "${asked[$host]}" || unreachable+=("$host")
  done
}

# A signal that this script passes on interrupts `wait`, which then has to be done again.
wait_for() {
  local status=0
  while true; do
    status=0
    wait "$1" || status=$?
    if ((status <= 128)) || ! kill -0 "$1" 2>/dev/null; then return "$status"; fi
  done
}
