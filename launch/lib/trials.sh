# shellcheck shell=bash
# All trials and their report. Sourced by launch/test; uses launch/lib/say.sh.

# parse_trial_options [--filter X] [--most N] [--cluster]: for run_trials.
parse_trial_options() {
  trial_filter='Trials/' with_cluster=false trial_command="launch/test --long $*"
  while (($# > 0)); do
    case $1 in
      --filter)
        [[ -n ${2:-} ]] || fail 64 "--filter needs a value" "launch/test --help explains."
        trial_filter="(?=.*Trials/).*$2"
        shift
        ;;
      --most)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail 64 "--most: expected a number of trials, got '${2:-}'"
        export DIST_TRAIN_MOST_TRIALS=$2
        shift
        ;;
      --cluster) with_cluster=true ;;
      *) fail 64 "with --long, expected --filter X, --most N or --cluster, got '$1'" "launch/test --help explains." ;;
    esac
    shift
  done
}

run_trials() {
  local status=0
  DIST_TRAIN_TRIALS=$(mktemp -t dist-train-trials.XXXXXX)
  export DIST_TRAIN_TRIALS
  # shellcheck disable=SC2064  # the file of now
  trap "rm -f '$DIST_TRAIN_TRIALS'" EXIT
  swift test -c release --skip-build --filter "$trial_filter" || status=$?
  if $with_cluster; then
    step cluster/trials
    cluster/trials || status=$?
  fi
  step report
  python3 benchmarks/trials_report.py --command "${trial_command% }" "$DIST_TRAIN_TRIALS" benchmarks/reports/faults.md ||
    status=$?
  return "$status"
}
