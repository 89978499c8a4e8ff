# shellcheck shell=bash
# Words for the scripts in launch/. Sourced; sets nothing but functions and `root`.

# The package's folder, whatever folder the script was started from and through whatever links.
# shellcheck disable=SC2034  # read by the scripts that source this file
root=$(readlink -f "${BASH_SOURCE[0]}")
root=${root%/launch/lib/say.sh}

say() { printf '%s\n' "$*"; }

warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# fail STATUS LINE...: says why on stderr and ends the script. Statuses follow sysexits.h: 64 bad usage,
# 69 something that is needed cannot be had, 73 cannot write.
fail() {
  local status=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  if (($# > 0)); then printf '  %s\n' "$@" >&2; fi
  exit "$status"
}

# usage FILE: the comment at the top of a script is its help.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$1"; }

# count 2 rank -> "2 ranks"
count() { if (($1 == 1)); then echo "$1 $2"; else echo "$1 $2s"; fi; }

# Prints a command as one would type it, quoted only where it must be.
print_command() {
  local word line='$'
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_./:=,@%+^-]+$ ]]; then line+=" $word"; else line+=" ${word@Q}"; fi
  done
  say "$line"
}
