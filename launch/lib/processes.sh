# shellcheck shell=bash
# Processes: which there are, and how to be rid of them. Sourced; needs launch/lib/say.sh.

# processes_with VARIABLE=VALUE: numbers of those that were started with it in their environment, one a line.
processes_with() {
  local path
  { grep -lszxF -- "$1" /proc/[0-9]*/environ || true; } | while IFS=/ read -r _ _ path _; do echo "$path"; done
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
