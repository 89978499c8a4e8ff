# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables shared with cluster/virtual, as stated
# One run of mpirun over the hosts of a virtual cluster. Sourced by cluster/virtual; uses launch/lib/say.sh, clock.sh and
# virtual-hosts.sh. `folder` is the run's own: its statuses, its hostfile and Open MPI's files.

# Seconds that mpirun gets to end by itself once it should.
patience=5

# stop_run SIGNAL: for traps; mpirun ends its ranks on SIGTERM.
stop_run() {
  if [[ -z $told ]]; then
    told=$1
    pass_on TERM
  fi
}

pass_on() { kill -"$1" "$mpirun" 2>/dev/null || true; }

# start_mpirun NAME HOSTS RANKS PER_HOST PROGRAM...: sets `mpirun` to its process number.
start_mpirun() {
  local name=$1 hosts=$2 ranks=$3 per_host=$4 host transports=tcp,self
  shift 4
  for ((host = 1; host <= hosts; host++)); do echo "$name-h$host slots=$per_host"; done >"$folder/hosts"
  # By a link, since Open MPI takes what follows a blank for an option.
  ln -s "$root/cluster/lib/virtual-ssh" "$folder/agent"
  # Shared memory where ranks share a host; Open MPI tells hosts apart by their names.
  if ((per_host > 1)); then transports+=,vader; fi
  local command=(
    mpirun --hostfile "$folder/hosts" -np "$ranks" --map-by slot --bind-to none
    --mca plm_rsh_agent "$folder/agent" --mca plm_rsh_no_tree_spawn 1
    --mca pml ob1 --mca btl "$transports" --mca btl_tcp_if_include "$subnet" --mca oob_tcp_if_include "$subnet"
    --mca orte_tmpdir_base "$folder"
    --mca mpi_yield_when_idle 1  # hosts share the machine's processors
    "$root/cluster/lib/virtual-rank" "$@"
  )
  print_command "${command[@]}" >&2
  export DIST_TRAIN_VIRTUAL_RUN=$folder OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  # A session of its own, so that Ctrl-C reaches mpirun once, from this script: a second time means "at once" to it, and
  # then it often crashes. Its standard input is this script's, not the empty one of a shell's background jobs.
  (enter_host "$name-h1" setsid "${command[@]}") <&0 &
  mpirun=$!
  export -n DIST_TRAIN_VIRTUAL_RUN  # else this script would count as one of the run's processes
}

# Waits until mpirun has ended, or should have and does not: then `hung` is true. `told` is the signal that asked this
# script to end, if one did.
watch_mpirun() {
  local ranks=$1 deadline=
  hung=false
  while kill -0 "$mpirun" 2>/dev/null; do
    if [[ -n $deadline ]]; then
      if is_over "$deadline"; then
        hung=true
        break
      fi
    elif [[ -n $told ]] || all_ranks_gone "$ranks"; then
      deadline_in "$patience"
    fi
    nap 0.1
  done
}

# Whether all ranks began and none is there any more, whether or not its end was recorded.
all_ranks_gone() {
  local rank pid
  for ((rank = 0; rank < $1; rank++)); do
    [[ -e $folder/rank.$rank.ended ]] && continue
    { read -r pid _ <"$folder/rank.$rank.began"; } 2>/dev/null || return 1
    if [[ -e /proc/$pid ]]; then return 1; fi
  done
}

# Reads what the ranks recorded, prints a line for each on stderr and, as "RANK HOST STATUS SECONDS", into FILE if one is
# given. A rank that was killed together with its recorder counts as 137, one that never began as "-".
# Sets `ranks_status`: the first to end with 71 or 70, else the first other that is not 0, else 0.
report_ranks() {
  local ranks=$1 began_at=$2 file=$3 rank host status ended_at seconds first=
  ranks_status=0
  for ((rank = 0; rank < ranks; rank++)); do
    host=- status=- seconds=-
    if { read -r _ host <"$folder/rank.$rank.began"; } 2>/dev/null; then
      status=137
      if { read -r status ended_at <"$folder/rank.$rank.ended"; } 2>/dev/null; then
        seconds=$(awk -v a="$began_at" -v b="$ended_at" 'BEGIN { printf "%.1f", b - a }')
      fi
    fi
    echo "$rank $host $status $seconds"
  done >"$folder/statuses"
  while read -r rank host status seconds; do
    case $status in
      -) say "rank $rank never began" ;;
      *) say "rank $rank on $host ended with status $status$([[ $seconds == - ]] || echo " after $seconds s")" ;;
    esac >&2
  done <"$folder/statuses"
  # Those whose time is known first, in the order of time; among equals those that say what they found.
  first=$(awk '$3 != "-" && $3 != 0 { print ($3 == 70 || $3 == 71 ? 0 : 1), ($4 == "-" ? 1e9 : $4), $3 }' \
    "$folder/statuses" | sort -n -k1,1 -k2,2)
  if [[ -n $first ]]; then read -r _ _ ranks_status <<<"$first"; fi
  if [[ -n $file ]]; then cp "$folder/statuses" "$file"; fi
}
