# shellcheck shell=bash
# How much of this machine a job may use. Sourced; prints numbers and changes nothing.

# Processors (hardware threads) that this process may run on, one a line: cpusets and taskset count.
allowed_processors() {
  awk '/^Cpus_allowed_list:/ {
    count = split($2, ranges, ",")
    for (i = 1; i <= count; i++) { split(ranges[i] "-" ranges[i], ends, "-"); for (p = ends[1]; p <= ends[2]; p++) print p }
  }' /proc/self/status
}

# Physical cores among them: two hardware threads of one core share its arithmetic units, so count it once.
allowed_cores() {
  local processor siblings
  allowed_processors | while read -r processor; do
    siblings=/sys/devices/system/cpu/cpu$processor/topology/thread_siblings_list
    if [[ -r $siblings ]]; then cat "$siblings"; else echo "$processor"; fi
  done | sort -u | wc -l
}

# Processor time that a container's limit allows, rounded up to whole processors; nothing where there is no limit.
# A limit of time, unlike a cpuset, does not say which processors.
processor_quota() {
  local quota period=
  if [[ -r /sys/fs/cgroup/cpu.max ]]; then
    read -r quota period </sys/fs/cgroup/cpu.max
  elif [[ -r /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]]; then
    read -r quota </sys/fs/cgroup/cpu/cpu.cfs_quota_us
    read -r period </sys/fs/cgroup/cpu/cpu.cfs_period_us
  fi
  if [[ ${quota:-max} != max && $quota -gt 0 ]]; then echo $(((quota + period - 1) / period)); fi
}
