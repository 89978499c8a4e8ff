# shellcheck shell=bash
# All trials and their report. Sourced by launch/test; uses launch/lib/say.sh.

# run_trials [--filter X] [--cluster]
run_trials() {
  local filter='Trials/' cluster=false status=0 command="launch/test --long"
  while (($# > 0)); do
    case $1 in
      --filter)
        (($# > 1)) || fail 64 "--filter needs a value" "launch/test --help explains."
        filter="(?=.*Trials/).*$2"
        command+=" --filter $2"
        shift
        ;;
      --cluster)
        cluster=true
        command+=" --cluster"
        ;;
      *) fail 64 "with --long, expected --filter X or --cluster, got '$1'" "launch/test --help explains." ;;
    esac
    shift
  done
  DIST_TRAIN_TRIALS=$(mktemp -t dist-train-trials.XXXXXX)
  export DIST_TRAIN_TRIALS
  # shellcheck disable=SC2064  # the file of now
  trap "rm -f '$DIST_TRAIN_TRIALS'" EXIT
  swift test -c release --skip-build --filter "$filter" || status=$?
  if $cluster; then
    step cluster/trials
    cluster/trials || status=$?
  fi
  step report
  python3 benchmarks/trials_report.py --command "$command" "$DIST_TRAIN_TRIALS" benchmarks/reports/faults.md || status=$?
  return "$status"
}
