# shellcheck shell=bash
# Installing Debian and Ubuntu packages. Sourced by setup; uses say.sh and setup's temporary folder `work`.

can_install_packages() { ((EUID == 0)) && has apt-get; }

# Package lists are absent in fresh containers and stale elsewhere. apt-get reports a failed download here with
# status 0; then installing fails below and says so.
update_package_lists() {
  say "  apt-get update"
  apt-get -q -o DPkg::Lock::Timeout=120 update >"$work/update.log" 2>&1 || true
}

# The version that apt-get would install, for example 3.7.2+ds-2; nothing or (none) if it knows no such package.
candidate_version() { apt-cache policy "$1" 2>/dev/null | awk '/Candidate:/ { print $2 }'; }

# install_packages NAME...
install_packages() {
  say "  apt-get install $*"
  if ! DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
    install --no-install-recommends "$@" >"$work/install.log" 2>&1; then
    awk '/^[WE]:/ && ++lines <= 6' "$work/update.log" "$work/install.log" >&2
    fail 69 "apt-get could not install: $*" \
      "Its reasons are above. Without a network, install these packages from your own mirror and start setup again."
  fi
}

# explain_missing_packages NAME...: ends the script and says how to get what it may not install itself.
explain_missing_packages() {
  if has apt-get; then
    fail 69 "missing packages: $*" \
      "Only root can install them. Run, or ask for:" \
      "  sudo apt-get update && sudo apt-get install --no-install-recommends $*" \
      "and start setup again; everything else goes to $prefix and needs no root."
  fi
  local name=this
  if [[ -r /etc/os-release ]]; then name=$(. /etc/os-release && echo "${PRETTY_NAME:-${ID:-this}}"); fi
  fail 69 "missing (as Debian packages are named): $*" \
    "setup installs packages with apt-get, which $name does not have. Install with its own package manager:" \
    "  pkg-config, Open MPI 4 or 5 with mpi.h and mpirun, libjpeg-turbo with turbojpeg.h and jpeglib.h, libpng, zlib," \
    "  libgomp (Fedora: pkgconf-pkg-config openmpi-devel turbojpeg-devel libjpeg-turbo-devel libpng-devel zlib-devel" \
    "  libgomp, and 'module load mpi')" \
    "and start setup again; it finds them through pkg-config (ompi-c, libturbojpeg, libjpeg, libpng, zlib)."
}
