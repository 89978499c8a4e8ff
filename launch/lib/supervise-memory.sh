# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables shared with launch/supervise, as stated
# Whether a rank was killed by the kernel for lack of memory. Sourced by launch/supervise; uses supervise-hosts.sh.
#
# The kernel counts whom it has ended so, as `oom_kill`, for each cgroup that accounts for memory. mpirun starts the ranks of
# this machine in this script's cgroup or near it; those of other machines are counted there, where nobody is asked.

declare -A oom_kills_before=()

# cgroup_mounts cgroup|cgroup2: where such a hierarchy, of the memory controller, is mounted: FOLDER-WITHIN MOUNTPOINT lines.
cgroup_mounts() {
  awk -v type="$1" '{
    for (i = 7; i < NF && $i != "-"; i++) {}
    if ($(i + 1) == type && (type == "cgroup2" || "," $NF "," ~ /,memory,/)) print $4, $5
  }' "${DIST_TRAIN_SYSTEM_ROOT:-}/proc/self/mountinfo"
}

# The files with a counter for this script's cgroup and those around it, one a line: version 2 has memory.events, 1 has
# memory.oom_control. In DIST_TRAIN_SYSTEM_ROOT a test can name a folder whose proc and sys stand for the machine's.
oom_files() {
  local names path type file base mount system=${DIST_TRAIN_SYSTEM_ROOT:-}
  while IFS=: read -r _ names path; do
    case ,$names, in
      ,,) type=cgroup2 file=memory.events ;;
      *,memory,*) type=cgroup file=memory.oom_control ;;
      *) continue ;;
    esac
    while read -r base mount; do
      # A container may see a part of the hierarchy, under its name outside or as if it were the whole.
      if [[ $path/ != "${base%/}"/* ]]; then continue; fi
      path=${path#"${base%/}"}
      path=${path%/}
      while true; do
        if [[ -r $system$mount$path/$file ]]; then echo "$system$mount$path/$file"; fi
        if [[ -z $path ]]; then break 2; fi
        path=${path%/*}
      done
    done < <(cgroup_mounts "$type")
  done <"$system/proc/self/cgroup"
}

# Lines of "FILE:oom_kill NUMBER"; of the whole machine where no cgroup counts.
oom_kills() {
  local files
  mapfile -t files < <(oom_files 2>/dev/null)
  { ((${#files[@]} > 0)) && grep -Hs '^oom_kill [0-9]' "${files[@]}"; } ||
    grep -Hs '^oom_kill [0-9]' "${DIST_TRAIN_SYSTEM_ROOT:-}/proc/vmstat" || true
}

remember_oom_kills() {
  local line
  oom_kills_before=()
  while IFS= read -r line; do oom_kills_before[${line%:*}]=${line##* }; done < <(oom_kills)
}

# "oom_kill in FILE went from 0 to 1", if one did; else nothing.
oom_growth() {
  local line file now before
  while IFS= read -r line; do
    file=${line%:*} now=${line##* }
    before=${oom_kills_before[$file]:-$now}
    if ((now > before)); then
      echo "oom_kill in $file went from $before to $now"
      return
    fi
  done < <(oom_kills)
}

# Whether the job ended because a process on this machine was killed, by its last words or its status.
was_killed_here() {
  local line elsewhere=false
  while IFS= read -r line; do
    if [[ $line =~ on\ node\ ([^ ]+)\ exited\ on\ signal\ 9 ]]; then
      if ((${#hosts[@]} == 0)) || is_this_host "${BASH_REMATCH[1]}"; then return 0; fi
      elsewhere=true
    fi
  done <"$faults"
  ! $elsewhere && ((status == 137))
}

memory_advice() {
  local text="raise the limit, or lower batch.global, the ranks of this host, data.workers, data.prefetch or the model"
  echo "$text; 'dist-train plan ${config@Q} --ranks ${ranks:-$(rank_count)}' says what a rank takes"
}

# Sets `lack` to what shows that the kernel killed a rank for lack of memory; fails where nothing does.
lacked_memory() {
  lack=
  if was_killed_here; then lack=$(oom_growth); fi
  [[ -n $lack ]]
}
