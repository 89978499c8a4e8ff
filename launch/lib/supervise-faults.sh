# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables shared with launch/supervise, as stated
# What a job says about its end: which of its lines matter, and which hosts they accuse. Sourced by launch/supervise.
# `faults` is the file that those lines are in.

# Of Open MPI 4 and 5, and of dist-train's ranks (docs/collectives.md).
fault_lines='noticed that process rank [0-9]+|^[[:space:]]*(Remote daemon|Process name): +\[\['
fault_lines+='|^dist-train: \[rank [0-9]+|^No answer from ranks? [0-9]|another job is writing to'

# Whether the job has said that it is over, be mpirun still there or not.
has_ended_badly() {
  [[ -s $faults ]] && grep -qE 'noticed that process rank|Remote daemon:|Process name:|^No answer from' "$faults"
}

# Each prints lines of "HOST|REASON".

accused_by_launcher() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ noticed\ that\ (process\ rank\ [0-9]+).*on\ node\ ([^ ]+)\ (exited\ on\ signal.*) ]]; then
      echo "$(host_named "${BASH_REMATCH[2]}")|${BASH_REMATCH[1]} ${BASH_REMATCH[3]}"
    elif [[ $line =~ Remote\ daemon:.*on\ node\ ([^ ]+) ]]; then
      echo "$(host_named "${BASH_REMATCH[1]}")|mpirun lost its daemon there"
    fi
  done <"$faults"
}

# By an error of a rank's own; those that were left alone accuse others.
accused_by_themselves() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ waited\ [0-9.]+\ s|was\ ended\ by\ Open\ MPI|\(collective\  ]]; then continue; fi
    if [[ $line =~ ^dist-train:\ \[rank\ ([0-9]+)[^]]*\]\ (.*) ]]; then
      echo "$(host_of_rank "${BASH_REMATCH[1]}")|rank ${BASH_REMATCH[1]}: ${BASH_REMATCH[2]}"
    fi
  done <"$faults"
}

accused_by_others() {
  local line rank
  while IFS= read -r line; do
    [[ $line =~ ^No\ answer\ from\ ranks?\ ([0-9, ]+) ]] || continue
    for rank in ${BASH_REMATCH[1]//,/ }; do
      echo "$(host_of_rank "$rank")|rank $rank gave no answer"
    done
  done <"$faults"
}

# A line for each host that the job's last words accuse. mpirun knows who ended first; where it has seen nobody end, ranks
# tell: when mpirun ends a job, they may not all find the time to answer.
accused_hosts() {
  local witness found
  for witness in launcher themselves others; do
    found=$("accused_by_$witness" | awk -F'|' '$1 != "" && !seen[$1]++ { print substr($0, 1, 300) }')
    if [[ -n $found ]]; then
      echo "$found"
      return
    fi
  done
}

# blame_all LINE...: of "HOST|REASON". What befalls all hosts is no one's fault.
blame_all() {
  local line
  if ((${#hosts[@]} > 1 && $# == ${#hosts[@]})); then
    note "all hosts are accused, so none is blamed: ${1#*|}"
    return
  fi
  for line in "$@"; do blame "${line%%|*}" "${line#*|}"; done
}

# blame HOST REASON: counts a failure, and no longer uses a host that has failed too often. The last host stays: without
# it there is no job.
blame() {
  local host=$1 kept=() each
  ((failures[$host] += 1))
  note "host $host at fault (${failures[$host]} of $host_failures): $2"
  if ((failures[$host] < host_failures)); then return; fi
  if ((${#hosts[@]} == 1)); then
    note "host $host stays, as there is no other"
    return
  fi
  for each in "${hosts[@]}"; do
    if [[ $each != "$host" ]]; then kept+=("$each"); fi
  done
  hosts=("${kept[@]}")
  note "host $host is dropped; going on with $(job_text), at the same global batch"
}
