# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables shared with launch/supervise, as stated
# One start of a supervised job: mpirun, what can be seen of it, and its end. Sourced by launch/supervise; uses
# launch/lib/processes.sh, clock.sh and the other parts. `state` is a folder of this script's own.

# Seconds that mpirun gets to end its ranks and itself when it is told to.
patience=5

# What changes when the run's first line is written, or its metrics are cut for going on.
metrics_mark() { stat -c '%i %s %y' "$run/metrics.jsonl" 2>/dev/null || true; }

# The step of the newest checkpoint; 0 if there is none.
newest_checkpoint() {
  local path step=0 each
  for path in "$run"/checkpoints/step-*; do
    each=${path##*/step-}
    if [[ $each =~ ^[0-9]+$ ]] && ((10#$each > step)); then step=$((10#$each)); fi
  done
  echo "$step"
}

# The last step that the metrics tell of; 0 if there is none.
last_step() {
  local step
  step=$({ tail -n 20 "$run/metrics.jsonl" | grep -o '"step": *[0-9]*' | tail -n 1; } 2>/dev/null) || true
  echo "${step:-"step":0}" | grep -o '[0-9]*$'
}

# Passes a job's standard error on, and keeps the lines about faults. Not ended by Ctrl-C: it ends with the job.
relay() {
  trap '' INT TERM HUP USR1
  tee -p >(grep --line-buffered -aE "$fault_lines" >"$faults") >&2
}

# Sets `command`.
make_command() {
  local host list=
  if ((${#hosts[@]} == 0)); then
    command=("$root/launch/local" "$ranks" "$config")
  else
    for host in "${hosts[@]}"; do list+=",$host:${slots[$host]}"; done
    command=(mpirun --host "${list#,}" -np "$(rank_count)")
    if [[ " ${mpirun_options[*]} " != *" --map-by "* ]]; then command+=(--map-by slot); fi
    if [[ -n $rsh ]]; then command+=(--mca plm_rsh_agent "$rsh"); fi
    if [[ -n ${LD_LIBRARY_PATH:-} ]]; then command+=(-x LD_LIBRARY_PATH); fi
    command+=("${mpirun_options[@]}" "$program" "$config")
  fi
  command+=("${arguments[@]}")
  command+=(--resume auto)
}

# Sets `job` to the number of mpirun's process.
start_job() {
  local output
  make_command
  : >"$faults"
  if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
  exec {output}> >(relay)
  relay_process=$!
  # mpirun starts its daemons by srun, which waits for free processors; but a step of the start before may be left on a host
  # that is silent, and holds those of the healthy ones.
  if [[ -n ${SLURM_JOB_ID:-} ]]; then export SLURM_OVERLAP=1; fi
  export DIST_TRAIN_SUPERVISED=$state
  # A session of its own, so that Ctrl-C reaches mpirun by this script alone; and whatever ends this script ends mpirun.
  setsid setpriv --pdeathsig TERM "${command[@]}" </dev/null 2>&"$output" {output}>&- &
  job=$!
  export -n DIST_TRAIN_SUPERVISED  # else this script's helpers would count as the job's processes
  exec {output}>&-
}

# watch_job MARK: waits for the end of the job, and ends it where it does not start, or does not end. MARK is that of the
# metrics before the start. Sets `status`, and `why` where the end was this script's doing.
watch_job() {
  local mark=$1 phase=starting deadline
  local overdue="it did not start within $start_timeout s"
  why=
  deadline_in "$start_timeout"
  while kill -0 "$job" 2>/dev/null; do
    note_signals
    if $at_once; then
      why="it was ended at once, as asked"
    elif [[ $phase != ending ]] && has_ended_badly; then
      phase=ending
      deadline_in "$end_timeout"
      overdue="mpirun did not end within $end_timeout s of the job's last words"
    elif [[ $phase == starting && $(metrics_mark) != "$mark" ]]; then
      phase=running
      if [[ -n $told ]]; then pass_on USR1; fi  # mpirun passes nothing on to ranks that it has not started
    elif [[ $phase != running ]] && is_over "$deadline"; then
      why=$overdue
    fi
    if [[ -n $why ]]; then break; fi
    nap 0.2
  done
  status=71
  if [[ -n $why ]]; then
    end_job
  else
    status=0
    wait_for "$job" || status=$?
  fi
  job=
  # Ranks that outlive mpirun hold the run's folder, and the machine's cores.
  end_all kindly processes_with "DIST_TRAIN_SUPERVISED=$state" || true
  await_relay
}

# Ends mpirun and all of the job that is on this machine; daemons elsewhere end when they lose mpirun.
end_job() {
  local tries
  pass_on TERM
  for ((tries = 0; tries < patience * 10; tries++)); do
    if ! kill -0 "$job" 2>/dev/null; then break; fi
    sleep 0.1
  done
  { end_all now processes_with "DIST_TRAIN_SUPERVISED=$state" && wait "$job"; } 2>/dev/null || true
}

# What the job said last may still be on its way; whoever has inherited its standard error cannot hold this script.
await_relay() {
  local tries
  for ((tries = 0; tries < 20; tries++)); do
    if ! kill -0 "$relay_process" 2>/dev/null; then return; fi
    sleep 0.1
  done
}

pass_on() { if [[ -n $job ]]; then kill -"$1" "$job" 2>/dev/null || true; fi; }
