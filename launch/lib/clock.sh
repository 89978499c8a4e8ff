# shellcheck shell=bash
# Time as this script lives through it. Sourced.
#
# A script that is stopped (Ctrl-Z, SIGSTOP, a machine that sleeps) cannot see whether what it waits for happens, and mostly
# that is stopped with it. So deadlines are counted in polls: what passes between two of them counts, but at most two
# seconds. By the clock on the wall, what has been stopped for long would be overdue the moment it goes on.

# Hundredths of a second, as /proc/uptime has them: the one clock that bash can read without a process and nobody sets.
lived=0 uptime=

# Counts the time since the last call.
live() {
  local now share
  read -r now _ </proc/uptime
  now=$((10#${now/./}))
  share=$((now - ${uptime:-$now}))
  uptime=$now
  ((lived += share < 200 ? share : 200, 1))
}

# deadline_in SECONDS: sets `deadline`.
deadline_in() { live; deadline=$((lived + 100 * $1)); }

is_over() { ((lived >= $1)); }

# nap SECONDS: sleeps without a process, or until a signal comes that is trapped.
nap() {
  if [[ -z ${never:-} ]]; then exec {never}<> <(:); fi  # nothing ever comes from there
  read -rt "$1" -u "$never" || true
  live
}

# within SECONDS COMMAND...: as timeout(1), status 124 included; but by this clock.
within() {
  local deadline pid status=0
  deadline_in "$1"
  shift
  setsid setpriv --pdeathsig KILL "$@" &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    if is_over "$deadline"; then
      end_session "$pid"
      return 124
    fi
    nap 0.1
  done
  wait "$pid" || status=$?
  return "$status"
}

# end_session PID: with the second that it may take to end in order. It may be waiting for a network file system and be gone
# only later, so it is not waited for.
end_session() {
  local tries
  kill -TERM -- "-$1" "$1" 2>/dev/null || true
  for ((tries = 0; tries < 10; tries++)); do
    if ! kill -0 "$1" 2>/dev/null; then return; fi
    nap 0.1
  done
  kill -KILL -- "-$1" "$1" 2>/dev/null || true
}
