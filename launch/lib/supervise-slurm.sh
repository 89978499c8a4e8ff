# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables shared with launch/supervise, as stated
# What a supervised job has to do with Slurm besides its hosts. Sourced by launch/supervise; uses say.sh and clock.sh.

# Seconds for a question: without its controller Slurm's programs wait for minutes, while a job that is being ended has 30.
slurm_patience=5

# An array's number is also that of one of its jobs, and would mean them all.
slurm_job=${SLURM_JOB_ID:-}
if [[ -n ${SLURM_ARRAY_JOB_ID:-} ]]; then slurm_job=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID:-}; fi

# slurm_says FORMAT: about this job, as squeue writes it. Nothing where this is no Slurm job, or Slurm does not answer.
slurm_says() {
  if [[ -z $slurm_job ]]; then return; fi
  { within "$slurm_patience" squeue --noheader --jobs "$slurm_job" --format "$1" || true; } 2>/dev/null
}

# Where Slurm stands, for a message: "; Slurm says COMPLETING (TimeLimit), 0:00 left".
slurm_state() {
  local state reason left text
  IFS='|' read -r state reason left < <(slurm_says '%T|%r|%L') || return 0
  text="; Slurm says $state"
  if [[ -n $reason && $reason != None ]]; then text+=" ($reason)"; fi
  if [[ $left == *:* ]]; then text+=", $left left"; fi
  echo "$text"
}

# seconds_of DAYS-HOURS:MINUTES:SECONDS, where the front may be missing; nothing for what is no time, as UNLIMITED.
seconds_of() {
  if [[ $1 =~ ^((([0-9]+)-)?([0-9]+):)?([0-9]+):([0-9]+)$ ]]; then
    local -i days=10#${BASH_REMATCH[3]:-0} hours=10#${BASH_REMATCH[4]:-0}
    echo $(((days * 24 + hours) * 3600 + 10#${BASH_REMATCH[5]} * 60 + 10#${BASH_REMATCH[6]}))
  fi
}

more_time="give it more --time, or a --signal nearer to its end"

# Slurm may send the signal up to a minute before the lead.
warn_of_little_time() {
  local left seconds from=$((${lead:-0} + 60))
  if [[ -z $lead ]]; then return; fi
  left=$(slurm_says %L)
  seconds=$(seconds_of "$left")
  if [[ -n $seconds ]] && ((seconds < from)); then
    note "warning: the Slurm job has $left left, and SIGUSR1 may come from $from s before its end on: $more_time"
  fi
}

# Puts the job back into its queue, unless its end is wanted or it would come back for nothing.
requeue_job() {
  local refusal state
  if [[ -n $told && $told != USR1 ]]; then
    refusal="SIG$told asks for an end; SIGUSR1 would ask for a pause"
  elif (($(newest_checkpoint) <= at_start)); then
    refusal="there is no newer checkpoint than at this job's start, so it might do the same for ever. Its time may be too short"
    refusal+=" for a start, a step and a checkpoint: $more_time"
  else
    state=$(slurm_says %T)
    if [[ -n $state && $state != RUNNING ]]; then refusal="Slurm is ending the job already ($state)"; fi
  fi
  if [[ -n ${refusal:-} ]]; then
    note "Slurm is not asked to put the job back into its queue: $refusal"
    return
  fi
  trap '' USR1 TERM HUP INT  # Slurm ends what it puts back, scontrol included
  within 60 scontrol requeue "$slurm_job" || fail 69 "scontrol could not requeue the Slurm job '$slurm_job'"
}
